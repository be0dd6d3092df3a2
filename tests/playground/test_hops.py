"""What each hop of a payment can see: its neighbours, and nothing of who pays whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.api.world import HopSight
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.playground.people import NEIGHBOUR, RELAY, SHOP, YOU
from lnwallet_tui.playground.roads import roads
from lnwallet_tui.playground.world import World
from lnwallet_tui.wire.tlv import tlv_records
from tests.playground.test_world import granted, name_of, until_ready

FORWARD = [2, 4, 6]  # BOLT 4: amt_to_forward, outgoing_cltv_value, short_channel_id
ARRIVE = [2, 4, 8]  # and payment_data instead of the last


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The user has a channel to a gateway, with something on either side."""
    world = await World.begin(1, tmp_path)
    await world.fund()
    people = tuple(one.character for one in world.residents.values())
    gateway = world.residents[roads(people, world.seed).gateways[0]]
    opening = world.you.node.open_channel(gateway.uri, 900_000, push_msat=300_000_000)
    opened = granted(await world.carry_out(opening))
    await until_ready(world, opened.channel_id)
    yield world
    await world.close()


async def pay(world: World, payer: str, payee: str, amount_msat: int) -> str:
    """Returns the payment hash."""
    made = granted(await world.residents[payee].node.create_invoice(amount_msat, "for a test"))
    paid = granted(await world.carry_out(world.residents[payer].node.pay(made.invoice)))
    assert (paid.status, paid.reason) == (PaymentStatus.PAID, "")
    return made.payment_hash


async def learns_nothing(world: World, payer: str, payee: str, amount_msat: int) -> None:
    """No hop but the last learns the payee, none but the first the payer."""
    payment_hash = await pay(world, payer, payee, amount_msat)
    seen = world.hops(payment_hash)
    secret = await secret_of(world, payee, payment_hash)
    for hop in seen:
        assert hop.is_last is (hop.name == payee)
        is_first = hop.from_name == payer
        assert is_first is (hop.incoming_channel in places(world, payer))
        payload = bytes.fromhex(hop.payload)
        assert [one.number for one in tlv_records(payload)] == (ARRIVE if hop.is_last else FORWARD)
        assert (secret in payload) is hop.is_last
        assert (hop.total_msat == amount_msat) is hop.is_last
        assert not any(one.node.node_id in payload for one in world.residents.values())
        assert not hop.is_last or hop.outgoing_channel == ""
        assert hop.is_last or hop.outgoing_channel in names(world, hop.name)
    assert {hop.name for hop in seen if hop.is_last} == {payee}
    assert payer not in {hop.name for hop in seen}


async def secret_of(world: World, payee: str, payment_hash: str) -> bytes:
    made = granted(await world.residents[payee].node.payment(payment_hash))
    secret = bolt11.decode(made.invoice).payment_secret
    assert secret is not None
    return secret


def places(world: World, name: str) -> set[str]:
    """The short channel ids of somebody's channels."""
    return {str(one.short_channel_id) for one in world.residents[name].node.channel_states()}


def names(world: World, name: str) -> set[str]:
    """And the aliases that they and their peers have for them."""
    channels = world.residents[name].node.channel_states()
    aliases = {
        str(alias) for one in channels for alias in (one.ready.our_alias, one.ready.their_alias)
    }
    return places(world, name) | aliases


async def test_over_three_channels_or_more(world: World) -> None:
    await learns_nothing(world, YOU, name_of(world, SHOP), 12_345_000)


async def test_to_and_from_somebody_behind_a_private_channel(world: World) -> None:
    friend = name_of(world, NEIGHBOUR)
    await learns_nothing(world, YOU, friend, 7_000_001)
    await learns_nothing(world, friend, YOU, 9_000_000)


async def test_between_others(world: World) -> None:
    await learns_nothing(world, name_of(world, NEIGHBOUR), name_of(world, SHOP), 3_000_000)


async def test_of_every_part(world: World) -> None:
    shop = name_of(world, SHOP)
    channels = await world.residents[shop].node.channels()
    largest, second, *_ = sorted((one.can_receive_msat for one in channels), reverse=True)
    await learns_nothing(world, YOU, shop, largest + second // 4)


async def test_a_way_is_seen_hop_by_hop(world: World) -> None:
    shop = name_of(world, SHOP)
    seen = world.hops(await pay(world, YOU, shop, 20_000_000))
    assert len(seen) >= 3
    assert seen[0].from_name == YOU
    for before, after in pairwise(seen):
        assert after.from_name == before.name
        assert after.incoming_channel in names(world, before.name)
        assert after.amount_msat == before.forward_msat <= before.amount_msat
        assert after.expiry_height == before.forward_expiry_height < before.expiry_height
    assert (seen[-1].name, seen[-1].amount_msat) == (shop, 20_000_000)


async def test_what_was_never_seen(world: World) -> None:
    assert world.hops("00" * 32) == ()
    assert world.hops("not a hash") == ()


async def test_relays_see_the_same_hash_and_no_less(world: World) -> None:
    """BOLT 4 hides the way, not the payment hash: whoever holds two hops can join them."""
    payment_hash = await pay(world, YOU, name_of(world, SHOP), 20_000_000)
    relays = {one.name for one in world.people() if one.role == RELAY}
    seen: tuple[HopSight, ...] = world.hops(payment_hash)
    assert len(relays & {hop.name for hop in seen}) >= 2
    assert {hop.payment_hash for hop in seen} == {payment_hash}


async def test_each_hop_names_whom_it_passes_it_to(world: World) -> None:
    for payee in (SHOP, NEIGHBOUR):
        seen = world.hops(await pay(world, YOU, name_of(world, payee), 5_000_000))
        assert [hop.to_name for hop in seen] == [*(hop.name for hop in seen[1:]), ""]


async def test_how_far_it_is_to_the_shop(world: World) -> None:
    """As the roads say, and as a payment over them goes."""
    far = {one.name: one.channels_to_shop for one in world.people()}
    people = tuple(one.character for one in world.residents.values())
    built = roads(people, world.seed)
    assert {far[name] for name in built.hubs} == {1}
    assert min(far[name] for name in built.gateways) == 2
    assert far[name_of(world, SHOP)] == 0
    [first, *_] = seen = world.hops(await pay(world, YOU, name_of(world, SHOP), 5_000_000))
    assert len(seen) == 1 + far[first.name]

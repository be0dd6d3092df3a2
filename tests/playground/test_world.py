"""The world as the screen uses it: every verb by hand, and what it says to who asks wrongly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.api.world import WorldApi
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.node import refusing
from lnwallet_tui.node.node import Node
from lnwallet_tui.playground import first_page as page_module
from lnwallet_tui.playground.people import CHEAT, NEIGHBOUR, RELAY, SHOP, SLOW, YOU, cast
from lnwallet_tui.playground.policy_limits import COINBASE_MATURITY
from lnwallet_tui.playground.roads import Opening, roads
from lnwallet_tui.playground.roadworks import RoadNotBuilt, Roadworks
from lnwallet_tui.playground.world import World
from lnwallet_tui.store.errors import DiskFull, StoreError
from tests.shopping import shop_invoice

Result = TypeVar("Result")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await World.begin(1, tmp_path)
    await world.fund()
    yield world
    await world.close()


def granted(answer: Result | Refused) -> Result:
    assert not isinstance(answer, Refused), answer
    return answer


def refused(answer: object) -> Refused:
    assert isinstance(answer, Refused)
    assert answer.message.endswith(".")
    return answer


def name_of(world: World, role: str) -> str:
    return next(person.name for person in world.people() if person.role == role)


async def have_open(world: World, name: str, amount_sat: int = 500_000) -> str:
    """`name` opens a channel to us; until it can be used."""
    channel_id = granted(await world.have_them_open(name, amount_sat))
    await until_ready(world, channel_id)
    return channel_id


async def until_ready(world: World, channel_id: str) -> None:
    for _ in range(8):
        if granted(await world.you.node.channel(channel_id)).state is ChannelState.READY:
            return
        await world.mine()
    raise AssertionError("the channel does not become ready")


async def have_pay(world: World, name: str, amount_msat: int = 20_000_000) -> str:
    invoice = granted(await world.you.node.create_invoice(amount_msat, "a gift"))
    granted(await world.have_them_pay(name, invoice.invoice))
    return invoice.payment_hash


def test_it_is_what_the_screen_expects(world: World) -> None:
    api: WorldApi = world
    assert {person.role for person in api.people()} == {RELAY, NEIGHBOUR, SHOP, SLOW, CHEAT}
    assert all(person.story.endswith(".") and "@" in person.uri for person in api.people())


async def test_it_begins_with_a_funded_wallet_at_once(tmp_path: Path) -> None:
    """After no more blocks than make the first coins spendable and build what is there. How long
    that takes until it is on the screen says `tests.benchmarks.first_screen`."""
    world = await World.begin(2, tmp_path)
    await world.fund()
    balance = await world.you.node.balance()
    await world.close()
    assert world.height() <= COINBASE_MATURITY + 15
    assert 3_000_000 < balance.onchain_confirmed_sat < 7_000_000
    assert balance.total_msat == balance.onchain_confirmed_sat * 1000


async def test_time_and_blocks_go_on_as_asked(world: World) -> None:
    height, now = world.height(), world.now()
    assert await world.mine(3) == height + 3 == world.height()
    assert 3 * 240 <= world.now() - now <= 3 * 960 + 60
    assert await world.skip_day() == height + 147
    status = await world.you.node.status()
    assert (status.height, status.now) == (world.height(), world.now())


async def test_nothing_happens_in_an_idle_world(world: World) -> None:
    height = world.height()
    assert await world.mine_until_something_happens(most=20) == height + 20


async def test_whoever_mines_can_halt(world: World) -> None:
    for mining in (world.skip_day, world.mine_until_something_happens):
        height = world.height()
        task = asyncio.create_task(mining())
        await asyncio.sleep(0)
        world.halt()
        assert await task == height + 1
    height = world.height()
    assert await world.mine(3) == height + 3  # it was said of the other mining


async def test_whoever_is_away_does_nothing(world: World) -> None:
    friend = name_of(world, NEIGHBOUR)
    await world.have_them_vanish(friend, gone=True)
    answers = (
        await world.invoice_of(friend, 1_000, ""),
        await world.have_them_open(friend, 500_000),
        await world.have_them_pay(friend, "", None),
    )
    for answer in answers:
        assert isinstance(answer, Refused)
        assert answer.message == f"{friend} is away and does not answer."
    await world.have_them_vanish(friend, gone=False)
    assert not isinstance(await world.invoice_of(friend, 1_000, ""), Refused)


async def test_mining_stops_when_a_channel_becomes_ready(world: World) -> None:
    channel_id = granted(await world.have_them_open(name_of(world, NEIGHBOUR), 500_000))
    height = world.height()
    assert await world.mine_until_something_happens() == height + 3
    assert granted(await world.you.node.channel(channel_id)).state is ChannelState.READY


async def test_mining_goes_on_until_a_channel_can_be_used(world: World) -> None:
    """Whoever opens it: the funder's change, or what is kept back for the fees of its close, says
    at the first confirmation only that it opens."""
    with_anchors = next(
        name for name, one in world.residents.items() if name != YOU and one.character.anchors
    )
    theirs = granted(await world.have_them_open(with_anchors, 500_000))
    height = world.height()
    assert await world.mine_until_something_happens() == height + 3
    assert granted(await world.you.node.channel(theirs)).state is ChannelState.READY
    assert (await world.you.node.balance()).bump_reserve_sat > 0
    uri = world.residents[name_of(world, RELAY)].uri
    opened = granted(await world.carry_out(world.you.node.open_channel(uri, 400_000)))
    assert await world.mine_until_something_happens() == height + 6
    ours = granted(await world.you.node.channel(opened.channel_id))
    assert ours.state is ChannelState.READY


async def test_somebody_opens_and_pays(world: World) -> None:
    friend = name_of(world, NEIGHBOUR)
    await have_open(world, friend)
    payment_hash = await have_pay(world, friend)
    paid = granted(await world.you.node.payment(payment_hash))
    assert paid.status is PaymentStatus.PAID
    assert (await world.you.node.balance()).can_receive_msat > 0


async def test_the_shop_is_paid(world: World) -> None:
    relay = world.residents[name_of(world, RELAY)]
    opened = granted(await world.carry_out(world.you.node.open_channel(relay.uri, 400_000)))
    await until_ready(world, opened.channel_id)
    invoice = granted(await shop_invoice(world, 1_234_000, "bread"))
    paid = granted(await world.carry_out(world.you.node.pay(invoice)))
    assert (paid.status, paid.amount_msat) == (PaymentStatus.PAID, 1_234_000)


async def test_everybody_is_reached_by_one_channel_to_a_relay(world: World) -> None:
    relay = world.residents[name_of(world, RELAY)]
    opened = granted(await world.carry_out(world.you.node.open_channel(relay.uri, 800_000)))
    await until_ready(world, opened.channel_id)
    for name in [person.name for person in world.people()]:
        made = granted(await world.residents[name].node.create_invoice(3_000_000, "for you"))
        paid = granted(await world.carry_out(world.you.node.pay(made.invoice)))
        assert (paid.status, paid.reason) == (PaymentStatus.PAID, "")
    hinted = granted(await world.residents[name_of(world, NEIGHBOUR)].node.create_invoice(1, ""))
    [[hint]] = bolt11.decode(hinted.invoice).route_hints
    assert hint.node_id in {one.node.node_id for one in world.residents.values()}


async def test_the_cheat_is_caught(world: World) -> None:
    cheat = name_of(world, CHEAT)
    channel_id = await have_open(world, cheat)
    await have_pay(world, cheat)
    before = (await world.you.node.balance()).total_msat
    txid = granted(await world.have_them_cheat(cheat))
    await world.mine(10)
    view = granted(await world.you.node.channel(channel_id))
    assert (view.closing_txid, view.closing_kind) == (txid, "breach by them")
    assert (await world.you.node.balance()).total_msat > before + 400_000_000


async def test_a_cheat_without_an_old_state_says_so(world: World) -> None:
    cheat = name_of(world, CHEAT)
    assert refused(await world.have_them_cheat(cheat)).code is RefusalCode.NOT_READY
    await have_open(world, cheat)
    assert refused(await world.have_them_cheat(cheat)).remedy
    honest = refused(await world.have_them_cheat(name_of(world, SHOP)))
    assert honest.code is RefusalCode.UNKNOWN


async def test_they_pay_what_they_are_told_where_an_invoice_leaves_it_open(world: World) -> None:
    friend = name_of(world, NEIGHBOUR)
    await have_open(world, friend)
    invoice = granted(await world.you.node.create_invoice(None, "a gift"))
    refused(await world.have_them_pay(friend, invoice.invoice))
    granted(await world.have_them_pay(friend, invoice.invoice, 777_000))
    assert [one.amount_msat for one in await world.you.node.payments()] == [777_000]


async def test_nobody_of_that_name(world: World) -> None:
    answers = [
        await world.have_them_open("nobody", 500_000),
        await world.have_them_pay("nobody", "lnbcrt1"),
        await world.have_them_cheat("nobody"),
        await world.have_them_open("you", 500_000),
    ]
    assert {refused(answer).code for answer in answers} == {RefusalCode.UNKNOWN}


async def test_what_they_cannot_do_is_refused(world: World) -> None:
    friend = name_of(world, NEIGHBOUR)
    refused(await world.have_them_open(friend, 500_000_000))
    refused(await world.have_them_pay(friend, "not an invoice"))
    invoice = granted(await world.you.node.create_invoice(1_000_000, "nobody can pay this"))
    refused(await world.have_them_pay(friend, invoice.invoice))


async def test_what_leaves_the_amount_open_is_paid_too(world: World) -> None:
    friend = name_of(world, NEIGHBOUR)
    await have_open(world, friend)
    invoice = granted(await world.you.node.create_invoice(None, "as much as you like"))
    unsaid = refused(await world.have_them_pay(friend, invoice.invoice))
    assert unsaid.message == "The invoice leaves the amount open."
    granted(await world.have_them_pay(friend, invoice.invoice, 7_000_000))
    paid = granted(await world.you.node.payment(invoice.payment_hash))
    assert (paid.status, paid.amount_msat) == (PaymentStatus.PAID, 7_000_000)


async def test_who_vanishes_is_offline_until_they_come_back(world: World) -> None:
    friend = name_of(world, NEIGHBOUR)
    channel_id = await have_open(world, friend)
    await world.have_them_vanish(friend, gone=True)
    view = granted(await world.you.node.channel(channel_id))
    assert view.state is ChannelState.OFFLINE
    refused(await world.have_them_pay(friend, "lnbcrt1"))
    await world.mine(5)
    await world.have_them_vanish(friend, gone=False)
    view = granted(await world.you.node.channel(channel_id))
    assert view.state is ChannelState.READY
    await have_pay(world, friend)


async def test_a_reorganisation_takes_nothing_away(world: World) -> None:
    channel_id = await have_open(world, name_of(world, NEIGHBOUR))
    before = await world.you.node.balance()
    height = world.height()
    assert await world.reorg(3) == height + 1
    await until_ready(world, channel_id)
    assert await world.you.node.balance() == before
    assert (await world.you.node.status()).height == world.height()


async def test_one_can_come_back_to_it(tmp_path: Path) -> None:
    world = await World.begin(3, tmp_path)
    await world.fund()
    friend = name_of(world, NEIGHBOUR)
    channel_id = await have_open(world, friend)
    await have_pay(world, friend)
    before, height = await world.you.node.balance(), world.height()
    await world.close()
    again = await World.begin(99, tmp_path)
    assert not again.is_new
    assert again.height() == height
    await again.mine()
    assert granted(await again.you.node.channel(channel_id)).state is ChannelState.READY
    assert await again.you.node.balance() == before
    await have_pay(again, friend)
    await again.close()


async def test_a_new_cast_does_not_move_into_an_old_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an update that makes other people of the seed: those of then live on."""
    first = await World.begin(6, tmp_path)
    people, height = first.people(), first.height()
    await first.close()
    other = cast((7).to_bytes(8, "big"))
    monkeypatch.setattr(page_module, "cast", lambda _: other)
    again = await World.begin(6, tmp_path)
    assert again.people() == people
    assert again.height() == height
    assert not again.built.channels
    await again.close()


async def test_roads_that_a_first_visit_did_not_get_to_are_built_on_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Opening] = []

    async def at_most_three(works: Roadworks, opening: Opening) -> bytes:
        if len(opened) == 3:
            raise RoadNotBuilt("the lights went out")
        opened.append(opening)
        return await really_open(works, opening)

    really_open = Roadworks._open
    monkeypatch.setattr(Roadworks, "_open", at_most_three)
    with pytest.raises(RoadNotBuilt):
        await World.begin(4, tmp_path)
    monkeypatch.setattr(Roadworks, "_open", really_open)
    world = await World.begin(4, tmp_path)
    built = list(world.built.channels.values())
    planned = roads(cast(world.seed), world.seed).openings
    await world.close()
    assert built
    assert sorted((*opened, *built), key=repr) == sorted(planned, key=repr)
    again = await World.begin(4, tmp_path)
    assert not again.built.channels
    await again.close()


async def test_a_disk_that_takes_no_channel_ends_the_first_visit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(node: Node, *_: object, **__: object) -> Refused:
        return refusing.of_disk(DiskFull("The disk is full."))

    monkeypatch.setattr(Node, "open_channel", full)
    with pytest.raises(StoreError, match="The disk is full"):
        await World.begin(4, tmp_path)


async def test_who_comes_back_finds_the_way_again(tmp_path: Path) -> None:
    world = await World.begin(5, tmp_path)
    await world.fund()
    relay = world.residents[name_of(world, RELAY)]
    opened = granted(await world.carry_out(world.you.node.open_channel(relay.uri, 400_000)))
    await until_ready(world, opened.channel_id)
    await world.close()
    again = await World.begin(5, tmp_path)
    await again.mine()
    invoice = granted(await shop_invoice(again, 2_000_000, "bread"))
    paid = granted(await again.carry_out(again.you.node.pay(invoice)))
    assert (paid.status, paid.reason) == (PaymentStatus.PAID, "")
    await again.close()

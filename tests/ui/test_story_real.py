"""What looks like a step of the story and is none, in a real playground."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.playground.people import CHEAT, NEIGHBOUR, RELAY, SHOP
from lnwallet_tui.playground.world import World
from lnwallet_tui.ui.picture import snapshot
from lnwallet_tui.ui.story import Scene, Step, done
from lnwallet_tui.ui.ways import longest, ways
from tests.playground.test_world import granted, have_open, have_pay, name_of, until_ready
from tests.shopping import shop_invoice


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await World.begin(1, tmp_path)
    await world.fund()
    yield world
    await world.close()


async def ticked(world: World) -> set[Step]:
    scene = Scene(await snapshot(world.you.node), world.people(), world.hops)
    return {step for step in Step if done(step, scene)}


async def open_to(world: World, name: str) -> str:
    uri = world.residents[name].uri
    opened = granted(await world.carry_out(world.you.node.open_channel(uri, 900_000)))
    return opened.channel_id


async def buy(world: World, amount_sat: int = 25_000) -> PaymentStatus:
    invoice = granted(await shop_invoice(world, amount_sat * 1000, "bread"))
    return granted(await world.carry_out(world.you.node.pay(invoice))).status


def hub(world: World) -> str:
    """A relay with a channel to the shop."""
    return next(
        one.name for one in world.people() if (one.role, one.channels_to_shop) == (RELAY, 1)
    )


async def test_a_payment_over_one_hop_or_two_is_not_one_over_three(world: World) -> None:
    shop = name_of(world, SHOP)
    await until_ready(world, await open_to(world, hub(world)))
    assert await buy(world) is PaymentStatus.PAID
    [paid] = await world.you.node.payments()
    assert len(world.hops(paid.payment_hash)) == 2
    await until_ready(world, await open_to(world, shop))
    assert await buy(world) is PaymentStatus.PAID
    newest = (await world.you.node.payments())[0]
    assert len(world.hops(newest.payment_hash)) == 1
    assert await ticked(world) == {Step.OPEN}


async def test_a_payment_that_fails_in_parts_far_away_is_none(world: World) -> None:
    gateway = max(world.people(), key=lambda one: (one.role == RELAY, one.channels_to_shop))
    await until_ready(world, await open_to(world, gateway.name))
    assert await buy(world, 850_000) is PaymentStatus.FAILED  # the shop's channels hold less
    [failed] = await world.you.node.payments()
    assert longest(ways(world.hops(failed.payment_hash))) >= 3
    assert await ticked(world) == {Step.OPEN}


async def test_an_opening_is_no_channel_yet_and_theirs_is_not_yours(world: World) -> None:
    await open_to(world, hub(world))
    await world.mine()
    assert await ticked(world) == set()
    await have_open(world, name_of(world, NEIGHBOUR))
    assert await ticked(world) == {Step.OPEN}  # by then it is deep enough


async def test_an_invoice_is_not_a_payment(world: World) -> None:
    await have_open(world, name_of(world, NEIGHBOUR))
    granted(await world.you.node.create_invoice(1_000_000, "a gift"))
    assert await ticked(world) == set()
    await have_pay(world, name_of(world, NEIGHBOUR))
    assert await ticked(world) == {Step.BE_PAID}


async def test_a_close_by_them_is_not_yours_and_no_cheat(world: World) -> None:
    cheat = name_of(world, CHEAT)
    channel_id = await have_open(world, cheat)
    await have_pay(world, cheat)
    granted(await world.carry_out(world.residents[cheat].node.force_close(channel_id)))
    for _ in range(10):
        await world.mine()
    assert granted(await world.you.node.channel(channel_id)).state is ChannelState.CLOSED
    assert await ticked(world) == {Step.BE_PAID}


async def test_a_cheat_is_caught_once_all_of_it_is_home(world: World) -> None:
    cheat = name_of(world, CHEAT)
    await have_open(world, cheat)
    await have_pay(world, cheat)
    granted(await world.have_them_cheat(cheat))
    assert await ticked(world) == {Step.BE_PAID}
    await world.mine()  # the guard has seen it
    assert await ticked(world) == {Step.BE_PAID}
    await world.mine_until_something_happens()
    assert await ticked(world) == {Step.BE_PAID, Step.CATCH}

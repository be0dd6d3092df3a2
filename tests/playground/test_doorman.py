"""The slow one: a payment hangs until they answer, and the wallet says so meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.playground.people import NEIGHBOUR, RELAY, SLOW
from lnwallet_tui.playground.world import World
from lnwallet_tui.ui import payment_words
from tests.playground.test_world import granted, name_of, until_ready

AMOUNT_MSAT = 25_000_000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await World.begin(2, tmp_path)
    await world.fund()
    relay = world.residents[name_of(world, RELAY)]
    opened = granted(await world.carry_out(world.you.node.open_channel(relay.uri, 600_000)))
    await until_ready(world, opened.channel_id)
    yield world
    await world.close()


async def pays_slowly(world: World) -> tuple[str, asyncio.Task[PaymentView | Refused]]:
    """We pay the slow one, as the screen does: nobody waits for it."""
    invoice = granted(await world.invoice_of(name_of(world, SLOW), AMOUNT_MSAT, "patience"))
    decoded = granted(await world.you.node.decode(invoice))
    paying = asyncio.create_task(world.you.node.pay(invoice))
    await world.clock.rest()
    return decoded.payment_hash, paying


async def test_a_payment_hangs_until_they_answer(world: World) -> None:
    payment_hash, paying = await pays_slowly(world)
    view = granted(await world.you.node.payment(payment_hash))
    assert view.status is PaymentStatus.IN_FLIGHT
    assert payment_words.sentence(view, world.now()).startswith("On its way.")
    assert (await world.you.node.balance()).in_flight_msat >= AMOUNT_MSAT
    height = world.height()
    assert 1 <= await world.mine_until_something_happens() - height <= 10
    assert granted(await paying).status is PaymentStatus.PAID
    assert (await world.you.node.balance()).in_flight_msat == 0


async def test_who_goes_away_takes_on_chain_what_had_reached_them(world: World) -> None:
    """As People says; their peer learns the preimage there, and hands it on to the payer."""
    payment_hash, paying = await pays_slowly(world)
    slow = name_of(world, SLOW)
    await world.have_them_vanish(slow, gone=True)
    await world.mine_until_something_happens()
    assert granted(await paying).status is PaymentStatus.PAID
    assert granted(await world.you.node.payment(payment_hash)).preimage
    closed = [one.closing_kind for one in await world.residents[slow].node.channels()]
    assert "ours" in closed


async def test_it_survives_a_restart_of_either_side(world: World) -> None:
    payment_hash, paying = await pays_slowly(world)
    for resident in (world.residents[name_of(world, SLOW)], world.you):
        await resident.stop()
        await resident.start()
    paying.cancel()
    await world.mine(10)
    assert granted(await world.you.node.payment(payment_hash)).status is PaymentStatus.PAID


async def test_others_wait_for_them_too(world: World) -> None:
    now = world.now()
    made = granted(await world.invoice_of(name_of(world, SLOW), AMOUNT_MSAT, "patience"))
    friend = world.residents[name_of(world, NEIGHBOUR)]
    assert granted(await world.carry_out(friend.node.pay(made))).status is PaymentStatus.PAID
    waited = world.now() - now
    assert 20 * 60 <= waited <= 41 * 60


async def test_whose_door_is_shut_lets_nothing_in(world: World) -> None:
    friend = world.residents[name_of(world, NEIGHBOUR)]
    made = granted(await world.invoice_of(friend.name, AMOUNT_MSAT, "later"))
    with friend.doorman.shut():
        paying = asyncio.create_task(world.you.node.pay(made))
        await world.mine(5)
        assert not paying.done()
    await world.clock.rest()
    assert granted(await paying).status is PaymentStatus.PAID

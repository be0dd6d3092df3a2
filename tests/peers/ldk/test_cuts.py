"""The connection ends in the middle of updates, after every message; either side starts anew."""

from __future__ import annotations

import asyncio

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from tests.peers.ldk.answers import PaymentSent
from tests.peers.ldk.conftest import Meet
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.machine import Machine
from tests.peers.ldk.process import PATIENCE_SECONDS
from tests.peers.ldk.scenes import both_types, check_balances, open_channel
from tests.peers.ldk.world import World

pytestmark = pytest.mark.peer

MESSAGES = 5
"""That LDK sends at least while one payment goes each way: the cuts go on until nothing is cut."""


@pytest.mark.parametrize("after", [False, True], ids=["theirs is lost", "ours is lost"])
@both_types
async def test_a_cut_at_every_message(world: World, meet: Meet, anchors: bool, after: bool) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, anchors=anchors)
    number = 1
    while await pay_and_cut(world, us, ldk, number, after=after):
        number += 1
    assert number > MESSAGES


@pytest.mark.parametrize("number", [1, 2, 3, 4], ids="message {}".format)
@pytest.mark.parametrize(
    "who", ["we", "LDK", "both"], ids=["we restart", "LDK restarts", "both restart"]
)
async def test_a_restart_in_the_middle(world: World, meet: Meet, who: str, number: int) -> None:
    us, ldk = await meet()
    await open_channel(world, us, ldk)
    assert await pay_and_cut(world, us, ldk, number, after=number % 2 == 0, restart=who)


async def pay_and_cut(
    world: World, us: Machine, ldk: LdkNode, number: int, *, after: bool, restart: str = ""
) -> bool:
    """A payment each way; the connection ends at LDK's message `number`. Both arrive, once.

    Whether there was anything to cut.
    """
    invoice = await ldk.create_invoice(2_000_000 + number)
    ours_before = us.channel.ledger.ours
    us.wait()
    paying = us.offer(invoice.text)
    to_us = await ldk.pay(us.invoice(Msat(3_000_000)))
    us.cut_at(number, after=after)
    if cut := await us.is_cut(paying):
        await us.lost()
        if restart in ("we", "both"):
            us.restart()
        if restart in ("LDK", "both"):
            await ldk.restart()
        await us.connect()
        await us.up()
    async with asyncio.timeout(PATIENCE_SECONDS):
        if await paying.ended is None:  # it had never left: try again
            assert isinstance(await us.pay(invoice.text), bytes)
    await ldk.event(PaymentSent, payment_hash=to_us)
    await check_balances(world, us, ldk)
    assert us.channel.ledger.ours == ours_before + Msat(1_000_000 - number)
    return cut

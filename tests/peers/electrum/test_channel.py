"""The node that a user runs, unchanged, with Electrum: a channel's life from opening to close."""

from __future__ import annotations

import asyncio

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from tests.peers.electrum.conftest import StartElectrum, StartOurs, StartWire
from tests.peers.electrum.scenes import (
    AMOUNT,
    CLOSERS,
    FUNDING,
    OPENERS,
    PUSH,
    cases,
    check_balances,
    hold,
    join,
    pay_both_ways,
)
from tests.peers.electrum.world import World
from tests.peers.ldk.ours import done

pytestmark = pytest.mark.peer

RESTARTERS = {"we restart": True, "Electrum restarts": False}
CUTS = {f"after {count} bytes": count for count in (1, 150, 250, 400, 700, 1_600, 1_900)}


@pytest.mark.parametrize("we_open", OPENERS.values(), ids=OPENERS)
async def test_open_and_pay_both_ways(
    world: World, start_electrum: StartElectrum, start_ours: StartOurs, we_open: bool
) -> None:
    electrum, us = await start_electrum(), await start_ours()
    channel_id = await join(world, us, electrum, we_open=we_open)
    for _ in range(3):
        await pay_both_ways(us, electrum)
    await check_balances(us, electrum, channel_id)


async def test_a_wallet_that_prefers_anchors_opens_without_them(
    world: World, start_electrum: StartElectrum, start_ours: StartOurs
) -> None:
    electrum, us = await start_electrum(), await start_ours(anchors=True)
    channel_id = await join(world, us, electrum)
    await pay_both_ways(us, electrum)
    await check_balances(us, electrum, channel_id)


async def test_a_payment_that_electrum_must_fail_has_a_reason(
    world: World, start_electrum: StartElectrum, start_ours: StartOurs
) -> None:
    electrum, us = await start_electrum(), await start_ours()
    channel_id = await join(world, us, electrum)
    await electrum.refuse(True)
    request = await electrum.create_invoice(AMOUNT)
    failed = done(await us.node.pay(request.lightning_invoice))
    assert failed.status is PaymentStatus.FAILED
    assert "receiver" in failed.reason
    await electrum.refuse(False)
    await pay_both_ways(us, electrum)
    await check_balances(us, electrum, channel_id)


@cases("cooperative closes", 2, we_open=OPENERS, we_close=CLOSERS)
async def test_cooperative_close(
    world: World,
    start_electrum: StartElectrum,
    start_ours: StartOurs,
    we_open: bool,
    we_close: bool,
) -> None:
    electrum, us = await start_electrum(), await start_ours()
    channel_id = await join(world, us, electrum, we_open=we_open)
    ours, theirs = (await us.node.balance()).onchain_confirmed_sat, await electrum.balance()
    if we_close:
        done(await us.node.close(channel_id))
    else:
        await electrum.close(await electrum.channel(channel_id))
    await us.until(ChannelState.CLOSING)
    closing = bytes.fromhex((await us.channel()).closing_txid)[::-1]
    await world.until(lambda: closing in world.mempool, "the closing transaction")
    await world.mine(6)
    assert (await us.channel()).closing_kind == "cooperative"
    await electrum.until(channel_id, lambda one: one.state == "CLOSED", "closed for Electrum")
    ours = (await us.node.balance()).onchain_confirmed_sat - ours
    theirs = await electrum.balance() - theirs
    # The opener pays the fee.
    opener, other = (ours, theirs) if we_open else (theirs, ours)
    assert other == PUSH
    assert 0 < FUNDING - PUSH - opener < 10_000


async def test_restarts(world: World, start_electrum: StartElectrum, start_ours: StartOurs) -> None:
    electrum, us = await start_electrum(), await start_ours()
    channel_id = await join(world, us, electrum)
    await us.restart()
    await us.until(ChannelState.READY)
    await electrum.usable(channel_id)
    await pay_both_ways(us, electrum)
    await electrum.stop()
    await us.until(ChannelState.OFFLINE)
    await electrum.go_on()
    done(await us.node.connect(electrum.uri))
    await us.until(ChannelState.READY)
    await electrum.usable(channel_id)
    await pay_both_ways(us, electrum)
    await check_balances(us, electrum, channel_id)


@cases("restarts while payments are pending", 2, we_open=OPENERS, we_restart=RESTARTERS)
async def test_a_restart_while_payments_are_pending(
    world: World,
    start_electrum: StartElectrum,
    start_ours: StartOurs,
    we_open: bool,
    we_restart: bool,
) -> None:
    electrum, us = await start_electrum(), await start_ours()
    channel_id = await join(world, us, electrum, we_open=we_open)
    pending = [await hold(us, electrum, AMOUNT + number) for number in range(2)]
    if we_restart:
        for _, paying in pending:
            paying.cancel()
        await us.restart()
    else:
        await electrum.stop()
        await us.until(ChannelState.OFFLINE)
        await electrum.go_on()
        done(await us.node.connect(electrum.uri))
    await us.until(ChannelState.READY)
    await electrum.settle(True)
    for payment_hash, _ in pending:
        await electrum.settled(payment_hash)
    await check_balances(us, electrum, channel_id)
    statuses = {one.payment_hash: one.status for one in await us.node.payments()}
    assert statuses == {payment_hash: PaymentStatus.PAID for payment_hash, _ in pending}


@cases("cuts in the middle of payments", 2, count=CUTS)
async def test_a_cut_in_the_middle_of_payments(
    world: World,
    start_electrum: StartElectrum,
    start_ours: StartOurs,
    start_wire: StartWire,
    count: int,
) -> None:
    """Both pay at once, and the wire is out after so many bytes of Electrum's."""
    electrum, us = await start_electrum(), await start_ours()
    wire = await start_wire(electrum)
    channel_id = await join(world, us, electrum, wire=wire)
    request = await electrum.create_invoice(AMOUNT)
    invoice = done(await us.node.create_invoice(AMOUNT * 1000, "tea"))
    wire.pull_after(count)
    to_us = asyncio.create_task(electrum.pay(invoice.invoice))
    to_electrum = us.begin_to_pay(request.lightning_invoice)
    await wire.pulled()
    wire.plug_in()
    assert (await to_electrum).status is PaymentStatus.PAID
    assert (await to_us).success
    await check_balances(us, electrum, channel_id)

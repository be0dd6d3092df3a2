"""Payments over somebody: over Electrum, and by Electrum over us."""

from __future__ import annotations

import asyncio

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.node.config import RelayTerms
from tests.peers.electrum.conftest import StartElectrum, StartOurs
from tests.peers.electrum.electrum import ElectrumNode
from tests.peers.electrum.scenes import AMOUNT, cases, check_balances, join, taken_by
from tests.peers.electrum.world import World
from tests.peers.ldk.ours import OurNode, done

pytestmark = pytest.mark.peer

ELECTRUMS_FEE = 1_000 + AMOUNT // 1_000
"""Msat: its default, a base and a millionth."""
WHO = {who: who for who in ("our relay", "the payee", "the payer")}
OUR_FEE = RelayTerms().fee_base.value + AMOUNT * RelayTerms().fee_proportional_millionths // 1_000


async def hinted(world: World, us: OurNode) -> str:
    """An invoice of ours that says who is in front of us."""
    await world.until(
        lambda: bool(us.node._board.terms.hints(None)), "the peer has told what it asks"
    )
    invoice = done(await us.node.create_invoice(AMOUNT * 1000, "over a friend")).invoice
    assert bolt11.decode(invoice).route_hints
    return invoice


async def two_behind(
    world: World, start_electrum: StartElectrum, start_ours: StartOurs
) -> tuple[ElectrumNode, OurNode, ElectrumNode]:
    """Electrum – our relay – Electrum, with money on both sides of both channels."""
    one, two = await start_electrum("one"), await start_electrum("two")
    ben = await start_ours("ben", relays=True)
    await join(world, ben, one)
    await join(world, ben, two)
    return one, ben, two


async def test_electrum_passes_a_payment_on(
    world: World, start_electrum: StartElectrum, start_ours: StartOurs
) -> None:
    electrum = await start_electrum(forwards=True)
    ada, cyd = await start_ours("ada"), await start_ours("cyd")
    channels = {us: await join(world, us, electrum) for us in (ada, cyd)}
    for payer, payee in ((ada, cyd), (cyd, ada)):
        invoice = await hinted(world, payee)
        paid = done(await payer.node.pay(invoice))
        assert (paid.status, paid.fee_msat) == (PaymentStatus.PAID, ELECTRUMS_FEE), paid.reason
        assert (await payee.received(paid.payment_hash)).amount_msat == AMOUNT * 1000
    for us, channel_id in channels.items():
        await check_balances(us, electrum, channel_id)


async def test_electrum_pays_another_electrum_over_us(
    world: World, start_electrum: StartElectrum, start_ours: StartOurs
) -> None:
    one, ben, two = await two_behind(world, start_electrum, start_ours)
    for payer, payee in ((one, two), (two, one)):
        request = await payee.create_invoice(AMOUNT)
        [[hint]] = bolt11.decode(request.lightning_invoice).route_hints
        assert hint.node_id == ben.node.node_id
        paid = await payer.pay(request.lightning_invoice)
        assert paid.success, paid.log
        await payee.settled(request.rhash)
    await world.until(lambda: ben.node.earned_msat == 2 * OUR_FEE, "our relay has earned")


@cases("restarts while a payment waits behind us", 1, who=WHO)
async def test_a_restart_while_a_payment_waits_behind_us(
    world: World, start_electrum: StartElectrum, start_ours: StartOurs, who: str
) -> None:
    one, ben, two = await two_behind(world, start_electrum, start_ours)
    await two.settle(False)
    request = await two.create_invoice(AMOUNT)
    paying = asyncio.create_task(one.pay(request.lightning_invoice))
    await two.arrived(request)
    if who == "our relay":
        await ben.restart()
    else:
        node = two if who == "the payee" else one
        if who == "the payer":
            paying.cancel()
        await node.stop()
        await node.go_on()
        done(await ben.node.connect(node.uri))
    await world.ask_until(
        ben.node.channels,
        lambda channels: all(one.state is ChannelState.READY for one in channels),
        "both peers are back",
    )
    await two.settle(True)
    assert (await one.settled(request.rhash)).amount_msat == -AMOUNT * 1000 - OUR_FEE
    await world.until(lambda: ben.node.earned_msat == OUR_FEE, "our relay has earned")


async def test_a_preimage_that_only_the_chain_shows_is_passed_back(
    world: World, start_electrum: StartElectrum, start_ours: StartOurs
) -> None:
    """The payee goes to chain with what it was offered, and takes it there."""
    one, ben, two = await two_behind(world, start_electrum, start_ours)
    await two.settle(False)
    request = await two.create_invoice(AMOUNT)
    paying = asyncio.create_task(one.pay(request.lightning_invoice))
    await two.arrived(request)
    [channel] = await two.channels()
    commitment = await two.commitment(channel)
    await two.force_close(channel)
    await taken_by(world, two.name, commitment.txid)
    await world.mine(7)
    assert (await paying).success
    [first, second] = await ben.node.channels()
    assert (first.state, second.closing_kind) == (ChannelState.READY, "theirs")

"""Force closes by either side, and HTLCs that are settled on chain: by preimage and by timeout."""

from __future__ import annotations

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.policy import POLICY
from tests.peers.electrum.conftest import StartElectrum, StartOurs, StartWire
from tests.peers.electrum.electrum import TO_SELF_DELAY, ElectrumNode
from tests.peers.electrum.scenes import (
    AMOUNT,
    CLOSERS,
    FUNDING,
    OPENERS,
    PUSH,
    cases,
    hold,
    join,
    leave_unanswered,
    our_commitment,
    taken_by,
)
from tests.peers.electrum.world import World
from tests.peers.ldk.ours import OurNode, done

pytestmark = pytest.mark.peer

BURIED = 6
FEES = 15_000
"""More than all that we pay for a commitment and the claims on it, in sat."""
WHO = {who: who for who in ("we close", "Electrum closes", "nobody closes")}


async def force_close(
    world: World, us: OurNode, electrum: ElectrumNode, channel_id: str, *, we_close: bool
) -> bytes:
    """The id of the commitment, which is in the mempool."""
    if we_close:
        commitment = our_commitment(us)
        done(await us.node.force_close(channel_id))
        assert commitment.txid in world.mempool
        return commitment.txid
    channel = await electrum.channel(channel_id)
    commitment = await electrum.commitment(channel)
    await electrum.force_close(channel)
    assert commitment.txid in world.mempool
    return commitment.txid


def expiry(us: OurNode) -> int:
    """The height at which the only HTLC expires."""
    [htlc] = us.node.channel_states()[-1].ledger.htlcs
    return htlc.cltv_expiry


def second_stage_fee(us: OurNode) -> int:
    """The most, in sat, that an HTLC transaction of ours pays (BOLT 3: 703 units of weight)."""
    return us.node.channel_states()[-1].our_commitment.spec.feerate_per_kw * 703 // 1000


async def status(us: OurNode, payment_hash: str) -> PaymentStatus:
    """How a payment stands."""
    return done(await us.node.payment(payment_hash)).status


async def mine_until(world: World, height: int) -> None:
    """Until the chain has that height."""
    await world.mine(height - world.chain.height)


async def came_home(us: OurNode, before: int, whole: int, fees: int = FEES) -> None:
    """Nothing is left to claim, and at most the fees are missing."""
    balance = await us.node.balance()
    assert balance.closing_msat == 0
    assert whole - fees < balance.onchain_confirmed_sat - before <= whole


@cases("force closes", 2, we_open=OPENERS, we_close=CLOSERS)
async def test_force_close(
    world: World,
    start_electrum: StartElectrum,
    start_ours: StartOurs,
    we_open: bool,
    we_close: bool,
) -> None:
    electrum, us = await start_electrum(), await start_ours()
    channel_id = await join(world, us, electrum, we_open=we_open)
    before = (await us.node.balance()).onchain_confirmed_sat
    await force_close(world, us, electrum, channel_id, we_close=we_close)
    await world.mine()
    await us.until(ChannelState.CLOSING)
    assert (await us.channel()).closing_kind == ("ours" if we_close else "theirs")
    await electrum.until(channel_id, lambda one: one.state == "CLOSED", "closed for Electrum")
    await world.mine((TO_SELF_DELAY if we_close else 0) + BURIED)
    await came_home(us, before, FUNDING - PUSH if we_open else PUSH)


@cases("HTLCs that Electrum takes by preimage", 2, we_open=OPENERS, we_close=CLOSERS)
async def test_electrum_takes_an_htlc_by_its_preimage(
    world: World,
    start_electrum: StartElectrum,
    start_ours: StartOurs,
    we_open: bool,
    we_close: bool,
) -> None:
    """We learn from the chain that we have paid."""
    electrum, us = await start_electrum(), await start_ours()
    channel_id = await join(world, us, electrum, we_open=we_open)
    before = (await us.node.balance()).onchain_confirmed_sat
    payment_hash, _ = await hold(us, electrum)
    commitment = await force_close(world, us, electrum, channel_id, we_close=we_close)
    await world.mine()
    await taken_by(world, electrum.name, commitment)
    await world.mine()
    assert await status(us, payment_hash) is PaymentStatus.PAID
    await world.mine((TO_SELF_DELAY if we_close else 0) + BURIED)
    await came_home(us, before, (FUNDING - PUSH if we_open else PUSH) - AMOUNT)


@cases("HTLCs that we take back", 2, we_open=OPENERS, we_close=CLOSERS)
async def test_we_take_an_htlc_back_that_electrum_never_takes(
    world: World,
    start_electrum: StartElectrum,
    start_ours: StartOurs,
    we_open: bool,
    we_close: bool,
) -> None:
    """Electrum is gone. We go to chain when the HTLC has expired, if its commitment is not there
    yet, and say that the payment has failed only when nobody can take it any more."""
    electrum, us = await start_electrum(), await start_ours()
    channel_id = await join(world, us, electrum, we_open=we_open)
    before = (await us.node.balance()).onchain_confirmed_sat
    payment_hash, _ = await hold(us, electrum)
    commitment = await electrum.commitment(await electrum.channel(channel_id))
    await electrum.stop()
    await us.until(ChannelState.OFFLINE)
    if not we_close:
        world.publish(electrum.name, (commitment,))
    await mine_until(world, expiry(us) - 1)
    assert await status(us, payment_hash) in {PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK}
    # Nobody waits behind us for what expired: our user is asked, and a day later it goes to chain.
    if we_close:
        await world.mine(POLICY.timeout_patience)
        world.clock.pass_by(POLICY.closing_answer_time)  # Electrum could still give it back
    await world.mine(3 * BURIED)
    assert (await us.channel()).closing_kind == ("ours" if we_close else "theirs")
    assert await status(us, payment_hash) is PaymentStatus.FAILED
    await world.mine((TO_SELF_DELAY if we_close else 0) + BURIED)
    fees = FEES + (second_stage_fee(us) if we_close else 0)
    await came_home(us, before, FUNDING - PUSH if we_open else PUSH, fees)
    await electrum.go_on()
    over = ("CLOSED", "REDEEMED")
    await electrum.until(channel_id, lambda one: one.state in over, "over for Electrum")


@cases("HTLCs that we take by preimage", 3, we_open=OPENERS, who=WHO)
async def test_we_take_an_htlc_by_its_preimage(
    world: World,
    start_electrum: StartElectrum,
    start_ours: StartOurs,
    start_wire: StartWire,
    we_open: bool,
    who: str,
) -> None:
    """Electrum learns from the chain that it has paid; at the latest some blocks before the HTLC
    expires, when we go to chain by ourselves."""
    electrum, us = await start_electrum(), await start_ours()
    wire = await start_wire(electrum)
    channel_id = await join(world, us, electrum, we_open=we_open, wire=wire)
    before = (await us.node.balance()).onchain_confirmed_sat
    payment_hash, paying = await leave_unanswered(us, electrum, wire)
    if who == "nobody closes":
        await mine_until(world, expiry(us) - 30)
        commitment = bytes.fromhex((await us.channel()).closing_txid)[::-1]
    else:
        commitment = await force_close(world, us, electrum, channel_id, we_close=who == "we close")
    await world.mine(3)
    await taken_by(world, "us", commitment)
    assert (await paying).success
    await world.mine((0 if who == "Electrum closes" else TO_SELF_DELAY) + BURIED)
    fees = FEES + (second_stage_fee(us) if who != "Electrum closes" else 0)
    await came_home(us, before, (FUNDING - PUSH if we_open else PUSH) + AMOUNT, fees)
    assert await status(us, payment_hash) is PaymentStatus.PAID


@cases("HTLCs that Electrum takes back", 2, we_open=OPENERS, we_close=CLOSERS)
async def test_electrum_takes_an_htlc_back_while_we_sleep(
    world: World,
    start_electrum: StartElectrum,
    start_ours: StartOurs,
    start_wire: StartWire,
    we_open: bool,
    we_close: bool,
) -> None:
    """Its user closes: Electrum itself finds that worth its while from 500,000 sat on only."""
    electrum, us = await start_electrum(), await start_ours()
    wire = await start_wire(electrum)
    channel_id = await join(world, us, electrum, we_open=we_open, wire=wire)
    before = (await us.node.balance()).onchain_confirmed_sat
    payment_hash, paying = await leave_unanswered(us, electrum, wire)
    commitment, expires = our_commitment(us), expiry(us)
    await us.stop()
    if we_close:
        world.publish("us", (commitment,))
    else:
        channel = await electrum.channel(channel_id)
        commitment = await electrum.commitment(channel)
        await electrum.force_close(channel)
    await mine_until(world, expires)
    await taken_by(world, electrum.name, commitment.txid)
    await world.mine(BURIED)
    paying.cancel()  # for Electrum it is under way for ever
    await us.start()
    await world.mine((TO_SELF_DELAY if we_close else 0) + BURIED)
    assert await status(us, payment_hash) is not PaymentStatus.PAID
    await came_home(us, before, FUNDING - PUSH if we_open else PUSH)

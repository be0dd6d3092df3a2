"""Unilateral closes with LDK: ours, theirs, and a revoked one; all of ours comes home."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.errors import CloseReason
from lnwallet_tui.channel.state import Publication
from lnwallet_tui.channel.transactions import HtlcOutput, LocalAnchor, RemoteAnchor
from lnwallet_tui.onchain.classify import Ours, Revoked, Theirs, TheirsUnexpected
from tests.peers.ldk.answers import (
    BumpTransaction,
    ChannelClosed,
    PaymentClaimable,
    PaymentSent,
    SpendableOutputs,
)
from tests.peers.ldk.conftest import Meet, StartLdk
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.machine import Machine
from tests.peers.ldk.scenes import FUNDING, both_types, check_balances, open_channel
from tests.peers.ldk.world import World

pytestmark = pytest.mark.peer

DELAY = 144  # LDK's `to_self_delay` for us
FEES = Sat(5_000)  # more than commitment and sweeps may cost together
ANCHORS = Sat(660)


async def force_close(us: Machine, ldk: LdkNode, *, anchors: bool) -> None:
    """LDK publishes, while it cannot tell us about it."""
    await us.hang_up()
    await ldk.force_close(us.channel.channel_id)
    await ldk.event(ChannelClosed)
    if anchors:
        await ldk.event(BumpTransaction)


def closing_tx(world: World, us: Machine) -> Tx:
    """What waits in the mempool to spend the funding output."""
    outpoint = us.channel.funding.outpoint
    found = [
        entry.tx
        for entry in world.mempool.entries()
        if any(txin.outpoint == outpoint for txin in entry.tx.inputs)
    ]
    (tx,) = found
    return tx


@both_types
async def test_we_force_close(world: World, meet: Meet, anchors: bool) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, anchors=anchors)
    ours = us.channel.ledger.ours.floor_sat()
    us.force_close()
    tx = closing_tx(world, us)
    await ldk.event(ChannelClosed)
    await world.mine()
    assert world.chain.height_of(tx.txid) == world.chain.height
    assert us.guard.resolution is not None
    assert isinstance(us.guard.resolution.close, Ours)
    await world.mine(DELAY - 1)
    assert us.guard.home() == Sat(0)
    await world.mine()
    assert Sat(0) < ours - us.guard.home() < FEES
    await ldk.event(SpendableOutputs, kinds=("StaticPaymentOutput",))


@both_types
async def test_ldk_force_closes(world: World, meet: Meet, anchors: bool) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, anchors=anchors)
    await ldk.give_coins(50_000)
    ours = us.channel.ledger.ours.floor_sat()
    await force_close(us, ldk, anchors=anchors)
    await world.mine()
    assert us.guard.resolution is not None
    assert isinstance(us.guard.resolution.close, Theirs)
    await world.mine()
    assert Sat(0) < ours - us.guard.home() < FEES
    (theirs,) = await ldk.balances()
    assert theirs.kind == "ClaimableAwaitingConfirmations"


@both_types
async def test_an_error_of_ldk_publishes_our_commitment(
    world: World, meet: Meet, anchors: bool
) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, anchors=anchors)
    await ldk.force_close(us.channel.channel_id)
    await world.until(lambda: us.channel.publication is not None, "we publish")
    assert us.channel.publication == Publication(CloseReason.PEER_ERROR)
    closing_tx(world, us)


@both_types
async def test_we_lost_data(world: World, meet: Meet, anchors: bool) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, anchors=anchors)
    await ldk.give_coins(50_000)
    old = us.party.state, us.party.memory
    await ldk.pay(us.invoice(Msat(4_000_000)))
    await ldk.event(PaymentSent)
    await check_balances(world, us, ldk)
    ours = us.channel.ledger.ours.floor_sat()
    await us.hang_up()
    us.party.state, us.party.memory = old
    us.restart()
    await us.connect()
    await ldk.event(ChannelClosed)
    if anchors:
        await ldk.event(BumpTransaction)
    await world.mine()
    # LDK published for us; what we knew was revoked, and was never ours to publish.
    assert us.channel.publication is None
    assert us.guard.resolution is not None
    assert isinstance(us.guard.resolution.close, TheirsUnexpected)
    await world.mine()
    assert Sat(0) < ours - us.guard.home() < FEES


@pytest.mark.parametrize("later", [1, 20], ids="{} later".format)
@both_types
async def test_a_revoked_commitment_is_taken_whole(
    world: World, meet: Meet, start_ldk: StartLdk, anchors: bool, later: int
) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, anchors=anchors)
    held = await leave_htlcs_pending(us, ldk)
    old = await ldk.copy_files("old")
    await go_on(us, ldk, held, payments=later)
    cheat = await start_ldk("cheat", anchors=anchors, folder=old)
    await cheat.give_coins(50_000)
    await cheat.force_close(us.channel.channel_id)
    revoked = closing_tx(world, us)
    await world.mine()
    assert world.chain.height_of(revoked.txid) == world.chain.height
    assert us.guard.resolution is not None
    close = us.guard.resolution.close
    assert isinstance(close, Revoked)
    assert sum(isinstance(role, HtlcOutput) for role in close.roles) == len(held)
    await world.mine()
    for vout, role in enumerate(close.roles):
        if not isinstance(role, LocalAnchor | RemoteAnchor):
            assert world.chain.coin(revoked.outpoint(vout)) is None, role
    committed = FUNDING - FEES - (ANCHORS if anchors else Sat(0))
    assert us.guard.home() > committed


@both_types
async def test_a_revoked_htlc_is_taken_from_its_second_stage(
    world: World, meet: Meet, start_ldk: StartLdk, anchors: bool
) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, anchors=anchors)
    held = await leave_htlcs_pending(us, ldk)
    old = await ldk.copy_files("old")
    await go_on(us, ldk, held, payments=1)
    cheat = await start_ldk("cheat", anchors=anchors, folder=old)
    await cheat.give_coins(50_000, 50_000, 50_000)
    for payment in held:
        assert payment.preimage is not None
        await cheat.claim(payment.preimage)
    await cheat.force_close(us.channel.channel_id)
    revoked = closing_tx(world, us)
    # We do not look while the cheat takes the HTLCs with their preimages.
    world.inhabitants.remove(us)
    await world.mine(2)
    spent = [
        txin.outpoint
        for height in (world.chain.height - 1, world.chain.height)
        for tx in world.chain.at(height).block.transactions
        for txin in tx.inputs
        if txin.outpoint.txid == revoked.txid
    ]
    assert len(spent) >= len(held)
    world.inhabitants.append(us)
    await world.mine(2)
    assert us.guard.resolution is not None
    assert isinstance(us.guard.resolution.close, Revoked)
    assert us.guard.resolution.pending == Sat(0)
    # Without anchors the cheat's HTLC transactions pay fees, too.
    committed = FUNDING - FEES - (ANCHORS if anchors else FEES)
    assert us.guard.home() > committed


async def go_on(us: Machine, ldk: LdkNode, held: list[PaymentClaimable], *, payments: int) -> None:
    """Revoke what stands: LDK refuses what it held, pays a few times, and is gone."""
    for payment in held:
        await ldk.fail(payment.payment_hash)
    await ldk.behave(claim="yes")
    for _ in range(payments):
        await ldk.pay(us.invoice(Msat(4_000_000)))
        await ldk.event(PaymentSent)
    await us.hang_up()
    await ldk.stop()


async def leave_htlcs_pending(us: Machine, ldk: LdkNode) -> list[PaymentClaimable]:
    """Payments of ours that LDK holds."""
    await ldk.behave(claim="hold")
    invoices = [await ldk.create_invoice(msat) for msat in (20_000_000, 30_000_000)]
    for invoice in invoices:
        us.offer(invoice.text)
    return [
        await ldk.event(PaymentClaimable, payment_hash=invoice.payment_hash) for invoice in invoices
    ]

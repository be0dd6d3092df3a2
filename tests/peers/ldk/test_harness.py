"""Two LDK nodes with each other: the harness itself, before anything of ours takes part."""

from __future__ import annotations

import subprocess

import pytest

from tests.peers.ldk import one_file
from tests.peers.ldk.answers import (
    BumpTransaction,
    ChannelClosed,
    ChannelPending,
    ChannelReady,
    PaymentClaimable,
    PaymentClaimed,
    PaymentFailed,
    PaymentSent,
    SpendableOutputs,
)
from tests.peers.ldk.conftest import HERE, INSTALLED, StartLdk
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.world import World

pytestmark = pytest.mark.peer

_NAMES = """
const [one, all] = [await import("lightningdevkit/one.mjs"), await import("lightningdevkit")];
process.exit(Object.keys(all).every((name) => name in one) ? 0 : 1);
"""
STATIC_REMOTEKEY, ANCHORS = "1000", "401000"


async def open_channel(world: World, opener: LdkNode, other: LdkNode) -> bytes:
    """A channel of 1,000,000 sat, a tenth of it with `other`; returns its id."""
    await opener.connect(other.node_id, other.port)
    await world.ask_until(opener.peers, lambda peers: len(peers) == 1, "LDK's init")
    funding = await opener.open_channel(other.node_id, 1_000_000, push_msat=100_000_000)
    pending = await opener.event(ChannelPending)
    await world.until(lambda: funding.txid in world.mempool, "the funding transaction")
    await world.mine(6)
    await opener.event(ChannelReady)
    await other.event(ChannelReady)
    return bytes.fromhex(pending.channel_id)


def test_the_one_file_has_every_name_that_ldk_has() -> None:
    one_file.make(INSTALLED)
    command = ["node", "--input-type=module", "--eval", _NAMES]
    assert subprocess.run(command, cwd=HERE, check=False).returncode == 0


@pytest.mark.parametrize(("anchors", "channel_type"), [(True, ANCHORS), (False, STATIC_REMOTEKEY)])
async def test_open_pay_close(
    world: World, start_ldk: StartLdk, anchors: bool, channel_type: str
) -> None:
    alice = await start_ldk("alice", seed="11" * 32, anchors=anchors)
    bob = await start_ldk("bob", seed="22" * 32, anchors=anchors)
    channel_id = await open_channel(world, alice, bob)
    (channel,) = await alice.channels()
    assert (channel.usable, channel.channel_type) == (True, channel_type)

    invoice = await bob.create_invoice(12_345_000)
    assert await alice.pay(invoice.text) == invoice.payment_hash
    await alice.event(PaymentSent, payment_hash=invoice.payment_hash)
    await bob.event(PaymentClaimed, payment_hash=invoice.payment_hash)

    await alice.close(channel_id)
    assert (await bob.event(ChannelClosed)).reason == "CounterpartyInitiatedCooperativeClosure"
    assert (await alice.event(ChannelClosed)).reason == "LocallyInitiatedCooperativeClosure"
    await world.mine(6)
    assert (await alice.event(SpendableOutputs)).kinds == ("StaticOutput",)
    assert world.faults() == []


async def test_a_payment_is_held_and_then_refused(world: World, start_ldk: StartLdk) -> None:
    alice = await start_ldk("alice", seed="11" * 32)
    bob = await start_ldk("bob", seed="22" * 32)
    await open_channel(world, alice, bob)
    await bob.behave(claim="hold")
    invoice = await bob.create_invoice(5_000_000)
    await alice.pay(invoice.text)
    held = await bob.event(PaymentClaimable)
    assert (await bob.channels())[0].htlcs_in == 1
    await bob.fail(held.payment_hash)
    assert (await alice.event(PaymentFailed)).reason == "RecipientRejected"


async def test_a_restart_goes_on_from_the_files(world: World, start_ldk: StartLdk) -> None:
    alice = await start_ldk("alice", seed="11" * 32)
    bob = await start_ldk("bob", seed="22" * 32)
    await open_channel(world, alice, bob)
    await alice.stop()
    await world.mine(3)
    await alice.restart()
    await bob.connect(alice.node_id, alice.port)
    await world.ask_until(bob.channels, lambda all_: all_[0].usable, "the channel's return")
    invoice = await alice.create_invoice(1_000_000)
    await bob.pay(invoice.text)
    await bob.event(PaymentSent)


async def test_an_old_copy_of_the_files_cheats_and_is_punished(
    world: World, start_ldk: StartLdk
) -> None:
    alice = await start_ldk("alice", seed="11" * 32, anchors=False)
    bob = await start_ldk("bob", seed="22" * 32, anchors=False)
    channel_id = await open_channel(world, alice, bob)
    old = await alice.copy_files("old")
    invoice = await bob.create_invoice(300_000_000)
    await alice.pay(invoice.text)
    await alice.event(PaymentSent)
    await alice.stop()

    cheat = await start_ldk("cheat", seed="11" * 32, anchors=False, folder=old)
    await cheat.force_close(channel_id)
    await cheat.event(ChannelClosed)
    (revoked,) = world.mempool.entries()
    await world.mine()
    (justice,) = world.mempool.entries()
    assert {txin.outpoint.txid for txin in justice.tx.inputs} == {revoked.txid}
    assert world.faults() == []


async def test_an_anchor_pays_for_a_close(world: World, start_ldk: StartLdk) -> None:
    alice = await start_ldk("alice", seed="11" * 32)
    bob = await start_ldk("bob", seed="22" * 32)
    await alice.give_coins(50_000, 50_000)
    channel_id = await open_channel(world, alice, bob)
    await alice.force_close(channel_id)
    assert (await alice.event(BumpTransaction)).kind == "ChannelClose"
    child = world.mempool.entries()[-1]
    await world.mine()
    assert world.chain.height_of(child.txid) == world.chain.height
    await world.mine(150)
    await alice.event(SpendableOutputs, kinds=("DelayedPaymentOutput",))
    assert world.faults() == []

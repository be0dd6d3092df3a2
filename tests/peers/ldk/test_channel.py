"""Our channel machine with LDK: what the two agree on is more than our own opinion."""

from __future__ import annotations

import asyncio

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel.events import UpdateFee
from lnwallet_tui.channel.state import Link, Phase
from lnwallet_tui.onion.messages import IncorrectOrUnknownPaymentDetails
from tests.peers.ldk.answers import (
    ChannelClosed,
    PaymentClaimable,
    PaymentClaimed,
    PaymentFailed,
    PaymentSent,
)
from tests.peers.ldk.conftest import Meet
from tests.peers.ldk.machine import MOST_CLOSE_FEE
from tests.peers.ldk.process import PATIENCE_SECONDS
from tests.peers.ldk.scenes import both_openers, both_types, check_balances, open_channel
from tests.peers.ldk.world import World

pytestmark = pytest.mark.peer


@both_openers
@both_types
async def test_open_and_pay_both_ways(
    world: World, meet: Meet, anchors: bool, we_open: bool
) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, we_open=we_open, anchors=anchors)
    await check_balances(world, us, ldk)

    invoice = await ldk.create_invoice(12_345_678)
    preimage = await us.pay(invoice.text)
    assert isinstance(preimage, bytes)
    assert sha256(preimage).hex() == invoice.payment_hash
    await ldk.event(PaymentClaimed, payment_hash=invoice.payment_hash)

    payment_hash = await ldk.pay(us.invoice(Msat(7_654_321)))
    sent = await ldk.event(PaymentSent)
    assert sent.payment_hash == payment_hash
    assert bytes.fromhex(sent.preimage) == us.preimages[bytes.fromhex(payment_hash)]
    await check_balances(world, us, ldk)


async def test_the_hundredth_payment(world: World, meet: Meet) -> None:
    us, ldk = await meet()
    await open_channel(world, us, ldk)
    for number in range(50):
        # Small ones are trimmed, large ones have outputs.
        amount = 1 + number * 40_000
        invoice = await ldk.create_invoice(amount)
        assert isinstance(await us.pay(invoice.text), bytes)
        payment_hash = await ldk.pay(us.invoice(Msat(amount)))
        await ldk.event(PaymentSent, payment_hash=payment_hash)
    await check_balances(world, us, ldk)
    assert us.channel.our_number >= 100


async def test_a_payment_that_ldk_must_fail(world: World, meet: Meet) -> None:
    us, ldk = await meet()
    await open_channel(world, us, ldk)
    await ldk.behave(claim="no")
    invoice = await ldk.create_invoice(5_000_000)
    failure = await us.pay(invoice.text)
    assert failure == IncorrectOrUnknownPaymentDetails(Msat(5_000_000), world.chain.height)
    await check_balances(world, us, ldk)


async def test_a_payment_that_we_must_fail(world: World, meet: Meet) -> None:
    us, ldk = await meet()
    await open_channel(world, us, ldk)
    invoice = us.invoice(Msat(5_000_000))
    us.preimages.clear()
    await ldk.pay(invoice)
    assert (await ldk.event(PaymentFailed)).reason == "RecipientRejected"
    await check_balances(world, us, ldk)


@pytest.mark.parametrize("we_close", [True, False], ids=["we close", "LDK closes"])
@both_openers
@both_types
async def test_cooperative_close(
    world: World, meet: Meet, anchors: bool, we_open: bool, we_close: bool
) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, we_open=we_open, anchors=anchors)
    ours = us.channel.ledger.ours
    if we_close:
        us.close()
    else:
        await ldk.close(us.channel.channel_id)
    closed = await ldk.event(ChannelClosed)
    assert closed.reason.endswith("CooperativeClosure")
    await world.until(lambda: us.channel.phase is Phase.CLOSING, "we agreed")
    await world.mine(1)
    paid = world.chain.held_by(us.party.script)
    fee = ours.floor_sat() - paid
    # Where we pay, LDK takes the most that our `fee_range` allows.
    assert fee <= MOST_CLOSE_FEE
    assert (fee > Sat(0)) is we_open  # the funder pays it


@both_types
async def test_the_funder_changes_the_feerate(world: World, meet: Meet, anchors: bool) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, we_open=True, anchors=anchors)
    us.do(UpdateFee(1_500))
    assert isinstance(await us.pay((await ldk.create_invoice(1_000_000)).text), bytes)
    assert us.channel.our_commitment.spec.feerate_per_kw == 1_500
    assert (await ldk.channels())[0].feerate_per_kw == 1_500
    await check_balances(world, us, ldk)


async def test_ldk_changes_the_feerate(world: World, meet: Meet) -> None:
    us, ldk = await meet(anchors=False)
    await open_channel(world, us, ldk, we_open=False, anchors=False)
    before = us.channel.our_commitment.spec.feerate_per_kw
    await ldk.set_feerates(NonAnchorChannelFee=before * 2)
    await ldk.tick()
    await world.until(
        lambda: us.channel.their_current.spec.feerate_per_kw == before * 2, "the new feerate"
    )
    await ldk.pay(us.invoice(Msat(2_000_000)))
    await ldk.event(PaymentSent)
    await check_balances(world, us, ldk)


@pytest.mark.parametrize("we_close", [True, False], ids=["we close", "LDK closes"])
async def test_a_close_waits_for_the_payments_under_way(
    world: World, meet: Meet, we_close: bool
) -> None:
    us, ldk = await meet()
    await open_channel(world, us, ldk)
    await ldk.behave(claim="hold")
    invoice = await ldk.create_invoice(5_000_000)
    paying = us.offer(invoice.text)
    held = await ldk.event(PaymentClaimable)
    if we_close:
        us.close()
    else:
        await ldk.close(us.channel.channel_id)
    await world.until(lambda: us.channel.phase is Phase.SHUTTING_DOWN, "shutdown")
    # A connection that ends now changes nothing: both repeat `shutdown`.
    await us.hang_up()
    await us.connect()
    assert held.preimage is not None
    await ldk.claim(held.preimage)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await paying.ended == bytes.fromhex(held.preimage)
    await ldk.event(ChannelClosed)
    await world.until(lambda: us.channel.phase is Phase.CLOSING, "we agreed")
    assert us.channel.publication is None


@both_types
async def test_a_reconnection_between_payments(world: World, meet: Meet, anchors: bool) -> None:
    us, ldk = await meet(anchors=anchors)
    await open_channel(world, us, ldk, anchors=anchors)
    for _ in range(2):
        assert isinstance(await us.pay((await ldk.create_invoice(1_000_000)).text), bytes)
        await us.hang_up()
        assert us.channel.link is Link.OFFLINE
        await us.connect()
        await us.up()
        await ldk.pay(us.invoice(Msat(2_000_000)))
        await ldk.event(PaymentSent)
    await check_balances(world, us, ldk)

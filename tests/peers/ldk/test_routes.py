"""Payments over somebody: over LDK, by LDK over us, in parts, and another way after a failure."""

from __future__ import annotations

from functools import partial

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.node.config import RelayTerms
from tests.peers.ldk.answers import (
    BumpTransaction,
    ChannelClosed,
    ChannelReady,
    PaymentClaimed,
    PaymentFailed,
    PaymentForwarded,
    PaymentSent,
)
from tests.peers.ldk.conftest import StartLdk, StartOurs
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.node_scenes import (
    FUNDING,
    PUSH,
    begin_when_known,
    join,
    know,
    pay_until_held,
)
from tests.peers.ldk.ours import OurNode, done
from tests.peers.ldk.scenes import both_types
from tests.peers.ldk.world import World

pytestmark = pytest.mark.peer

AMOUNT = 50_000_000
LDK_FEE = 1_000
"""LDK's default: only a base."""
OUR_FEE = 1_000 + AMOUNT * 100 // 1_000_000
OTHER_SEED = "2b" * 32


async def hinted(world: World, us: OurNode, amount_msat: int) -> str:
    """An invoice of ours that says who is in front of us."""
    await world.until(
        lambda: bool(us.node._board.terms.hints(None)), "the peer has told what it asks"
    )
    invoice = done(await us.node.create_invoice(amount_msat, "over a friend")).invoice
    assert bolt11.decode(invoice).route_hints
    return invoice


async def held(us: OurNode) -> int:
    """What we have in all channels, in msat."""
    return sum(channel.ledger.ours.value for channel in us.node.channel_states())


async def at_rest(world: World, us: OurNode) -> None:
    """Until no channel of ours has an HTLC."""
    await world.until(
        lambda: not any(channel.ledger.htlcs for channel in us.node.channel_states()),
        "no HTLC is left",
    )


async def pay_when_known(world: World, ldk: LdkNode, invoice: str) -> PaymentSent:
    """The same, until it has paid."""
    await begin_when_known(world, ldk, invoice)
    return await ldk.event(PaymentSent)


@both_types
async def test_ldk_passes_a_payment_on(
    world: World, start_ours: StartOurs, start_ldk: StartLdk, anchors: bool
) -> None:
    ldk = await start_ldk("ldk", anchors=anchors, forwards=True)
    ada = await start_ours("ada", anchors=anchors)
    cyd = await start_ours("cyd", anchors=anchors)
    await join(world, ada, ldk)
    await join(world, cyd, ldk)
    for payer, payee in ((ada, cyd), (cyd, ada)):
        before = await held(payer), await held(payee)
        invoice = await hinted(world, payee, AMOUNT)
        paid = done(await payer.node.pay(invoice))
        assert (paid.status, paid.fee_msat) == (PaymentStatus.PAID, LDK_FEE), paid.reason
        assert (await payee.received(paid.payment_hash)).amount_msat == AMOUNT
        assert (await ldk.event(PaymentForwarded)).fee_msat == LDK_FEE
        await at_rest(world, payer)
        await at_rest(world, payee)
        after = await held(payer), await held(payee)
        assert after == (before[0] - AMOUNT - LDK_FEE, before[1] + AMOUNT)


@both_types
async def test_ldk_pays_another_ldk_over_us(
    world: World, start_ours: StartOurs, start_ldk: StartLdk, anchors: bool
) -> None:
    """What we announce is what both find their way by."""
    ben = await start_ours("ben", anchors=anchors, relays=True)
    one = await start_ldk("one", anchors=anchors, announces=True)
    two = await start_ldk("two", anchors=anchors, announces=True, seed=OTHER_SEED)
    await join(world, ben, one)
    await join(world, ben, two)
    await know(world, ben, 2)
    await world.mine()  # LDK hints at channels with less than seven
    before = await held(ben)
    for payer, payee in ((one, two), (two, one)):
        invoice = await payee.create_invoice(AMOUNT)
        assert not bolt11.decode(invoice.text).route_hints
        sent = await pay_when_known(world, payer, invoice.text)
        assert sent.fee_msat == OUR_FEE
        await payee.event(PaymentClaimed, payment_hash=invoice.payment_hash)
    await at_rest(world, ben)
    assert await held(ben) - before == 2 * OUR_FEE


async def test_ldk_finds_a_wallet_behind_us_by_its_hint(
    world: World, start_ours: StartOurs, start_ldk: StartLdk
) -> None:
    """A private channel of LDK's to our relay, and the hint of another private one behind it."""
    ben = await start_ours("ben", relays=True)
    one = await start_ldk("one")
    two = await start_ldk("two", seed=OTHER_SEED)
    for ldk in (one, two):
        done(await ben.node.connect(ldk.uri))
        funding = (await ldk.open_channel(ben.node.node_id, FUNDING, PUSH)).txid
        await world.until(partial(world.mempool.__contains__, funding), "the funding transaction")
        await world.mine(6)
        await ldk.event(ChannelReady)
        await ben.until(ChannelState.READY)
    invoice = await two.create_invoice(AMOUNT)
    [[hint]] = bolt11.decode(invoice.text).route_hints
    assert hint.node_id == ben.node.node_id
    assert hint.fee_base.value == RelayTerms().fee_base.value
    await one.pay(invoice.text)
    assert (await one.event(PaymentSent)).fee_msat == OUR_FEE
    await two.event(PaymentClaimed, payment_hash=invoice.payment_hash)


@both_types
async def test_parts_over_two_channels(
    world: World, start_ours: StartOurs, start_ldk: StartLdk, anchors: bool
) -> None:
    """More than either channel has, to LDK and back."""
    ldk = await start_ldk("ldk", anchors=anchors)
    us = await start_ours("ours", anchors=anchors)
    await join(world, us, ldk, push_msat=100_000_000)
    await join(world, us, ldk, push_msat=100_000_000)
    before = await held(us)
    much = 1_200_000_000
    assert all(one.can_send_msat < much for one in await us.node.channels())
    paid = await us.pay(ldk, much)
    assert (paid.status, paid.fee_msat) == (PaymentStatus.PAID, 0), paid.reason
    sent = us.node._board.payments.sent(bytes.fromhex(paid.payment_hash))
    assert sent is not None
    assert len({part.route.channel_id for part in sent.alive}) == 2
    claimed = await ldk.event(PaymentClaimed, payment_hash=paid.payment_hash)
    assert claimed.amount_msat == much
    assert sorted(claimed.parts_msat) == sorted(part.delivers.value for part in sent.alive)
    await at_rest(world, us)
    assert await held(us) == before - much

    assert all(one.can_receive_msat < much for one in await us.node.channels())
    back = await us.ask(ldk, much)
    await ldk.event(PaymentSent, payment_hash=back)
    assert (await us.received(back)).amount_msat == much
    issued = us.node._board.payments.book.issued(bytes.fromhex(back))
    assert issued is not None
    assert len({part.channel_id for part in issued.parts}) == 2
    assert {part.total.value for part in issued.parts} == {much}
    await at_rest(world, us)
    assert await held(us) == before


async def test_what_ldk_cannot_pass_on_takes_another_way(
    world: World, start_ours: StartOurs, start_ldk: StartLdk
) -> None:
    """Both LDKs announce a channel to the payee. The cheaper one has too little in it, and says so
    in an error that we can read: the payment goes by the other."""
    cheap = await start_ldk("cheap", announces=True, forwards=True)
    dear = await start_ldk(
        "dear", announces=True, forwards=True, seed=OTHER_SEED, fee_base_msat=2 * LDK_FEE
    )
    ada = await start_ours("ada")
    cyd = await start_ours("cyd", relays=True)
    await join(world, ada, cheap)
    await join(world, ada, dear)
    await join(world, cyd, cheap, push_msat=20_000_000)
    await join(world, cyd, dear)
    await know(world, ada, 2)
    invoice = done(await cyd.node.create_invoice(AMOUNT, "by whom")).invoice
    quote = await ada.node.quote_payment(invoice)
    assert not isinstance(quote, Refused)
    assert quote.fee_msat == LDK_FEE
    paid = done(await ada.node.pay(invoice))
    assert (paid.status, paid.fee_msat) == (PaymentStatus.PAID, 2 * LDK_FEE), paid.reason
    sent = ada.node._board.payments.sent(bytes.fromhex(paid.payment_hash))
    assert sent is not None
    peers = [attempt.route.hops[0].node_id for attempt in sent.attempts]
    assert peers == [cheap.node_id, dear.node_id]


async def test_a_payee_that_refuses_behind_ldk_is_heard(
    world: World, start_ours: StartOurs, start_ldk: StartLdk
) -> None:
    """Its words come back in two layers: our relay's, and its own."""
    ben = await start_ours("ben", relays=True)
    one = await start_ldk("one", announces=True, forwards=True)
    two = await start_ldk("two", announces=True, seed=OTHER_SEED)
    ada = await start_ours("ada")
    await join(world, ben, one)
    await join(world, ben, two)
    await join(world, ada, one)
    await know(world, ada, 2)
    await two.behave(claim="no")
    invoice = await two.create_invoice(AMOUNT)
    failed = done(await ada.node.pay(invoice.text))
    assert failed.status is PaymentStatus.FAILED
    assert "receiver" in failed.reason
    await two.behave(claim="yes")
    again = await two.create_invoice(AMOUNT)
    paid = done(await ada.node.pay(again.text))
    assert (paid.status, paid.fee_msat) == (PaymentStatus.PAID, OUR_FEE + LDK_FEE), paid.reason


async def two_behind(
    world: World, start_ours: StartOurs, start_ldk: StartLdk, *, anchors: bool
) -> tuple[LdkNode, OurNode, LdkNode]:
    """LDK – our relay – LDK, and the last one keeps what comes without taking it."""
    ben = await start_ours("ben", anchors=anchors, relays=True)
    one = await start_ldk("one", anchors=anchors, announces=True)
    two = await start_ldk("two", anchors=anchors, announces=True, seed=OTHER_SEED)
    for ldk in (one, two):
        await ldk.give_coins(50_000, 50_000)
        await join(world, ben, ldk)
    await know(world, ben, 2)
    await two.behave(claim="hold")
    return one, ben, two


@pytest.mark.parametrize("is_taken", [True, False], ids=["taken", "refused"])
async def test_our_relay_restarts_while_a_payment_waits_behind_it(
    world: World, start_ours: StartOurs, start_ldk: StartLdk, is_taken: bool
) -> None:
    one, ben, two = await two_behind(world, start_ours, start_ldk, anchors=True)
    before = await held(ben)
    invoice, waiting = await pay_until_held(world, one, two, AMOUNT)
    await ben.restart()
    await world.ask_until(
        ben.node.channels,
        lambda channels: all(one.state is ChannelState.READY for one in channels),
        "both peers are back",
    )
    if is_taken:
        assert waiting.preimage is not None
        await two.claim(waiting.preimage)
        assert (await one.event(PaymentSent)).fee_msat == OUR_FEE
    else:
        await two.fail(invoice.payment_hash)
        await one.event(PaymentFailed)
    await at_rest(world, ben)
    assert await held(ben) - before == (OUR_FEE if is_taken else 0)


@both_types
async def test_a_preimage_that_only_the_chain_shows_is_passed_back(
    world: World, start_ours: StartOurs, start_ldk: StartLdk, anchors: bool
) -> None:
    """The payee goes to chain with what it was offered, and takes it there."""
    one, ben, two = await two_behind(world, start_ours, start_ldk, anchors=anchors)
    _, waiting = await pay_until_held(world, one, two, AMOUNT)
    behind = (await ben.channel()).channel_id
    await two.force_close(bytes.fromhex(behind))
    await two.event(ChannelClosed)
    await world.mine()
    assert waiting.preimage is not None
    await two.claim(waiting.preimage)
    if anchors:
        await two.event(BumpTransaction)
    for _ in range(7):
        await world.mine()
    assert (await one.event(PaymentSent)).preimage == waiting.preimage
    [first, second] = await ben.node.channels()
    assert first.state is ChannelState.READY
    assert second.state is not ChannelState.READY

"""Payments over somebody else: hinted at, passed on, paid for; whatever happens, nobody loses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.payments import passed_onions
from lnwallet_tui.payment.effects import OfferHtlc
from lnwallet_tui.payment.relay import Forward
from lnwallet_tui.store.forwards import load
from lnwallet_tui.wire.scid import ShortChannelId
from tests.node.town import MINUTE_MS, Cut, Town, forget_invoice, over_ben
from tests.node.twins import offer_onion

AMOUNT, FEE = 50_000_000, 1_000 + 50_000_000 * 100 // 1_000_000


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """Ada and Cyd have channels with Ben, who relays."""
    town = await over_ben(tmp_path, anchors=request.param)
    yield town
    await town.end()


def held_of(town: Town, name: str) -> list[int]:
    """What a node has in each of its channels, in msat."""
    return [channel.ledger.ours.value for channel in town.nodes[name].channel_states()]


def forwards(node: Node) -> list[Forward]:
    """What is on its disk of what has passed."""
    found = load(node._store, lambda row: pytest.fail(f"{row} is whole"))
    return [one for one in found.values() if one is not None]


async def paid(town: Town, payer: str, payee: str, amount_msat: int) -> PaymentView:
    invoice = await town.do(town.nodes[payee].create_invoice(amount_msat, "over a friend"))
    return await town.do(town.nodes[payer].pay(invoice.invoice))


async def test_an_invoice_says_who_is_in_front_of_us(town: Town) -> None:
    invoice = await town.do(town.nodes["cyd"].create_invoice(AMOUNT, "find me"))
    [[hint]] = bolt11.decode(invoice.invoice).route_hints
    assert hint.node_id == town.nodes["ben"].node_id
    assert (hint.fee_base.value, hint.fee_proportional_millionths) == (1_000, 100)
    assert hint.cltv_expiry_delta == 80
    [channel] = town.nodes["cyd"].channel_states()
    assert hint.short_channel_id == channel.ready.their_alias


async def test_it_is_passed_on_and_paid_for(town: Town) -> None:
    ada, ben, cyd = (town.nodes[name] for name in ("ada", "ben", "cyd"))
    invoice = await town.do(cyd.create_invoice(AMOUNT, "over a friend"))
    quote = await ada.quote_payment(invoice.invoice)
    assert not isinstance(quote, Refused)
    assert (quote.fee_msat, len(quote.route), quote.parts) == (FEE, 2, 1)
    before = sum(held_of(town, "ben"))
    sent = await town.do(ada.pay(invoice.invoice))
    assert (sent.status, sent.fee_msat) == (PaymentStatus.PAID, FEE)
    received = await cyd.payment(invoice.payment_hash)
    assert not isinstance(received, Refused)
    assert (received.status, received.amount_msat) == (PaymentStatus.PAID, AMOUNT)
    assert sum(held_of(town, "ben")) - before == FEE
    assert ben._board.relay is not None
    assert ben._board.relay.earned().value == FEE
    assert not await ben.payments()


async def test_back_and_forth(town: Town) -> None:
    for _ in range(3):
        assert (await paid(town, "ada", "cyd", AMOUNT)).status is PaymentStatus.PAID
        assert (await paid(town, "cyd", "ada", AMOUNT // 2)).status is PaymentStatus.PAID


async def test_what_has_passed_takes_no_memory_and_stays_counted(town: Town) -> None:
    ada, ben, cyd = (town.nodes[name] for name in ("ada", "ben", "cyd"))
    for _ in range(3):
        await paid(town, "ada", "cyd", AMOUNT)
    forgotten = await town.do(cyd.create_invoice(AMOUNT, "forgotten"))
    forget_invoice(cyd, forgotten.payment_hash)
    assert (await town.do(ada.pay(forgotten.invoice))).status is PaymentStatus.FAILED
    await town.clock.rest()
    for _ in range(2):
        assert ben._board.relay is not None
        assert (len(ben._board.relay._all), len(ben._board.relay._leaving)) == (0, 0)
        assert ben.earned_msat == 3 * FEE
        ben = await town.restart("ben")


async def test_what_the_payee_refuses_comes_back_with_its_words(town: Town) -> None:
    ada, cyd = town.nodes["ada"], town.nodes["cyd"]
    invoice = await town.do(cyd.create_invoice(None, "as you like"))
    await town.do(ada.pay(invoice.invoice, amount_msat=AMOUNT))
    forget_invoice(cyd, invoice.payment_hash)  # as if its files had been lost
    other = await town.do(cyd.create_invoice(AMOUNT, "forgotten"))
    forget_invoice(cyd, other.payment_hash)
    refused = await town.do(ada.pay(other.invoice))
    assert refused.status is PaymentStatus.FAILED
    assert refused.reason.startswith("The receiver does not accept this payment")


async def test_a_payee_that_is_away_cannot_be_reached(town: Town) -> None:
    ada = town.nodes["ada"]
    invoice = await town.do(town.nodes["cyd"].create_invoice(AMOUNT, "asleep"))
    await town.stop("cyd")
    failed = await town.do(ada.pay(invoice.invoice))
    assert failed.status is PaymentStatus.FAILED
    assert failed.reason.startswith("Your channel's peer could not pass 50,000 sat on")
    assert "the receiver may be offline" in failed.reason
    await town.start("cyd")


async def test_more_than_the_relay_has_fails_with_the_true_reason(town: Town) -> None:
    refused = await town.run(
        town.nodes["cyd"].pay(
            (await town.do(town.nodes["ada"].create_invoice(AMOUNT, "x"))).invoice
        )
    )
    assert isinstance(refused, Refused)  # Cyd has nothing on her side yet
    assert refused.code is RefusalCode.NOT_ENOUGH


async def test_two_channels_to_the_payee_take_it_in_parts(town: Town) -> None:
    await town.open("ben", "cyd", 400_000)
    await town.open("ada", "ben", 450_000)
    amount = 600_000_000
    invoice = await town.do(town.nodes["cyd"].create_invoice(amount, "much"))
    assert len(bolt11.decode(invoice.invoice).route_hints) == 2
    sent = await town.do(town.nodes["ada"].pay(invoice.invoice))
    assert (sent.status, sent.reason) == (PaymentStatus.PAID, "")
    received = await town.nodes["cyd"].payment(invoice.payment_hash)
    assert not isinstance(received, Refused)
    assert received.amount_msat == amount


async def test_who_does_not_relay_passes_nothing_on(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben", "cyd")
    await town.open("ada", "ben", 500_000)
    await town.open("ben", "cyd", 500_000)
    invoice = await town.do(town.nodes["cyd"].create_invoice(AMOUNT, "find me"))
    assert not bolt11.decode(invoice.invoice).route_hints
    refused = await town.run(town.nodes["ada"].pay(invoice.invoice))
    assert isinstance(refused, Refused)
    assert refused.message == "No way to the receiver is known."
    await town.end()


async def test_a_relay_that_is_killed_at_any_effect_never_pays(tmp_path: Path) -> None:
    reached = 0
    for at in range(40):
        town = await over_ben(tmp_path / str(at))
        before = sum(held_of(town, "ben"))
        cut = Cut(town.nodes["ben"], at)
        invoice = await town.do(town.nodes["cyd"].create_invoice(AMOUNT, "over a friend"))
        await town.run(
            town.nodes["ada"].pay(invoice.invoice), until=partial(getattr, cut, "killed")
        )
        if not cut.killed:
            await town.end()
            break
        reached += 1
        await town.restart("ben")
        await town.clock.wait_for(lambda: False, 12 * MINUTE_MS)
        sent = await town.nodes["ada"].payment(invoice.payment_hash)
        received = await town.nodes["cyd"].payment(invoice.payment_hash)
        assert not isinstance(sent, Refused)
        assert not isinstance(received, Refused)
        is_paid = sent.status is PaymentStatus.PAID
        assert is_paid == (received.status is PaymentStatus.PAID), at
        assert sum(held_of(town, "ben")) - before == (FEE if is_paid else 0), at
        assert all(not one.ledger.htlcs for one in town.nodes["ben"].channel_states()), at
        await town.end()
    assert reached > 10


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("is_paid", [True, False])
async def test_an_onion_that_comes_again_does_not_pass_again(
    town: Town, is_paid: bool, restarted: bool
) -> None:
    """BOLT 4: "if `hmac` has previously been received: […] MUST abort processing the packet and
    fail"."""
    ada, ben, cyd = (town.nodes[name] for name in ("ada", "ben", "cyd"))
    sent: list[OfferHtlc] = []
    offer = ada._board.desk.offer

    def overheard(effect: OfferHtlc) -> None:
        sent.append(effect)
        offer(effect)

    ada._board.desk.offer = overheard  # type: ignore[method-assign]  # overheard
    invoice = await town.do(cyd.create_invoice(AMOUNT, "over a friend"))
    if not is_paid:
        forget_invoice(cyd, invoice.payment_hash)
    await town.do(ada.pay(invoice.invoice))
    old = sent[0]
    before, offers = held_of(town, "ben"), offered_by(ben)
    if restarted:
        ben = await town.restart("ben")
    await offer_onion(town, "ada", "ben", old.payment_hash, old.amount, old.cltv_expiry, old.onion)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert (held_of(town, "ben"), offered_by(ben)) == (before, offers)
    assert ben.earned_msat == (FEE if is_paid else 0)
    for node in (ada, ben, cyd):
        assert all(not channel.ledger.htlcs for channel in node.channel_states())


async def test_onions_that_cost_nothing_do_not_fill_the_disk(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passed_onions, "MOST_UNPAID_ONIONS", 2)
    ada, ben, cyd = (town.nodes[name] for name in ("ada", "ben", "cyd"))
    assert ben._board.relay is not None
    for _ in range(4):
        refused = await town.do(cyd.create_invoice(AMOUNT, "forgotten"))
        forget_invoice(cyd, refused.payment_hash)
        await town.do(ada.pay(refused.invoice))
        await town.clock.rest()
    kept = forwards(ben)
    assert [(one.state, one.reason) for one in kept] == [("refused", b"")] * 2
    assert {one.shared_secret for one in kept} == ben._board.relay._onions._until.keys()


async def test_an_onion_is_forgotten_when_it_is_too_old_to_pass(town: Town) -> None:
    ada, ben, cyd = (town.nodes[name] for name in ("ada", "ben", "cyd"))
    refused = await town.do(cyd.create_invoice(AMOUNT, "forgotten"))
    forget_invoice(cyd, refused.payment_hash)
    assert (await town.do(ada.pay(refused.invoice))).status is PaymentStatus.FAILED
    await paid(town, "ada", "cyd", AMOUNT)
    ben = await town.restart("ben")
    rows = forwards(ben)
    assert sorted(one.state for one in rows) == ["fulfilled", "refused"]
    last = max(one.outgoing_expiry for one in rows)
    await town.mine(last - town.regtest.chain.height)
    await paid(town, "ada", "cyd", AMOUNT)
    assert [one.state for one in forwards(ben)] == ["fulfilled"] * 2
    assert ben._board.relay is not None
    assert len(ben._board.relay._onions._until) == 1


def offered_by(node: Node) -> list[int]:
    """How many HTLCs it has offered in each of its channels."""
    return [channel.ledger.our_next_id for channel in node.channel_states()]


async def test_a_hint_that_leads_back_through_us_is_no_way(town: Town) -> None:
    ada, ben, cyd = (town.nodes[name] for name in ("ada", "ben", "cyd"))
    issued = await town.do(cyd.create_invoice(AMOUNT, "round and round"))
    read = bolt11.decode(issued.invoice)
    to_us, beyond = (
        replace(read.route_hints[0][0], node_id=node.node_id, short_channel_id=place)
        for node, place in ((ben, ShortChannelId(1, 1, 1)), (ada, ShortChannelId(1, 1, 2)))
    )
    looped = replace(read, route_hints=((to_us, beyond),))
    text = bolt11.encode(looped, cyd._shell.node_key.sign_recoverable)
    refused = await ada.quote_payment(text)
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.NO_ROUTE

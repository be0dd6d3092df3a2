"""Whole nodes that pay each other without an invoice, over others and straight."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.node.peers.gossip import our_announcement
from lnwallet_tui.routing.network import Learned
from lnwallet_tui.wire.features import Features
from tests.node.town import MINUTE_MS, Cut, Town

AMOUNT = 50_000_000
BY_CYD = 1_000 + AMOUNT * 100 // 1_000_000
BY_BEN = 1_000 + (AMOUNT + BY_CYD) * 100 // 1_000_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Ada – Ben – Cyd – Dan in a row, all channels but Ada's public."""
    town = Town(tmp_path, relays=("ben", "cyd", "dan"))
    await town.begin("ada", "ben", "cyd", "dan")
    await town.open("ben", "cyd", 500_000)
    await town.open("ada", "ben", 400_000)
    await town.open("cyd", "dan", 450_000)
    await town.mine(3)
    yield town
    await town.end()


async def received_by(town: Town, name: str) -> PaymentView:
    [received] = await town.nodes[name].payments()
    return received


async def test_a_node_is_paid_over_two_others(town: Town) -> None:
    ada, dan = town.nodes["ada"], town.nodes["dan"].node_id.hex()
    asked = await town.do(ada.decode(town.uri("dan")))
    assert (asked.invoice, asked.payee, asked.payment_hash, asked.amount_msat) == (
        *(dan, dan),
        "",
        None,
    )
    quote = await town.do(ada.quote_payment(dan, AMOUNT))
    assert (quote.fee_msat, len(quote.route), quote.parts) == (BY_CYD + BY_BEN, 3, 1)
    named = await town.do(ada.quote_payment(dan, AMOUNT, max_fee_msat=quote.fee_msat))
    assert (named.fee_msat, named.max_fee_msat) == (quote.fee_msat, quote.fee_msat)
    sent = await town.do(ada.pay(dan, amount_msat=AMOUNT))
    assert (sent.status, sent.fee_msat, sent.payee) == (PaymentStatus.PAID, BY_CYD + BY_BEN, dan)
    assert (sent.invoice, sent.description.cells(9)) == ("", "")
    assert sha256(bytes.fromhex(sent.preimage)).hex() == sent.payment_hash
    received = await received_by(town, "dan")
    assert (received.status, received.amount_msat) == (PaymentStatus.PAID, AMOUNT)
    assert (received.preimage, received.invoice, received.outgoing) == (sent.preimage, "", False)
    assert (await received_by(town, "ada")) == sent


async def test_each_has_a_preimage_of_its_own_and_outlives_a_restart(town: Town) -> None:
    ada, dan = town.nodes["ada"], town.nodes["dan"].node_id.hex()
    sent = [await town.do(ada.pay(dan, amount_msat=AMOUNT)) for _ in range(3)]
    assert len({one.preimage for one in sent}) == 3
    await town.restart("dan")
    received = await town.nodes["dan"].payments()
    assert [one.preimage for one in received] == [one.preimage for one in reversed(sent)]
    await town.restart("ada")
    assert list(await town.nodes["ada"].payments()) == sent[::-1]


async def test_who_needs_what_nobody_here_knows_is_not_paid_without_an_invoice(town: Town) -> None:
    """BOLT 7: "Unless paying a BOLT #11 invoice which does not have the same bit(s) set, MUST NOT
    attempt to send payments _to_ the node"."""
    ada, key = town.nodes["ada"], town.nodes["dan"]._shell.keys.node_key()
    said = our_announcement("dan", key.public_key, ada._shell.now(), key.sign)
    said = dataclasses.replace(said, features=Features({200}).to_bytes())
    said = dataclasses.replace(said, signature=key.sign(said.digest()))
    assert ada._board.network._known.learn(said, ada._shell.now()) is Learned.NEW
    dan = town.nodes["dan"].node_id.hex()
    refused = await town.run(ada.pay(dan, amount_msat=AMOUNT))
    assert isinstance(refused, Refused)
    assert "something that this wallet does not know" in refused.message
    assert refused == await town.run(ada.quote_payment(dan, AMOUNT))
    assert await ada.payments() == ()
    invoice = await town.do(town.nodes["dan"].create_invoice(AMOUNT, "with an invoice"))
    assert (await town.do(ada.pay(invoice.invoice))).status is PaymentStatus.PAID


async def test_who_does_not_take_it_says_so(town: Town) -> None:
    ada, dan = town.nodes["ada"], town.nodes["dan"]
    dan._shell.config = dataclasses.replace(  # type: ignore[misc]  # before anything asked it
        dan._shell.config, takes_keysend=False
    )
    failed = await town.do(ada.pay(dan.node_id.hex(), amount_msat=AMOUNT))
    assert (failed.status, failed.payee) == (PaymentStatus.FAILED, dan.node_id.hex())
    assert failed.reason == (
        "The receiver does not take this payment without an invoice. Ask it for one."
    )
    assert not await dan.payments()


async def test_what_cannot_be_sent_is_refused(town: Town) -> None:
    ada, dan = town.nodes["ada"], town.nodes["dan"].node_id.hex()
    codes = {
        "nothing": ada.pay(dan, amount_msat=0),
        "how much?": ada.pay(dan),
        "less than nothing": ada.pay(dan, amount_msat=-1),
        "a fee below zero": ada.pay(dan, amount_msat=AMOUNT, max_fee_msat=-1),
        "oneself": ada.pay(ada.node_id.hex(), amount_msat=AMOUNT),
        "a quote below zero": ada.quote_payment(dan, AMOUNT, max_fee_msat=-1),
        "oneself, quoted": ada.quote_payment(ada.node_id.hex(), AMOUNT),
        "oneself, read": ada.decode(ada.node_id.hex()),
    }
    for what, command in codes.items():
        refused = await town.run(command)
        assert isinstance(refused, Refused), what
        assert refused.code is RefusalCode.BAD_INPUT, what
    stranger = await town.run(ada.pay(curve.public_key(bytes([1]) * 32).hex(), amount_msat=AMOUNT))
    assert isinstance(stranger, Refused)
    assert stranger.code is RefusalCode.NO_ROUTE
    for asked in (
        ada.pay(dan, amount_msat=AMOUNT, max_fee_msat=BY_BEN),
        ada.quote_payment(dan, AMOUNT, max_fee_msat=BY_BEN),
    ):
        refused = await town.run(asked)
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.FEE_TOO_HIGH
    assert not await ada.payments()


@pytest.mark.parametrize("victim", ["ada", "ben"])
async def test_who_is_killed_at_any_effect_neither_loses_nor_lies(
    tmp_path: Path, victim: str
) -> None:
    reached = 0
    for at in range(40):
        town = Town(tmp_path / str(at))
        await town.begin("ada", "ben")
        await town.open("ada", "ben", 500_000)
        cut = Cut(town.nodes[victim], at)
        paying = town.nodes["ada"].pay(town.uri("ben"), amount_msat=AMOUNT)
        await town.run(paying, until=partial(getattr, cut, "killed"))
        if not cut.killed:
            await town.end()
            break
        reached += 1
        await town.restart(victim)
        await town.clock.wait_for(lambda: False, 12 * MINUTE_MS)
        [sent] = await town.nodes["ada"].payments()
        received = await town.nodes["ben"].payments()
        is_paid = sent.status is PaymentStatus.PAID
        assert is_paid or sent.status is PaymentStatus.FAILED, at
        assert [one.status for one in received] == [PaymentStatus.PAID] * is_paid, at
        [ours] = [one.ledger.ours.value for one in town.nodes["ben"].channel_states()]
        assert ours == (AMOUNT if is_paid else 0), at
        await town.end()
    assert reached > 5

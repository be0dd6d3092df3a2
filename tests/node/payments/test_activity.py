"""Looking for payments through the counter: real payments, their tries, notes that last, and what
is asked wrongly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.api.activity import ActivityCount, ActivityEntry, ActivityPage
from lnwallet_tui.api.coins import TransactionsPage
from lnwallet_tui.api.events import PaymentChanged
from lnwallet_tui.api.notes import LONGEST_NOTE
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import Sending, SentView
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import AttemptEnd, PaymentView
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.payments.finding import MOST_ON_A_PAGE
from tests.node.town import Town
from tests.store.quota import limit_pages, pages_of


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def found(node: Node, words: str) -> list[PaymentView]:
    payments = await node.search_payments(words)
    assert isinstance(payments, tuple), payments
    count = await node.count_activity(f"lightning {words}")
    assert count == ActivityCount(payments=len(payments), transactions=0)
    return list(payments)


async def test_payments_are_found_and_a_note_outlives_a_restart(town: Town) -> None:
    await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 100_000_000)
    await town.pay("ben", "ada", 30_000_000)
    ada = town.nodes["ada"]
    [out] = await found(ada, "out paid >50k")
    assert await found(ada, "out note:test") == [out]  # what its invoice is for
    [came] = await found(ada, "in paid =30000 test")
    assert (out.amount_msat, came.amount_msat) == (100_000_000, 30_000_000)
    assert await found(ada, out.payment_hash[:8]) == [out]
    assert await found(ada, out.payee[:10]) == [out]
    assert await found(ada, "failed") == []
    reader = ada.feed()
    noted = await ada.set_note(out.payment_hash, "Rent, 100 % [b]")
    assert isinstance(noted, PaymentView)
    assert noted.note == Untrusted("Rent, 100 % [b]")
    assert (await anext(reader)).event == PaymentChanged(noted)
    ada = await town.restart("ada")
    assert await found(ada, "note:rent %") == [noted]
    assert await ada.payment(out.payment_hash) == noted
    assert noted in await ada.payments()


async def test_payments_are_found_and_told_apart_by_who_is_paid(town: Town) -> None:
    await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 100_000_000)
    await town.pay("ben", "ada", 30_000_000)
    ada = town.nodes["ada"]
    [out] = await found(ada, "BEN")  # as he told when the channel was announced
    assert (out.payee_name, out.amount_msat) == (Untrusted("ben"), 100_000_000)
    assert out in await ada.payments()
    assert await ada.payment(out.payment_hash) == out
    assert await ada.find_payments("be") == (out,)
    for names in (((out.payee, "The florist"),), (("", "florist"), ("zz", "florist"))):
        meant = [out] * (names[0][0] == out.payee)
        listed = await entries(ada, "lightning florist", names=names)
        assert [one.payment for one in listed] == meant
        count = await ada.count_activity("lightning florist", names=names)
        assert count == ActivityCount(payments=len(meant), transactions=0)
        assert list(await town.do(ada.find_payments("florist", names=names))) == meant


async def test_pages_follow_each_other(town: Town) -> None:
    ada = town.nodes["ada"]
    for number in range(5):
        await town.do(ada.create_invoice(1_000 * (number + 1), f"number {number}"))
    first = await entries(ada, "lightning", 2)
    rest = await entries(ada, "lightning", after=first[-1].place)
    whole = [*first, *rest]
    amounts = [one.payment.amount_msat for one in whole if one.payment]
    assert amounts == [5_000, 4_000, 3_000, 2_000, 1_000]
    assert await entries(ada, "lightning", after=first[-1].place, skip=2) == rest[2:]
    assert await entries(ada, "lightning", oldest_first=True) == whole[::-1]
    count = await ada.count_activity("lightning", first[-1].place)
    assert count == ActivityCount(payments=1, transactions=0)
    assert len(await entries(ada, "number 3 waiting", 0)) == 1  # less than one row is no page
    assert len(await town.do(ada.search_payments("number 3 waiting", 0))) == 1


async def entries(node: Node, words: str = "", limit: int = 99, **how: Any) -> list[ActivityEntry]:
    page = await node.search_activity(words, limit, **how)
    assert isinstance(page, ActivityPage), page
    return list(page.entries)


async def test_transactions_stand_among_the_payments(town: Town) -> None:
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 100_000_000)
    address = (await town.do(ben.address())).address
    assert isinstance(address, str)
    await town.do(ada.send(Sending(((address, 50_000),))))
    await town.mine()
    await town.pay("ada", "ben", 30_000_000)
    sent = await town.do(ada.send(Sending(((address, 60_000),))))
    whole = await town.do(entries(ada))
    txs = [one.transaction for one in whole]
    kinds = ["payment" if one is None else one.kind.value for one in txs]
    assert kinds == ["sent", "payment", "sent", "payment", "opening", "received"]
    assert isinstance(sent, SentView)
    past = await ada.transactions()
    assert isinstance(past, TransactionsPage)
    assert [one for one in txs if one is not None] == list(past.transactions)
    assert past.transactions[0].txid == sent.txid
    back = await town.do(entries(ada, oldest_first=True))
    assert back == whole[::-1]
    for number, one in enumerate(whole):
        count = await ada.count_activity("", one.place)
        assert isinstance(count, ActivityCount)
        assert (count.payments, count.transactions) == (
            sum(bool(newer.payment) for newer in whole[:number]),
            sum(bool(newer.transaction) for newer in whole[:number]),
        )
        behind, before = whole[number + 1 :], whole[:number][::-1]
        for skip in range(len(whole) + 1):
            assert await entries(ada, limit=2, after=one.place, skip=skip) == behind[skip:][:2]
            assert await entries(ada, limit=1, skip=skip) == whole[skip:][:1]
            older = await entries(ada, limit=2, after=one.place, skip=skip, oldest_first=True)
            assert older == before[skip:][:2]
    assert await entries(ada, "onchain") == [one for one in whole if one.transaction]
    assert await entries(ada, "lightning") == [one for one in whole if one.payment]
    assert await entries(ada, "pending") == whole[:1]
    assert await entries(ada, "opened ben") == [whole[4]]  # by its peer's name
    noted = await town.do(ada.set_transaction_note(sent.txid, "Rent"))
    assert [one.transaction for one in await entries(ada, "note:rent")] == [noted]
    for answer in (
        await ada.search_activity("since:tomorrow"),
        await ada.search_activity("", 9, "1.2.3"),
        await ada.count_activity("onchain lightning"),
        await ada.count_activity("", "\ud800"),
    ):
        assert isinstance(answer, Refused)


async def test_an_invoice_that_expires_is_found_as_such(town: Town) -> None:
    ada = town.nodes["ada"]
    made = await town.do(ada.create_invoice(1_000, "soon over", 600))
    assert [one.payment_hash for one in await found(ada, "waiting")] == [made.payment_hash]
    await town.mine(3)
    assert await found(ada, "waiting") == []
    assert [one.payment_hash for one in await found(ada, "expired")] == [made.payment_hash]


async def test_a_payment_says_how_it_was_tried(tmp_path: Path) -> None:
    """Two channels to Ben, of which neither alone carries the payment."""
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 400_000)
    await town.open("ada", "ben", 400_000)
    await town.pay("ada", "ben", 600_000_000)
    ada = town.nodes["ada"]
    [out] = await found(ada, "out")
    parts = await town.do(ada.attempts(out.payment_hash))
    assert [(one.attempt, one.part, one.hops, one.end) for one in parts] == [
        (1, 1, 1, AttemptEnd.ARRIVED),
        (1, 2, 1, AttemptEnd.ARRIVED),
    ]
    assert sum(one.amount_msat for one in parts) == 600_000_000
    assert sum(one.fee_msat for one in parts) == out.fee_msat
    assert {one.first_peer for one in parts} == {town.nodes["ben"].node_id.hex()}
    ben = town.nodes["ben"]
    assert await town.do(ben.attempts(out.payment_hash)) == ()
    await town.end()


async def test_what_is_asked_wrongly_is_refused_in_words(town: Town) -> None:
    ada = town.nodes["ada"]
    made = await town.do(ada.create_invoice(1_000, "x"))
    for answer in (
        await ada.search_payments("since:tomorrow"),
        await ada.search_payments("x" * 1_000_000),
        await ada.search_activity("", 9, "nowhere"),
        await ada.search_activity("", 9, "1.1' OR 1"),
        await ada.search_activity("", 9, "9" * 40 + ".1"),
        await ada.count_activity("in out"),
        await ada.set_note(made.payment_hash, "x" * (LONGEST_NOTE + 1)),
        await ada.set_note(made.payment_hash, "\ud800"),
        await ada.set_note("77" * 32, "x"),
        await ada.set_note("é", "x"),
        await ada.attempts("é"),
        await ada.attempts("77" * 32),
    ):
        assert isinstance(answer, Refused)
        assert answer.code in {RefusalCode.BAD_INPUT, RefusalCode.UNKNOWN}
        assert answer.message.endswith(".")
        assert answer.remedy.endswith(".")
    assert await found(ada, "\ud800 \x00 % ' \"") == []
    assert len(await town.do(ada.search_payments("", 10**30))) == 1
    assert len(await entries(ada, "lightning", 10**30, skip=-(10**30))) == 1
    assert MOST_ON_A_PAGE < 10**30
    [kept] = await found(ada, "note:x")  # the invoice's words are the user's own
    assert kept.note == Untrusted("")


async def test_a_full_disk_keeps_no_note_and_says_so(town: Town) -> None:
    ada, long = town.nodes["ada"], "\U0001f9fe" * LONGEST_NOTE
    made = [await town.do(ada.create_invoice(1_000, f"number {i}")) for i in range(30)]
    limit_pages(ada._store, pages_of(ada._store))
    answers = [await ada.set_note(one.payment_hash, long) for one in made]
    refused = [one for one in answers if isinstance(one, Refused)]
    assert {one.code for one in refused} == {RefusalCode.DISK}
    assert len(await found(ada, f"note:{long[:100]}")) == len(made) - len(refused)
    limit_pages(ada._store, 100_000)
    assert (await town.do(ada.set_note(made[-1].payment_hash, long))).note == Untrusted(long)

"""Of old payments nothing is in memory after a start, and none of them can be paid once more."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.payments import payment_book
from lnwallet_tui.node.payments.payment_book import PaymentBook
from lnwallet_tui.payment.command import PayCommand
from lnwallet_tui.payment.records import InvoiceStatus
from lnwallet_tui.store import activity
from lnwallet_tui.store import payments as stored
from lnwallet_tui.store.db import DATABASE_NAME
from tests.node.payments.test_relay import held_of
from tests.node.test_disk import same_as_on_disk
from tests.node.test_htlcs_on_chain import hold, status
from tests.node.town import MINUTE_MS, Town, forget_invoice
from tests.node.twins import offer

AMOUNT = 20_000_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 500_000)
    yield town
    await town.end()


def book_of(node: Node) -> PaymentBook:
    return node._board.payments._all


def at_hand(node: Node) -> int:
    """Payments in memory."""
    book = book_of(node)
    ours = len(book.outgoing) + len(book._sent_before)
    return ours + len(book.incoming) + len(book._issued_before)


async def paid(town: Town) -> PaymentView:
    """Ada has paid Ben."""
    invoice = await town.do(town.nodes["ben"].create_invoice(AMOUNT, "once"))
    view = await town.do(town.nodes["ada"].pay(invoice.invoice))
    assert view.status is PaymentStatus.PAID
    return view


def forget_what_rests(node: Node) -> None:
    """As after so many others that it is not at hand any more."""
    book_of(node)._sent_before.clear()
    book_of(node)._issued_before.clear()


@pytest.mark.parametrize("after", ["a start", "many others"])
async def test_what_was_paid_is_not_paid_again(town: Town, after: str) -> None:
    once = await paid(town)
    if after == "a start":
        await town.restart("ada")
    forget_what_rests(town.nodes["ada"])
    ada = town.nodes["ada"]
    assert at_hand(ada) == 0
    for refused in (await ada.quote_payment(once.invoice), await ada.pay(once.invoice)):
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.ALREADY_PAID
    # Nor where a way was looked for before it was paid: who begins is asked last.
    command = PayCommand(bolt11.decode(once.invoice), once.invoice, None, Msat(1_000), ways=())
    begun = await town.run(ada._board.payments.begin(command))
    assert isinstance(begun, Refused)
    assert begun.code is RefusalCode.ALREADY_PAID
    assert [one.payment_hash for one in await ada.payments()] == [once.payment_hash]
    same_as_on_disk(ada)


@pytest.mark.parametrize("after", ["a start", "many others"])
async def test_what_came_in_is_not_taken_twice(town: Town, after: str) -> None:
    once = await paid(town)
    if after == "a start":
        await town.restart("ben")
    forget_what_rests(town.nodes["ben"])
    before = held_of(town, "ben")
    await offer(town, "ada", "ben", once.invoice, AMOUNT)
    await town.clock.rest()
    assert not town.nodes["ada"].channel_states()[0].ledger.htlcs
    assert held_of(town, "ben") == before
    [kept] = [one.payment for one in activity.newest(town.nodes["ben"]._store, 10, 0)]
    assert kept.status is InvoiceStatus.PAID
    assert len(kept.parts) == 1
    same_as_on_disk(town.nodes["ben"])


async def test_nothing_takes_the_place_of_what_was_paid(town: Town) -> None:
    name = bytes.fromhex((await paid(town)).payment_hash)
    for node in town.nodes.values():
        forget_what_rests(node)
        book, found = book_of(node), book_of(node).sent(name) or book_of(node).issued(name)
        assert found is not None
        with (
            pytest.raises(AssertionError, match="a hash is paid once"),
            node._store.transaction() as tx,
        ):
            book.add(tx, found)


async def test_a_start_reads_what_is_under_way_and_nothing_else(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await paid(town)
    await town.do(town.nodes["ben"].create_invoice(AMOUNT, "nobody pays this"))
    invoice = await town.do(town.nodes["ben"].create_invoice(AMOUNT, "held"))
    name = bytes.fromhex(invoice.payment_hash)
    hold(town, "ben")
    ben = book_of(town.nodes["ben"])
    await town.run(town.nodes["ada"].pay(invoice.invoice), until=lambda: name in ben.incoming)
    await town.clock.rest()
    for one in ("ada", "ben"):
        await town.stop(one)
    read = list[bytes]()
    found = stored._read

    def counted(body: bytes, kind: type, payment_hash: bytes) -> object:
        read.append(payment_hash)
        return found(body, kind, payment_hash)

    with monkeypatch.context() as patch:
        patch.setattr(stored, "_read", counted)
        for one in ("ada", "ben"):
            read.clear()
            await town.start(one)
            assert read == [name]
            assert at_hand(town.nodes[one]) == 1
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert await status(town, "ada", invoice.payment_hash) is PaymentStatus.PAID
    assert await status(town, "ben", invoice.payment_hash) is PaymentStatus.PAID


async def test_an_htlc_brings_its_payment_whatever_the_columns_say(town: Town) -> None:
    """What is looked for stands in columns, without a checksum; money depends on none of them."""
    invoice = await town.do(town.nodes["ben"].create_invoice(AMOUNT, "held"))
    name = bytes.fromhex(invoice.payment_hash)
    hold(town, "ben")
    ben = book_of(town.nodes["ben"])
    await town.run(town.nodes["ada"].pay(invoice.invoice), until=lambda: name in ben.incoming)
    await town.clock.rest()
    for node in town.nodes.values():
        with node._store.transaction() as tx:
            tx.write("UPDATE activity SET status = 'paid'")
    for one in ("ada", "ben"):
        await town.restart(one)
    assert await status(town, "ada", invoice.payment_hash) is PaymentStatus.PAID
    assert await status(town, "ben", invoice.payment_hash) is PaymentStatus.PAID


async def test_only_so_many_that_rest_are_at_hand(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment_book, "_MOST_AT_REST", 2)
    views = [await paid(town) for _ in range(4)]
    for node in town.nodes.values():
        assert at_hand(node) == 2
        for view in views:
            again = await node.payment(view.payment_hash)
            assert not isinstance(again, Refused)
            assert again.status is PaymentStatus.PAID
        same_as_on_disk(node)


async def test_a_damaged_old_one_is_told_and_stops_nothing(town: Town, tmp_path: Path) -> None:
    once = await paid(town)
    await town.stop("ada")
    raw = sqlite3.connect(tmp_path / "ada" / DATABASE_NAME)
    raw.execute("UPDATE payments SET body = CAST(x'00' || body AS BLOB)")
    raw.commit()
    raw.close()
    await town.start("ada")
    ada = town.nodes["ada"]
    [view] = await ada.payments()
    assert (view.payment_hash, view.status) == (once.payment_hash, PaymentStatus.PAID)
    assert view.reason.startswith("What the wallet's file holds of this payment is damaged")
    for refused in (await ada.pay(once.invoice), await ada.payment(once.payment_hash)):
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.DISK
    await town.restart("ada")
    await paid(town)


async def test_what_failed_may_be_tried_again_after_a_start(town: Town) -> None:
    ben = town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(AMOUNT, "once more"))
    kept = forget_invoice(ben, invoice.payment_hash)
    failed = await town.do(town.nodes["ada"].pay(invoice.invoice))
    assert failed.status is PaymentStatus.FAILED
    with ben._store.transaction() as tx:
        book_of(ben).add(tx, kept)
    await town.restart("ada")
    assert at_hand(town.nodes["ada"]) == 0
    again = await town.do(town.nodes["ada"].pay(invoice.invoice))
    assert again.status is PaymentStatus.PAID
    assert [one.status for one in await town.nodes["ada"].payments()] == [PaymentStatus.PAID]
    same_as_on_disk(town.nodes["ada"])

"""Payments on disk, out and in: durable before an HTLC leaves, before an invoice is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.payment.records import IncomingInvoice, OutgoingPayment
from lnwallet_tui.store import activity, counters
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import RowDamaged
from lnwallet_tui.store.rows import Rows

Payment = OutgoingPayment | IncomingInvoice

_COUNTER: Final = "payments"
_AT_REST: Final = tuple(
    status.value for status in (PaymentStatus.PAID, PaymentStatus.FAILED, PaymentStatus.WAITING)
)
_T = TypeVar("_T", OutgoingPayment, IncomingInvoice)


def add(tx: Transaction, payment: Payment) -> None:
    """Write a new one; it takes the place of an earlier, failed payment of the same hash."""
    outgoing = isinstance(payment, OutgoingPayment)
    number = counters.take(tx, _COUNTER, beyond="payments")
    tx.write(
        "INSERT OR REPLACE INTO payments VALUES (?, ?, ?, ?)",
        (payment.payment_hash, outgoing, number, encode(payment)),
    )
    activity.add(tx, number, payment)


def save(tx: Transaction, payment: Payment) -> None:
    """Write what became of one that was added before."""
    outgoing = isinstance(payment, OutgoingPayment)
    changed = tx.write(
        "UPDATE payments SET body = ? WHERE payment_hash = ? AND outgoing = ?",
        (encode(payment), payment.payment_hash, outgoing),
    )
    assert changed == 1, "a payment is added before it changes"
    activity.save(tx, payment)


def sent(store: Rows, payment_hash: bytes) -> OutgoingPayment | None:
    """The payment of ours with this hash."""
    return _find(store, payment_hash, OutgoingPayment)


def issued(store: Rows, payment_hash: bytes) -> IncomingInvoice | None:
    """Our invoice with this hash."""
    return _find(store, payment_hash, IncomingInvoice)


def under_way(store: Store, damaged: Callable[[bytes], None]) -> Iterator[Payment]:
    """Those whose column does not say that nothing of them moves, as they were begun; those whose
    rows are `damaged` are named alone."""
    rows = store.read(
        "SELECT p.payment_hash, p.outgoing, p.body FROM activity AS a"
        " JOIN payments AS p ON p.number = a.number WHERE a.status NOT IN (?, ?, ?)"
        " ORDER BY p.number",
        _AT_REST,
    )
    for payment_hash, outgoing, body in rows:
        assert isinstance(payment_hash, bytes)
        assert isinstance(body, bytes)
        try:
            if outgoing:
                yield _read(body, OutgoingPayment, payment_hash)
            else:
                yield _read(body, IncomingInvoice, payment_hash)
        except RowDamaged:
            damaged(payment_hash)


def _find(store: Rows, payment_hash: bytes, kind: type[_T]) -> _T | None:
    rows = store.read(
        "SELECT body FROM payments WHERE payment_hash = ? AND outgoing = ?",
        (payment_hash, kind is OutgoingPayment),
    )
    for (body,) in rows:
        assert isinstance(body, bytes)
        return _read(body, kind, payment_hash)
    return None


def _read(body: bytes, kind: type[_T], payment_hash: bytes) -> _T:
    payment = decode(body, kind)
    if payment.payment_hash != payment_hash:
        raise RowDamaged("A payment in the wallet's file stands under another's name.")
    return payment

"""Payments on disk, out and in: durable before an HTLC leaves, before an invoice is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeVar

from lnwallet_tui.payment.records import IncomingInvoice, OutgoingPayment
from lnwallet_tui.store import activity, counters
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import WalletCorrupt

_COUNTER: Final = "payments"
_T = TypeVar("_T", OutgoingPayment, IncomingInvoice)


@dataclass(slots=True)
class Payments:
    """All payments by their hash, in the order in which they were begun."""

    outgoing: dict[bytes, OutgoingPayment] = field(default_factory=dict)
    incoming: dict[bytes, IncomingInvoice] = field(default_factory=dict)
    order: list[tuple[bytes, bool]] = field(default_factory=list)  # (hash, outgoing)


def add(tx: Transaction, payment: OutgoingPayment | IncomingInvoice) -> None:
    """Write a new one; it takes the place of an earlier, failed payment of the same hash."""
    outgoing = isinstance(payment, OutgoingPayment)
    number = counters.take(tx, _COUNTER)
    tx.write(
        "INSERT OR REPLACE INTO payments VALUES (?, ?, ?, ?)",
        (payment.payment_hash, outgoing, number, encode(payment)),
    )
    activity.add(tx, number, payment)


def save(tx: Transaction, payment: OutgoingPayment | IncomingInvoice) -> None:
    """Write what became of one that was added before."""
    outgoing = isinstance(payment, OutgoingPayment)
    changed = tx.write(
        "UPDATE payments SET body = ? WHERE payment_hash = ? AND outgoing = ?",
        (encode(payment), payment.payment_hash, outgoing),
    )
    assert changed == 1, "a payment is added before it changes"
    activity.save(tx, payment)


def load(store: Store) -> Payments:
    """Everything."""
    payments = Payments()
    rows = store.read("SELECT payment_hash, outgoing, body FROM payments ORDER BY number")
    for payment_hash, outgoing, body in rows:
        assert isinstance(payment_hash, bytes)
        assert isinstance(body, bytes)
        if outgoing:
            payments.outgoing[payment_hash] = _read(body, OutgoingPayment, payment_hash)
        else:
            payments.incoming[payment_hash] = _read(body, IncomingInvoice, payment_hash)
        payments.order.append((payment_hash, bool(outgoing)))
    return payments


def _read(body: bytes, kind: type[_T], payment_hash: bytes) -> _T:
    payment = decode(body, kind)
    if payment.payment_hash != payment_hash:
        raise WalletCorrupt("A payment in the wallet's file stands under another's name.")
    return payment

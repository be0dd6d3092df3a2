"""All payments in memory as they stand on disk: a transaction that fails takes both back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import TypeVar

from lnwallet_tui.payment.records import IncomingInvoice, InvoiceStatus, OutgoingPayment
from lnwallet_tui.store import activity
from lnwallet_tui.store import payments as stored
from lnwallet_tui.store.db import Store, Transaction

T = TypeVar("T")
Payment = OutgoingPayment | IncomingInvoice
News = Callable[[Transaction, Payment | None, Payment], None]
"""Told of each payment as it was (None: not at all) and as it is."""


class PaymentBook:
    """Out and in by payment hash, in the order in which they began: (hash, whether it goes out)."""

    def __init__(self, store: Store, news: News) -> None:
        self._news = news
        activity.fill(store)
        loaded = stored.load(store)
        self.outgoing, self.incoming = loaded.outgoing, loaded.incoming
        self.order = dict.fromkeys(loaded.order)
        self._may_settle = {hash_ for hash_, one in self.incoming.items() if _is_settling(one)}

    def newest(self, limit: int, offset: int) -> list[OutgoingPayment | IncomingInvoice]:
        """The newest first."""
        order = islice(reversed(self.order), offset, offset + limit)
        return [self.outgoing[h] if out else self.incoming[h] for h, out in order]

    def settling(self) -> list[IncomingInvoice]:
        """What comes in and is not ours for good yet."""
        found = [self.incoming[hash_] for hash_ in self._may_settle if hash_ in self.incoming]
        settling = [invoice for invoice in found if _is_settling(invoice)]
        self._may_settle = {invoice.payment_hash for invoice in settling}
        return settling

    def add(self, tx: Transaction, payment: OutgoingPayment | IncomingInvoice) -> None:
        """A new one, which may take the place of a failed one of the same hash."""
        stored.add(tx, payment)
        name = payment.payment_hash, isinstance(payment, OutgoingPayment)
        if name in self.order:
            before = dict(self.order)
            tx.undo(partial(setattr, self, "order", before))
            del self.order[name]
        else:
            tx.undo(partial(self._unlist, name))
        self.order[name] = None
        self._put(tx, payment)

    def save(self, tx: Transaction, payment: OutgoingPayment | IncomingInvoice) -> None:
        """What became of one that was added before."""
        stored.save(tx, payment)
        self._put(tx, payment)

    def _unlist(self, name: tuple[bytes, bool]) -> None:
        """Out of the order as it is by then: another undo may have put an older one back."""
        self.order.pop(name, None)

    def _put(self, tx: Transaction, payment: OutgoingPayment | IncomingInvoice) -> None:
        name = payment.payment_hash
        if isinstance(payment, OutgoingPayment):
            self._news(tx, self.outgoing.get(name), payment)
            _put(tx, self.outgoing, name, payment)
        else:
            # Whether it does is asked when it matters; what is taken back may settle once more.
            self._may_settle.add(name)
            tx.undo(partial(self._may_settle_again, name))
            self._news(tx, self.incoming.get(name), payment)
            _put(tx, self.incoming, name, payment)

    def _may_settle_again(self, payment_hash: bytes) -> None:
        self._may_settle.add(payment_hash)


def _is_settling(invoice: IncomingInvoice) -> bool:
    return invoice.status is InvoiceStatus.SETTLING


def _put(tx: Transaction, table: dict[bytes, T], name: bytes, payment: T) -> None:
    before = table.get(name)

    def restore() -> None:
        if before is None:
            del table[name]
        else:
            table[name] = before

    tx.undo(restore)
    table[name] = payment

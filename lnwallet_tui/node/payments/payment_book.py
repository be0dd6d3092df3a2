"""Payments as they stand on disk. What is under way is in memory, too, and what came to rest last;
everything else is looked up by its hash. A transaction that fails takes both back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from typing import Final, TypeVar

from lnwallet_tui.node.payments.damaged_payments import DamagedPayments
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.payment.records import (
    IncomingInvoice,
    InvoiceStatus,
    OutgoingPayment,
    OutgoingStatus,
)
from lnwallet_tui.payment.standing import is_under_way
from lnwallet_tui.store import activity
from lnwallet_tui.store import payments as stored
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import RowDamaged, StoreError

T = TypeVar("T", OutgoingPayment, IncomingInvoice)
Payment = OutgoingPayment | IncomingInvoice
News = Callable[[Transaction, Payment | None, Payment], None]
"""Told of each payment as it was (None: not at all) and as it is."""

_TAKEN: Final = (InvoiceStatus.SETTLING, InvoiceStatus.PAID)
_MOST_AT_REST: Final = 500
"""Asked for again soon, by the screen and by the guard: no more than that is kept at hand."""


class PaymentBook:
    """`outgoing` and `incoming` are those under way, by payment hash."""

    def __init__(self, shell: Shell, news: News) -> None:
        self._store, self._news = shell.store, news
        self._damaged = DamagedPayments(shell)
        activity.fill(shell.store)
        self.outgoing = dict[bytes, OutgoingPayment]()
        self.incoming = dict[bytes, IncomingInvoice]()
        self._sent_before = dict[bytes, OutgoingPayment]()  # at rest; the oldest goes first
        self._issued_before = dict[bytes, IncomingInvoice]()
        self._interrupted = set[bytes]()  # outgoing ones that a stop left under way
        for payment in stored.under_way(shell.store, self._damaged.met):
            self._take_up(payment)

    # -- questions. Each raises `StoreError` where the disk has to be asked and does not answer.
    def sent(self, payment_hash: bytes) -> OutgoingPayment | None:
        """The payment of ours with this hash."""
        at_hand = self.outgoing.get(payment_hash) or self._sent_before.get(payment_hash)
        return at_hand or stored.sent(self._store, payment_hash)

    def issued(self, payment_hash: bytes) -> IncomingInvoice | None:
        """Our invoice with this hash."""
        at_hand = self.incoming.get(payment_hash) or self._issued_before.get(payment_hash)
        return at_hand or stored.issued(self._store, payment_hash)

    def sent_if_whole(self, payment_hash: bytes) -> OutgoingPayment | None:
        """The same for what goes on without it where its row is damaged, which the user is told."""
        return self._damaged.read(self.sent, payment_hash)

    def issued_if_whole(self, payment_hash: bytes) -> IncomingInvoice | None:
        """As `sent_if_whole`."""
        return self._damaged.read(self.issued, payment_hash)

    def is_sent(self, payment_hash: bytes) -> bool:
        """Whether there is such a payment of ours, be its row damaged."""
        try:
            return self.sent(payment_hash) is not None
        except RowDamaged:
            return True

    def under_way(self) -> list[Payment]:
        """Those that are, the newest first; the disk is not asked."""
        both: list[Payment] = [*self.outgoing.values(), *self.incoming.values()]
        return sorted(both, key=lambda payment: payment.created, reverse=True)

    def preimages(self, channel_id: bytes, hashes: Iterable[bytes]) -> dict[int, bytes]:
        """Of the HTLCs of a channel that have one of these hashes and that we have decided to take,
        by their ids. What the disk does not give is missing: that keeps none of the others back."""
        return {
            part.htlc_id: invoice.preimage
            for invoice in map(self._issued_if_given, hashes)
            if invoice is not None and invoice.status in _TAKEN
            for part in invoice.parts
            if part.channel_id == channel_id
        }

    def _issued_if_given(self, payment_hash: bytes) -> IncomingInvoice | None:
        try:
            return self.issued_if_whole(payment_hash)
        except StoreError:
            return None

    def settling(self) -> list[IncomingInvoice]:
        """What comes in and is not ours for good yet."""
        return [one for one in self.incoming.values() if one.status is InvoiceStatus.SETTLING]

    def unseen(self) -> list[bytes]:
        """The hashes of payments of ours that the chain does not tell of."""
        return [
            name
            for name, payment in self.outgoing.items()
            if any(attempt.unseen for attempt in payment.attempts)
        ]

    # -- after a start
    def asked_by(self, hashes: Iterable[bytes]) -> list[IncomingInvoice]:
        """The invoices under way, and those with one of these hashes."""
        found = (self.issued_if_whole(payment_hash) for payment_hash in hashes)
        named = {one.payment_hash: one for one in found if one is not None}
        return list((self.incoming | named).values())

    def interrupted(self) -> list[OutgoingPayment]:
        """What a stop left under way; none that was begun since."""
        return [self.outgoing[one] for one in self._interrupted if one in self.outgoing]

    def take_up(self, sent: Iterable[bytes], issued: Iterable[bytes]) -> None:
        """Have at hand what HTLCs in channels belong to, whatever is noted of it beside its own
        record."""
        ours, theirs = map(self.sent_if_whole, sent), map(self.issued_if_whole, issued)
        for payment in chain(ours, theirs):
            if payment is not None and not self._is_begun(payment):
                self._take_up(payment)

    def _is_begun(self, payment: Payment) -> bool:
        return isinstance(payment, OutgoingPayment) and payment.payment_hash in self.outgoing

    def _take_up(self, payment: Payment) -> None:
        name, under_way = payment.payment_hash, is_under_way(payment)
        if isinstance(payment, OutgoingPayment):
            (self.outgoing if under_way else self._sent_before)[name] = payment
            self._interrupted.add(name)
        else:
            (self.incoming if under_way else self._issued_before)[name] = payment

    # -- changes
    def add(self, tx: Transaction, payment: Payment) -> None:
        """A new one, which may take the place of a failed one of the same hash, and of no other."""
        before = self._same(payment)
        assert before is None or before.status is OutgoingStatus.FAILED, "a hash is paid once"
        stored.add(tx, payment)
        self._put(tx, before, payment)

    def save(self, tx: Transaction, payment: Payment) -> None:
        """What became of one that was added before."""
        before = self._same(payment)
        stored.save(tx, payment)
        self._put(tx, before, payment)

    def _same(self, payment: Payment) -> Payment | None:
        """As it was until now."""
        find = self.sent if isinstance(payment, OutgoingPayment) else self.issued
        return find(payment.payment_hash)

    def _put(self, tx: Transaction, before: Payment | None, payment: Payment) -> None:
        self._news(tx, before, payment)
        if isinstance(payment, OutgoingPayment):
            _put(tx, self.outgoing, self._sent_before, payment)
        else:
            _put(tx, self.incoming, self._issued_before, payment)


def _put(tx: Transaction, under_way: dict[bytes, T], at_rest: dict[bytes, T], payment: T) -> None:
    name = payment.payment_hash
    tx.undo(partial(_put_back, under_way, at_rest, name, under_way.get(name)))
    at_rest.pop(name, None)
    if is_under_way(payment):
        under_way[name] = payment
        return
    under_way.pop(name, None)
    at_rest[name] = payment
    if len(at_rest) > _MOST_AT_REST:
        del at_rest[next(iter(at_rest))]


def _put_back(
    under_way: dict[bytes, T], at_rest: dict[bytes, T], name: bytes, before: T | None
) -> None:
    """What was at rest is not: the disk has it as it was."""
    at_rest.pop(name, None)
    if before is None:
        under_way.pop(name, None)
    else:
        under_way[name] = before

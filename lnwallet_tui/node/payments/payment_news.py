"""What is told of payments besides their views: a line in the log for every turn they take, and an
entry in the inbox where the user has to know."""

from __future__ import annotations

from functools import partial

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.payment.records import (
    IncomingInvoice,
    InvoiceStatus,
    OutgoingPayment,
    OutgoingStatus,
)
from lnwallet_tui.payment.standing import amount_shown
from lnwallet_tui.payment.unpaid import parts_out
from lnwallet_tui.store.db import Transaction

Payment = OutgoingPayment | IncomingInvoice


class PaymentNews:
    """Told of every change, in its transaction."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def tell(self, tx: Transaction, before: Payment | None, after: Payment) -> None:
        """It is new, or not what it was before."""
        if before is not None and before.status is after.status and not _is_anew(before, after):
            return
        # Without its amount, and by the beginning of its hash: a log is shown to others.
        way = "out" if isinstance(after, OutgoingPayment) else "in"
        words = f"{way} {after.payment_hash.hex()[:8]}: {after.status.value}"
        tx.after(partial(self._shell.log.info, "payments", words))
        said = _said(before, after)
        if said is not None:
            kind, text = said
            self._shell.herald.tell(
                tx,
                kind,
                text,
                urgent=kind is InboxKind.STUCK or after.status is InvoiceStatus.LOST,
                subject=f"payment {way} {after.payment_hash.hex()}",
                payment_hash=after.payment_hash,
            )


def _is_anew(before: Payment, after: Payment) -> bool:
    """Whether it is stuck still, and for another reason: until another block."""
    if not isinstance(before, OutgoingPayment) or not isinstance(after, OutgoingPayment):
        return False
    return after.status is OutgoingStatus.STUCK and before.reason != after.reason


def _said(before: Payment | None, after: Payment) -> tuple[InboxKind, str] | None:
    """What the inbox keeps of it: what came in, and what did not go as it should."""
    amount = _words(amount_shown(after))
    match after.status:
        case InvoiceStatus.PAID:
            return InboxKind.RECEIVED, f"You received {amount}."
        case InvoiceStatus.LOST:
            text = f"A payment of {amount} to you is lost: its channel was closed before."
            return InboxKind.FAILED, text
        case OutgoingStatus.FAILED if after.may_be_paid:
            text = f"What became of your payment of {amount} is not known. {after.reason}"
            return InboxKind.FAILED, text
        case OutgoingStatus.FAILED:
            text = f"Your payment of {amount} failed; nothing of it was paid. {after.reason}"
            return InboxKind.FAILED, text.strip()
        case OutgoingStatus.STUCK:
            return InboxKind.STUCK, _stuck(amount, after)
        case OutgoingStatus.PAID if before is not None and before.status is OutgoingStatus.STUCK:
            return InboxKind.NOTICE, f"Your payment of {amount} that was stuck has arrived."
        case OutgoingStatus.PAID if after.first_begun:
            return InboxKind.NOTICE, f"Your payment of {amount} failed at first; it is paid now."
        case _:
            return None


def _stuck(amount: str, payment: OutgoingPayment) -> str:
    return f"Your payment of {amount} is stuck. {parts_out(payment)}{payment.reason}".strip()


def _words(amount: Msat | None) -> str:
    whole = 0 if amount is None else amount.value // 1000
    return f"{whole:,} sat" if whole else "under 1 sat"

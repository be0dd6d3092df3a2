"""What a filter means, said once more in plain Python: the yardstick for the search in SQL."""

from __future__ import annotations

from lnwallet_tui.api.filter import Filter, Names, amount_meant, fold, hex_prefix
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.node.payments.payment_views import incoming_view, outgoing_view
from lnwallet_tui.payment.records import IncomingInvoice, OutgoingPayment


def matches(
    wanted: Filter,
    payment: OutgoingPayment | IncomingInvoice,
    note: Untrusted,
    now: int,
    names: Names = (),
) -> bool:
    """Whether that payment is meant."""
    if isinstance(payment, OutgoingPayment):
        return is_meant(wanted, outgoing_view(payment, note), names)
    return is_meant(wanted, incoming_view(payment, now, note), names)


def is_meant(wanted: Filter, view: PaymentView, names: Names = ()) -> bool:
    """Whether what is shown of a payment is meant."""
    amount = None if view.amount_msat is None else view.amount_msat // 1000
    time = view.first_begun or view.created
    if wanted.outgoing not in (None, view.outgoing):
        return False
    failed_before = wanted.status is PaymentStatus.FAILED and view.first_begun
    if wanted.status not in (None, view.status) and not failed_before:
        return False
    if wanted.least_sat is not None and (amount is None or amount < wanted.least_sat):
        return False
    if wanted.most_sat is not None and (amount is None or amount > wanted.most_sat):
        return False
    if wanted.since is not None and time < wanted.since:
        return False
    if wanted.until is not None and time >= wanted.until:
        return False
    note, words = fold(view.note.raw()), fold(view.description.raw())
    return all(one in note or one in words for one in wanted.notes) and all(
        _has(word, view, note) or _is_called(word, view, names) for word in wanted.words
    )


def _is_called(word: str, view: PaymentView, names: Names) -> bool:
    called = [name for node_id, name in names if node_id == view.payee]
    return any(word in fold(name) for name in (*called, view.payee_name.raw()))


def _has(word: str, view: PaymentView, note: str) -> bool:
    if word in note or word in fold(view.description.raw()):
        return True
    if _is_so_much(word, view):
        return True
    digits = hex_prefix(word)
    return bool(digits) and (view.payment_hash.startswith(digits) or view.payee.startswith(digits))


def _is_so_much(word: str, view: PaymentView) -> bool:
    amount = amount_meant(word)
    if amount is None or view.amount_msat is None:
        return False
    return amount.sat == view.amount_msat // 1000 and amount.outgoing in (None, view.outgoing)

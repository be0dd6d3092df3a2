"""All payments: the newest of them, how each was tried, the user's notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from lnwallet_tui.api.events import PaymentChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import AttemptEnd, AttemptStage, AttemptView, PaymentView
from lnwallet_tui.channel.htlcs import Side, Stage
from lnwallet_tui.node import refusing, typed, views
from lnwallet_tui.node.payments.payment_views import found_view
from lnwallet_tui.onchain.ended import is_unseen
from lnwallet_tui.payment.attempts import tries
from lnwallet_tui.payment.records import Attempt, AttemptStatus, OutgoingPayment
from lnwallet_tui.store import activity as stored
from lnwallet_tui.store.errors import StoreError

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_ADDING: Final = {
    Stage.ADD_PROPOSED,
    Stage.ADD_SIGNED,
    Stage.ADD_REVOKED,
    Stage.ADD_COUNTERSIGNED,
}
_NO_SUCH: Final = Refused(RefusalCode.UNKNOWN, "There is no such payment.", "See the list.")
_ENDS: Final = {
    AttemptStatus.PENDING: AttemptEnd.UNDER_WAY,
    AttemptStatus.FULFILLED: AttemptEnd.ARRIVED,
    AttemptStatus.FAILED: AttemptEnd.CAME_BACK,
}


def newest(board: Switchboard, limit: int, offset: int) -> tuple[PaymentView, ...]:
    """The newest first, by when they were begun."""
    now = board.shell.now()
    try:
        found = stored.newest(board.shell.store, limit, offset)
        return tuple(views.with_name(board, found_view(one, now)) for one in found)
    except StoreError as error:  # what is at hand is shown all the same
        board.shell.crashed(error)
    at_hand = board.payments.under_way()[offset : offset + limit]
    return tuple(views.payment_view(board, one) for one in at_hand)


def payment(board: Switchboard, payment_hash: str) -> PaymentView | Refused:
    """One of them."""
    name = typed.name(payment_hash)
    try:
        found = None if name is None else views.payment(board, name)
    except StoreError as error:
        return refusing.of_disk(error)
    return _NO_SUCH if found is None else found


def set_note(board: Switchboard, payment_hash: str, note: str) -> PaymentView | Refused:
    """Keep the user's words for a payment."""
    name, words = typed.name(payment_hash), typed.note(note)
    if isinstance(words, Refused):
        return words
    if name is None:
        return _NO_SUCH
    try:
        with board.shell.store.transaction() as tx:
            if not stored.set_note(tx, name, words):
                return _NO_SUCH
            view = views.payment(board, name)
    except StoreError as error:
        return refusing.of_disk(error)
    assert view is not None, "it was found a moment ago"
    board.shell.feed.publish(PaymentChanged(view))
    return view


def attempts(board: Switchboard, payment_hash: str) -> tuple[AttemptView, ...] | Refused:
    """How a payment was tried."""
    found = payment(board, payment_hash)
    if isinstance(found, Refused):
        return found
    sent = board.payments.sent(bytes.fromhex(payment_hash)) if found.outgoing else None
    if sent is None:
        return ()
    views_of = attempt_views(sent)
    together = (attempt for one in tries(sent) for attempt in one)
    return tuple(
        replace(view, stage=_stage(board, attempt))
        for view, attempt in zip(views_of, together, strict=True)
    )


def _stage(board: Switchboard, attempt: Attempt) -> AttemptStage:
    """How far the channel is with it."""
    held = board.channels.find(attempt.route.channel_id)
    if attempt.status is not AttemptStatus.PENDING or attempt.htlc_id is None or held is None:
        return AttemptStage.NONE
    htlc = held.channel.ledger.find(Side.US, attempt.htlc_id)
    resolution = board.guard.resolution(held)
    if htlc is None or (resolution is not None and is_unseen(resolution, htlc)):
        return AttemptStage.NONE  # the peer has nothing to answer any more
    if htlc.stage is Stage.LOCKED_IN:
        return AttemptStage.COMMITTED
    return AttemptStage.OFFERED if htlc.stage in _ADDING else AttemptStage.ANSWERED


def attempt_views(payment: OutgoingPayment) -> tuple[AttemptView, ...]:
    """Every part of every try."""
    return tuple(
        _attempt(attempt, number, part)
        for number, together in enumerate(tries(payment), 1)
        for part, attempt in enumerate(together, 1)
    )


def _attempt(attempt: Attempt, number: int, part: int) -> AttemptView:
    never_left = attempt.status is AttemptStatus.FAILED and attempt.htlc_id is None
    return AttemptView(
        attempt=number,
        part=part,
        amount_msat=attempt.delivers.value,
        fee_msat=attempt.amount.minus_or_zero(attempt.delivers).value,
        hops=len(attempt.route.hops),
        first_peer=attempt.route.hops[0].node_id.hex(),
        expiry_height=attempt.cltv_expiry,
        end=AttemptEnd.NEVER_LEFT if never_left else _ENDS[attempt.status],
        failed_hop=attempt.failed_at,
        failed_node=attempt.route.hops[attempt.failed_at - 1].node_id.hex()
        if attempt.failed_at
        else "",
        failure=attempt.failure,
    )

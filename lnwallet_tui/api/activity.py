"""All that moved money, in one list: payments over Lightning, what was given when channels were
opened, and the wallet's transactions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from lnwallet_tui.api.coins import TransactionView, TxKind
from lnwallet_tui.api.filter import Filter, amount_meant, fold, hex_prefix
from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.api.views import PaymentStatus, PaymentView, View

Ids = Collection[str]
"""Node ids in hex."""

_KINDS: Final = {
    TxKind.RECEIVED: "received",
    TxKind.MINED: "mined",
    TxKind.OPENING: "opening opened channel",
    TxKind.CLOSE: "close closed channel",
    TxKind.SWEEP: "swept sweep close closed channel",
    TxKind.PENALTY: "penalty took cheat close closed channel",
    TxKind.FEE: "fee",
    TxKind.SENT: "sent",
    TxKind.SPENT: "spent elsewhere",
}
"""The words by which a kind is found."""


class ActivityEntry(View, frozen=True, kw_only=True):
    """One of the three, and in `place` where it stands, in a text to be handed back."""

    place: str
    payment: PaymentView | None = None
    transaction: TransactionView | None = None
    gift: GiftView | None = None


class ActivityPage(View, frozen=True, kw_only=True):
    """A page of them."""

    entries: tuple[ActivityEntry, ...]


class ActivityCount(View, frozen=True, kw_only=True):
    """How many there are of each; the last three stand in a file that was written, not in a
    list."""

    payments: int
    transactions: int
    gifts: int = 0
    close_costs: int = 0
    not_known: int = 0
    not_settled: int = 0

    @property
    def total(self) -> int:
        """Of all that the list has."""
        return self.payments + self.transactions + self.gifts

    def with_rows(self, more: ActivityCount) -> ActivityCount:
        """And those of a file that are in no list."""
        return replace(
            self,
            close_costs=more.close_costs,
            not_known=more.not_known,
            not_settled=more.not_settled,
        )


class Moved(NamedTuple):
    """What a transaction changed for the wallet's coins. What goes out takes `amount_sat` and
    `fee_sat` away together; what comes in brings `amount_sat`: its fee was taken off before."""

    outgoing: bool
    amount_sat: int
    fee_sat: int

    @property
    def fee_is(self) -> str:
        """Where the fee is, seen from the amount; empty where there is none."""
        return fee_is(self.fee_sat, outgoing=self.outgoing)

    @property
    def shown_sat(self) -> int:
        """What a list shows: without its fee, unless it did nothing but pay it."""
        return self.amount_sat or (self.fee_sat if self.outgoing else 0)


def fee_is(fee: int, *, outgoing: bool) -> str:
    """Where it is, seen from the amount; empty where there is none."""
    return ("on top" if outgoing else "already off") if fee else ""


def moved(one: TransactionView) -> Moved:
    """Over all transactions, what came in less what went out is what there is on chain."""
    left = -one.amount_sat
    if left <= 0:
        return Moved(False, one.amount_sat, one.fee_sat)
    fee = min(one.fee_sat, left)
    return Moved(True, left - fee, fee)


def is_meant(
    wanted: Filter, one: TransactionView, now: int, called: Mapping[str, Ids] | None = None
) -> bool:
    """Whether a transaction is looked for at `now` (Unix seconds); `called` says of words which
    nodes they mean. One that waits for a block is of today, and under way; none fails, waits to be
    paid or expires."""
    way, time = moved(one), one.time if one.height else now
    status = PaymentStatus.PAID if one.height else PaymentStatus.IN_FLIGHT
    if wanted.onchain is False or wanted.status not in (None, status):
        return False
    if not _is_within(wanted, way.shown_sat, time, outgoing=way.outgoing):
        return False
    note = fold(one.note.raw())
    return all(word in note for word in wanted.notes) and all(
        _has(one, way, note, word, (called or {}).get(word, ())) for word in wanted.words
    )


def _is_within(wanted: Filter, sat: int, time: int, *, outgoing: bool) -> bool:
    """Which way it went, how much it is and when it was."""
    if wanted.outgoing not in (None, outgoing):
        return False
    if not (wanted.least_sat or 0) <= sat:
        return False
    if wanted.most_sat is not None and sat > wanted.most_sat:
        return False
    if not (wanted.since or 0) <= time:
        return False
    return wanted.until is None or time < wanted.until


def _has(one: TransactionView, way: Moved, note: str, word: str, nodes: Ids) -> bool:
    if word in note or word in _KINDS[one.kind] or one.peer_id in nodes:
        return True
    amount = amount_meant(word)
    left_sat = way.amount_sat + way.fee_sat if way.outgoing else way.amount_sat
    if amount is not None and amount.sat in (way.shown_sat, left_sat):
        return amount.outgoing in (None, way.outgoing)
    digits = hex_prefix(word)
    ids = (one.txid, one.peer_id, one.channel_id)
    return bool(digits) and any(name.startswith(digits) for name in ids)


def gift_status(gift: GiftView) -> PaymentStatus:
    """As one says it of payments."""
    return PaymentStatus.IN_FLIGHT if gift.waits else PaymentStatus.PAID


def is_gift_meant(wanted: Filter, gift: GiftView, called: Mapping[str, Ids] | None = None) -> bool:
    """Whether it is looked for; `called` says of words which nodes they mean. It is moved over
    Lightning, and nobody notes anything of it."""
    if wanted.onchain or wanted.notes or wanted.status not in (None, gift_status(gift)):
        return False
    if not _is_within(wanted, gift.amount_msat // 1000, gift.time, outgoing=gift.outgoing):
        return False
    return all(_has_gift(gift, word, (called or {}).get(word, ())) for word in wanted.words)


def gift_word(gift: GiftView) -> str:
    """How it stands, in a list for people."""
    if gift.waits:
        return "opening"
    return "given" if gift.outgoing else "received"


def _has_gift(gift: GiftView, word: str, nodes: Ids) -> bool:
    if word in f"gift {gift_word(gift)} with a channel" or gift.peer_id in nodes:
        return True
    amount = amount_meant(word)
    if amount is not None and amount.sat == gift.amount_msat // 1000:
        return amount.outgoing in (None, gift.outgoing)
    digits = hex_prefix(word)
    ids = (gift.channel_id, gift.peer_id, gift.txid)
    return bool(digits) and any(one.startswith(digits) for one in ids)

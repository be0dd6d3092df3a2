"""The list of all that moved money: its pages are found by the place of what stands before them."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from lnwallet_tui.api.activity import ActivityEntry, ActivityPage
from lnwallet_tui.api.coins import TransactionView
from lnwallet_tui.api.dates import utc
from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PaymentView
from lnwallet_tui.ui import activity_words
from lnwallet_tui.ui.onchain_words import as_of
from lnwallet_tui.ui.widgets.paged_rows import MOST_PAGES, PAGE, PagedRows

__all__ = ["MOST_PAGES", "PAGE", "PaymentRows", "name_of", "note_of"]


class PaymentRows(PagedRows[ActivityEntry]):
    """Payments, gifts and transactions, as Activity has them."""

    def __init__(self, name_of: Callable[[str], str], *, id: str) -> None:  # noqa: A002  # Textual's
        """`name_of`: what we call a node; empty where we have no name for it."""
        super().__init__(self._drawn, id=id)
        self._name_of = name_of
        self._now = self._height = 0
        self._places: dict[int, tuple[str, ...]] = {}

    def _drawn(self, entry: ActivityEntry, width: int) -> Content:
        wide, payment = self.app.size.width >= activity_words.WIDE, entry.payment
        if entry.gift is not None:
            return activity_words.gift_row(entry.gift, self._now, self._who, width, wide=wide)
        if payment is None:
            one = entry.transaction
            assert one is not None, "an entry is one of the three"
            return activity_words.transaction_row(one, self._now, self._who, width, wide=wide)
        name = self._name_of(payment.payee)
        return activity_words.row(payment, self._now, name, width, wide=wide)

    def _who(self, node_id: str) -> str:
        return self._name_of(node_id) or f"{node_id[:8]}…"

    def tell_time(self, now: int, height: int) -> None:
        """It is so late, and that is the newest block. Only another day makes another date of a
        payment: within one nothing is drawn anew, however many blocks come."""
        same_day = utc(now).date() == utc(self._now).date()
        self._now, self._height = now, height
        if not same_day:
            self.refresh()

    def show_payments(
        self, total: int, cursor: int, top: int, pages: dict[int, ActivityPage]
    ) -> None:
        """Show another list: what was here before is forgotten."""
        self._places = {number: _places(page) for number, page in pages.items()}
        self.show(total, cursor, top, {number: page.entries for number, page in pages.items()})

    def put_payments(self, number: int, page: ActivityPage) -> None:
        """A page that was asked for."""
        self._places[number] = _places(page)
        self.put(number, page.entries)
        for gone in self._places.keys() - self._pages.keys():
            del self._places[gone]

    def start_of(self, page: int) -> tuple[str, int]:
        """Behind which place a page begins, and how many rows are to be left out from there."""
        before = [n for n, one in self._places.items() if n < page and len(one) == PAGE]
        if not before:
            return "", page * PAGE
        nearest = max(before)
        return self._places[nearest][-1], (page - nearest - 1) * PAGE

    @property
    def payment(self) -> PaymentView | None:
        """The payment under the cursor."""
        return self.item.payment if self.item is not None else None

    @property
    def transaction(self) -> TransactionView | None:
        """The transaction under it instead, as deep as it is now: the page that it stands on may
        have come many blocks ago."""
        one = self.item.transaction if self.item is not None else None
        return one if one is None else as_of(one, self._height)

    @property
    def gift(self) -> GiftView | None:
        """What was given at an opening, where that is under it."""
        return self.item.gift if self.item is not None else None

    @property
    def waits(self) -> bool:
        """Whether a transaction that is at hand waits for a block."""
        held = (one.transaction for page in self._pages.values() for one in page)
        return any(one is not None and not one.height for one in held)

    @property
    def place(self) -> str:
        """The place of what is under the cursor."""
        places = self._places.get(self.cursor // PAGE, ())
        return places[self.cursor % PAGE] if self.cursor % PAGE < len(places) else ""


def _places(page: ActivityPage) -> tuple[str, ...]:
    return tuple(one.place for one in page.entries)


def name_of(entry: ActivityEntry) -> str:
    """Its hash or txid, or the id of the channel."""
    if entry.transaction is not None:
        return entry.transaction.txid
    if entry.gift is not None:
        return entry.gift.channel_id
    return entry.payment.payment_hash if entry.payment is not None else ""


def note_of(entry: ActivityEntry) -> Untrusted:
    """What the user noted."""
    one = entry.transaction or entry.payment
    return one.note if one is not None else Untrusted("")

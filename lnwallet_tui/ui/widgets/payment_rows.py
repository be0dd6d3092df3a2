"""The list of payments: its pages are found by the place of what stands before them."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from lnwallet_tui.api.dates import utc
from lnwallet_tui.api.views import PaymentsPage, PaymentView
from lnwallet_tui.ui import activity_words
from lnwallet_tui.ui.widgets.paged_rows import MOST_PAGES, PAGE, PagedRows

__all__ = ["MOST_PAGES", "PAGE", "PaymentRows"]


class PaymentRows(PagedRows[PaymentView]):
    """Payments, as Activity has them."""

    def __init__(self, name_of: Callable[[str], str], *, id: str) -> None:  # noqa: A002  # Textual's
        """`name_of`: what we call a node; empty where we have no name for it."""
        super().__init__(self._drawn, id=id)
        self._name_of = name_of
        self._now = 0
        self._places: dict[int, tuple[str, ...]] = {}

    def _drawn(self, payment: PaymentView, width: int) -> Content:
        wide = self.app.size.width >= activity_words.WIDE
        name = self._name_of(payment.payee)
        return activity_words.row(payment, self._now, name, width, wide=wide)

    def tell_time(self, now: int) -> None:
        """It is so late. Only another day makes another date of a payment: within one nothing is
        drawn anew, however many blocks come."""
        same_day = utc(now).date() == utc(self._now).date()
        self._now = now
        if not same_day:
            self.refresh()

    def show_payments(
        self, total: int, cursor: int, top: int, pages: dict[int, PaymentsPage]
    ) -> None:
        """Show another list: what was here before is forgotten."""
        self._places = {number: page.places for number, page in pages.items()}
        self.show(total, cursor, top, {number: page.payments for number, page in pages.items()})

    def put_payments(self, number: int, page: PaymentsPage) -> None:
        """A page that was asked for."""
        self._places[number] = page.places
        self.put(number, page.payments)
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
        return self.item

    @property
    def place(self) -> str:
        """The place of the payment under the cursor."""
        places = self._places.get(self.cursor // PAGE, ())
        return places[self.cursor % PAGE] if self.cursor % PAGE < len(places) else ""

"""The payment that was ordered on Send: how far it is, then its receipt."""

from __future__ import annotations

from functools import partial
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import (
    AttemptView,
    PaymentQuote,
    PaymentStatus,
    PaymentView,
    StatusView,
)
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui import payment_words, send_words
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.payment import payment_facts
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.widgets.tries import Tries, at_the_end
from lnwallet_tui.ui.widgets.words import Facts, Words

_READ: Final = 86_400
"""Seconds after its end in which a receipt was read, or is not waited for any more."""
_SECOND: Final = 1.0  # how often the clock of a payment under way is looked at


class Paying(Vertical):
    """`quote`: what is being paid, or was, on this page; the page's `#title` says how it stands."""

    def __init__(self, page: WalletScreen, *, id: str) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self._page, self._session = page, page.session
        self.quote: PaymentQuote | None = None
        self.receipt: PaymentView | None = None
        self._began = self._ended = 0  # by the node's clock

    def compose(self) -> ComposeResult:
        yield Words(id="sentence")
        yield Facts(label=11, value=0, id="facts")
        yield Tries(id="tries")

    def on_mount(self) -> None:
        self.set_interval(_SECOND, self._tick)

    @property
    def is_under_way(self) -> bool:
        """Whether its end is not known."""
        return self.quote is not None and self.receipt is None

    def was_read(self, now: int) -> str:
        """Of a receipt that had its time: what it is of, for the page of the next payment. What is
        stuck has not ended."""
        one = self.receipt
        if one is None or payment_words.is_open(one) or now - self._ended < _READ:
            return ""
        return send_words.before(one, self._ended, now)

    def begin(self, quote: PaymentQuote) -> None:
        """It is ordered now."""
        self.quote = quote
        self._tell_tries(())
        session = self._session
        self._began = session.now
        self._page.ask("began", session.node.status(), self._begin_clock)
        self._say_title(f"Send · 3 of 3 · paying {fmt.msat(quote.amount_msat)}")
        words = send_words.on_its_way(playground=session.playground)
        self.query_one("#sentence", Words).say(words)
        name = session.name_of(quote.decoded.payee)
        rows = send_words.under_way(quote, name, session.now)
        self.query_one("#facts", Facts).tell(rows)

    def forget(self) -> None:
        """It goes on without this page, or was read."""
        self.quote = self.receipt = None

    def hear(self, picture: Picture) -> bool:
        """Of its end; whether that is known. Without an invoice its name is, too, only then: the
        order's answer tells it."""
        if self.quote is None:
            return False
        payment = picture.payment(self.quote.decoded.payment_hash)
        ended = payment is not None and self.tell(payment, picture.status.now)
        self._ask_tries()
        return ended

    def tell(self, payment: PaymentView, now: int) -> bool:
        """Show the receipt, where it has ended; whether it has."""
        if payment.status is PaymentStatus.IN_FLIGHT:
            return False
        if self.receipt is None or self.receipt.status is not payment.status:
            self._ended = payment.settled or now
        self.receipt = payment
        self._ask_tries()
        self._say_title(payment_words.title(payment))
        self.query_one("#sentence", Words).say(payment_words.sentence(payment, now))
        name = self._session.name_of(payment.payee)
        self.query_one("#facts", Facts).tell(payment_facts(payment, now, name))
        return True

    def _say_title(self, words: str) -> None:
        self._page.query_one("#title", Words).say(words)

    # -- while it is under way
    def _tick(self) -> None:
        """How long it takes, by the node's clock."""
        if self.is_under_way and self._page.is_current:
            self._page.ask("clock", self._session.node.status(), self._draw_elapsed)
            self._ask_tries()

    def _begin_clock(self, status: StatusView) -> None:
        self._began = status.now

    def _draw_elapsed(self, status: StatusView) -> None:
        if self.quote is not None and self.receipt is None:
            took, amount = fmt.span(status.now - self._began), fmt.msat(self.quote.amount_msat)
            self._say_title(f"Send · 3 of 3 · paying {amount} · {took}")

    def _ask_tries(self) -> None:
        """How far each part is; of a payment without an invoice the name is known at the end."""
        quote = self.quote
        if quote is not None and (name := quote.decoded.payment_hash):
            asking = self._session.node.attempts(name)
            self._page.ask("tries", asking, partial(self._draw_tries, quote))

    def _draw_tries(self, asked: PaymentQuote, attempts: tuple[AttemptView, ...] | Refused) -> None:
        if asked is not self.quote:
            return  # the page is another payment's now
        tries = () if isinstance(attempts, Refused) else attempts
        self._tell_tries(tries if self.receipt is None else at_the_end(tries, self.receipt))

    def _tell_tries(self, tries: tuple[AttemptView, ...]) -> None:
        whole_msat = self.quote.amount_msat if self.quote is not None else 0
        said = self.receipt.reason if self.receipt is not None else ""
        self.query_one(Tries).tell(tries, self._session.name_of, said, whole_msat)

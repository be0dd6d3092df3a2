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
_MINUTE: Final = 60
_SECOND: Final = 1.0  # how often the clock of a payment under way is looked at


class Paying(Vertical):
    """`quote`: what is being paid, or was, on this page; the page's `#title` says how it stands."""

    def __init__(self, page: WalletScreen, *, id: str) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self._page, self._session = page, page.session
        self.quote: PaymentQuote | None = None
        self.receipt: PaymentView | None = None
        self._began = self._ended = 0  # by the node's clock; 0: not known
        self._last_open = 0  # when it was seen under way last

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

    @property
    def has_ended(self) -> bool:
        """Whether it is known what became of it; what is stuck has not ended."""
        return self.receipt is not None and not payment_words.is_open(self.receipt)

    def is_of_long_ago(self, now: int) -> bool:
        """Whether a receipt had its time."""
        return self.has_ended and now - (self._ended or self._began) >= _READ

    def before(self, now: int) -> str:
        """What it is of, for the page of the next payment."""
        if self.receipt is None:
            return ""
        ended = self._ended
        when = fmt.ago(ended, now) if ended else f"begun {fmt.ago(self._began, now)}"
        return send_words.before(self.receipt, when)

    def begin(self, quote: PaymentQuote) -> None:
        """It is ordered now."""
        self.quote = quote
        self._tell_tries(())
        session = self._session
        self._began = self._last_open = session.now
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
        if not ended:
            self._last_open = picture.status.now
        self._ask_tries()
        return ended

    def tell(self, payment: PaymentView, now: int) -> bool:
        """Show the receipt, where it has ended; whether it has."""
        if payment.status is PaymentStatus.IN_FLIGHT:
            return False
        if self.receipt is None or self.receipt.status is not payment.status:
            was_watched = now - self._last_open < _READ
            self._ended = payment.settled or (now if was_watched else 0)
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
            took, amount = status.now - self._began, fmt.msat(self.quote.amount_msat)
            # The world's clock stands still between blocks: seconds would, too.
            is_told = took >= _MINUTE or not self._session.playground
            since = f" · {fmt.span(took)}" if is_told else ""
            self._say_title(f"Send · 3 of 3 · paying {amount}{since}")

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
        picture = self._session.picture
        tip = picture.status.reckoned_from if picture is not None else 0
        self.query_one(Tries).tell(tries, self._session.name_of, said, whole_msat, tip)

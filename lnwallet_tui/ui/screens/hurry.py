"""Hurrying a transaction that waits for a block: how, why so and what it costs; then it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.spending import BumpQuote, FeesView, SentView, WantedFee
from lnwallet_tui.ui import commands, spending_words
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.transaction import TransactionScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.forms import Choices, FeerateField, Field
from lnwallet_tui.ui.widgets.words import Facts, RefusalBox, Words


class HurryScreen(WalletScreen):
    """One page; it is ordered at most once, whatever is pressed."""

    place = "hurry"
    mode = ""
    about = (
        "A transaction that waits is hurried by a higher fee. A payment of yours is replaced: the "
        "same payment with a higher fee takes its place. What opens a channel must keep its id, "
        "and what others sent is not yours to make again; there a second transaction spends what "
        "came to you of it, and miners take both together for its fee. The page says which of the "
        "two it is, what it costs more, and by when a block should have it. Another feerate than "
        "the proposed one is typed in sat/vB. It counts as soon as you leave the field, with "
        "enter, tab or a click; Hurry works once the sums above are those of it. Nothing is sent "
        "before you press Hurry."
    )
    CSS_PATH = "hurry.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("hurry")]

    def __init__(
        self,
        session: Session,
        txid: str,
        kind: TxKind,
        then: Callable[[str], None] | None = None,
    ) -> None:
        """`then` takes the id of what hurries it; without it that is shown on a page of its own."""
        super().__init__(session)
        self._txid, self._kind, self._then = txid, kind, then
        self._feerate: int | None = None  # asked at; None: what the wallet proposes
        self._quote: BumpQuote | None = None
        self._fees: FeesView | None = None
        self._asked_at = 0  # the height
        self._refused_feerate: int | None = None  # that was typed
        self._ordered = False
        self._done_txid = ""

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="page"):
            yield Words("Hurry a transaction: check", id="title", classes="title")
            yield Words("Asking what it costs…", id="way")
            yield Facts(label=16, value=17, id="costs")
            with Horizontal(classes="row", id="own"):
                yield Words("sat/vB", classes="label")
                yield FeerateField(id="feerate", placeholder="another feerate, then enter")
            yield Words(id="final", classes="hint")
            yield Choices("Back", "Hurry")
            yield RefusalBox(id="refused")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Choices).offer("Hurry", enabled=False)
        self.query_one(FeerateField).focus()  # whoever types a feerate turns no pages

    def draw(self, picture: Picture) -> None:
        if picture.status.height != self._asked_at and not self._ordered:
            self._ask_quote()

    def _ask_quote(self) -> None:
        picture = self.session.picture
        self._asked_at = picture.status.height if picture is not None else 0
        self.ask("quote", self._asking(), self._quoted)

    async def _asking(self) -> tuple[BumpQuote | Refused, FeesView]:
        node = self.session.node
        quoted = await node.quote_bump(self._txid, WantedFee(feerate_per_kw=self._feerate))
        return quoted, await node.fees()

    def _quoted(self, answer: tuple[BumpQuote | Refused, FeesView]) -> None:
        quote, self._fees = answer
        if self._ordered:
            return
        refused, choices = self.query_one("#refused", RefusalBox), self.query_one(Choices)
        if isinstance(quote, Refused):
            self._quote = None
            if self._feerate is None:
                self._propose_nothing(quote)  # else the proposal stands above
            choices.offer("Hurry", enabled=False)
            refused.show(quote)
            self._ask_another()
            return
        self._refused_feerate = None
        if self.query_one(FeerateField).is_wrong:
            refused.complain(*spending_words.NO_FEERATE)  # these sums are the proposal's
        else:
            refused.clear()
        self._quote = quote
        self.query_one("#own").display = True
        picture = self.session.picture
        tip = picture.status.reckoned_from if picture is not None else 0
        self.query_one("#way", Words).say(spending_words.way(quote, self._kind))
        typed = self._feerate is not None
        costs = spending_words.hurry(quote, tip, self.session.now, self._fees, typed=typed)
        self.query_one("#costs", Facts).tell(costs)
        self.query_one("#final", Words).say(spending_words.is_final(quote))
        self._offer_hurry()

    def _ask_another(self) -> None:
        """What was typed does not do: the next digits are of another feerate. Once: whoever leaves
        the field with the same in it is let go."""
        if self._feerate is not None and self._feerate != self._refused_feerate:
            self._refused_feerate = self._feerate
            self.query_one(FeerateField).focus()

    @property
    def _is_checked(self) -> bool:
        """Whether the sums that are shown are those of what stands in the field."""
        return self._quote is not None and self.query_one(FeerateField).still_says(self._feerate)

    def _offer_hurry(self) -> None:
        enabled = self._is_checked and not self._ordered
        self.query_one(Choices).offer("Hurry", enabled=enabled)

    def _propose_nothing(self, refused: Refused) -> None:
        """At the wallet's own feerate it cannot be hurried; at another one it may."""
        can_type = refused.code in spending_words.OF_THE_FEERATE
        why = spending_words.what_it_is(self._kind) if can_type else ""
        self.query_one("#way", Words).say(why)
        self.query_one("#own").display = can_type
        if not can_type:
            self.query_one("#back", Button).focus()
        self.query_one("#costs", Facts).tell(())
        self.query_one("#final", Words).say("")

    def on_input_changed(self, event: Field.Changed) -> None:
        """What is shown is not of that."""
        event.stop()
        self._offer_hurry()

    def on_input_submitted(self, event: Field.Submitted) -> None:
        event.stop()
        if self.query_one(FeerateField).is_wrong:
            self._take_feerate()
        else:
            self._refused_feerate = None
            self.query_one("#back", Button).focus()  # what it leaves is taken

    def on_input_blurred(self, event: Field.Blurred) -> None:
        event.stop()
        if not self._ordered:
            self._take_feerate()

    def _take_feerate(self) -> None:
        """What it costs at what was typed; till that is known nothing is."""
        field = self.query_one(FeerateField)
        if field.is_wrong:
            self.query_one("#refused", RefusalBox).complain(*spending_words.NO_FEERATE)
            return
        if not field.still_says(self._feerate):
            self._feerate, self._quote = field.per_kw, None
            self._offer_hurry()
        self._ask_quote()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "back":
            self.action_back()
        elif self.focused is not event.button:
            return  # it was dead when the mouse went down on it: nobody has seen these sums
        elif self._is_checked and self._quote is not None and not self._ordered:
            self._hurry(self._quote)

    def _hurry(self, quote: BumpQuote) -> None:
        self._ordered = True
        self.query_one(Choices).offer("Hurry", enabled=False)
        self.query_one(".page").focus()  # a second enter presses nothing
        fee = WantedFee(feerate_per_kw=quote.feerate_per_kw, most_sat=quote.fee_sat)
        hurrying = self.session.node.bump(self._txid, fee)
        self.order(hurrying, self._hurried)

    def _hurried(self, answer: SentView | Refused) -> None:
        if isinstance(answer, Refused):
            self._ordered, self._quote = False, None
            self.query_one("#refused", RefusalBox).show(answer)
            return
        self._done_txid = answer.txid
        self._show_done()

    def _show_done(self) -> None:
        """How it stands, in place of this page, as soon as somebody looks."""
        if not self._done_txid or not self.is_current:
            return
        if self._then is None:
            self.app.switch_screen(TransactionScreen(self.session, self._done_txid))
        else:
            self._then(self._done_txid)
            self.app.pop_screen()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._show_done()

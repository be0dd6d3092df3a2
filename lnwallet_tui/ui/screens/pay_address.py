"""Paying an address from the coins: how much and how fast, then what it costs, then it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, ContentSwitcher

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.spending import (
    Coins,
    FeesView,
    Sending,
    SendQuote,
    SentView,
    WantedFee,
)
from lnwallet_tui.ui import commands, spending_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.priced import COSTS, PricedScreen
from lnwallet_tui.ui.screens.transaction import TransactionScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.forms import AmountField, Choices, FeerateField, Field
from lnwallet_tui.ui.widgets.paces import Paces
from lnwallet_tui.ui.widgets.words import Facts, RefusalBox, TheirWords, Words


class PayAddressScreen(PricedScreen):
    """Ask, check, send; one payment is ordered at most once, whatever is pressed."""

    place = "pay_address"
    mode = "send"
    keeps = True
    about = (
        "A Bitcoin address is paid from your coins on chain. Say how much, or take everything that "
        "can leave; what your channels need for their closes stays here. An empty feerate means "
        "the usual pace; on the next page you choose among three, each with its cost. That page "
        "shows every output, the fee, what stays, and by when a block should have it; nothing is "
        "sent before you press Send there. What a link says of itself is the word of whoever "
        "wrote it, and its amount a wish. Once it is sent nobody can take it back, but until a "
        "block has it, it can be hurried."
    )
    coins: Coins = ()
    """Chosen by hand; none: the wallet chooses."""
    form_title = "Send on chain · 1 of 3 · how much"
    check_title = "Send on chain · 2 of 3 · check"
    first_again = "#form-go"
    CSS_PATH = "pay_address.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("pay_address")]

    def __init__(
        self,
        session: Session,
        to: AddressView,
        sent: Callable[[], None] | None = None,
        amount_sat: int = 0,
    ) -> None:
        """`sent` is called once it is; `amount_sat` was said elsewhere."""
        super().__init__(session)
        self._to, self._tell_sent = to, sent
        self._proposed_sat = amount_sat or to.amount_sat
        self._everything = False
        self._wanted: Sending | None = None  # whose costs were asked for; the fee is left open
        self._quote: SendQuote | None = None
        self._fees: FeesView | None = None
        self._sent_txid = ""

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="page"):
            yield Words(self.form_title, id="title", classes="title")
            yield Words(self.heading(), id="to")
            with ContentSwitcher(initial="form"):
                with Vertical(id="form"):
                    yield from self.form()
                with Vertical(id="check"):
                    yield from self.receivers()
                    yield Facts(label=15, value=17, id="outputs")
                    yield Paces("Choose its fee", no_choice="Its fee")
                    yield Facts(label=15, value=17, id="stays")
                    yield Words(id="final", classes="hint")
                    yield Choices("Back", "Send", prefix="check-")
                with Vertical(id="working"):
                    yield Words("Signing, writing it down, offering it to the network…")
            yield RefusalBox(id="refused")
        yield Words("… pgdn: more", id="more", classes="hint")

    def heading(self) -> str:
        """What stands above all steps."""
        return f"To {self._to.address}"

    def receivers(self) -> ComposeResult:
        """Who gets what, on the page that is to be checked; one is in the heading."""
        yield from ()

    def say_receivers(self, wanted: Sending) -> None:
        """Who they are, of what was asked for."""

    def form(self) -> ComposeResult:
        """What is asked for."""
        yield TheirWords(limit=60, title="The link calls it, not verified", id="label")
        yield TheirWords(limit=140, title="The link's own words, not verified", id="message")
        with Horizontal(classes="row"):
            yield Words("Amount, sat", classes="label")
            yield AmountField(id="amount", placeholder="for example 25,000")
            yield Button(Content("○ everything"), id="everything", compact=True)
        yield Words(spending_words.asked(self._to), id="asked", classes="hint")
        with Horizontal(classes="row"):
            yield Words("sat/vB", classes="label")
            yield FeerateField(id="feerate", placeholder="empty: the usual pace")
        yield Words(id="room", classes="hint")
        yield Choices("Cancel", "Continue", prefix="form-")

    def on_mount(self) -> None:
        super().on_mount()
        page = self.query_one(".page")
        for size in ("scroll_y", "virtual_size"):
            self.watch(page, size, self._say_more)
        self.fill_form()

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self._say_more()

    def _say_more(self) -> None:
        self.once_laid_out(self._draw_more)

    def _draw_more(self) -> None:
        """That the page goes on below what is seen, its buttons perhaps."""
        page = self.query_one(".page")
        self.query_one("#more").display = page.scroll_y < page.max_scroll_y

    def fill_form(self) -> None:
        """With what is known already."""
        self.query_one("#label", TheirWords).quote(self._to.label)
        self.query_one("#message", TheirWords).quote(self._to.message)
        self.query_one("#asked").display = bool(spending_words.asked(self._to))
        amount = self.query_one(AmountField)
        if self._proposed_sat:
            amount.value = f"{self._proposed_sat:,}"
        amount.focus()

    def draw(self, picture: Picture) -> None:
        balance = picture.balance
        words = spending_words.room(
            balance.onchain_confirmed_sat, balance.bump_reserve_sat, balance.onchain_frozen_sat
        )
        self.query_one("#room", Words).say(words)
        super().draw(picture)

    # -- the form
    @on(Button.Pressed, "#everything")
    def action_everything(self) -> None:
        """Everything that can leave, or what was typed."""
        if self.is_ordered or self.steps_back():
            return
        self._everything = not self._everything
        button = self.query_one("#everything", Button)
        button.label = Content("● everything" if self._everything else "○ everything")
        self.query_one(AmountField).disabled = self._everything

    def on_input_submitted(self, event: Field.Submitted) -> None:
        event.stop()
        if event.input.id == "amount":
            self.query_one("#feerate").focus()
        else:
            self.read_form()

    def on_input_changed(self, _: Field.Changed) -> None:
        """What was refused was something else."""
        self.query_one("#refused", RefusalBox).clear()

    def complaint(self) -> tuple[str, str] | None:
        """What is wrong with what was typed but for the feerate, and the remedy."""
        if self._everything or self.query_one(AmountField).amount_sat:
            return None
        self.query_one(AmountField).focus()
        return spending_words.NO_AMOUNT

    def read_form(self) -> None:
        refused, feerate = self.query_one("#refused", RefusalBox), self.query_one(FeerateField)
        if (wrong := self.complaint()) is not None:
            refused.complain(*wrong)
        elif feerate.is_wrong:
            refused.complain(*spending_words.NO_FEERATE)
            feerate.focus()
        else:
            refused.clear()
            self._wanted, self.feerate = self.typed(), feerate.per_kw
            self.quote()

    def typed(self) -> Sending:
        """What the form says now."""
        amount_sat = 0 if self._everything else self.query_one(AmountField).amount_sat or 0
        payouts = ((self._to.address, amount_sat),)
        return Sending(payouts, everything=self._everything, coins=self.coins)

    def _still_says(self, wanted: Sending) -> bool:
        """Whether the form does, whose costs were asked for."""
        return self.typed() == wanted and self.query_one(FeerateField).still_says(self.feerate)

    def ask_costs(self) -> None:
        """And who says what is enough."""
        if self._wanted is not None:
            fee = WantedFee(feerate_per_kw=self.feerate)
            self.ask(COSTS, self._asking(replace(self._wanted, fee=fee)), self._quoted)

    async def _asking(self, sending: Sending) -> tuple[SendQuote | Refused, FeesView]:
        node = self.session.node
        return await node.quote_send(sending), await node.fees()

    def _quoted(self, answer: tuple[SendQuote | Refused, FeesView]) -> None:
        quote, self._fees = answer
        wanted = self._wanted
        if self.is_ordered or wanted is None or not (self.steps_back() or self._still_says(wanted)):
            return
        if isinstance(quote, Refused):
            self.query_one("#refused", RefusalBox).show(quote)
            return
        self._quote = quote
        self.say_receivers(wanted)
        self._tell(quote)
        self.to_check()

    def _tell(self, quote: SendQuote) -> None:
        picture = self.session.picture
        tip, there_sat = 0, 0
        if picture is not None:
            tip, balance = picture.status.reckoned_from, picture.balance
            there_sat = balance.onchain_confirmed_sat + balance.onchain_pending_sat
        left_sat = max(0, there_sat - spending_words.leaves_sat(quote))
        self.query_one("#outputs", Facts).tell(spending_words.outputs(quote, self._fees))
        self.query_one(Paces).show(quote.rates, quote.feerate_per_kw)
        stays = spending_words.stays(
            quote,
            left_sat,
            tip,
            self.session.now,
            self._fees,
            typed=self.feerate is not None,
        )
        self.query_one("#stays", Facts).tell(stays)
        self.query_one("#final", Words).say(spending_words.cannot_be_taken_back(quote))
        self.query_one("#check Choices", Choices).offer(f"Send {fmt.sat(quote.amount_sat)}")

    # -- deciding
    def can(self, action: str) -> bool:
        if action != "everything":
            return super().can(action)
        return self.query_one(ContentSwitcher).current == "form"

    def carry_out(self) -> None:
        quote, wanted = self._quote, self._wanted
        if quote is None or wanted is None:
            return
        self.to_work()
        fee = WantedFee(feerate_per_kw=quote.feerate_per_kw, most_sat=quote.fee_sat)
        checked = replace(wanted, fee=fee, quoted_sat=quote.amount_sat)
        self.order(self.session.node.send(checked), self._sent)

    def _sent(self, answer: SentView | Refused) -> None:
        if isinstance(answer, Refused):
            self.to_form(answer)
            return
        if self._tell_sent is not None:
            self._tell_sent()
        self._sent_txid = answer.txid
        self._show_sent()

    def _show_sent(self) -> None:
        """How it stands, in place of this page, as soon as somebody looks."""
        if self._sent_txid and self.is_current:
            self.app.switch_screen(TransactionScreen(self.session, self._sent_txid))

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._show_sent()

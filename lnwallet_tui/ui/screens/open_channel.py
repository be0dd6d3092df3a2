"""Opening a channel: to whom and how much, then what it costs and gives, then it is done."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import ContentSwitcher

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelView, OpenQuote
from lnwallet_tui.ui import commands, open_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.messages import ToChannels
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.priced import COSTS, PricedScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.forms import AmountField, Choices, Field
from lnwallet_tui.ui.widgets.paces import Paces
from lnwallet_tui.ui.widgets.words import Facts, RefusalBox, TheirWords, Words

_WHAT = (
    "A channel puts coins of yours into a contract with a peer. You can pay through it until its "
    "money is on their side, and close it at any time to have the rest back on chain."
)
_FROM_BEFORE = (
    "This amount stands here from before. What you type takes its place; → goes on with it."
)
_ID_DIGITS = 66  # of a node's id: a compressed public key in hex


class OpenChannelScreen(PricedScreen):
    """Ask, check, open."""

    place = "open"
    mode = "channels"
    keeps = True
    drafts = ("uri", "amount")
    about = (
        "Paste whom to open to as ID@HOST:PORT (a node that you already know needs only its id) "
        "and say how much of your on-chain money to put in. The next page shows what it costs "
        "and gives; nothing happens before you press Open there. What is held back stays yours: "
        "the reserve, and room for the channel's fee, also if it rises; closing costs what is said "
        "of that."
    )
    form_title, check_title = "Open a channel", "Open a channel: check"
    first_again = "#amount"
    CSS_PATH = "open_channel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("open")]

    def __init__(self, session: Session, uri: str = "", amount_sat: int = 0) -> None:
        super().__init__(session)
        self._uri, self._amount_sat = uri, amount_sat
        self._wanted: tuple[str, int] | None = None  # whom and how much was asked about
        self._quote: OpenQuote | None = None
        self._recalled = ""  # the amount that was typed on an earlier visit

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="page"):
            yield Words(self.form_title, id="title", classes="title")
            with ContentSwitcher(initial="form"):
                with Vertical(id="form"):
                    yield from self._form()
                with Vertical(id="check"):
                    yield Facts(label=17, value=17, id="costs")
                    yield Paces("Choose its fee", no_choice="Its fee")
                    yield Facts(label=17, value=17, id="gives")
                    yield TheirWords(limit=60, title="The peer calls itself, not verified")
                    yield Words(id="back", classes="hint")
                    yield Choices("Back", "Open", prefix="check-")
                with Vertical(id="working"):
                    yield Words("Talking to the peer, then funding the channel…")
                    yield Words(
                        "{everywhere.back} leaves this page; the opening goes on.", classes="hint"
                    )
            yield RefusalBox(id="refused")

    def _form(self) -> ComposeResult:
        yield Words(_WHAT, classes="hint", id="what")
        with Horizontal(classes="row"):
            yield Words("To", classes="label")
            here = "; {everywhere.people} shows who is there" if self.session.playground else ""
            here = self.session.with_keys(here)
            yield Field(id="uri", placeholder=f"ID@HOST:PORT{here}", value=self._uri)
        yield Words(id="whom", classes="hint")
        with Horizontal(classes="row"):
            yield Words("Amount, sat", classes="label")
            yield AmountField(id="amount", placeholder="for example 1,000,000")
        yield Words(_FROM_BEFORE, id="from-before", classes="hint")
        yield Words(id="room", classes="hint")
        yield Choices("Cancel", "Continue", prefix="form-")

    def on_mount(self) -> None:
        super().on_mount()
        if self._amount_sat:
            self.query_one("#amount", Field).recall(f"{self._amount_sat:,}")
        else:
            self._recalled = self.query_one("#amount", Field).value
        self.query_one("#from-before").display = bool(self._recalled)
        self._say_whom()
        self.query_one("#amount" if self._uri else "#uri").focus()

    def draw(self, picture: Picture) -> None:
        balance = picture.balance
        words = f"Confirmed on chain, to be used for it: {fmt.sat(balance.onchain_confirmed_sat)}."
        if balance.bump_reserve_sat:
            words += f" Of these {fmt.sat(balance.bump_reserve_sat)} are kept for closes."
        if balance.onchain_pending_sat:
            waits = fmt.sat(balance.onchain_pending_sat)
            words += f" Of {waits} that no block has yet, change of your own can be used, too."
        if balance.onchain_frozen_sat:
            frozen = fmt.sat(balance.onchain_frozen_sat)
            words += f" You froze {frozen} on chain ({{everywhere.onchain}})."
        self.query_one("#room", Words).say(words)
        super().draw(picture)

    # -- the form
    def on_input_submitted(self, event: Field.Submitted) -> None:
        event.stop()
        if event.input.id == "uri":
            self.query_one("#amount").focus()
        else:
            self.read_form()

    def on_input_changed(self, event: Field.Changed) -> None:
        """What was refused was something else."""
        if event.input.id == "amount" and event.value != self._recalled:
            self.query_one("#from-before").display = False
        self.query_one("#refused", RefusalBox).clear()
        self._say_whom()

    def _say_whom(self) -> None:
        """Who that is, under an address that is longer than its field."""
        node_id = self.query_one("#uri", Field).value.strip().partition("@")[0]
        name = self.session.name_of(node_id) if len(node_id) == _ID_DIGITS else ""
        whom = self.query_one("#whom", Words)
        whom.display = bool(name)
        whom.say(f"That is {name}, {fmt.short(node_id)}.")

    def read_form(self) -> None:
        uri = self.query_one("#uri", Field).value.strip()
        amount_sat = self.query_one(AmountField).amount_sat
        refused = self.query_one("#refused", RefusalBox)
        if not uri:
            who = "Press {everywhere.people} to choose somebody, or paste ID@HOST:PORT above."
            remedy = who if self.session.playground else "Paste ID@HOST:PORT above."
            refused.complain("There is nobody to open to yet.", self.session.with_keys(remedy))
            self.query_one("#uri").focus()
        elif not amount_sat:
            refused.complain("This is no amount.", "Type whole satoshis, such as 1,000,000.")
            self.query_one("#amount").focus()
        else:
            refused.clear()
            self._wanted, self.feerate = self._typed(), None
            self.quote()

    def _typed(self) -> tuple[str, int]:
        """What the form says now: to whom, and how much (sat)."""
        amount_sat = self.query_one(AmountField).amount_sat or 0
        return self.query_one("#uri", Field).value.strip(), amount_sat

    def ask_costs(self) -> None:
        if self._wanted is not None:
            uri, amount_sat = self._wanted
            to = self.session.with_address(uri)
            quoting = self.session.node.quote_open(to, amount_sat, self.feerate)
            self.ask(COSTS, quoting, self._quoted)

    def _quoted(self, quote: OpenQuote | Refused) -> None:
        if self.is_ordered or not (self.steps_back() or self._typed() == self._wanted):
            return
        if isinstance(quote, Refused):
            self.query_one("#refused", RefusalBox).show(quote)
            return
        self._quote = quote
        name = self.session.name_of(quote.peer_id)
        now = self.session.now
        self.query_one("#costs", Facts).tell(open_words.costs(quote, name, now))
        self.query_one(Paces).show(quote.rates, quote.feerate_per_kw)
        self.query_one("#gives", Facts).tell(open_words.gives(quote, self._left_sat(quote), now))
        self.query_one(TheirWords).quote(quote.peer_name)
        self.query_one("#back", Words).say(open_words.way_back(quote))
        self.to_check()

    def _left_sat(self, quote: OpenQuote) -> int:
        """What stays on chain: all coins, not only the change of this transaction."""
        picture = self.session.picture
        if picture is None:
            return quote.change_sat
        coins_sat = picture.balance.onchain_confirmed_sat + picture.balance.onchain_pending_sat
        return max(0, coins_sat - quote.capacity_sat - quote.onchain_fee_sat)

    # -- deciding
    def carry_out(self) -> None:
        quote, wanted = self._quote, self._wanted
        if quote is None or wanted is None:
            return
        self.to_work()
        uri, amount_sat = wanted
        opening = self.session.node.open_channel(
            self.session.with_address(uri),
            amount_sat,
            feerate_per_kw=quote.feerate_per_kw,
            most_fee_sat=quote.onchain_fee_sat,
        )
        self.order(opening, self._opened)

    def _opened(self, answer: ChannelView | Refused) -> None:
        if isinstance(answer, Refused):
            self.to_form(answer)
            return
        self.forget_drafts()
        self.post_message(ToChannels(answer.channel_id))

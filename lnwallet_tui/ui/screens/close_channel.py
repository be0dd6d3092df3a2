"""Closing a channel: both ways side by side with cost and date, a summary, then it is done."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, ContentSwitcher, OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, ChannelView, CloseQuote
from lnwallet_tui.ui import close_words, commands
from lnwallet_tui.ui.messages import ToChannels
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.says_more import SaysMore
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.forms import Choices, Field, Listing
from lnwallet_tui.ui.widgets.words import Facts, RefusalBox, Words

TOGETHER, ALONE = "together", "alone"
WORD = "CLOSE"


class CloseChannelScreen(SaysMore):
    """Choose, check, close."""

    place = "close"
    mode = "channels"
    keeps = True
    about = (
        "Together: both sides sign one transaction; your money is free as soon as it is "
        "confirmed. Alone (a force-close): you publish your newest state; your money waits many "
        "blocks, then a second transaction brings it home. That one has time, so its fee is that "
        "of a slow pace; at the same pace closing alone mostly costs more. What you get, about and "
        "at worst, stands below the amounts that add up to it. “To hurry it”, on the next page, is "
        "what the wallet may add from your coins, at most, where miners would not take your newest "
        "state in time; what is kept for closes is there for it. Close alone only if the peer does "
        "not answer."
    )
    box = ".page"
    text = "#warning"
    CSS_PATH = "close_channel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("close")]

    def __init__(self, session: Session, channel_id: str) -> None:
        super().__init__(session)
        self._channel_id = channel_id
        self._quote: CloseQuote | None = None
        self._asked_of: tuple[int, ChannelState | None] = 0, None
        self._way = ""
        self._ordered = False

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="page"):
            yield Words("Close this channel", id="title", classes="title")
            with ContentSwitcher(initial="choose"):
                with Vertical(id="choose"):
                    yield Words("Asking what it costs…", id="pending")
                    yield Listing(id="ways")
                with Vertical(id="check"):
                    yield Facts(label=15, value=17, id="costs")
                    yield Words(id="sums")
                    yield Words(id="warning")
                with Vertical(id="done"):
                    yield Words(id="working")
            with Vertical(id="foot"):
                yield Words(id="more", classes="hint")
                yield RefusalBox(id="refused")
                with Vertical(id="deciding"):
                    yield Field(id="word", placeholder=f"to go on, type {WORD}")
                    yield Choices("Cancel", "Close", danger=True)

    def on_mount(self) -> None:
        super().on_mount()
        self._turn_to("choose")
        self._ask_quote()
        self.watch(self.query_one(self.box), "scroll_y", self.say_more)

    def draw_more(self) -> None:
        """That the page goes on below what is seen."""
        page = self.query_one(self.box)
        self.query_one("#more", Words).say(
            "… pgdn: more" if page.scroll_y < page.max_scroll_y else ""
        )

    def _turn_to(self, part: str) -> None:
        """Show that part; what is decided with stands at the window's foot, however long it is."""
        self.query_one(ContentSwitcher).current = part
        self.query_one("#deciding").display = part == "check"

    def draw(self, picture: Picture) -> None:
        """The dates of a quote are of the block at which it was asked for, and whether it can be
        closed together is of the peer that was there then."""
        is_shown = self._quote is not None and not self._ordered
        if is_shown and self._now(picture) != self._asked_of:
            self._ask_quote()

    def _now(self, picture: Picture) -> tuple[int, ChannelState | None]:
        channel = picture.channel(self._channel_id)
        return picture.status.height, None if channel is None else channel.state

    def _ask_quote(self) -> None:
        picture = self.session.picture
        if picture is not None:
            self._asked_of = self._now(picture)
        self.ask("quote", self.session.node.quote_close(self._channel_id), self._quoted)

    def _quoted(self, quote: CloseQuote | Refused) -> None:
        if isinstance(quote, Refused):
            self._refuse(quote)
            return
        is_first, self._quote = self._quote is None, quote
        now = self.session.now
        self.query_one("#pending", Words).say(
            close_words.circumstances(quote, self._leaving_msat())
        )
        ways = self.query_one("#ways", Listing)
        ways.show(
            [
                Option(close_words.together(quote, now), id=TOGETHER),
                Option(Content("")),
                Option(close_words.alone(quote, now), id=ALONE),
            ]
        )
        ways.disable_option_at_index(1)
        if is_first:
            ways.focus()
        if self.query_one(ContentSwitcher).current == "check":
            self._tell_costs(quote)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        quote = self._quote
        if quote is None or event.option_id is None:
            return
        self._way = event.option_id
        alone = self._way == ALONE
        self.query_one("#title", Words).say(
            "Close alone (force-close): check" if alone else "Close together: check"
        )
        self._tell_costs(quote)
        word = self.query_one("#word", Field)
        word.display = alone
        word.value = ""
        self.query_one(Choices).offer("Close alone" if alone else "Close", enabled=not alone)
        self._turn_to("check")
        self._begin_to_decide()

    def _begin_to_decide(self) -> None:
        """The cursor is where no single enter closes anything."""
        self.query_one("#word" if self._way == ALONE else "#back").focus()

    def _leaving_msat(self) -> int:
        """What is going out through the channel now."""
        picture = self.session.picture
        channel = picture.channel(self._channel_id) if picture is not None else None
        htlcs = channel.htlcs if channel is not None else ()
        return sum(one.amount_msat for one in htlcs if one.outgoing)

    def _tell_costs(self, quote: CloseQuote) -> None:
        alone, now = self._way == ALONE, self.session.now
        facts = close_words.costs_alone if alone else close_words.costs_together
        self.query_one("#costs", Facts).tell(facts(quote, now, self._leaving_msat()))
        sums, said = self.query_one("#sums", Words), close_words.sums(quote, now, alone=alone)
        sums.say(said)
        sums.display = bool(said)
        self.query_one("#warning", Words).say(close_words.warning(quote, now, alone=alone))

    def on_input_changed(self, event: Field.Changed) -> None:
        """The button that cannot be undone works only once the word stands there. What was said of
        another word is not true of this one."""
        if self._way == ALONE:
            self.query_one("#refused", RefusalBox).clear()
            right = event.value.strip().upper() == WORD
            self.query_one("#go", Button).disabled = not right

    def on_input_submitted(self, _: Field.Submitted) -> None:
        go, refused = self.query_one("#go", Button), self.query_one("#refused", RefusalBox)
        if go.disabled:
            refused.complain("This is not the word.", f"Type {WORD} to close alone.")
        else:
            refused.clear()
            go.focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "back":
            self.action_back()
        elif not self._ordered and self._quote is not None:
            self._close(self._quote)

    def _close(self, quote: CloseQuote) -> None:
        self._ordered = True
        self.query_one("#refused", RefusalBox).clear()
        self.query_one("#working", Words).say("Closing…")
        self._turn_to("done")
        self.query_one(".page").focus()  # a second enter presses nothing
        node = self.session.node
        if self._way == ALONE:
            self.order(node.force_close(self._channel_id), self._has_closed)
        else:
            most = quote.cooperative_max_fee_sat
            closing = node.close(self._channel_id, max_fee_sat=most or None)
            self.order(closing, self._has_closed)

    def _has_closed(self, answer: ChannelView | Refused) -> None:
        if isinstance(answer, Refused):
            self._ordered = False
            self._turn_to("check")
            self._begin_to_decide()
            self._refuse(answer)
            return
        self.post_message(ToChannels(answer.channel_id))

    def _refuse(self, refused: Refused) -> None:
        self.query_one("#pending", Words).say("")
        self.query_one("#refused", RefusalBox).show(refused)

    def action_back(self) -> None:
        """From the check to the choice, from there to the channel."""
        if self.query_one(ContentSwitcher).current == "check":
            self.query_one("#refused", RefusalBox).clear()
            self.query_one("#title", Words).say("Close this channel")
            self._turn_to("choose")
            self.query_one("#ways", Listing).focus()
            self._ask_quote()
        else:
            super().action_back()

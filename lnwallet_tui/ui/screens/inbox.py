"""The inbox: what was said about money and safety, until it has been read and beyond."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.inbox import InboxEntry, InboxGlance, InboxKind
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui import commands, inbox_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.messages import ToChannels
from lnwallet_tui.ui.needs import Line, Weight, with_date
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.payment import PaymentScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.forms import Listing
from lnwallet_tui.ui.widgets.words import RefusalBox, Words, sentences

_MARGIN = 6  # borders, padding and a scroll bar


class InboxScreen(WalletScreen):
    """Entries to move in, the one under the cursor whole below them."""

    place = "inbox"
    mode = ""
    about = (
        "What you should know of and may have missed: payments that came in, failed or are stuck, "
        "channels that others close, what the guard did about a cheat, what is wrong with the "
        "disk, and bugs of ours. A dot marks what is unread; reading takes nothing away. Enter "
        "goes to the payment or channel that an entry is about. A newer word on the same thing "
        "takes the place of the older one. The newest 500 are kept; of more, those that were read "
        "go first."
    )
    CSS_PATH = "inbox.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("inbox")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._entries: dict[str, InboxEntry] = {}
        self._glance: InboxGlance | None = None  # for which the list was asked for
        self._is_asking = False

    def body(self) -> ComposeResult:
        with Vertical(id="all", classes="box"):
            yield Listing(id="entries", click_selects=False)
            yield Words(inbox_words.NOTHING, id="none")
        with VerticalScroll(id="one", classes="box", can_focus=False):
            yield Words(id="when")
            yield Words(id="text")
            yield RefusalBox(id="refused")

    # -- asking
    def draw(self, picture: Picture) -> None:
        if picture.inbox != self._glance and not self._is_asking:
            self._glance, self._is_asking = picture.inbox, True
            self.ask("inbox", self.session.node.inbox(), self._came)
        self._show()  # what is final changes with the blocks

    def _came(self, entries: tuple[InboxEntry, ...]) -> None:
        self._is_asking = False
        self._entries = {str(one.number): one for one in entries}
        self._show()
        if self.session.picture is not None:
            self.draw(self.session.picture)  # it may have changed meanwhile

    # -- showing
    def on_resize(self, _: events.Resize) -> None:
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        entries, now = self._entries.values(), self.session.now
        width = self.app.size.width - _MARGIN
        listing = self.query_one("#entries", Listing)
        listing.show(
            Option(inbox_words.row(one, now, self._text(one), width), id=str(one.number))
            for one in entries
        )
        unread = sum(not one.is_read for one in entries)
        self.query_one("#all").border_title = inbox_words.title(len(entries), unread)
        self.query_one("#none").display = not entries
        self.query_one("#one").display = bool(entries)
        self._show_one()

    def _show_one(self) -> None:
        entry = self._entry
        if entry is not None:
            when = f"{fmt.clock(entry.time, self.session.now)} UTC"
            self.query_one("#when", Words).say(when)
            weight = Weight.BAD if entry.urgent else Weight.PLAIN
            line = Line(weight, self._text(entry), entry.remedy)
            self.query_one("#text", Words).say(sentences([line]))
            self.query_one("#one").border_subtitle = inbox_words.leads_to(entry)
        self.offer()

    def _text(self, entry: InboxEntry) -> str:
        """As things stand now, with the names that are known."""
        text, picture = f"{entry.text} {entry.details}".rstrip(), self.session.picture
        if picture is not None:
            text = with_date(text, entry.final_at, picture)
        return self.session.with_names(text)

    @property
    def _entry(self) -> InboxEntry | None:
        return self._entries.get(self.query_one("#entries", Listing).highlighted_id or "")

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        self.query_one("#refused", RefusalBox).clear()
        self._show_one()

    # -- doing
    def can(self, action: str) -> bool:
        entry = self._entry if self.is_mounted else None
        match action:
            case "go_there":
                return entry is not None and bool(inbox_words.leads_to(entry))
            case "mark_read":
                return entry is not None and not entry.is_read
            case "mark_all":
                return any(not one.is_read for one in self._entries.values())
            case _:
                return True

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        self.action_go_there()

    def action_go_there(self) -> None:
        """To what it is about."""
        entry = self._entry
        if entry is None or not inbox_words.leads_to(entry):
            return
        self._mark((entry.number,))
        if entry.payment_hash:
            self.app.push_screen(PaymentScreen(self.session, entry.payment_hash))
        elif entry.channel_id:
            self.post_message(ToChannels(entry.channel_id))
        else:
            place = "mode('guard')" if entry.kind is InboxKind.BREACH else "page('logs')"
            self.run_worker(self.app.run_action(place))

    def action_mark_read(self) -> None:
        """The one under the cursor."""
        if self._entry is not None:
            self._mark((self._entry.number,))

    def action_mark_all(self) -> None:
        """All of them."""
        self._mark(tuple(one.number for one in self._entries.values()))

    def _mark(self, numbers: tuple[int, ...]) -> None:
        self.order(self.session.node.mark_read(numbers), self._marked)

    def _marked(self, answer: InboxGlance | Refused) -> None:
        """The feed tells what is unread now."""
        if isinstance(answer, Refused):
            self.query_one("#refused", RefusalBox).show(answer)

"""The inbox: what was said about money and safety, until it has been read and beyond."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.inbox import InboxEntry, InboxGlance, InboxKind
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui import commands, inbox_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.messages import ToChannels
from lnwallet_tui.ui.needs import Line, Weight, with_date
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.row_subjects import of_entry, of_standing
from lnwallet_tui.ui.screens.payment import PaymentScreen
from lnwallet_tui.ui.screens.says_more import SaysMore
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject
from lnwallet_tui.ui.widgets.forms import Listing
from lnwallet_tui.ui.widgets.words import RefusalBox, Words, sentences

_MARGIN = 6  # borders, padding and a scroll bar
_STANDING = "standing "
"""Begins the ids of rows that are no entries."""


class InboxScreen(SaysMore):
    """Entries to move in, the one under the cursor whole below them."""

    place = "inbox"
    mode = ""
    text = "#text"
    about = (
        "What you should know of and may have missed: payments that came in, failed or are stuck, "
        "channels that others close, what the guard did about a cheat, what is wrong with the "
        "disk, and bugs of ours. A dot marks what is unread; reading takes nothing away. Enter "
        "goes to the payment or channel that an entry is about. A newer word on the same thing "
        "takes the place of the older one. On top stands what is wrong with your files of settings "
        "and themes, until it is mended. The newest 400 are kept, and of payments that came in "
        "100, for Activity has all of those; where there are more, those that were read go first."
    )
    CSS_PATH = "inbox.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("inbox")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._entries: dict[str, InboxEntry] = {}
        self._glance: InboxGlance | None = None  # for which the list was asked for
        self._is_asking = False
        self._has_come = False  # the list: nothing is said of it before

    def body(self) -> ComposeResult:
        with Vertical(id="all", classes="box"):
            yield Listing(id="entries", click_selects=False)
            yield Words(id="none")
        with VerticalScroll(id="one", classes="box", can_focus=False):
            yield Words(id="when")
            yield Words(id="text")
            yield RefusalBox(id="refused")

    def on_screen_resume(self) -> None:
        if self.session.settings is not None:
            self.session.settings.check()

    # -- asking
    def draw(self, picture: Picture) -> None:
        if picture.inbox != self._glance and not self._is_asking:
            self._glance, self._is_asking = picture.inbox, True
            self.ask("inbox", self.session.node.inbox(), self._came)
        self._show()  # what is final changes with the blocks

    def _came(self, entries: tuple[InboxEntry, ...]) -> None:
        self._is_asking, self._has_come = False, True
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
        standing = self._standing
        listing = self.query_one("#entries", Listing)
        listing.show([
            *(
                Option(inbox_words.standing_row(one, width), id=f"{_STANDING}{at}")
                for at, one in enumerate(standing)
            ),
            *(
                Option(inbox_words.row(one, now, self._text(one), width), id=str(one.number))
                for one in entries
            ),
        ])  # fmt: skip
        unread = sum(not one.is_read for one in entries)
        title = inbox_words.title(len(entries), unread, len(standing))
        self.query_one("#all").border_title = title
        there_is_one = bool(standing or entries)
        none = self.query_one("#none", Words)
        none.display = not there_is_one
        none.say(inbox_words.NOTHING if self._has_come else "")
        self.query_one("#one").display = there_is_one
        self._show_one()

    @property
    def _standing(self) -> tuple[Notice, ...]:
        """What is wrong with the user's files."""
        return () if self.session.settings is None else self.session.settings.wrong

    def _show_one(self) -> None:
        entry = self._entry
        if isinstance(entry, Notice):
            self.query_one("#when", Words).say("until it is mended")
            self.query_one("#text", Words).say(
                sentences([Line(Weight.CARE, entry.text, entry.remedy)])
            )
        elif entry is not None:
            when = f"{fmt.clock(entry.time, self.session.now)} UTC"
            self.query_one("#when", Words).say(when)
            weight = Weight.BAD if entry.urgent else Weight.PLAIN
            text, remedy = self._text(entry), self.session.with_names(entry.remedy)
            self.query_one("#text", Words).say(sentences([Line(weight, text, remedy)]))
        self.say_more()
        self.offer()

    def leads_to(self) -> str:
        return inbox_words.leads_to(self._entry) if self._entry is not None else ""

    def _text(self, entry: InboxEntry) -> str:
        """As things stand now, with the names that are known."""
        text, picture = f"{entry.text} {entry.details}".rstrip(), self.session.picture
        if picture is not None:
            text = with_date(text, entry.final_at, picture)
        return self.session.with_names(text)

    @property
    def _entry(self) -> InboxEntry | Notice | None:
        name = self.query_one("#entries", Listing).highlighted_id or ""
        if not name.startswith(_STANDING):
            return self._entries.get(name)
        at, standing = int(name.removeprefix(_STANDING)), self._standing
        return standing[at] if at < len(standing) else None

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        self.query_one("#refused", RefusalBox).clear()
        self._show_one()

    def subjects(self) -> tuple[Subject, ...]:
        entry = self._entry
        if isinstance(entry, Notice):
            return (of_standing(entry),)
        if entry is None:
            return ()
        return (of_entry(entry, self._text(entry), self.session.now),)

    # -- doing
    def can(self, action: str) -> bool:
        entry = self._entry
        match action:
            case "go_there":
                return entry is not None and bool(inbox_words.leads_to(entry))
            case "mark_read":
                return isinstance(entry, InboxEntry) and not entry.is_read
            case "mark_all":
                return any(not one.is_read for one in self._entries.values())
            case _:
                return True

    def on_option_list_option_selected(self, _: OptionList.OptionSelected) -> None:
        self.action_go_there()

    def action_go_there(self) -> None:
        """To what it is about."""
        entry = self._entry
        if isinstance(entry, Notice):
            self.run_worker(self.app.run_action("page('settings')"))
            return
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
        entry = self._entry
        if isinstance(entry, InboxEntry):
            self._mark((entry.number,))

    def action_mark_all(self) -> None:
        """All of them."""
        self._mark(tuple(one.number for one in self._entries.values()))

    def _mark(self, numbers: tuple[int, ...]) -> None:
        self.order(self.session.node.mark_read(numbers), self._marked)

    def _marked(self, answer: InboxGlance | Refused) -> None:
        """The feed tells what is unread now."""
        if isinstance(answer, Refused):
            self.query_one("#refused", RefusalBox).show(answer)

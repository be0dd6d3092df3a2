"""Guard: what is watched and by whom, until when one may be away, drills, what was done."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.drill import DrillsView, DrillView, RehearsalView
from lnwallet_tui.api.guard import GuardLogPage, WatchKind, WatchView
from lnwallet_tui.api.process import ProcessView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.ui import calendar, commands, export
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.guard_words import (
    away,
    counted,
    nothing_done,
    practised,
    seeing,
    without_node,
)
from lnwallet_tui.ui.messages import ToChannels
from lnwallet_tui.ui.needs import Line, Weight
from lnwallet_tui.ui.notice_words import reminders
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject, of_entry, of_watched
from lnwallet_tui.ui.widgets.forms import Field, Listing
from lnwallet_tui.ui.widgets.words import MUTED, RefusalBox, Words, hanging, sentences

_MARGIN = 6  # borders, padding and a scroll bar
_THERE = "tab: go there"
PAGE = 200
MOST_LINES = 2_000
"""Of the log in the list at once; more would make it slow."""
_KINDS = {
    WatchKind.FUNDING: "channel",
    WatchKind.CLOSE: "close",
    WatchKind.BALANCE: " └ balance",
    WatchKind.HTLC: " └ payment",
    WatchKind.SECOND_STAGE: " └ 2nd stage",
}
_AT_WORK = Line(
    Weight.PLAIN,
    "The drill runs: a cheat in the sandbox publishes its old state, then penalties are built for "
    "old states of your channels, 1,000 at most…",
)


class GuardScreen(WalletScreen):
    """The breach guard's own page."""

    place = "guard"
    mode = "guard"
    about = (
        "If a peer publishes an old state of a channel to take back money it has paid you, the "
        "guard takes everything in that channel before the peer can. For that it must see the "
        "chain in time: the page says which block it saw last and from whom, and until when this "
        "program may be switched off; {guard.calendar} writes that date to a calendar file. "
        "It is that late because you chose how long a peer who closes alone waits for its money "
        "(“Peer alone” on a channel's page): as long the guard has to catch a cheat. "
        "Watched are the "
        "funding output of every channel, and every output of a close until all of it is home; "
        "enter goes to the channel. {guard.drill} is the drill: in a sandbox, a world of its "
        "own, a cheat "
        "publishes an old state, and the code that guards your channels must catch it. Then "
        "penalties for the old states of your own channels are built, signed and verified, and not "
        "sent; where there are more than 1,000, for so many of them, evenly chosen. "
        "Tab moves between the lists; in a low window the one that has the cursor is open, "
        "of the other you see the first line. The log goes on below as you move down."
    )
    CSS_PATH = "guard.tcss"
    AUTO_FOCUS = ""  # the first that could have it is the line for a file's name, not shown
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("guard")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._drills = DrillsView()
        self._process: ProcessView | None = None
        self._drilling = False
        self._watched: tuple[WatchView, ...] = ()
        self._log: tuple[GuardEntry, ...] = ()  # the newest, then pages that were asked for
        self._total = 0
        self._reading = False
        self._drawn: dict[tuple[GuardEntry, int, str], Content] = {}

    def body(self) -> ComposeResult:
        with VerticalScroll(id="watch", classes="box") as box:
            box.border_title = "The guard"
            yield Words(id="safe")
            with Horizontal(id="asking") as asking:
                asking.display = False
                yield Words("Write to:")
                yield Field(id="answer", max_length=500)
            yield RefusalBox(id="refused")
        with Vertical(id="outputs", classes="box") as box:
            box.border_title = "Watched on the chain"
            yield Listing(id="watched", click_selects=False)
        with Vertical(id="acts", classes="box") as box:
            box.border_title = "What it did"
            yield Listing(id="log")
            yield Words(id="none")

    def on_mount(self) -> None:
        super().on_mount()
        if self.session.drill is not None:
            self.ask("drills", self.session.drill.last(), self._take_drills)

    def draw(self, picture: Picture) -> None:
        self._draw_words(picture)
        self.ask("watched", self.session.node.watched(), self._show_watched)
        if self.session.process is not None:
            self.ask("process", self.session.process.look(), self._take_process)
        self._take_newest(picture.guard.log)
        self._draw_log()

    def _draw_words(self, picture: Picture) -> None:
        session = self.session
        can_drill = session.drill is not None
        lines = [
            *seeing(picture, playground=session.playground),
            *away(picture),
            *(
                [_AT_WORK]
                if self._drilling
                else practised(picture, self._drills, can_drill=can_drill)
            ),
            *(without_node(self._process, session.placed) if self._process is not None else ()),
            *reminders(self._process, picture.guard, session.placed),
        ]
        named = [Line(one.weight, session.with_names(one.text), one.remedy) for one in lines]
        self.query_one("#safe", Words).say(sentences(named))
        self.query_one("#none", Words).say(nothing_done(picture))

    # -- what is watched
    def _show_watched(self, watched: tuple[WatchView, ...]) -> None:
        self._watched = watched
        if self.focused is None and self._log:
            self.set_focus(self.query_one("#log"))  # a list takes an idle focus
        box = self.query_one("#outputs")
        box.display, box.border_title = bool(watched), f"Watched on the chain: {counted(watched)}"
        if not watched:
            self.remove_class("-watching")
        self.query_one("#watched", Listing).show(
            Option(self._row(one), id=f"{one.txid}:{one.vout}:{one.kind.value}") for one in watched
        )
        self.offer()

    def _row(self, one: WatchView) -> Content:
        who = self.session.who(one.peer_id)
        first = one.kind in (WatchKind.FUNDING, WatchKind.CLOSE)
        head = Content.assemble(
            f"{_KINDS[one.kind]:<13}",
            f"{who if first else '':<17} ",
            (f"{fmt.sat(one.amount_sat):>15}", "bold"),
            "  ",
        )
        width = self.app.size.width - _MARGIN
        return hanging(head, self.session.with_names(one.explanation), width, MUTED, indent=13)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_list.id == "watched":
            self.action_show_channel()

    def action_show_channel(self) -> None:
        """Go to the channel of the line under the cursor."""
        one = self._under_cursor()
        if one is not None:
            self.post_message(ToChannels(one.channel_id))

    def _under_cursor(self) -> WatchView | None:
        """What of the watched is under the cursor, where that list has it."""
        listing = self.query_one("#watched", Listing)
        index = listing.highlighted
        if not listing.has_focus or index is None or index >= len(self._watched):
            return None
        return self._watched[index]

    # -- which list is open in a low window
    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if event.widget.id in ("watched", "log"):
            self.set_class(event.widget.id == "watched", "-watching")
            self._say_where_tab_leads()
            self.offer()

    def _say_where_tab_leads(self) -> None:
        """To the other list, where there is something in it."""
        is_watched = self.has_class("-watching")
        to_log = is_watched and self._log
        self.query_one("#outputs").border_subtitle = "" if is_watched else _THERE
        self.query_one("#acts").border_subtitle = _THERE if to_log else ""

    def on_click(self, event: events.Click) -> None:
        """Anywhere on its box, of which only the title may be there."""
        for box, name in (("#outputs", "#watched"), ("#acts", "#log")):
            listing = self.query_one(name, Listing)
            if self.query_one(box).region.contains(event.screen_x, event.screen_y):
                listing.focus()

    # -- the log
    def _take_newest(self, newest: tuple[GuardEntry, ...]) -> None:
        """What is new goes on top of what is here; where that cannot be told, it begins anew."""
        if newest == self._log[: len(newest)]:
            return
        new = newest.index(self._log[0]) if self._log and self._log[0] in newest else None
        if new is None:
            self._log, self._total = newest, len(newest)
        else:
            self._log, self._total = newest[:new] + self._log, self._total + new
        self.ask("log", self.session.node.guard_log(0), self._count)

    def _draw_log(self) -> None:
        # Rows are named by their place from the beginning, which new ones do not shift.
        self.query_one("#log", Listing).show(
            (
                Option(self._line(entry), id=f"{self._total - index}")
                for index, entry in enumerate(self._log)
            ),
            newest_first=True,
        )
        self.query_one("#none").display = not self._log
        self._say_where_tab_leads()
        counted = f": {fmt.count(self._total, 'line')}" if self._total else ""
        self.query_one("#acts").border_title = f"What it did{counted}"

    def _line(self, entry: GuardEntry) -> Content:
        when = f"{fmt.clock(entry.time, self.session.now):<12} {fmt.height(entry.height):<14} "
        width = self.app.size.width - _MARGIN
        known = self._drawn.get((entry, width, when))
        if known is None:
            text = self.session.with_names(entry.text)
            known = hanging(Content.styled(when, MUTED), text, width)
            self._drawn[entry, width, when] = known
        return known

    def _count(self, page: GuardLogPage) -> None:
        self._total = page.total
        self._draw_log()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """At its end the log goes on."""
        self.offer()
        at_end = event.option_list.id == "log" and event.option_index == len(self._log) - 1
        more = len(self._log) < min(self._total, MOST_LINES)
        if at_end and more and not self._reading:
            self._reading = True
            older = self.session.node.guard_log(PAGE, len(self._log))
            self.ask("older", older, partial(self._append, self._log))

    def _append(self, before: tuple[GuardEntry, ...], page: GuardLogPage) -> None:
        self._reading = False
        if self._log is before:  # else it has begun anew
            self._log, self._total = before + page.entries, page.total
            self._draw_log()

    def subjects(self) -> tuple[Subject, ...]:
        watched, entry = self._under_cursor(), self._entry()
        picture = self.session.picture
        if watched is not None and picture is not None:
            sentence = self.session.with_names(watched.explanation)
            name, status = self.session.who(watched.peer_id), picture.status
            return (of_watched(watched, sentence, name, status.reckoned_from, status.now),)
        if entry is None:
            return ()
        return (of_entry(entry, self.session.with_names(entry.text), self.session.now),)

    def _entry(self) -> GuardEntry | None:
        index = self.query_one("#log", Listing).highlighted
        return None if index is None or index >= len(self._log) else self._log[index]

    # -- doing
    def can(self, action: str) -> bool:
        picture = self.session.picture
        match action:
            case "copy":
                return self._under_cursor() is not None or self._entry() is not None
            case "show_channel":
                return self._under_cursor() is not None
            case "drill":
                return self.session.drill is not None and not self._drilling
            case "calendar":
                return picture is not None and picture.guard.may_be_away_until > 0
            case _:
                return True

    def action_copy(self) -> None:
        """Copy the transaction id of the line under the cursor."""
        one, entry = self._under_cursor(), self._entry()
        if one is not None:
            self.copy(one.txid)
        elif entry is not None and entry.txid:
            self.copy(entry.txid)

    def action_drill(self) -> None:
        """Practise; it goes on when this page is left."""
        drill = self.session.drill
        if drill is None or self._drilling:
            return
        self._drilling = True
        self.query_one(RefusalBox).clear()
        self.redraw()
        self.order(drill.drill(), self._drilled)

    def _drilled(self, answer: DrillView | Refused) -> None:
        drill = self.session.drill
        assert drill is not None, "it was drilled"
        if isinstance(answer, Refused):
            self.query_one(RefusalBox).show(answer)
        self.order(drill.rehearse(), self._rehearsed)

    def _rehearsed(self, answer: RehearsalView | Refused) -> None:
        drill = self.session.drill
        assert drill is not None, "it was drilled"
        self._drilling = False
        if isinstance(answer, Refused):
            self.query_one(RefusalBox).show(answer)
        self.ask("drills", drill.last(), self._take_drills)

    def _take_drills(self, drills: DrillsView) -> None:
        self._drills = drills
        self.redraw()

    def _take_process(self, process: ProcessView) -> None:
        if process != self._process:
            self._process = process
            self.redraw()

    # -- the calendar
    def action_calendar(self) -> None:
        """Ask where to write it."""
        where = asyncio.to_thread(export.default_path, self.session.now, ".ics")
        self.ask("where", where, self._ask_where)

    def _ask_where(self, path: str) -> None:
        field = self.query_one("#answer", Field)
        self.query_one(RefusalBox).clear()
        self.query_one("#asking").display = True
        field.value = path
        field.cursor_position = len(path)
        field.focus()
        self.call_after_refresh(self.query_one("#watch").scroll_end, animate=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        picture = self.session.picture
        if picture is None:
            return
        status, until = picture.status, picture.guard.may_be_away_until
        text = calendar.event(until, status.now, status.node_id)
        written = export.write_text(text, event.value, ".ics")
        self.order(written, partial(self._written, event.value))

    def _written(self, path: str, answer: Refused | None) -> None:
        if answer is not None:
            self.query_one(RefusalBox).show(answer)
            return
        self._end_asking()
        shown = Untrusted(path).cells(200)
        self.notify(f"Written to {shown}: open it with your calendar.", timeout=6, markup=False)

    def _end_asking(self) -> None:
        self.query_one("#asking").display = False
        self.query_one(RefusalBox).clear()
        self.query_one("#log" if self._log else "#watched", Listing).focus()

    def steps_back(self) -> bool:
        return self.query_one("#asking").display

    def action_back(self) -> None:
        """First out of the line for the file, then Home."""
        if self.steps_back():
            self._end_asking()
        else:
            super().action_back()

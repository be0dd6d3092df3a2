"""What every screen is: a line of tabs, a body, the playground's clock, a footer.

A screen draws the session's picture whenever it changes, and asks the node through `ask` and
`order`: a worker awaits the answer and posts it; the screen's own handler touches the widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.notifications import SeverityLevel
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui import commands
from lnwallet_tui.ui.filter_words import Language
from lnwallet_tui.ui.keys_in_turn import is_turn
from lnwallet_tui.ui.messages import Answered, Heard
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.room import TOO_SMALL, NeedsRoom
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject
from lnwallet_tui.ui.widgets.clickable import action_at
from lnwallet_tui.ui.widgets.footer import Keys
from lnwallet_tui.ui.widgets.forms import Field
from lnwallet_tui.ui.widgets.lines import TimeLine, TopLine
from lnwallet_tui.ui.widgets.story_line import StoryLine
from lnwallet_tui.ui.widgets.words import WIDE, RefusalBox, Words

Answer = TypeVar("Answer")

_A_MOMENT = 5.0
_OF_THE_END = (events.Compose, events.ScreenSuspend, events.Unmount)
_BACK, _HOME, _STOP = "app.back", "Home", "Stop"


def _is_only_around(one: Widget, every: list[Widget]) -> bool:
    """Whether it scrolls what can have the cursor itself, or has nothing to scroll."""
    if not isinstance(one, VerticalScroll):
        return False
    return not one.max_scroll_y or any(one in other.ancestors for other in every)


class WalletScreen(NeedsRoom):
    """Base of the screens. `place` names its commands, `mode` its tab, `about` explains it;
    `keeps` says that somebody may have typed into it: it stays on its mode when another is visited.
    What was typed into its `drafts` (ids of fields) is there again when it is opened anew.
    """

    place: ClassVar[str]
    mode: ClassVar[str]
    about: ClassVar[str]
    keeps: ClassVar[bool] = False
    drafts: ClassVar[tuple[str, ...]] = ()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_page('down')", show=False),
        Binding("k", "scroll_page('up')", show=False),
        Binding("g", "scroll_page('home')", show=False),
        Binding("G", "scroll_page('end')", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._asked: dict[str, int] = {}
        self._offered: tuple[object, ...] = ()
        self._was_typing = self._was_locked = False
        self._unsaying: Timer | None = None  # takes away what was said for a moment

    def compose(self) -> ComposeResult:
        yield TopLine(self.mode, self.session.picture)
        yield Words(TOO_SMALL, id="too-small")
        with Vertical(id="body"):
            yield from self.body()
        yield Words(id="for-a-moment")
        if self.session.playground:
            yield StoryLine(self.session)
            yield TimeLine(self.session)
        yield Keys(show_command_palette=False)

    def body(self) -> ComposeResult:
        """The widgets of this screen."""
        raise AssertionError("every screen has a body")

    def draw(self, picture: Picture) -> None:
        """Show the picture."""

    def language(self) -> Language | None:
        """The words that can be typed here, for the page that explains."""
        return None

    def subjects(self) -> tuple[Subject, ...]:
        """What is under the cursor, and what is in it, for the page that explains."""
        return ()

    def can(self, action: str) -> bool:  # noqa: ARG002  # for the screens that override it
        """Whether there is something to do it with now; the footer and the palette show only
        what can be done."""
        return True

    def title_of(self, command: type[commands.Command]) -> str:
        """What the palette calls it, with what is under the cursor."""
        return command.title

    @property
    def renamed(self) -> Mapping[str, str]:
        """What the footer calls actions by what is under the cursor."""
        return {}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's
        """What is not seen is not done, nor on a page of which only a part is there."""
        if self.is_hidden or not self.is_whole or self.session.lacks(action):
            return False
        return self.can(action)

    @property
    def is_whole(self) -> bool:
        """Whether all its parts are there: it is put together, and not taken away."""
        return self.is_mounted and not self._is_going

    @property
    def _is_going(self) -> bool:
        """Whether the program ends or this page is taken away: some of its parts are gone then, or
        never came, where it was still being put together."""
        return self.app.return_code is not None or not self.display

    def offer(self) -> None:
        """Have the footer show what can be done now, where that has changed."""
        can = (self.check_action(one.action, ()) for one in commands.of_place(self.place))
        around = (self.is_hidden, self.session.can_be_stopped, self._leads_home)
        now = (*around, self.renamed, *map(bool, can))
        if now != self._offered:
            self._offered = now
            self.refresh_bindings()

    def left(self) -> None:
        """Another mode is gone to."""

    def pressed_again(self) -> None:
        """The key of its mode was pressed in it, or on a page laid on it."""

    def redraw(self) -> None:
        """Draw everything anew from the session."""
        if not self.is_whole:
            return
        if self.session.playground:
            self.query_one(TimeLine).draw()
        if self.session.picture is not None:
            for line in self.query(StoryLine):
                line.draw(self.session.picture)
            self._draw_top(self.session.picture)
            self.draw(self.session.picture)
            self._look_whether_it_is_locked(self.session.picture)
        self.offer()

    def _look_whether_it_is_locked(self, picture: Picture) -> None:
        """What was refused for that can be done once it is open again."""
        if self._was_locked and not picture.status.locked:
            for box in self.query(RefusalBox):
                box.unlocked()
        self._was_locked = picture.status.locked

    def _draw_top(self, picture: Picture) -> None:
        self._was_typing = self.is_typing
        stops = self.session.can_be_stopped
        self.query_one(TopLine).draw(
            picture, self.session.keys, typing=self._was_typing, stops=stops
        )

    @property
    def is_typing(self) -> bool:
        """Whether what is pressed now goes into a field: no number leads to a page then."""
        return self.focused is not None and self.focused.check_consume_key("1", "1")

    @property
    def focus_chain(self) -> list[Widget]:
        """Where tab leads. A page that scrolls shows no cursor: it is only gone to where there is
        something to scroll and nothing in it that could have the cursor, or nothing else at all."""
        every = super().focus_chain
        shown = [one for one in every if not _is_only_around(one, every)]
        return shown or every

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _say_what_keys_do(self) -> None:
        picture = self.session.picture
        if picture is None or not self.is_whole:
            return
        if self.is_typing is not self._was_typing:
            self._draw_top(picture)
        self.offer()

    async def on_event(self, event: events.Event) -> None:
        """Who types fast leaves the program while a screen that a key beside it opened is still
        being put together: half of it is not there then, and nothing happens on it any more."""
        if isinstance(event, _OF_THE_END) or is_turn(event) or not self._is_going:
            await super().on_event(event)

    def on_mount(self) -> None:
        for name in self.drafts:
            field = self.query_one(f"#{name}", Field)
            if not field.value and (draft := self.draft(name)):
                field.recall(draft)
        self.redraw()

    @on(Input.Changed)
    def _keep_draft(self, event: Input.Changed) -> None:
        if event.input.id in self.drafts:
            self.keep_draft(event.input.id, event.value)

    @property
    def drafts_of(self) -> str:
        """Whose they are, for pages that share a place."""
        return self.place

    def draft(self, name: str) -> str:
        """What was typed into that field and not used."""
        return self.session.drafts.get((self.drafts_of, name), "")

    def keep_draft(self, name: str, text: str) -> None:
        """What was typed into it is there again when this is opened anew."""
        self.session.drafts[self.drafts_of, name] = text

    def forget_drafts(self) -> None:
        """What was typed has been used."""
        self.session.forget_drafts(self.drafts_of)

    def on_resize(self, _: events.Resize) -> None:
        """What fits is another now."""
        self.set_class(self.app.size.width > WIDE, "-very-wide")
        self.redraw()

    def on_screen_resume(self) -> None:
        self.redraw()
        self.refresh_bindings()  # while something lay on it, its footer stood still

    def once_laid_out(self, draw: Callable[[], None]) -> None:
        """Draw what depends on how much fits, unless the page was taken away meanwhile."""

        def drawn() -> None:
            if self.is_whole:
                draw()

        self.call_after_refresh(drawn)

    def forget(self, question: str) -> int:
        """Drop the answer to it where one is still to come; its number, if it is asked anew."""
        self._asked[question] = self._asked.get(question, 0) + 1
        return self._asked[question]

    def ask(
        self,
        question: str,
        asking: Coroutine[object, object, Answer],
        then: Callable[[Answer], None],
    ) -> None:
        """Ask something; once the same `question` is asked anew, an older answer is dropped, and so
        is one that comes when this screen is gone: no page beside it has anything to do with it."""
        number = self.forget(question)

        def only_newest(answer: Answer) -> None:
            if self._asked[question] == number:
                then(answer)

        self._await(asking, only_newest, told=False)

    def order(
        self, doing: Coroutine[object, object, Answer], then: Callable[[Answer], None]
    ) -> None:
        """Have something done. It goes on when this screen is left; a refusal that nobody waits
        for any more is told on the first screen."""
        self._await(doing, then, told=True)

    def _await(
        self,
        asking: Coroutine[object, object, Answer],
        then: Callable[[Answer], None],
        *,
        told: bool,
    ) -> None:
        """In a worker. Once the program ends it would be stopped before it began, and Python would
        complain of what nobody awaited, on a terminal that is the shell's again."""
        if self.app.return_code is None:
            self.app.run_worker(self._answer(asking, then, told=told))
        else:
            asking.close()

    async def _answer(
        self,
        asking: Coroutine[object, object, Answer],
        then: Callable[[Answer], None],
        *,
        told: bool,
    ) -> None:
        answer = await asking
        heard = self.is_attached and self.post_message(Answered(partial(then, answer)))
        if told and not heard and isinstance(answer, Refused):
            self.app.post_message(Heard(Notice(answer.message, answer.remedy)))

    def on_answered(self, message: Answered) -> None:
        message.stop()
        message.deliver()

    def notify(
        self,
        message: str,
        *,
        title: str = "",  # noqa: ARG002  # Textual's, as the next two
        severity: SeverityLevel = "information",  # noqa: ARG002
        timeout: float | None = None,
        markup: bool = False,  # noqa: ARG002
    ) -> None:
        """Say something small for a moment, on a line of its own: it lies over no text. On a page
        that is still put together, once that is there."""
        if self._is_going:
            return
        if not self.is_mounted:
            self.call_later(partial(self.notify, message, timeout=timeout))
            return
        if self._unsaying is not None:
            self._unsaying.stop()
        self._say_for_a_moment(message)
        self._unsaying = self.set_timer(timeout or _A_MOMENT, partial(self._say_for_a_moment, ""))

    def _say_for_a_moment(self, words: str) -> None:
        said = self.query_one("#for-a-moment", Words)
        said.say(words)
        said.display = bool(words)

    def copy(self, text: str) -> None:
        """Put it on the clipboard (OSC 52). Not every terminal allows that, so it also stands on
        the screen, where the mouse can select it."""
        self.app.copy_to_clipboard(text)
        self.notify("Copied.", timeout=2, markup=False)

    @on(events.Click)
    async def _do_what_is_named(self, event: events.Click) -> None:
        """Words that name a key do what it does."""
        if action := action_at(event):
            await self.run_action(action)

    def action_scroll_page(self, where: str) -> None:
        """Move in a long page as in vim; in a list, the list's own keys come first."""
        for page in self.query(VerticalScroll):
            if page.is_on_screen and page.max_scroll_y:
                getattr(page, f"scroll_{where}")()
                return

    def action_back(self) -> None:
        """One step back: from a page on top to what is below, from a mode to Home itself, whatever
        was laid on that."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        else:
            self.app.call_later(self.app.run_action, "app.mode('home')")

    def steps_back(self) -> bool:
        """Whether the next step back stays on this screen."""
        return False

    @property
    def _leads_home(self) -> bool:
        if not self.is_whole:
            return False
        return len(self.app.screen_stack) == 1 and not self.steps_back()

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The footer says where the key for back leads from here, or what it stops."""
        words = dict(self.renamed) if self.is_whole else {}
        if self.session.can_be_stopped:
            words[_BACK] = _STOP
        elif self._leads_home:
            words[_BACK] = _HOME
        return {
            key: one._replace(binding=replace(one.binding, description=words[one.binding.action]))
            if one.binding.action in words
            else one
            for key, one in super().active_bindings.items()
        }

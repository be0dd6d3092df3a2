"""What every screen is: a line of tabs, a body, the playground's clock, a footer.

A screen draws the session's picture whenever it changes, and asks the node through `ask` and
`order`: a worker awaits the answer and posts it; the screen's own handler touches the widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Footer

from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui import commands
from lnwallet_tui.ui.messages import Answered, Heard
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.lines import TimeLine, TopLine
from lnwallet_tui.ui.widgets.story_line import StoryLine
from lnwallet_tui.ui.widgets.words import Words

Answer = TypeVar("Answer")

_COLUMNS, _LINES = 80, 24
TOO_SMALL = (
    f"This window is smaller than {_COLUMNS} columns by {_LINES} rows.\n"
    "Please enlarge it. The node goes on and your channels stay guarded."
)


class WalletScreen(Screen[None]):
    """Base of the screens. `place` names its commands, `mode` its tab, `about` explains it;
    `keeps` says that somebody may have typed into it: it stays on its mode when another is visited.
    """

    place: ClassVar[str]
    mode: ClassVar[str]
    about: ClassVar[str]
    keeps: ClassVar[bool] = False

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # Textual declares it on instances
        (0, "-tiny"),
        (_COLUMNS, "-narrow"),
        (110, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012  # as above
        (0, "-flat"),
        (_LINES, "-low"),
        (34, "-high"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._asked: dict[str, int] = {}
        self._offered: tuple[bool, ...] = ()

    def compose(self) -> ComposeResult:
        yield TopLine(self.mode)
        yield Words(TOO_SMALL, id="too-small")
        with Vertical(id="body"):
            yield from self.body()
        if self.session.playground:
            yield StoryLine(self.session)
            yield TimeLine(self.session)
        yield Footer(show_command_palette=False)

    def body(self) -> ComposeResult:
        """The widgets of this screen."""
        raise AssertionError("every screen has a body")

    def draw(self, picture: Picture) -> None:
        """Show the picture."""

    def can(self, action: str) -> bool:  # noqa: ARG002  # for the screens that override it
        """Whether there is something to do it with now; the footer and the palette show only
        what can be done."""
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  # Textual's
        return self._is_shown() and self.can(action)

    def _is_shown(self) -> bool:
        """Whether the window is large enough; what cannot be seen takes no keys."""
        columns, lines = self.app.size
        return columns >= _COLUMNS and lines >= _LINES

    def offer(self) -> None:
        """Have the footer show what can be done now, where that has changed."""
        now = tuple(
            bool(self.check_action(command.action, ())) for command in commands.of_place(self.place)
        )
        if now != self._offered:
            self._offered = now
            self.refresh_bindings()

    def left(self) -> None:
        """Another mode is gone to."""

    def redraw(self) -> None:
        """Draw everything anew from the session."""
        if not self.is_mounted:
            return
        if self.session.playground:
            self.query_one(TimeLine).draw()
        if self.session.picture is not None:
            for line in self.query(StoryLine):
                line.draw(self.session.picture)
            self.query_one(TopLine).draw(self.session.picture)
            self.draw(self.session.picture)
        self.offer()

    def on_mount(self) -> None:
        self.redraw()

    def on_resize(self, _: events.Resize) -> None:
        """What fits is another now."""
        self.redraw()

    def on_screen_resume(self) -> None:
        self.redraw()

    def ask(
        self,
        question: str,
        asking: Coroutine[object, object, Answer],
        then: Callable[[Answer], None],
    ) -> None:
        """Ask something; once the same `question` is asked anew, an older answer is dropped."""
        number = self._asked[question] = self._asked.get(question, 0) + 1

        def only_newest(answer: Answer) -> None:
            if self._asked[question] == number:
                then(answer)

        self.app.run_worker(self._answer(asking, only_newest))

    def order(
        self, doing: Coroutine[object, object, Answer], then: Callable[[Answer], None]
    ) -> None:
        """Have something done. It goes on when this screen is left; a refusal that nobody waits
        for any more is told on the first screen."""
        self.app.run_worker(self._answer(doing, then))

    async def _answer(
        self, asking: Coroutine[object, object, Answer], then: Callable[[Answer], None]
    ) -> None:
        answer = await asking
        heard = self.is_attached and self.post_message(Answered(partial(then, answer)))
        if not heard and isinstance(answer, Refused):
            self.app.post_message(Heard(Notice(answer.message, answer.remedy)))

    def on_answered(self, message: Answered) -> None:
        message.stop()
        message.deliver()

    def copy(self, text: str) -> None:
        """Put it on the clipboard (OSC 52). Not every terminal allows that, so it also stands on
        the screen, where the mouse can select it."""
        self.app.copy_to_clipboard(text)
        self.notify("Copied.", timeout=2, markup=False)

    def action_back(self) -> None:
        """One step back: from a page on top to what is below, from a mode to Home."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        else:
            self.app.switch_mode("home")

"""Help: what is under the cursor, what a screen is for, and every key of it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from lnwallet_tui.ui import commands
from lnwallet_tui.ui.filter_words import Term
from lnwallet_tui.ui.keymap import pressed_for, shown
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.words import MUTED, Words, hanging

_MARGIN = 6  # padding and a scroll bar
_EXAMPLES = 18  # cells of what can be typed
_MOVES = (
    (
        "↑ ↓ j k",
        "Move: ",
        "Go through a list, or scroll a long page; g is its beginning, G its end.",
    ),
    ("← → h l", "Choose: ", "Go from button to button; in a list h goes back and l opens."),
)


class ExplainScreen(WalletScreen):
    """The page behind the question mark."""

    place = "help"
    mode = ""
    fits_all = True
    about = "The page you are reading."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "app.back", show=False),  # as pagers are left; ctrl+q still leaves the wallet
        *commands.bindings("help"),
    ]

    def __init__(self, session: Session, page: WalletScreen) -> None:
        """Of what is on that page now."""
        super().__init__(session)
        self._place, self._about = page.place, page.about
        self._subjects, self._language = page.subjects(), page.language()

    def body(self) -> ComposeResult:
        with VerticalScroll():
            for index, subject in enumerate(self._subjects):
                yield Words(subject.title, classes="title")
                yield Words(id=f"subject-{index}")
            yield Words(commands.PLACES[self._place], classes="title")
            yield Words(self.session.with_keys(self._about))
            if self._language is not None:
                yield Words(f"\n{self._language.title}", classes="title")
                yield Words(self._language.rules)
                yield Words(id="terms")
            yield Words(id="keys")

    def on_resize(self, _: events.Resize) -> None:
        width = self.app.size.width - _MARGIN
        self.query_one("#keys", Words).say(self._keys(width))
        for index, subject in enumerate(self._subjects):
            rows = [
                hanging(Content.styled(f"{question:<13} ", MUTED), line, width)
                for question, words in subject.answers()
                for line in self.session.with_keys(words).split("\n")
            ]
            self.query_one(f"#subject-{index}", Words).say(Content("\n").join([*rows, Content()]))
        if self._language is not None:
            terms = [_term(one, width) for one in self._language.terms]
            self.query_one("#terms", Words).say(Content("\n").join([Content(), *terms]))

    def _keys(self, width: int) -> Content:
        rows = [
            self._row(
                self._shown(command),
                f"{command.title}: ",
                self.session.with_keys(command.sentence()),
                width,
            )
            for command in commands.usable(self._place, playground=self.session.playground)
            if not self.session.lacks(command.action)
        ]
        rows += [self._row(keys, title, sentence, width) for keys, title, sentence in _MOVES]
        return Content("\n").join([Content(""), *rows])

    @staticmethod
    def _row(keys: str, title: str, sentence: str, width: int) -> Content:
        head = Content.assemble((f"{keys:<13} ", "bold $accent"), title)
        return hanging(head, sentence, width, MUTED)

    def _shown(self, command: type[commands.Command]) -> str:
        return " ".join(map(shown, pressed_for(command, self.session.keys)))


def _term(one: Term, width: int) -> Content:
    """What it finds stands behind its examples, or below them where these are long."""
    head = Content.styled(f"{one.examples:<{_EXAMPLES}} ", "bold $accent")
    if head.cell_length <= _EXAMPLES + 1:
        return hanging(head, one.finds, width, MUTED)
    below = hanging(Content(" " * (_EXAMPLES + 1)), one.finds, width, MUTED)
    return Content("\n").join([head, below])

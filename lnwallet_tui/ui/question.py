"""A question before the wallet's screen or after it: which network, and what becomes of the node.

An application of its own: there is no node to draw a wallet of, or there is none any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from lnwallet_tui.ui.look import Look
from lnwallet_tui.ui.plain_app import PlainApp
from lnwallet_tui.ui.screens.first_run_steps import PickStep
from lnwallet_tui.ui.widgets.footer import Keys
from lnwallet_tui.ui.widgets.words import Words

Ways = Mapping[str, tuple[str, str]]
"""Of each way its title and a sentence."""


class QuestionScreen(Screen[None]):
    """The question, and the ways on."""

    CSS_PATH = "screens/first_run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("ctrl+q", "leave", "Leave", priority=True, show=False),
    ]

    def __init__(self, app: QuestionApp) -> None:
        super().__init__()
        self._asking = app

    def compose(self) -> ComposeResult:
        asking = self._asking
        yield Words(" lnwallet-tui", id="sign")
        ways = {
            name: (title, sentence, partial(asking.choose, name))
            for name, (title, sentence) in asking.ways.items()
        }
        yield PickStep(asking.question, asking.text, ways)
        yield Keys(show_command_palette=False)

    def action_leave(self) -> None:
        """Without an answer."""
        self._asking.choose("")


class QuestionApp(PlainApp):
    """Ends when something is `chosen`; empty where somebody leaves without an answer."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, question: str, text: str, ways: Ways, settings: Path | None = None) -> None:
        super().__init__()
        self.question, self.text, self.ways = question, text, ways
        self.chosen = ""
        self._look = Look(self, settings)

    def on_mount(self) -> None:
        self._look.begin()
        self.push_screen(QuestionScreen(self))

    def choose(self, name: str) -> None:
        """This is the answer."""
        self.chosen = name
        self.exit(return_code=0)

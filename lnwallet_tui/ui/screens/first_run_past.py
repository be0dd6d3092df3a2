"""What is known of a wallet that is restored besides its words: since when it is used, and its
channel backup."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui import first_run
from lnwallet_tui.ui.scan.files import path_in
from lnwallet_tui.ui.screens.first_run_steps import Step
from lnwallet_tui.ui.widgets.forms import Choices, Field
from lnwallet_tui.ui.widgets.words import RefusalBox, Words

_LONGEST_PATH: Final = 4_096


def month_begins(text: str) -> int | None:
    """The first second of a month like 2026-11 (Unix seconds); None for what is no month."""
    try:
        day = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        return None
    return max(1, int(day.timestamp()))


@dataclass(frozen=True, slots=True)
class Past:
    """As it was typed."""

    month: str = ""
    backup: str = ""

    @property
    def birthday(self) -> int:
        """Unix seconds; 0 where no month was typed."""
        return (month_begins(self.month) or 0) if self.month else 0

    @property
    def is_to_come(self) -> bool:
        """Whether the month has not begun yet."""
        return self.birthday > datetime.now(UTC).timestamp()

    @property
    def path(self) -> str:
        """Whole, for another process; empty where none was typed."""
        path = path_in(self.backup)
        return os.path.abspath(os.path.expanduser(path)) if path else ""


class PastStep(Step):
    """Both may stay empty."""

    title = "What else do you know of it?"

    def __init__(
        self,
        past: Past,
        then: Callable[[Past], None],
        back: Callable[[Past], None],
        refused: Refused | None = None,
    ) -> None:
        """Both ways are given what was typed."""
        super().__init__(lambda: back(self._typed()))
        self._past, self._then, self._refused = past, then, refused

    def body(self) -> ComposeResult:
        yield Words(first_run.PAST)
        with Horizontal(classes="row first"):
            yield Words("First used in", classes="label")
            yield Field(id="month", placeholder="YYYY-MM", max_length=7)
        yield Words(first_run.MONTH, classes="beside")
        with Horizontal(classes="row first"):
            yield Words("Backup file", classes="label")
            yield Field(id="backup", placeholder="its path", max_length=_LONGEST_PATH)
        yield Words(first_run.BACKUP, classes="beside")
        yield RefusalBox(id="refused")
        yield Choices("Back", "Go on")

    def first(self) -> Widget | None:
        """What has to be mended; a month that is past can be no reason."""
        is_file = self._refused is not None and self._past.backup and not self._past.is_to_come
        return self.query_one("#backup" if is_file else "#month")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#month", Field).value = self._past.month
        self.query_one("#backup", Field).value = self._past.backup
        if self._refused is not None:
            self._complain(self._refused.message, self._refused.remedy)

    def _complain(self, message: str, remedy: str) -> None:
        self.query_one("#refused", RefusalBox).complain(message, remedy)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "month":
            self.screen.set_focus(self.query_one("#backup"))
        else:
            self.go_on()

    def go_on(self) -> None:
        month, past = self.query_one("#month", Field), self._typed()
        if past.month and month_begins(past.month) is None:
            self._complain(*first_run.NO_MONTH)
            self.screen.set_focus(month)
        else:
            self._then(past)

    def _typed(self) -> Past:
        month, backup = self.query_one("#month", Field), self.query_one("#backup", Field)
        return Past(month.value.strip(), backup.value)

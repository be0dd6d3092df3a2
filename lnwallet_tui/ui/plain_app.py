"""What every application of ours is, whatever it shows: nothing reads markup, nothing harmful
reaches the terminal, and a crash is reported without the value of any variable."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import MappingProxyType
from typing import ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.widgets import Static

from lnwallet_tui.ui import crash, theme, window
from lnwallet_tui.ui.keymap import Keymap, as_used
from lnwallet_tui.ui.last_look import LastLook
from lnwallet_tui.ui.room import Resized

_LAST_LOOK = LastLook()
_LOOK_SECONDS: Final = 2.0
_TERMINAL_GONE: Final = 128 + signal.SIGHUP
"""As the exit code of who is told so."""


class PlainApp(Resized):
    """Base of the wallet's application and of the one before its door."""

    TITLE = "lnwallet-tui"
    CSS_PATH = "app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+z", "stay", show=False)]
    farewell = ""
    keys: Keymap = MappingProxyType({})  # that the user has set
    pressed_twice = ""  # the command whose key, pressed once, does something else now

    def on_mount(self) -> None:
        if not self.is_headless and _has_terminal():  # one that is served to a browser has none
            self.set_interval(_LOOK_SECONDS, self._end_without_terminal)

    def _end_without_terminal(self) -> None:
        """Mostly a signal tells it. Where none does, reading would go round and round for ever."""
        if not _has_terminal():
            self.exit(return_code=_TERMINAL_GONE)

    def action_stay(self) -> None:
        """What stops other programs for a while is not done: the node would stop, too."""
        words = "Ctrl+Z does not stop the wallet: its node and its guard would stand still."
        self.notify(words, timeout=5, markup=False)

    def use_keys(self, keys: Keymap) -> None:
        """From now on these are the user's own; whatever names one is drawn anew."""
        self.keys = keys
        self.set_keymap(as_used(keys))
        self._name_keys_anew()

    def press_twice(self, command: str) -> None:
        """Its key does something else the first time from now on; "": none does."""
        if command != self.pressed_twice:
            self.pressed_twice = command
            self._name_keys_anew()

    def _name_keys_anew(self) -> None:
        for stack in self._screen_stacks.values():
            for screen in stack:
                for words in screen.query(Static):
                    words.refresh(layout=True)

    # -- what may reach the terminal
    def get_driver_class(self) -> type[Driver]:
        return window.bearing(super().get_driver_class())

    def get_line_filters(self) -> Sequence[LineFilter]:
        return (*super().get_line_filters(), _LAST_LOOK)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,  # noqa: ARG002  # Textual's; nothing here reads markup
    ) -> None:
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    # -- the end
    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {f"lnwallet-{key}": colour for key, colour in theme.OURS.items()}

    def _handle_exception(self, error: Exception) -> None:
        """Our own reporter instead of Textual's: no local variable is ever printed. The screen
        ends; the node, which belongs to whoever started this, does not."""
        self._return_code = 1
        if not self.farewell:
            self.farewell = crash.farewell(error)
            self._exit_renderables.append(Text(self.farewell))
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()


def _has_terminal() -> bool:
    return sys.__stdin__ is not None and sys.__stdin__.isatty()

"""The look and feel of one run: themes and keys as the user's folder has them, and a theme that is
chosen on the screen, which is written back there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual.app import App, SystemCommand
from textual.theme import Theme

from lnwallet_tui.api.events import Notice
from lnwallet_tui.ui import config, theme
from lnwallet_tui.ui.codes import remember
from lnwallet_tui.ui.messages import Heard
from lnwallet_tui.ui.widgets.qr import Mode

THEMES: Final = "themes"
_IN_GREY: Final = "NO_COLOR is set, and the terminal's own colours cannot be shown in grey."


class Look:
    """What is shown how; without a `folder` everything is ours and nothing is remembered."""

    def __init__(self, app: App[None], folder: Path | None) -> None:
        self._app, self._folder = app, folder
        self._writing = asyncio.Lock()
        self._themes: dict[str, Theme] = {}
        self.chosen = theme.DEFAULT
        self.settings = config.Config()

    def begin(self) -> list[Notice]:
        """Read the folder and show its theme; what could not be used comes back as sentences."""
        folders = [theme.shipped_folder()]
        if self._folder is not None:
            self.settings = config.read(self._folder)
            folders.append(self._folder / THEMES)
        found = theme.load(folders)
        self._themes = {one.name: one for one in found.themes}
        for one in found.themes:
            self._app.register_theme(one)
        self._app.set_keymap(dict(self.settings.keys))
        notices = [*found.notices, *self.settings.notices]
        notices += self._choose_first(self.settings.theme or theme.DEFAULT)
        return notices

    def _choose_first(self, name: str) -> Iterator[Notice]:
        if name not in self._themes and name != theme.DEFAULT and self._folder is not None:
            yield config.unknown_theme(self._folder, self.settings, sorted(self._themes))
            name = theme.DEFAULT
        elif name in self._themes and not self._can_show(name):
            yield Notice(_IN_GREY, "Choose another theme, or unset NO_COLOR.")
            name = theme.DEFAULT
        self.chosen = name
        self.show(name)

    def _can_show(self, name: str) -> bool:
        """Textual turns colours to grey for NO_COLOR, which those of a terminal are too unknown
        for."""
        return not (self._app.no_color and self._themes[name].ansi)

    def show(self, name: str) -> None:
        """Draw with this theme; it is not chosen by that."""
        if name in self._themes and name != self._app.theme:
            self._app.theme = name

    def restore(self) -> None:
        """Draw with the chosen theme again."""
        self.show(self.chosen)

    def choose(self, name: str) -> None:
        """Draw with this theme from now on."""
        self.chosen = name
        self.show(name)
        if self._folder is not None:
            self._app.run_worker(self._remember(self._folder, name), group="settings")

    def keep_drawing(self, terminal: str, mode: Mode) -> None:
        """Codes are drawn in this way in that terminal, also the next time."""
        if self._folder is not None:
            keeping = self._remember_drawing(self._folder, terminal, mode)
            self._app.run_worker(keeping, group="settings")

    async def _remember_drawing(self, folder: Path, terminal: str, mode: Mode) -> None:
        async with self._writing:
            name = mode.name.lower()
            problem = await asyncio.to_thread(remember.drawing, folder, terminal, name)
        if problem:
            remedy = f"It holds until you leave. The file is in {folder}."
            self._app.post_message(Heard(Notice(problem, remedy)))

    async def _remember(self, folder: Path, name: str) -> None:
        async with self._writing:  # two choices are written in their order
            problem = await asyncio.to_thread(config.remember_theme, folder, name)
        if problem:
            remedy = f"The theme holds until you leave. The file is in {folder}."
            self._app.post_message(Heard(Notice(problem, remedy)))

    def commands(self) -> Iterator[SystemCommand]:
        """One for each theme that can be shown, for the palette."""
        for name, one in sorted(self._themes.items()):
            if self._can_show(name):
                now = " It is the one you see." if name == self.chosen else ""
                yield SystemCommand(f"Theme: {name}", f"{_kind(one)}.{now}", Choice(self, name))


@dataclass(frozen=True, slots=True)
class Choice:
    """A theme as a command of the palette: it is seen when the cursor is on it."""

    look: Look
    name: str

    def __call__(self) -> None:
        self.look.choose(self.name)


def _kind(one: Theme) -> str:
    if one.ansi:
        return "The terminal's own sixteen colours"
    return "Dark" if one.dark else "Light"

"""The look and feel of one run: themes and keys as the user's folder has them, and a theme that is
chosen on the screen, which is written back there."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from textual.app import App, SystemCommand

from lnwallet_tui.api.events import Notice
from lnwallet_tui.ui import commands, config, keymap, settings_file, theme
from lnwallet_tui.ui.commands import Command
from lnwallet_tui.ui.messages import Heard, SettingsRead
from lnwallet_tui.ui.settings_file import Name
from lnwallet_tui.ui.theme import WalletTheme
from lnwallet_tui.ui.widgets.qr import Mode

THEMES: Final = "themes"
_NAMED_FREE: Final = 3  # keys, where one is refused
_IN_GREY: Final = "NO_COLOR is set, and the terminal's own colours cannot be shown in grey."


class Look:
    """What is shown how; without a `folder` everything is ours and nothing is remembered."""

    def __init__(self, app: App[None], folder: Path | None) -> None:
        self._app, self._folder = app, folder
        self._writing = asyncio.Lock()
        self._themes: dict[str, WalletTheme] = {}
        self._wrong_themes: tuple[Notice, ...] = ()
        self.chosen = theme.DEFAULT
        self.settings = config.Config()
        self.wrong: tuple[Notice, ...] = ()  # with the files, until they are mended
        self.mended: frozenset[Notice] = frozenset()  # what was wrong and is not any more

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
        self._app.set_keymap(keymap.as_used(self.settings.keys))
        self._wrong_themes = found.notices
        theme_is_wrong = self._with_theme(self.settings, self._themes.keys())
        self.wrong = (*found.notices, *self.settings.notices, *theme_is_wrong)
        self.chosen = theme.DEFAULT if theme_is_wrong else self.settings.theme or theme.DEFAULT
        self.show(self.chosen)
        return list(self.wrong)

    def _with_theme(self, settings: config.Config, known: Collection[str]) -> tuple[Notice, ...]:
        """Why the theme that they name cannot be shown."""
        name = settings.theme or theme.DEFAULT
        if name not in known and name != theme.DEFAULT and self._folder is not None:
            return (config.unknown_theme(self._folder, settings, sorted(known)),)
        if name in self._themes and not self._can_show(name):
            return (Notice(_IN_GREY, "Choose another theme, or unset NO_COLOR."),)
        return ()

    def check(self) -> None:
        """See what is wrong with the files now; what is mended holds from the next start on."""
        if self._folder is not None:
            self._app.run_worker(self._check(self._folder), group="settings")

    async def _check(self, folder: Path) -> None:
        async with self._writing:
            now = await asyncio.to_thread(config.read, folder)
            folders = [theme.shipped_folder(), folder / THEMES]
            found = await asyncio.to_thread(theme.load, folders)
            self._wrong_themes = found.notices
            self._note_wrong(now, {one.name for one in found.themes})
        self._app.post_message(SettingsRead(""))

    def _note_wrong(self, now: config.Config, themes: Collection[str]) -> None:
        of_theme = self._with_theme(now, themes)
        before = self.mended.union(self.wrong)
        self.wrong = (*self._wrong_themes, *now.notices, *of_theme)
        self.mended = before.difference(self.wrong)

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
        if self._folder is None:
            self._app.post_message(SettingsRead(f"The theme is {name} until you leave."))
        self.change(("theme",), name, f"The theme is {name} from now on, also the next time.")

    def use_default(self) -> None:
        """Draw with our own theme, as if none had been chosen."""
        self.chosen = theme.DEFAULT
        self.restore()
        self.change(("theme",), None)

    def keep_drawing(self, terminal: str, mode: Mode) -> None:
        """Codes are drawn in this way in that terminal, also the next time."""
        self.change(("codes", terminal), mode.name.lower())

    # -- the file
    @property
    def folder(self) -> Path | None:
        """Where the user's settings are."""
        return self._folder

    @property
    def themes(self) -> list[str]:
        """The names of those that can be shown here."""
        return [name for name in sorted(self._themes) if self._can_show(name)]

    def kind_of(self, name: str) -> str:
        """What sort of theme it is, in words."""
        return _kind(self._themes[name])

    def what_is_wrong_with(self, command: type[Command], keys: str) -> str:
        """Why the command cannot have these keys, in a sentence; empty where it can."""
        wanted = {**self.settings.keys, commands.id_of(command): keys}
        tables: dict[str, dict[str, str]] = {}
        for name, value in wanted.items():
            place, _, action = name.partition(".")
            tables.setdefault(place, {})[action] = value
        _, wrong = keymap.check(tables)
        if not wrong:
            return ""
        free = list(islice(keymap.free_keys(command, self.settings.keys), _NAMED_FREE))
        named = (
            f" For example {', '.join(free[:-1])} and {free[-1]} are free." if len(free) > 1 else ""
        )
        return f'"{command.title}" {wrong[0]}.{named}'

    def change(self, name: Name, value: str | None, said: str = "") -> None:
        """Write a setting, or with None take it out; then what the file says holds, and that is
        `said`."""
        if self._folder is not None:
            self._app.run_worker(self._change(self._folder, name, value, said), group="settings")

    async def _change(self, folder: Path, name: Name, value: str | None, said: str) -> None:
        async with self._writing:  # two choices are written in their order
            problem = await asyncio.to_thread(_written, folder, name, value)
            if problem:
                remedy = f"What you see holds until you leave. The file is in {folder}."
                self._app.post_message(Heard(Notice(problem, remedy)))
            await self._read_again(folder, problem or said)

    def keep_aside(self) -> None:
        """The file that is no TOML gets another name, and an empty one counts."""
        if self._folder is not None:
            self._app.run_worker(self._keep_aside(self._folder), group="settings")

    async def _keep_aside(self, folder: Path) -> None:
        async with self._writing:
            name = await asyncio.to_thread(settings_file.keep_aside, folder)
            said = name if name.endswith(".") else f"The old settings are kept as {name}."
            await self._read_again(folder, said)

    async def _read_again(self, folder: Path, said: str) -> None:
        now = await asyncio.to_thread(config.read, folder)
        if now.broken:  # since it was read: what it said before holds until the end
            now = replace(self.settings, broken=True, notices=now.notices)
        self.settings = now
        self._note_wrong(now, self._themes.keys())
        self._app.post_message(SettingsRead(said))

    def commands(self) -> Iterator[SystemCommand]:
        """One for each theme that can be shown, for the palette."""
        for name, one in sorted(self._themes.items()):
            if self._can_show(name):
                now = " It is the one you see." if name == self.chosen else ""
                title = f"Theme: {name}, {one.about}" if one.about else f"Theme: {name}"
                yield SystemCommand(title, f"{_kind(one)}.{now}", Choice(self, name))


@dataclass(frozen=True, slots=True)
class Choice:
    """A theme as a command of the palette: it is seen when the cursor is on it."""

    look: Look
    name: str

    def __call__(self) -> None:
        self.look.choose(self.name)


def _written(folder: Path, name: Name, value: str | None) -> str:
    if value is None:
        return settings_file.take_away(folder, name)
    return settings_file.put(folder, name, value)


def _kind(one: WalletTheme) -> str:
    if one.ansi:
        return "The terminal's own 16 colours"
    kind = "Dark" if one.dark else "Light"
    return f"{kind}, {one.about}" if one.about else kind

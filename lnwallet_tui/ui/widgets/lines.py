"""The first line of every screen (where am I, which block) and the playground's line of time."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from lnwallet_tui.ui import commands
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.commands import Command
from lnwallet_tui.ui.keymap import Keymap, keys_of, shown
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.words import MUTED, OurWords, Words

_WIDE = 100  # columns
_ROOM = 25  # cells beside the tabs where the window is as small as it may be
_KEY = 5  # cells of a key at most, with its blanks
_TYPED = "·"  # in the place of a key that goes into a field now
MODES = ("home", "channels", "receive", "send", "guard", "activity")


def _command_of(mode: str) -> type[Command]:
    """What goes there."""
    return next(one for one in commands.ALL if one.action == f"mode('{mode}')")


class Tab(Static):
    """The name of a mode; a click goes there."""

    ALLOW_SELECT = False

    def __init__(self, mode: str, *, here: bool) -> None:
        super().__init__(classes="-here" if here else "", markup=False)
        self._mode, self._here = mode, here
        self._key = ""
        self.name_key({})

    def name_key(self, keymap: Keymap, *, typing: bool = False) -> None:
        """Show its number, or the first of its keys where the user took that away; while somebody
        is `typing`, no key that would be a character of theirs."""
        keys = keys_of(_command_of(self._mode), keymap)
        number = str(MODES.index(self._mode) + 1)
        key = number if number in keys else shown(keys[0])
        if typing and len(key) == 1:
            key = _TYPED
        if key != self._key:
            self._key = key
            ink = "" if self._here else MUTED
            self.update(Content.assemble((f"{key} ", ink), self._mode.capitalize()))

    async def _on_click(self, event: events.Click) -> None:
        event.stop()
        await self.app.run_action(f"mode('{self._mode}')")


class TopLine(Horizontal):
    """The modes as tabs, then the chain."""

    def __init__(self, mode: str, picture: Picture | None = None) -> None:
        """`picture`, where there is one already, so that a new screen begins with what is so."""
        super().__init__()
        self._mode, self._picture = mode, picture

    def compose(self) -> ComposeResult:
        for mode in MODES:
            yield Tab(mode, here=mode == self._mode)
        chain = "starting…" if self._picture is None else self._chain(self._picture)
        yield Words(chain, id="chain")

    def draw(
        self, picture: Picture, keymap: Keymap, *, typing: bool = False, stops: bool = False
    ) -> None:
        """Show the chain as it stands, and the keys as they are; to somebody who is `typing`, what
        comes before any of them. `stops`: pressed once, that stops the playground's time, which
        is said of its key everywhere."""
        for tab in self.query(Tab):
            tab.name_key(keymap, typing=typing)
        first = "" if stops else " first"
        words = f"{{everywhere.back}}{first}: you are typing" + " " * self._is_wide
        self.query_one("#chain", Words).say(words if typing else self._chain(picture))

    @property
    def _is_wide(self) -> bool:
        return self.app.size.width >= _WIDE

    def _chain(self, picture: Picture) -> Content | str:
        """How far; of a wallet that is locked that first, whatever else the page says."""
        if not picture.status.locked:
            return self._how_far(picture)
        said = self._how_far(picture) if self._is_wide else self._height(picture)
        return Content.assemble(("locked", "$warning"), f" · {said}")

    def _how_far(self, picture: Picture) -> str:
        status = picture.status
        if not status.tip_time:
            return f"{status.network}  no block yet "
        ago, height = fmt.ago(status.tip_time, status.now), f"{status.height:,}"
        if self._is_wide:
            return f"{status.network}  block {height} · {ago} "
        short = f"{status.network} {height} · {ago.removesuffix(' ago')}"
        old = f"{status.network} {height}, {ago.removesuffix(' ago')} old"  # the block is
        return old if ago.endswith(" ago") and cell_len(old) <= _ROOM else short

    def _height(self, picture: Picture) -> str:
        """Where there is no room for more."""
        status = picture.status
        return f"{status.network} {status.height:,} " if status.tip_time else "no block yet "


class Key(OurWords):
    """A key of the playground; a click is a press."""

    ALLOW_SELECT = False

    def __init__(self, command: type[Command], title: str, keymap: Keymap) -> None:
        super().__init__(markup=False)
        self._command, self._title = command, title
        self._action = commands.action_of(command)
        self.name_key(keymap)

    @property
    def is_for_days(self) -> bool:
        """Whether it does something while days pass, too."""
        return self._command is commands.SkipDay

    def name_key(self, keymap: Keymap, instead: str = "") -> None:
        """Show the key that it has now, and what it does, or does for the moment `instead`."""
        self.shown = shown(keys_of(self._command, keymap)[0])
        self.put(Content.assemble((self.shown, "bold $accent"), f" {instead or self._title}"))

    async def _on_click(self, event: events.Click) -> None:
        event.stop()
        await self.app.run_action(self._action)


class TimeLine(Horizontal):
    """The playground's clock and the keys that move it."""

    KEYS = (
        (commands.MineOne, "One block"),
        (commands.MineUntil, "Until something happens"),
        (commands.SkipDay, "One day"),
        (commands.People, "People"),
    )

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        yield Words(self._time(), id="time")
        for command, title in self.KEYS:
            yield Key(command, title, self._session.keys)

    def draw(self) -> None:
        """Show the playground's clock, and what it is doing."""
        self.query_one("#time", Words).say(self._time())
        for key in self.query(Key):
            more = self._session.more_time if key.is_for_days else ""
            key.display = not self._session.working or bool(more)
            key.name_key(self._session.keys, more)

    def _time(self) -> str:
        world = self._session.world
        if world is None:
            return ""
        width = self.app.size.width
        clock = fmt.day_and_time(world.now(), wide=width >= _WIDE)
        working, more = self._session.working, self._session.more_time
        both = f"{clock}  {working}" if working else clock
        beside = len(more) + _KEY if more else 0
        return both if cell_len(both) + beside < width else working

"""How codes are drawn in this terminal: by what is known of it, or as the user has chosen."""

from __future__ import annotations

from collections.abc import Mapping

from textual.message import Message

from lnwallet_tui.ui.codes.behind import behind_tmux
from lnwallet_tui.ui.codes.terminal import TMUX, Sextants, Terminal
from lnwallet_tui.ui.widgets.qr import Mode


class Drawing:
    """One for each run; `chosen` is None until the user has said how codes scan best here."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.chosen: Mode | None = None

    def remember(self, choices: Mapping[str, str]) -> None:
        """Take the user's choice for this terminal out of the settings."""
        name = choices.get(self.terminal.name)
        self.chosen = Mode[name.upper()] if name is not None else None

    async def look_behind(self) -> None:
        """Learn what the terminal behind tmux can; another one may be attached by now."""
        if self.terminal.name == TMUX and self.chosen is None:
            self.terminal = Terminal(TMUX, await behind_tmux())

    @property
    def mode(self) -> Mode:
        """The way to begin with."""
        if self.chosen is not None:
            return self.chosen
        return Mode.FINE if self.terminal.sextants is Sextants.DRAWN else Mode.HALF

    @property
    def may_be_finer(self) -> bool:
        """Whether a code that would not fit may be drawn finer: a guess, where nothing is known."""
        return self.chosen is None and self.terminal.sextants is not Sextants.NOT_DRAWN


class DrawingChosen(Message):
    """The user wants codes drawn in this way from now on."""

    def __init__(self, mode: Mode) -> None:
        super().__init__()
        self.mode = mode

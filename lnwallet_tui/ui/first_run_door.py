"""Before the wallet's screen: open the seed that its folder keeps, or say what stands in the way.

An application of its own, because there is no node yet: its keys come out of what is opened here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from lnwallet_tui.api.custody import CustodyApi
from lnwallet_tui.ui.elsewhere import NodeElsewhere
from lnwallet_tui.ui.look import Look
from lnwallet_tui.ui.screens.first_run_path import CustodyPath
from lnwallet_tui.ui.widgets.footer import Keys
from lnwallet_tui.ui.widgets.words import Words


class DoorPath(CustodyPath):
    """To an open wallet, or away."""

    def begin(self) -> None:
        """Ask the keyring, or for the passphrase."""
        self.open()

    def opened(self) -> None:
        """Go in."""
        self.app.exit(return_code=0)

    def leave(self) -> None:
        """The wallet stays closed."""
        self.app.exit(return_code=0)


class DoorScreen(Screen[None]):
    """One step after the other."""

    ALLOW_SELECT = False
    CSS_PATH = "screens/first_run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("ctrl+q", "leave", "Leave", priority=True),
    ]

    def __init__(self, custody: CustodyApi) -> None:
        super().__init__()
        self._custody = custody

    def compose(self) -> ComposeResult:
        yield Words(" lnwallet-tui", id="sign")
        yield DoorPath(self._custody)
        yield Keys(show_command_palette=False)

    def action_leave(self) -> None:
        """The wallet stays closed."""
        self.query_one(DoorPath).leave()

    def action_back(self) -> None:
        """As the step says."""
        self.query_one(DoorPath).go_back()


class DoorApp(NodeElsewhere):
    """Ends when the wallet is open, or when its owner goes; `custody.view()` says which."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        custody: CustodyApi,
        settings: Path | None = None,
        opened_elsewhere: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        """`opened_elsewhere` waits until others have opened it; false: that will not be."""
        super().__init__()
        self._custody, self._opened_elsewhere = custody, opened_elsewhere
        self._look = Look(self, settings)

    def on_mount(self) -> None:
        self._look.begin()  # what is wrong in the settings is told inside
        self.push_screen(DoorScreen(self._custody))
        if self._opened_elsewhere is not None:
            self.run_worker(self._go_in_after(self._opened_elsewhere()))

    async def _go_in_after(self, others: Awaitable[bool]) -> None:
        """Nobody is asked for what opens it once it is open."""
        if await others:
            self.exit(return_code=0)

"""Payments to an address, as long as they are in no block: listened for while this is shown.

The node listens for half a minute at a time. A screen that dies, or a terminal that is closed, does
not ask again, and so the node ends it by itself.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.arriving import ArrivingView
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.words import Words

LEASE_SECONDS: Final = 30
_AGAIN_SECONDS: Final = 10
_MOST: Final = 3


class ArrivingWords(Words):
    """A sentence for each; nothing is there while nobody listens, or nothing is heard."""

    def __init__(self, session: Session, *, id: str) -> None:  # noqa: A002  # Textual's
        super().__init__(id=id)
        self._session = session
        self._listens = False

    def on_mount(self) -> None:
        self.display = False
        self.set_interval(_AGAIN_SECONDS, self.ask_again)

    def begin(self) -> None:
        """Listen from now on."""
        self._listens = True
        self.ask_again()

    def end(self) -> None:
        """Nobody waits here any more."""
        if self._listens:
            self._listens = False
            self.display = False
            self.app.run_worker(self._session.node.listen_for_payments(0))

    def ask_again(self) -> None:
        """For what is heard by now, and listen on."""
        if self._listens:
            self.app.run_worker(self._ask())

    async def _ask(self) -> None:
        heard = await self._session.node.listen_for_payments(LEASE_SECONDS)
        if self._listens and self.is_attached:
            self._show(heard)

    def _show(self, heard: tuple[ArrivingView, ...]) -> None:
        self.display = bool(heard)
        lines = [f"● {one.explanation}" for one in heard[-_MOST:]]
        if len(heard) > _MOST:
            lines.append(f"And {len(heard) - _MOST} more.")
        self.say("\n".join(lines))

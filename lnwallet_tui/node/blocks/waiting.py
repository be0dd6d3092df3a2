"""Tells whoever reads the feed when more is known of transactions that are in no block yet: not
more than once a second, however much peers say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.events import ChannelChanged, WaitingChanged
from lnwallet_tui.channel.state import Phase
from lnwallet_tui.node import views

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_AT_MOST_EACH_MS: Final = 1_000
_WAITS: Final = (Phase.FUNDING, Phase.CLOSING)


class Waiting:
    """Until the node stops."""

    def __init__(self, board: Switchboard) -> None:
        self._board, self._shell = board, board.shell

    def start(self) -> None:
        """From now on."""
        self._shell.tasks.start(self._follow(), "waiting transactions")

    async def _follow(self) -> None:
        clock = self._shell.ports.clock
        while True:
            await self._shell.ports.chain.waiting_changed()
            self._shell.turns.take(self.tell)
            await clock.sleep_until(clock.now_ms() + _AT_MOST_EACH_MS)

    def tell(self) -> None:
        """Of the channels that wait for a block, and that there is something new."""
        if not self._shell.feed.is_read:
            return
        for held in self._board.channels:
            if held.channel.phase in _WAITS:
                self._shell.feed.publish(ChannelChanged(views.channel(self._board, held)))
        self._shell.feed.publish(WaitingChanged())

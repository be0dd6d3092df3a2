"""After a start the chain comes first, then Lightning peers.

Headers, filters and penalties: each block is read, and acted upon, in the order of the chain. Peers
are dialled once the newest one was: what they want is judged by where the chain stands, and nothing
is said in a channel that the chain has ended meanwhile. What a deadline asks for in a channel that
is open is done after that (node/channels/last_resort.py): the peer may know better. And who was
away for longer than an old state has to wait is told what came of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.chain import ChainStage
from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.channel.state import Phase
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.holdings.written_off import spoils_of
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.store.errors import StoreError

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_LOOK_AGAIN_MS: Final = 500


class CatchingUp:
    """Until the newest block is read, once after each start; does then what was `put_off`."""

    def __init__(self, board: Switchboard, put_off: Callable[[], None]) -> None:
        self._board, self._put_off = board, put_off
        self._left_at = board.chain.height
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether the newest block is read, so that peers are dialled."""
        return self._is_over

    @property
    def is_first(self) -> bool:
        """Whether the wallet reads the chain for the first time, and is not done with it."""
        return not self._left_at and not self._is_over

    def start(self) -> None:
        """From the block at which the wallet was left."""
        self._board.shell.tasks.start(self._wait(), "catching up")

    async def _wait(self) -> None:
        """Blocks are not all: that there is none to be read is told by nobody."""
        clock = self._board.shell.ports.clock
        while not self._is_over:
            self.look()
            await clock.sleep_until(clock.now_ms() + _LOOK_AGAIN_MS)

    def look(self) -> None:
        """A block was read."""
        if not self._is_over and self._has_read_all():
            self._is_over = True
            self._board.shell.turns.take(self._go_on)

    def _has_read_all(self) -> bool:
        chain = self._board.shell.ports.chain.view()
        return chain.stage is ChainStage.CAUGHT_UP and self._board.chain.height >= chain.filters

    def _go_on(self) -> None:
        with suppress(StoreError):  # a disk that takes nothing is told of elsewhere
            for held in self._board.channels:
                self._tell(held)
        self._put_off()
        self._board.last_resort.start()

    # -- what was missed
    def _tell(self, held: Held) -> None:
        """The peer could have cheated, and had its delay behind it before we came back."""
        channel, height = held.channel, self._board.chain.height
        funding, delay = channel.funding.confirmed, channel.ours.to_self_delay
        if channel.phase is Phase.DONE or channel.restored or not channel.their_secrets.revoked:
            return
        if funding is None or funding.height > self._left_at or height - self._left_at <= delay:
            return
        lost = self._lost(held)
        was = f"The wallet read no block from {self._left_at:,} to {height:,}. "
        if lost:
            came = (
                f"{_name(held)} published an old state of its channel with us meanwhile, and took "
                f"{lost:,} sat of it when its delay of {delay:,} blocks was over: they are lost."
            )
        else:
            came = (
                f"An old state of {_name(held)} would have been safe from the guard after "
                f"{delay:,} blocks; nothing was taken."
            )
        with self._board.shell.store.transaction() as tx:
            self._board.shell.herald.tell(
                tx,
                InboxKind.BREACH if lost else InboxKind.NOTICE,
                was + came,
                "See Guard: it says until when the wallet may be off.",
                urgent=bool(lost),
                subject=f"away {channel.channel_id.hex()}",
                channel_id=channel.channel_id,
            )

    def _lost(self, held: Held) -> int:
        resolution = self._board.guard.resolution(held)
        if resolution is None or not isinstance(resolution.close, Revoked):
            return 0
        cheat = spoils_of(self._board.wallet, held, resolution)
        return 0 if cheat is None else cheat.lost.value


def _name(held: Held) -> str:
    return held.peer_id.hex()[:8]

"""Gossip between its arrival and the graph: it waits, some of each peer is verified at a time, and
what is valid is kept.

However much peers send, it costs no more than `PORTION` verifications every `PACE_MS`, and no more
memory than `FULL` messages of each: who sends faster is not listened to for the while.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from lnwallet_tui.node.alarm import Alarm
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.routing.network import (
    Check,
    GossipMessage,
    KnownNetwork,
    are_valid,
    is_proof,
)
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement
from lnwallet_tui.wire.scid import ShortChannelId

PORTION: Final = 100
PACE_MS: Final = 20
"""Together 5,000 messages a second: all of mainnet in half a minute, on less than half a core."""

FULL: Final = 1_000
"""Messages of one peer. Its channel's messages wait behind them: for a fifth of a second."""


class Ears(Protocol):
    """What becomes of what was heard."""

    def learnt(self, message: GossipMessage, by: bytes) -> None:
        """It was new and valid, and is kept."""
        ...

    def lied(self, peer_id: bytes) -> None:
        """It sent something that was not signed by who should have."""
        ...

    def pause(self, peer_id: bytes, *, paused: bool) -> None:
        """Read nothing more of the peer, or go on."""
        ...


@dataclass(frozen=True, slots=True)
class _Heard:
    by: bytes
    message: GossipMessage
    checks: tuple[Check, ...]


class Hearing:
    """Everything that waits, by who sent it."""

    def __init__(self, shell: Shell, known: Callable[[], KnownNetwork], ears: Ears) -> None:
        self._shell, self._known, self._ears = shell, known, ears
        self._waiting: dict[bytes, deque[GossipMessage]] = {}
        self._busy = False
        self._alarm = Alarm(shell, "gossip", self._next)

    def put(self, peer_id: bytes, message: GossipMessage) -> None:
        """A peer said this."""
        line = self._waiting.setdefault(peer_id, deque())
        line.append(message)
        if len(line) == FULL:
            self._ears.pause(peer_id, paused=True)
        if not self._busy:
            self._busy = True
            self._shell.tasks.start(self._begin(), "hear gossip")

    def forget(self, peer_id: bytes) -> None:
        """The connection has ended: its other messages are not looked at."""
        self._waiting.pop(peer_id, None)

    async def _begin(self) -> None:
        """After what came in the same breath has joined the line."""
        self._shell.turns.take(self._next)

    def _next(self) -> None:
        portion = self._portion()
        self._busy = bool(portion) or bool(self._waiting)
        if portion:
            self._shell.tasks.start(self._verify(portion), "verify gossip")
        elif self._busy:
            self._rest()

    def _rest(self) -> None:
        self._alarm.set(self._shell.ports.clock.now_ms() + PACE_MS)

    def _portion(self) -> list[_Heard]:
        """The next messages that are worth verifying: one of each peer in turn.

        What a peer says of a channel is held against its own announcement as long as none is
        known: another's may turn out to be made up.
        """
        known, now = self._known(), self._shell.now()
        coming: dict[bytes, dict[ShortChannelId, ChannelAnnouncement]] = {}
        taken: list[_Heard] = []
        for peer_id, message in self._take(PORTION):
            by_peer = coming.setdefault(peer_id, {})
            if not known.is_wanted(message, now, by_peer):
                continue
            taken.append(_Heard(peer_id, message, known.checks(message, by_peer)))
            if isinstance(message, ChannelAnnouncement):
                by_peer[message.short_channel_id] = message
        return taken

    def _take(self, count: int) -> list[tuple[bytes, GossipMessage]]:
        taken: list[tuple[bytes, GossipMessage]] = []
        while self._waiting and len(taken) < count:
            for peer_id, line in tuple(self._waiting.items()):
                if len(line) == FULL // 2:
                    self._ears.pause(peer_id, paused=False)
                taken.append((peer_id, line.popleft()))
                if not line:
                    del self._waiting[peer_id]
        return taken

    async def _verify(self, portion: Sequence[_Heard]) -> None:
        try:
            valid = await self._shell.ports.offload.run(partial(_verified, portion))
        except Exception:
            self._rest()  # a bug of ours in one message must not make us deaf for the others
            raise
        self._shell.turns.take(partial(self._keep, portion, valid))

    def _keep(self, portion: Sequence[_Heard], valid: Sequence[bool]) -> None:
        known, now = self._known(), self._shell.now()
        liars: set[bytes] = set()
        for heard, is_valid in zip(portion, valid, strict=True):
            if not is_valid:
                if is_proof(heard.message):
                    liars.add(heard.by)
            # Another peer may have told it meanwhile, or the channel may have gone with its liar.
            elif (
                known.is_wanted(heard.message, now) and known.checks(heard.message) == heard.checks
            ):
                known.adopt(heard.message, now)
                self._ears.learnt(heard.message, heard.by)
        for peer_id in liars:
            self._ears.lied(peer_id)
        if self._waiting:
            self._rest()
        else:
            self._busy = False


def _verified(portion: Sequence[_Heard]) -> list[bool]:
    return [are_valid(heard.checks) for heard in portion]

"""How the last attempt to reach a peer, or its last connection, ended."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.node.shell import Shell


@dataclass(frozen=True, slots=True)
class Tried:
    """A sentence, and when (Unix seconds)."""

    text: str
    at: int


class Tries:
    """Of peers that are known, in memory: after a start all of them are dialled anew."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._tried: dict[bytes, Tried] = {}

    def note(self, peer_id: bytes, text: str) -> None:
        """It ended so, now."""
        self._tried[peer_id] = Tried(text, self._shell.now())

    def forget(self, peer_id: bytes) -> None:
        """It is connected, or nobody asks any more."""
        self._tried.pop(peer_id, None)

    def of(self, peer_id: bytes) -> Tried | None:
        """How it ended; None: it is connected, or was never dialled."""
        return self._tried.get(peer_id)

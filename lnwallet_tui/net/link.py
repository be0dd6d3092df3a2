"""A byte stream to a peer; and its twin in memory, whose time is whatever a scheduler says."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol, Self

MOST_READ: Final = 1 << 16
"""The most that one `read` returns (bytes)."""


class DialFailed(Exception):
    """No link to that address; the message is a plain sentence of ours."""


class Link(Protocol):
    """Bytes both ways, in order, unencrypted. Used from one event loop."""

    async def read(self) -> bytes:
        """The next bytes, at most `MOST_READ`; `b""` once the link is closed, by whomever.

        Never raises for what the network does. One reader at a time.
        """
        ...

    def write(self, data: bytes) -> None:
        """Queue bytes; ignored once the link is closed. A peer that takes too little is cut off."""
        ...

    def close(self) -> None:
        """Send what was written, then close; a second time does nothing."""
        ...


class Scheduler(Protocol):
    """Runs callbacks later: an event loop's clock, or virtual time."""

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> object:
        """Call `callback` once, `delay_ms` from now; those of one moment in the order asked."""
        ...


class MemoryLink:
    """One end of a pair made by `in_memory_pair`."""

    def __init__(self, scheduler: Scheduler, latency_ms: int) -> None:
        self._scheduler, self._latency_ms = scheduler, latency_ms
        self._other: MemoryLink = self
        self._under_way: deque[bytes] = deque()  # to the other end; b"" is the close
        self._arrived = bytearray()
        self._closed = False
        self._wake: asyncio.Future[None] | None = None

    @classmethod
    def pair(cls, scheduler: Scheduler, latency_ms: int) -> tuple[Self, Self]:
        """Two ends of one wire."""
        one, other = cls(scheduler, latency_ms), cls(scheduler, latency_ms)
        one._other, other._other = other, one
        return one, other

    async def read(self) -> bytes:
        """As `Link.read`."""
        while not self._arrived and not self._closed:
            assert self._wake is None, "one reader at a time"
            self._wake = asyncio.get_running_loop().create_future()
            try:
                await self._wake
            finally:
                self._wake = None
        data = bytes(self._arrived[:MOST_READ])
        del self._arrived[:MOST_READ]
        return data

    def write(self, data: bytes) -> None:
        """As `Link.write`; arrives after the latency."""
        if data and not self._closed:
            self._send(bytes(data))

    def close(self) -> None:
        """As `Link.close`; the other end learns it after the latency."""
        if not self._closed:
            self._send(b"")
            self._end()

    def cut(self) -> None:
        """Pull the cable: both ends are closed now, and what was under way is lost."""
        for end in (self, self._other):
            end._under_way.clear()
            end._end()

    def _send(self, data: bytes) -> None:
        self._under_way.append(data)
        self._scheduler.call_later(self._latency_ms, self._deliver)

    def _deliver(self) -> None:
        # The oldest, not the one it was called for: bytes never overtake each other.
        if not self._under_way:
            return
        data = self._under_way.popleft()
        if not data:
            self._other._closed = True
        elif not self._other._closed:
            self._other._arrived += data
        self._other._rouse()

    def _end(self) -> None:
        self._closed = True
        self._arrived.clear()
        self._rouse()

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


def in_memory_pair(scheduler: Scheduler, latency_ms: int = 0) -> tuple[MemoryLink, MemoryLink]:
    """Two ends of a wire without a socket; each write arrives `latency_ms` later, in order."""
    return MemoryLink.pair(scheduler, latency_ms)

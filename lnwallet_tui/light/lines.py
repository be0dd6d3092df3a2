"""Keeps so many connections to peers of the Bitcoin network open, each to somebody else.

Who is met again and again in vain is left alone for longer each time, so that a list of one peer,
or of none that lives, costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Protocol

from lnwallet_tui.chain.questions import Ending
from lnwallet_tui.light.whom import Whom
from lnwallet_tui.net.link import Link
from lnwallet_tui.node.ports import Clock, DialFailed
from lnwallet_tui.node.tasks import Tasks

AGAIN_MS: Final = 1_000
"""After the first failure; twice as long after each that follows, up to…"""
AGAIN_MOST_MS: Final = 60_000
"""…a minute: who came back is wanted soon."""
LOOK_MS: Final = 5_000
"""Where there is nobody to dial, we look so often whether there is."""
ASIDE_MS: Final = 60_000
"""Who was sent away so that others get their turn comes back after so long, or where there is
nobody else."""

Dial = Callable[[str], Awaitable[Link]]
"""A link to an address. Raises `DialFailed`."""


class Talker(Protocol):
    """Who speaks over the lines."""

    def opened(self, number: int, address: str) -> None:
        """A connection is open; no other has or had its number."""
        ...

    def received(self, number: int, data: bytes) -> None:
        """Bytes came; none: it is closed, by whomever."""
        ...


@dataclass(slots=True)
class _Line:
    address: str
    link: Link
    since: int
    is_met: bool = False


@dataclass(slots=True)
class _Patience:
    """With one address."""

    failures: int = 0
    until: int = 0
    is_aside: bool = False


@dataclass(slots=True)
class Lines:
    """Open from `start` until `close`; `numbers` may be shared with others. Whoever is `avoided` is
    dialled only where there is nobody else."""

    wanted: int
    whom: Whom
    dial: Dial
    clock: Clock
    talker: Talker
    on_crash: Callable[[Exception], None]
    numbers: Iterator[int] = field(default_factory=count)
    avoided: Callable[[], Collection[str]] = frozenset
    _open: dict[int, _Line] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _patience: dict[str, _Patience] = field(default_factory=dict)
    _choosing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: Tasks | None = None

    # -- the owner's side

    @property
    def is_started(self) -> bool:
        """Whether connections are being made."""
        return self._tasks is not None

    @property
    def taken(self) -> frozenset[str]:
        """Whom they lead to, or will where somebody answers."""
        return frozenset(self._taken)

    def start(self) -> None:
        """Begin to dial."""
        assert self._tasks is None
        self._tasks = Tasks(self.on_crash)
        for number in range(self.wanted):
            self._tasks.start(self._keep_one(), f"line {number}")

    async def close(self) -> None:
        """Hang up everywhere: nobody who was met is to blame, and each may be wanted again soon."""
        for line in self._open.values():
            if line.is_met:
                self._forgive(line.address)
        tasks, self._tasks = self._tasks, None
        if tasks is not None:
            await tasks.stop()

    def address_of(self, number: int) -> str | None:
        """Whom that connection leads to; None where it is closed."""
        line = self._open.get(number)
        return None if line is None else line.address

    def since(self, number: int) -> int:
        """When that connection was opened, in milliseconds; now where it is closed."""
        line = self._open.get(number)
        return self.clock.now_ms() if line is None else line.since

    def send(self, number: int, data: bytes) -> None:
        """Write it; nothing where it is closed."""
        if (line := self._open.get(number)) is not None:
            line.link.write(data)

    def met(self, number: int, services: int, latency_ms: int | None = None) -> None:
        """The peer introduced itself."""
        if (line := self._open.get(number)) is not None:
            line.is_met = True
            self.whom.met(line.address, services, latency_ms)

    def hang_up(self, number: int, why: Ending) -> None:
        """Close it."""
        if (line := self._open.pop(number, None)) is not None:
            self.whom.ended(line.address, why)
            line.link.close()

    def drop_all(self) -> None:
        """Close all; others are dialled, or the same."""
        for line in self._open.values():
            line.link.close()
        self._open.clear()

    def try_others(self) -> None:
        """Close all; whoever else there is comes first."""
        until = self.clock.now_ms() + ASIDE_MS
        for line in self._open.values():
            self._patience[line.address] = _Patience(until=until, is_aside=True)
        self.drop_all()

    # -- inside

    async def _keep_one(self) -> None:
        while True:
            try:
                if await self._keep_one_for_once():
                    continue
            except Exception as error:  # a bug of ours in what was said must not cost the line
                self.on_crash(error)
            await self.clock.sleep_until(self.clock.now_ms() + LOOK_MS)

    async def _keep_one_for_once(self) -> bool:
        """Whether there was anybody."""
        address = await self._next()
        if address is None:
            return False
        try:
            self._lose_patience(address)
            await self._talk(address)
        finally:
            self._taken.discard(address)
        return True

    async def _next(self) -> str | None:
        async with self._choosing:  # nobody is chosen twice
            address = None
            for excluded in self._excluded():
                address = await self.whom.next(excluded)
                if address is not None:
                    break
            if address is not None:
                self._taken.add(address)
            return address

    def _excluded(self) -> dict[frozenset[str], None]:
        """Who is not to be dialled now, and where there is nobody else, who even then."""
        now, taken = self.clock.now_ms(), frozenset(self._taken)
        resting = {one: of for one, of in self._patience.items() if of.until > now}
        tired = {one for one, of in resting.items() if not of.is_aside}
        avoided = frozenset(self.avoided())
        kinds = (resting.keys() | avoided, resting.keys(), tired | avoided, tired)
        return dict.fromkeys(taken.union(kind) for kind in kinds)

    def _lose_patience(self, address: str) -> None:
        """Until it stays for a while: who introduces himself and goes is dialled no more often than
        who does not answer."""
        patience = self._patience.setdefault(address, _Patience())
        rest = min(AGAIN_MS << patience.failures, AGAIN_MOST_MS)
        patience.failures = min(patience.failures + 1, 16)
        patience.is_aside = False
        patience.until = self.clock.now_ms() + rest
        self._forget_old()

    def _forgive(self, address: str) -> None:
        """It stayed for a while; but whom the user set aside stays there."""
        patience = self._patience.get(address)
        if patience is not None and not patience.is_aside:
            del self._patience[address]

    def _forget_old(self) -> None:
        old = self.clock.now_ms() - AGAIN_MOST_MS
        for address in [one for one, patience in self._patience.items() if patience.until < old]:
            del self._patience[address]

    async def _talk(self, address: str) -> None:
        try:
            link = await self.dial(address)
        except DialFailed:
            self.whom.failed(address)
            return
        number = next(self.numbers)
        self._open[number] = line = _Line(address, link, self.clock.now_ms())
        try:
            self.talker.opened(number, address)
            while data := await link.read():
                self.talker.received(number, data)
            self.talker.received(number, b"")
        finally:
            self._open.pop(number, None)
            if line.is_met and self.clock.now_ms() >= line.since + AGAIN_MOST_MS:
                self._forgive(address)
            with suppress(OSError):
                link.close()

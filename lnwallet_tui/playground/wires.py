"""The wires between people: who answers at which address, how far away, and who is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from lnwallet_tui.net.link import Link, MemoryLink, in_memory_pair
from lnwallet_tui.node.ports import DialFailed
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.dice import SeededDice

Answer = Callable[[Link], None]
_NEAR_MS, _FAR_MS = 5, 120


@dataclass(frozen=True, slots=True)
class _Wire:
    ends: frozenset[str]  # names
    link: MemoryLink


class Wires:
    """Connects people by name. Distances come from the dice and stay the same for a pair."""

    def __init__(self, clock: WorldClock, dice: SeededDice) -> None:
        self._clock = clock
        self._dice = dice
        self._answers: dict[str, tuple[str, Answer]] = {}
        self._distance_ms: dict[frozenset[str], int] = {}
        self._wires: list[_Wire] = []
        self._gone: set[str] = set()

    def listen(self, name: str, address: str, answer: Answer) -> None:
        """From now on `name` answers at `address`: `answer` gets its end of each new link."""
        self._answers[address] = (name, answer)

    def hang_up(self, name: str) -> None:
        """`name` answers no more, and all its links close, as when its program ends."""
        self._answers = {at: one for at, one in self._answers.items() if one[0] != name}
        self._cut(name)

    def vanish(self, name: str, gone: bool) -> None:
        """Pull the cable of `name`, or plug it in again; its program does not notice by itself."""
        if gone:
            self._gone.add(name)
            self._cut(name)
        else:
            self._gone.discard(name)

    @property
    def gone(self) -> frozenset[str]:
        """Whose cable is pulled."""
        return frozenset(self._gone)

    def dialer(self, name: str) -> PersonalDialer:
        """The way out for one person."""
        return PersonalDialer(self, name)

    async def connect(self, name: str, address: str) -> Link:
        """A link from `name` to whoever answers at `address`. Raises `DialFailed`."""
        await self._travel(self._distance(name, self._owner(address)))
        if name in self._gone:
            raise DialFailed("This computer is not connected to the network.")
        found = self._answers.get(address)
        if found is None or found[0] in self._gone:
            raise DialFailed(f"Nobody answers at {address}.")
        other, answer = found
        ours, theirs = in_memory_pair(self._clock, self._distance(name, other))
        self._wires.append(_Wire(frozenset({name, other}), ours))
        answer(theirs)
        return ours

    def _owner(self, address: str) -> str:
        found = self._answers.get(address)
        return address if found is None else found[0]

    async def _travel(self, distance_ms: int) -> None:
        arrived = asyncio.Event()
        self._clock.call_later(distance_ms, arrived.set)
        await arrived.wait()

    def _distance(self, one: str, other: str) -> int:
        pair = frozenset({one, other})
        if pair not in self._distance_ms:
            self._distance_ms[pair] = self._dice.between(_NEAR_MS, _FAR_MS)
        return self._distance_ms[pair]

    def _cut(self, name: str) -> None:
        for wire in self._wires:
            if name in wire.ends:
                wire.link.cut()
        self._wires = [wire for wire in self._wires if name not in wire.ends]


class PersonalDialer:
    """One person's way out. Implements `node.ports.Dialer`."""

    def __init__(self, wires: Wires, name: str) -> None:
        self._wires = wires
        self._name = name

    async def dial(self, node_id: bytes, address: str) -> Link:  # noqa: ARG002  # Noise proves it
        """A link to `address`. Raises `DialFailed`."""
        return await self._wires.connect(self._name, address)

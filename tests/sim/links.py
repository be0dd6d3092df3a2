"""Wires that can be bad: they hold back, swallow, tear frames apart, and let others overtake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lnwallet_tui.net.link import Link, MemoryLink
from lnwallet_tui.node.ports import DialFailed
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.wires import Wires, _Wire
from tests.sim.tally import Fault


class BadLink(MemoryLink):
    """One end of a wire that can misbehave; what is set here is of what this end says."""

    wires: BadWires
    ends: tuple[str, str]  # who speaks, who hears
    is_slow = False
    is_blackhole = False
    has_swallowed = False
    is_held = False
    tears = False

    def _send(self, data: bytes) -> None:
        if self.is_blackhole:
            self.wires.happened[Fault.BLACKHOLE] += not self.has_swallowed
            self.has_swallowed = True
            return
        if self.tears and len(data) > 1:
            self.tears = False
            self.wires.happened[Fault.PARTIAL] += 1
            super()._send(data[: len(data) // 2])
            self._scheduler.call_later(self._latency_ms + 1, self.cut)
            return
        if self.is_held:
            self._held.append(data)
            return
        late = self.wires.lateness(self)
        self._under_way.append(data)
        number = self.wires.number()

        def arrive() -> None:
            self.wires.arrived(self, number)
            self._deliver()

        self._scheduler.call_later(self._latency_ms + late, arrive)

    @property
    def _held(self) -> list[bytes]:
        return self.wires.held.setdefault(self, [])

    def let_go(self) -> None:
        """What was held back goes on its way."""
        self.is_held = False
        held, self._held[:] = list(self._held), []
        self.wires.happened[Fault.DELAY] += bool(held) and not self._closed
        for data in held:
            self._send(data)

    def other_end(self) -> BadLink:
        """Who hears what this end says."""
        assert isinstance(self._other, BadLink)
        return self._other


class BadWires(Wires):
    """As `Wires`, on bad links. `happened` counts what a fault did, not that it was asked for."""

    def __init__(self, clock: WorldClock, dice: SeededDice) -> None:
        super().__init__(clock, dice)
        self.happened: Counter[Fault] = Counter()
        self.held: dict[BadLink, list[bytes]] = {}
        self.is_bad = False  # whether links differ in how long they take
        self.has_overtaken = False  # since it is so
        self._sent = 0
        self._newest: dict[str, tuple[int, str]] = {}  # by who heard: number, and from whom

    async def connect(self, name: str, address: str) -> Link:
        """As `Wires.connect`."""
        await self._travel(self._distance(name, self._owner(address)))
        if name in self._gone:
            raise DialFailed("This computer is not connected to the network.")
        found = self._answers.get(address)
        if found is None or found[0] in self._gone:
            raise DialFailed(f"Nobody answers at {address}.")
        other, answer = found
        ours, theirs = BadLink.pair(self._clock, self._distance(name, other))
        ours.wires = theirs.wires = self
        ours.ends, theirs.ends = (name, other), (other, name)
        self._wires.append(_Wire(frozenset({name, other}), ours))
        answer(theirs)
        return ours

    # -- asked by links
    def number(self) -> int:
        """Of what is sent now."""
        self._sent += 1
        return self._sent

    def lateness(self, link: BadLink) -> int:
        """How much later than usual this arrives, in milliseconds."""
        return self._dice.between(1, 900) if self.is_bad and link.is_slow else 0

    def arrived(self, link: BadLink, number: int) -> None:
        """Something arrives; whether somebody else's overtook it."""
        speaker, hearer = link.ends
        newest, by = self._newest.get(hearer, (0, speaker))
        if number < newest and by != speaker and self.is_bad:
            self.happened[Fault.REORDER] += not self.has_overtaken
            self.has_overtaken = True
        if number > newest:
            self._newest[hearer] = number, speaker

    # -- asked by faults
    def ends(self) -> list[BadLink]:
        """Both ends of all links that are open."""
        return list(self._open_ends())

    def _open_ends(self) -> Iterator[BadLink]:
        for wire in self._wires:
            end = wire.link
            assert isinstance(end, BadLink)
            if not end._closed:
                yield end
                yield end.other_end()

    def under_way(self) -> bool:
        """Whether anything is."""
        return any(end._under_way for end in self._open_ends())

    def heal(self) -> None:
        """From now on all links are good. What was swallowed stays so: its link is cut."""
        self.is_bad = False
        for end in self.ends():
            end.is_slow = end.tears = False
            if end.is_held:
                end.let_go()
            if end.is_blackhole:
                end.is_blackhole = False
                end.cut()

"""Which nodes of the Bitcoin network are known, and which of them to dial next.

Two shelves. What was *heard* of costs whoever tells it nothing, so it is kept by its source: a
source is the neighbourhood of the peer that told it, has a bounded share, and where all is full the
largest share gives way. Whoever tells a million addresses pushes out its own. What was *tried* has
worked, and nothing that is heard touches it. Of what is heard a source is drawn first and one of
its addresses then, so that many addresses are drawn no more often than few.

Faults are proof, and ban the host for a day. A refusal only says of what use a node is today.
A failure makes us wait longer each time, unless nothing else worked either: then our own line is
down, and the nodes are as good as before.

Times are seconds since 1970; `choose(n)` is a random number below n.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from lnwallet_tui.chain.hosts import Host, address_of, host_of, is_public
from lnwallet_tui.chain.questions import Ending, Failure, Fault, Refusal
from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress, Service, offers

NEEDED: Final = Service.NETWORK | Service.WITNESS | Service.COMPACT_FILTERS
"""What a node must offer to be of use to us."""

MOST_HEARD: Final = 1_024
MOST_OF_SOURCE: Final = 64
MOST_TRIED: Final = 128  # on each network
MOST_NEIGHBOURS: Final = 4
"""So many tried ones of one neighbourhood, of which one at a time is dialled."""
MOST_BANNED: Final = 256
MOST_REFUSED: Final = 1_024

FRESH_EVERY: Final = 4
"""One in so many is one that was never tried: who knows only old friends can be fenced in."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
BAN: Final = _DAY
OLDEST: Final = 30 * _DAY
"""Who tells of a node that was last seen so long ago tells nothing."""
FIRST_REST: Final = _MINUTE
LONGEST_REST: Final = 6 * _HOUR
UNDER_WAY: Final = _MINUTE
"""So long an address that was handed out is not handed out again."""
_HOPELESS: Final = 3
"""Failures after which an address that never worked is forgotten…"""
_HOPELESS_TRIED: Final = 8
_LONG_AGO: Final = 7 * _DAY
"""…and one that worked, if that is so long ago. As in Core."""
_UNKNOWN_LATENCY_MS: Final = 1_000

_RESTS: Final = {
    Failure.GONE: 10,
    Failure.SILENT: 10 * _MINUTE,
    Failure.LACKS: _HOUR,
    Failure.DOUBTED: 6 * _HOUR,
}
_REFUSED: Final = {
    Refusal.NO_FILTERS: 7 * _DAY,  # somebody must change a setting
    Refusal.PRUNED: 7 * _DAY,
    Refusal.OTHER_CHAIN: 30 * _DAY,
    Refusal.BEHIND: 6 * _HOUR,
    Refusal.OURSELVES: _DAY,
}

T = TypeVar("T")
Choose = Callable[[int], int]


class Known(msgspec.Struct, frozen=True, array_like=True):
    """One address. `source` is the neighbourhood of who told of it first, `services` what it is
    said to offer (0: nobody said), `worked_at` when it last introduced itself (0: never)."""

    address: str
    source: str = ""
    services: int = 0
    worked_at: int = 0
    latency_ms: int | None = None
    failed_at: int = 0
    failures: int = 0
    rests_until: int = 0


class Memory(msgspec.Struct, frozen=True):
    """The whole book, to be kept. `banned` are hosts and `refused` addresses, with until when."""

    tried: tuple[Known, ...] = ()
    heard: tuple[Known, ...] = ()
    banned: tuple[tuple[str, int], ...] = ()
    refused: tuple[tuple[str, int], ...] = ()


class AddressBook:
    """See above. `dialled` are the networks on which we can reach anybody; what was kept is taken
    up at the time `now`."""

    def __init__(
        self, dialled: frozenset[NetworkId], memory: Memory | None = None, now: int = 0
    ) -> None:
        self._dialled: Final = dialled
        self._tried: dict[str, Known] = {}
        self._heard: dict[str, dict[str, Known]] = {}
        self._banned: dict[str, int] = {}
        self._refused: dict[str, int] = {}
        self._last_good = 0
        if memory is not None:
            self._recall(memory, now)

    def __len__(self) -> int:
        return len(self._tried) + sum(map(len, self._heard.values()))

    def memory(self) -> Memory:
        """What is to be kept."""
        return Memory(
            tuple(self._tried.values()),
            tuple(self._all_heard()),
            tuple(self._banned.items()),
            tuple(self._refused.items()),
        )

    # -- what is learned

    def hear(self, source: str, told: Sequence[PeerAddress], now: int, choose: Choose) -> None:
        """The peer, or the name, `source` told of these."""
        share = host_of(source).neighbourhood
        for one in told:
            is_of_use = one.services == 0 or offers(one.services, NEEDED)
            if is_of_use and one.time > now - OLDEST and is_public(one):
                self._hear(Known(address_of(one), share, one.services), now, choose)

    def met(self, address: str, services: int, latency_ms: int | None, now: int) -> None:
        """It introduced itself, and will do. Again, once it is known how fast it answers."""
        self._last_good = now
        host = host_of(address)
        if host.network is None:
            return  # a name is another machine the next time
        known = self._take(address) or Known(address)
        if known.latency_ms is not None and latency_ms is not None:
            latency_ms = (3 * known.latency_ms + latency_ms) // 4
        self._tried[address] = Known(
            address,
            services=services,
            worked_at=now,
            latency_ms=known.latency_ms if latency_ms is None else latency_ms,
        )
        self._refused.pop(address, None)
        self._thin_out(host)

    def failed(self, address: str, now: int) -> None:
        """Nobody was there, or nobody who introduced himself."""
        known = self._find(address)
        if known is None:
            return
        # Since then something worked, so that it is not our own line that is down.
        failures = known.failures + (self._last_good > known.failed_at)
        has_worked = known.worked_at > now - _LONG_AGO
        if failures >= (_HOPELESS_TRIED if known.worked_at else _HOPELESS) and not has_worked:
            self._take(address)
            return
        rest = min(FIRST_REST << min(failures, 16), LONGEST_REST)
        self._put(replace(known, failed_at=now, failures=failures, rests_until=now + rest))

    def ended(self, address: str, why: Ending, now: int) -> None:
        """What came of the conversation with it."""
        match why:
            case Fault():
                self._ban(host_of(address).name, now)
            case Refusal():
                if why is not Refusal.BEHIND:
                    self._take(address)
                _note(self._refused, address, now, _REFUSED[why], MOST_REFUSED)
            case Failure.NO_HANDSHAKE:
                self.failed(address, now)
            case Failure():
                known = self._find(address)
                if known is not None:
                    self._put(replace(known, rests_until=now + _RESTS[why]))

    # -- whom to dial

    def next(self, connected: Collection[str], now: int, choose: Choose) -> str | None:
        """An address that is no neighbour of those; None if nobody is left to try now."""
        near = [host_of(address) for address in connected]
        taken = {host.neighbourhood for host in near}
        tried = [one for one in self._tried.values() if self._may_dial(one, taken, now)]
        fresh = self._fresh(taken, now)
        if not tried and not fresh:
            return None
        if tried and (not fresh or choose(FRESH_EVERY)):
            found = _faster_of_two(_on_rarest_network(tried, near), choose)
        else:
            found = _pick(_pick(fresh, choose), choose)
        self._put(replace(found, rests_until=now + UNDER_WAY))
        return found.address

    def _fresh(self, taken: set[str], now: int) -> list[list[Known]]:
        """By source: those that are said to be of use; or else those of whom nobody said."""
        shares = [
            [one for one in share.values() if self._may_dial(one, taken, now)]
            for share in self._heard.values()
        ]
        said = [[one for one in share if one.services] for share in shares]
        return [share for share in said if share] or [share for share in shares if share]

    def _may_dial(self, known: Known, taken: set[str], now: int) -> bool:
        host = host_of(known.address)
        return (
            known.rests_until <= now
            and host.network in self._dialled
            and host.neighbourhood not in taken
            and self._banned.get(host.name, 0) <= now
            and self._refused.get(known.address, 0) <= now
        )

    # -- the shelves

    def _all_heard(self) -> Iterator[Known]:
        for share in self._heard.values():
            yield from share.values()

    def _find(self, address: str) -> Known | None:
        if address in self._tried:
            return self._tried[address]
        return next((share[address] for share in self._heard.values() if address in share), None)

    def _put(self, known: Known) -> None:
        """In place of what was known."""
        if known.address in self._tried:
            self._tried[known.address] = known
        else:
            self._heard[known.source][known.address] = known

    def _take(self, address: str) -> Known | None:
        known = self._find(address)
        if known is None:
            return None
        if address in self._tried:
            del self._tried[address]
        else:
            self._drop(known.source, address)
        return known

    def _drop(self, source: str, address: str) -> None:
        del self._heard[source][address]
        if not self._heard[source]:
            del self._heard[source]

    def _hear(self, told: Known, now: int, choose: Choose) -> None:
        known = self._find(told.address)
        if known is None and self._may_dial(told, set(), now):
            self._make_room(told.source, choose)
            self._heard.setdefault(told.source, {})[told.address] = told
        elif known is not None and not known.services:
            self._put(replace(known, services=told.services))

    def _make_room(self, source: str, choose: Choose) -> None:
        if len(self._heard.get(source, ())) >= MOST_OF_SOURCE:
            fullest = source
        elif sum(map(len, self._heard.values())) >= MOST_HEARD:
            fullest = max(self._heard, key=lambda one: len(self._heard[one]))
        else:
            return
        self._drop(fullest, _pick(list(self._heard[fullest]), choose))

    def _thin_out(self, host: Host) -> None:
        """After one was added there."""
        on_network = [
            one for one in self._tried.values() if host_of(one.address).network is host.network
        ]
        near = [
            one for one in on_network if host_of(one.address).neighbourhood == host.neighbourhood
        ]
        for among, most in ((near, MOST_NEIGHBOURS), (on_network, MOST_TRIED)):
            if len(among) > most:
                worst = max(among, key=lambda one: (one.failures, -one.worked_at))
                self._tried.pop(worst.address, None)

    def _ban(self, name: str, now: int) -> None:
        addresses = [*self._tried, *(one.address for one in self._all_heard())]
        for address in addresses:
            if host_of(address).name == name:
                self._take(address)
        _note(self._banned, name, now, BAN, MOST_BANNED)

    def _recall(self, memory: Memory, now: int) -> None:
        """What was kept, as far as there is room: an older program may have had more. Nothing of it
        lasts longer from now on than it ever does: the clock may have been wrong."""
        for one in memory.tried:
            host = host_of(one.address)
            if host.network is not None:
                self._tried[one.address] = _rested(one, now)
                self._thin_out(host)
        for one in memory.heard[:MOST_HEARD]:
            share = self._heard.setdefault(one.source, {})
            if one.address not in self._tried and len(share) < MOST_OF_SOURCE:
                share[one.address] = _rested(one, now)
        self._heard = {source: share for source, share in self._heard.items() if share}
        banned, refused = memory.banned[-MOST_BANNED:], memory.refused[-MOST_REFUSED:]
        longest = max(_REFUSED.values())
        self._banned = {name: min(until, now + BAN) for name, until in banned}
        self._refused = {name: min(until, now + longest) for name, until in refused}


def _rested(known: Known, now: int) -> Known:
    return replace(known, rests_until=min(known.rests_until, now + LONGEST_REST))


def _note(marks: dict[str, int], name: str, now: int, seconds: int, most: int) -> None:
    """Until then; what is over is forgotten, and where there are too many, the next to be over."""
    for old in [one for one, until in marks.items() if until <= now]:
        del marks[old]
    marks[name] = now + seconds
    if len(marks) > most:
        del marks[min(marks, key=marks.__getitem__)]


def _pick(among: Sequence[T], choose: Choose) -> T:
    return among[choose(len(among))]


def _faster_of_two(among: Sequence[Known], choose: Choose) -> Known:
    """Fast ones are preferred, and nobody can know which it will be."""
    return min(_pick(among, choose), _pick(among, choose), key=_latency)


def _latency(known: Known) -> int:
    return _UNKNOWN_LATENCY_MS if known.latency_ms is None else known.latency_ms


def _on_rarest_network(among: Sequence[Known], connected: Sequence[Host]) -> list[Known]:
    """Those on the network with the fewest connections: who fences us in must do it on each."""
    in_use = [host.network for host in connected]
    counts = {one.address: in_use.count(host_of(one.address).network) for one in among}
    fewest = min(counts.values())
    return [one for one in among if counts[one.address] == fewest]

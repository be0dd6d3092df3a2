"""The peers from whom the chain is read, and what is asked of the world on their behalf."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from lnwallet_tui.chain.conversation import Conversation
from lnwallet_tui.chain.headers import Extension, HeaderTree
from lnwallet_tui.chain.questions import (
    AddressesTold,
    Ending,
    FloorTold,
    Introduced,
    Kind,
    Question,
    TxsAnnounced,
    TxsWanted,
)

Heard = Introduced | AddressesTold | FloorTold | TxsAnnounced | TxsWanted


class Work(Protocol):
    """Something that takes long and needs nothing but itself: to be run anywhere, and its result
    handed back."""

    def run(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Send:
    """Write these bytes to the peer."""

    peer: int
    data: bytes


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the connection; it is forgotten here. After a `Fault` the address is to be banned."""

    peer: int
    why: Ending


@dataclass(frozen=True, slots=True)
class SaveHeaders:
    """The best chain changed: durable before a block of it is acted upon."""

    change: Extension


@dataclass(frozen=True, slots=True)
class RestartHeaders:
    """What came after these headers was an invention; go on with them: those up to a checkpoint,
    or the genesis block."""

    tree: HeaderTree


@dataclass(frozen=True, slots=True)
class Do:
    """Run this somewhere and hand the result to `Sync.done`."""

    number: int
    work: Work


@dataclass(frozen=True, slots=True)
class Tell:
    """A peer said something that is not about blocks."""

    peer: int
    what: Heard


Effect = Send | HangUp | SaveHeaders | RestartHeaders | Do | Tell


@dataclass(slots=True, eq=False)
class Peer:
    """What is known of one. `tip` is the last block that it said it has (height, hash), `came_to`
    the last at which it stood together with us, `claimed` the last for which it gave a filter
    header (height, hash, filter header); up to the height `agreed` it agrees with what we take for
    right (-1: not asked yet); `doubts` counts the filters that more peers said were others."""

    number: int
    talk: Conversation
    told_height: int = -1
    tip: tuple[int, bytes] | None = None
    came_to: bytes = b""
    headers_due: int = 0
    apart_since: int | None = None
    claimed: tuple[int, bytes, bytes] | None = None
    agreed: int = -1
    doubts: int = 0


@dataclass(slots=True, eq=False)
class Errand:
    """Who was asked for one thing: `asked` may still answer in good time, `tried` did not."""

    asked: set[int] = field(default_factory=set)
    tried: set[int] = field(default_factory=set)

    def missed(self, peer: int) -> None:
        """It is slow, or gone, or has it not."""
        if peer in self.asked:
            self.asked.discard(peer)
            self.tried.add(peer)


class Peers:
    """All of them by number. `choose(n)` gives a random number below n."""

    def __init__(self, choose: Callable[[int], int], now_ms: int) -> None:
        self._choose = choose
        self._peers: dict[int, Peer] = {}
        self._effects: list[Effect] = []
        self._works = 0
        self.now = now_ms

    def __iter__(self) -> Iterator[Peer]:
        return iter(tuple(self._peers.values()))

    def __len__(self) -> int:
        return len(self._peers)

    def get(self, number: int) -> Peer | None:
        """None: it is gone."""
        return self._peers.get(number)

    def add(self, number: int, talk: Conversation) -> Peer:
        """A new one."""
        assert number not in self._peers
        self._peers[number] = peer = Peer(number, talk, headers_due=self.now)
        return peer

    def remove(self, peer: Peer, why: Ending) -> None:
        """It is gone, or shall be."""
        del self._peers[peer.number]
        self.ask_for(HangUp(peer.number, why))

    @property
    def ready(self) -> tuple[Peer, ...]:
        """Who can be asked."""
        return tuple(peer for peer in self if peer.talk.is_ready)

    def free(self, kind: Kind, among: Iterable[Peer]) -> list[Peer]:
        """Who of them has no question of that kind before it."""
        return [peer for peer in among if peer.talk.is_free(kind)]

    def pick(self, among: list[Peer]) -> Peer:
        """Any of them."""
        return among[self._choose(len(among))]

    def ask_one(self, errand: Errand, question: Question, able: Iterable[Peer]) -> None:
        """Ask somebody, unless somebody is asked already; those who failed come last."""
        if errand.asked:
            return
        free = self.free(question.kind, able)
        fresh = [peer for peer in free if peer.number not in errand.tried]
        if fresh or free:
            self.ask(errand, question, self.pick(fresh or free))

    def ask(self, errand: Errand, question: Question, peer: Peer) -> None:
        """Ask this one."""
        peer.talk.ask(question, self.now)
        errand.asked.add(peer.number)

    def ask_for(self, effect: Effect) -> None:
        """Something that the world is to do."""
        self._effects.append(effect)

    def do(self, work: Work) -> int:
        """Have this run; the number under which its result comes."""
        self._works += 1
        self.ask_for(Do(self._works, work))
        return self._works

    def take_effects(self) -> list[Effect]:
        """All since the last time, bytes to write included."""
        for peer in self:
            if data := peer.talk.data_to_send():
                self.ask_for(Send(peer.number, data))
        effects, self._effects = self._effects, []
        return effects

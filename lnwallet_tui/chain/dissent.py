"""What peers that came later say otherwise about settled blocks, and in which order it is judged.

A filter that holds a script too many cannot be disproved, so two liars who were here first can put
some of them before the block that they hide: who came later would have disagreed too often before
anybody looked there. So its filters are fetched for all heights in dispute, and where one of our
scripts is in them, the block is judged first. Not before all that is settled was compared with its
word is it sent away for disagreeing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.chain.filter_headers import Batch, Conflict, Side
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.chain.matching import Match
from lnwallet_tui.chain.questions import FilterHeaders, Filters, Kind
from lnwallet_tui.chain.settled_filters import SettledFilters
from lnwallet_tui.chain.sync_peers import Peer, Peers
from lnwallet_tui.chain.vouching import Vouching

LOOKED_AT: Final = 200
"""Filters in one question: 5 MB at most of an honest peer."""


@dataclass(slots=True, eq=False)
class Dissent:
    """Of one peer: `said` is the block and the hash of its filter, by height, where that is not
    what is settled; up to `heard_to` its word was compared."""

    heard_to: int = -1
    said: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    matching: set[bytes] = field(default_factory=set)  # filters that hold a script of ours
    looked_at: set[bytes] = field(default_factory=set)
    asked: Filters | None = None
    working: int | None = None

    def to_look_at(self) -> Filters | None:
        """The next filters that nobody looked at, of blocks in a row."""
        rest = sorted(at for at, (_, said) in self.said.items() if said not in self.looked_at)
        if not rest:
            return None
        row = [at for place, at in enumerate(rest[:LOOKED_AT]) if at == rest[0] + place]
        blocks, hashes = zip(*(self.said[at] for at in row), strict=True)
        return Filters(row[0], blocks, hashes)

    def hidden(self) -> Iterator[int]:
        """The heights where one of our scripts would have been hidden."""
        return (at for at, (_, said) in self.said.items() if said in self.matching)

    @property
    def is_looked_through(self) -> bool:
        """Whether all its filters were seen."""
        return self.asked is None and self.working is None and self.to_look_at() is None


class Dissents:
    """Of all who came later, for the blocks of `settled`."""

    def __init__(self, peers: Peers, settled: SettledFilters, vouching: Vouching) -> None:
        self._peers, self._settled, self._vouching = peers, settled, vouching
        self._of: dict[int, Dissent] = {}
        self._scripts: frozenset[bytes] = frozenset()

    def question(self, peer: Peer) -> FilterHeaders | None:
        """What the peer is to be asked about next; None where all is compared."""
        one = self._of.get(peer.number)
        return self._vouching.question(peer, -1 if one is None else one.heard_to)

    def is_heard(self, peer: Peer) -> bool:
        """Whether all it says is compared, and nothing that concerns us waits to be judged."""
        if not self._settled or self.question(peer) is not None:
            return False
        one = self._of.get(peer.number)
        return one is None or (one.is_looked_through and not any(one.hidden()))

    def take(self, peer: Peer, batch: Batch) -> None:
        """Its word about blocks that are settled."""
        heights = list(self._settled.unlike(batch))
        if not heights and peer.number not in self._of:
            self._vouching.note(peer, batch)
            return
        one = self._of.setdefault(peer.number, Dissent())
        one.heard_to = max(one.heard_to, batch.stop)
        for at in heights:
            one.said[at] = self._settled.block_hash(at), batch.hashes[at - batch.start]

    def follow(self) -> None:
        """Forget what is in dispute no more."""
        for number, one in tuple(self._of.items()):
            peer = self._peers.get(number)
            if peer is None:
                del self._of[number]
                continue
            one.heard_to = min(one.heard_to, self._settled.to)
            one.said = {at: said for at, said in one.said.items() if self._is_open(at, *said)}
            if not one.said and self._settled and self.question(peer) is None:
                del self._of[number]  # it is asked once more, and vouches for all then

    def advance(self, scripts: frozenset[bytes]) -> None:
        """Look into the filters in dispute."""
        self._scripts = scripts
        for number, one in self._of.items():
            peer = self._peers.get(number)
            if peer is None or one.asked or one.working is not None:
                continue
            if peer.talk.is_free(Kind.FILTERS) and (question := one.to_look_at()) is not None:
                one.asked = question
                peer.talk.ask(question, self._peers.now)

    def took_filters(self, peer: Peer, question: Filters, filters: tuple[BasicFilter, ...]) -> None:
        """Filters came; perhaps these."""
        one = self._of.get(peer.number)
        if one is not None and one.asked == question:
            one.working = self._peers.do(Match(filters, self._scripts))

    def done(self, number: int, result: object) -> None:
        """What some work came to."""
        for one in self._of.values():
            if one.working == number and one.asked is not None:
                assert isinstance(result, frozenset)
                asked, one.asked, one.working = one.asked, None, None
                one.looked_at |= {*asked.hashes}
                numbered = zip(asked.blocks, asked.hashes, strict=True)
                one.matching |= {said for block, said in numbered if block in result}

    def conflict(self) -> Conflict[int] | None:
        """What is to be judged next."""
        hidden = [(at, one) for one in self._of.values() for at in one.hidden()]
        others = [
            (min(one.said), one)
            for number, one in self._of.items()
            if one.said and (peer := self._peers.get(number)) and self.is_heard(peer)
        ]
        found = min(hidden or others, key=lambda pair: pair[0], default=None)
        if found is None:
            return None
        height, said = found[0], found[1].said[found[0]]
        theirs = tuple(number for number, one in self._of.items() if one.said.get(height) == said)
        ours = tuple(peer.number for peer in self._vouching.of(height))
        settled = Side(self._settled.filter_hash(height), ours)
        return Conflict(height, (settled, Side(said[1], theirs)))

    def _is_open(self, height: int, block_hash: bytes, said: bytes) -> bool:
        settled = self._settled
        if not settled.knows(height) or settled.block_hash(height) != block_hash:
            return False
        return settled.filter_hash(height) != said and block_hash not in settled.doubted

"""What peers that came later say otherwise about settled blocks, and in which order it is judged.

A filter that holds a script too many cannot be disproved, so two liars who were here first can put
some of them before the block that they hide: who came later would have disagreed too often before
anybody looked there. So its filters are fetched for all heights in dispute, and where one of our
scripts is in them, the block is judged first. Not before all that is settled was compared with its
word is it sent away for disagreeing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import takewhile
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
    what is settled; up to `heard_to` its word was compared. There may be thousands of heights, and
    nobody goes through all of them for each answer."""

    heard_to: int = -1
    said: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    unseen: dict[int, None] = field(default_factory=dict)  # filters that nobody looked at
    hidden: set[int] = field(default_factory=set)  # where one of our scripts would have been hidden
    asked: Filters | None = None
    working: int | None = None

    def says(self, height: int, block_hash: bytes, filter_hash: bytes) -> None:
        """Of a block that is settled otherwise."""
        if self.said.get(height) != (block_hash, filter_hash):
            self.said[height] = block_hash, filter_hash
            self.unseen[height] = None
            self.hidden.discard(height)

    def keep(self, is_open: Callable[[int, bytes, bytes], bool]) -> None:
        """Forget what is in dispute no more."""
        self.said = {at: said for at, said in self.said.items() if is_open(at, *said)}
        self.unseen = {at: None for at in self.unseen if at in self.said}
        self.hidden &= self.said.keys()

    def to_look_at(self) -> Filters | None:
        """The next filters that nobody looked at, of blocks in a row."""
        first = next(iter(self.unseen), None)
        if first is None:
            return None
        row = takewhile(self.unseen.__contains__, range(first, first + LOOKED_AT))
        blocks, hashes = zip(*(self.said[at] for at in row), strict=True)
        return Filters(first, blocks, hashes)

    def looked_at(self, asked: Filters, matching: Collection[bytes]) -> None:
        """The filters of the blocks that are `matching` hold a script of ours."""
        numbered = enumerate(zip(asked.blocks, asked.hashes, strict=True), asked.start)
        for height, said in numbered:
            if self.said.get(height) == said:
                self.unseen.pop(height, None)
                if said[0] in matching:
                    self.hidden.add(height)

    @property
    def is_looked_through(self) -> bool:
        """Whether all its filters were seen."""
        return self.asked is None and self.working is None and not self.unseen


class Dissents:
    """Of all who came later, for the blocks of `settled`."""

    def __init__(self, peers: Peers, settled: SettledFilters, vouching: Vouching) -> None:
        self._peers, self._settled, self._vouching = peers, settled, vouching
        self._of: dict[int, Dissent] = {}
        self._compared_with = settled.version
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
        return one is None or (one.is_looked_through and not one.hidden)

    def take(self, peer: Peer, batch: Batch) -> None:
        """Its word about blocks that are settled."""
        heights = list(self._settled.unlike(batch))
        if not heights and peer.number not in self._of:
            self._vouching.note(peer, batch)
            return
        one = self._of.setdefault(peer.number, Dissent())
        one.heard_to = max(one.heard_to, batch.stop)
        for at in heights:
            one.says(at, self._settled.block_hash(at), batch.hashes[at - batch.start])

    def follow(self) -> None:
        """Forget what is in dispute no more."""
        is_same = self._compared_with == self._settled.version
        self._compared_with = self._settled.version
        for number, one in tuple(self._of.items()):
            peer = self._peers.get(number)
            if peer is None:
                del self._of[number]
                continue
            one.heard_to = min(one.heard_to, self._settled.to)
            if not is_same:
                one.keep(self._is_open)
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
                one.looked_at(asked, result)

    def conflict(self) -> Conflict[int] | None:
        """What is to be judged next."""
        hidden = [(min(one.hidden), one) for one in self._of.values() if one.hidden]
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

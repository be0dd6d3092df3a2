"""Peers disagree about the filter of one block: fetch what is needed to judge, and judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lnwallet_tui.bitcoin.block import BlockError
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.chain.filter_conflicts import Judgement, judge
from lnwallet_tui.chain.filter_headers import Conflict, Side
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.chain.questions import Fault, Filters, Kind, OneBlock
from lnwallet_tui.chain.sync_peers import Errand, Peer, Peers
from lnwallet_tui.p2p.errors import P2pError
from lnwallet_tui.p2p.inventory import RawBlock


@dataclass(frozen=True, slots=True)
class Judging:
    """Work: the judgement, or None if the block is not what its header commits to."""

    conflict: Conflict[int]
    raw: RawBlock
    filters: tuple[BasicFilter, ...]
    seen: Mapping[OutPoint, bytes]

    def run(self) -> Judgement[int] | None:
        """Some tenths of a second for a large block."""
        try:
            return judge(self.conflict, self.raw.parse(), self.filters, self.seen)
        except (P2pError, BlockError):
            return None


class Trial:
    """One conflict about the block at `height`."""

    def __init__(self, conflict: Conflict[int], block_hash: bytes) -> None:
        self.conflict, self.block_hash = conflict, block_hash
        self.working: int | None = None
        self._raw: tuple[int, RawBlock] | None = None  # from whom
        self._for_block = Errand()
        self._for_filter = {side.value: Errand() for side in conflict.sides}
        self._filters: dict[bytes, BasicFilter] = {}

    @property
    def height(self) -> int:
        """Of the block."""
        return self.conflict.height

    def filter_of(self, side: Side[int]) -> BasicFilter | None:
        """What a side's peer sent."""
        return self._filters.get(side.value)

    def is_moot(self, peers: Peers) -> bool:
        """Whether all who disagreed with one side are gone."""
        return sum(bool(_present(side, peers)) for side in self.conflict.sides) < 2

    def missed(self, peer: int, kind: Kind) -> None:
        """It is slow with such a question, or has not what it was asked for."""
        if kind is Kind.BLOCK:
            self._for_block.missed(peer)
        elif kind is Kind.FILTERS:
            for errand in self._for_filter.values():
                errand.missed(peer)

    def took_block(self, peer: Peer, raw: RawBlock) -> None:
        """A block came; perhaps this one."""
        if raw.hash == self.block_hash and self._raw is None:
            self._for_block.asked.discard(peer.number)
            self._raw = peer.number, raw

    def took_filters(self, question: Filters, filters: tuple[BasicFilter, ...]) -> None:
        """Filters came; perhaps of one side."""
        if question.blocks == (self.block_hash,) and question.hashes:
            self._filters[question.hashes[0]] = filters[0]

    def refuse_block(self, peers: Peers) -> None:
        """Its transactions are not its own; another peer is asked."""
        assert self._raw is not None
        source = peers.get(self._raw[0])
        if source is not None:
            source.talk.close(Fault.FALSE_BLOCK)
        self._raw = self.working = None

    def advance(self, peers: Peers, able: list[Peer], seen: Mapping[OutPoint, bytes]) -> None:
        """Ask for what is missing; judge when nothing is."""
        if self.working is not None:
            return
        if self._raw is None:
            peers.ask_one(self._for_block, OneBlock(self.block_hash), able)
        waits = self._raw is None or not self._filters
        for side in self.conflict.sides:
            present = _present(side, peers)
            if side.value not in self._filters and present:
                errand = self._for_filter[side.value]
                question = Filters(self.height, (self.block_hash,), (side.value,))
                peers.ask_one(errand, question, present)
                # Who vouched for a filter and is slow to show it is not waited for.
                waits |= bool(errand.asked) or any(
                    one.number not in errand.tried for one in present
                )
        if not waits and self._raw is not None:
            filters = tuple(self._filters.values())
            self.working = peers.do(Judging(self.conflict, self._raw[1], filters, seen))


def _present(side: Side[int], peers: Peers) -> list[Peer]:
    found = map(peers.get, side.peers)
    return [peer for peer in found if peer is not None and peer.talk.is_ready]

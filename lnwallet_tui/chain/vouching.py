"""Up to where each peer agrees with what is settled about the filters.

A peer vouches for a block only if it was asked about it, and about all before it that are still
remembered. To describe the newest block as all do is no word about older ones, about which a liar
may have been the only one who was asked.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.chain.filter_headers import Batch
from lnwallet_tui.chain.questions import FilterHeaders
from lnwallet_tui.chain.settled_filters import SettledFilters
from lnwallet_tui.chain.sync_peers import Peer, Peers

SPAN: Final = 2_000
"""Blocks: as many as one message may describe (BIP157)."""


class Vouching:
    """Of all peers, for the blocks of `settled`."""

    def __init__(self, peers: Peers, settled: SettledFilters) -> None:
        self._peers, self._settled = peers, settled
        self.sure_to = settled.lowest - 1 if settled else settled.to
        """Up to where two peers agreed with it once."""

    def to(self, peer: Peer) -> int:
        """Up to where the peer does; -1: not at all."""
        return peer.agreed

    def of(self, height: int) -> list[Peer]:
        """Who does for the block there, and all before it."""
        return [peer for peer in self._peers.ready if 0 <= height <= self.to(peer)]

    def note(self, peer: Peer, batch: Batch) -> None:
        """It said the same of these blocks as is settled."""
        if batch.start <= self._first_open(peer):
            peer.agreed = max(peer.agreed, batch.stop)
            _, second, *_ = *sorted(map(self.to, self._peers.ready), reverse=True), -1, -1
            self.sure_to = max(self.sure_to, second)

    def follow(self) -> None:
        """Blocks left what is settled: that far nobody vouches any more, and not for others that
        come in their place."""
        settled = self._settled
        for peer in self._peers:
            if peer.agreed > settled.to:
                peer.agreed = settled.to if settled.knows(settled.to) else -1
        self.sure_to = min(self.sure_to, settled.to)

    def question(self, peer: Peer, heard_to: int = -1) -> FilterHeaders | None:
        """What the peer is to be asked about next; None where it vouches for all, or was heard."""
        settled, first = self._settled, max(self._first_open(peer), heard_to + 1)
        stop = min(first + SPAN - 1, settled.to)
        if first > stop:
            return None
        return FilterHeaders(first, stop + 1 - first, settled.block_hash(stop))

    def _first_open(self, peer: Peer) -> int:
        return max(peer.agreed + 1, self._settled.lowest)

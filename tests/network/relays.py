"""Relays with channels as a generator drew them, each with a whole node of ours.

They share one graph, which each of them adds its own channels to and which then stands still: so a
relay that changes its terms later is one whose news have not come yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node.config import NodeConfig, RelayTerms
from lnwallet_tui.playground.topology import Edge, Terms
from lnwallet_tui.policy import REGTEST_POLICY
from lnwallet_tui.routing.network import GossipMessage, KnownNetwork, Learned
from tests.network.land import Land, Opening

SMALLEST_SAT: Final = REGTEST_POLICY.min_funding.value
"""Our nodes open none that are smaller; mainnet has 5 % of them."""
_LEAST_OF_OPENER_SAT: Final = 6_000
"""So much the opener keeps at least: reserve, commitment fee and anchors."""


class SharedGraph(KnownNetwork):
    """What all relays know. Once it `is_complete` nothing changes in it."""

    is_complete = False

    def learn(self, message: GossipMessage, now: int) -> Learned:
        return Learned.IGNORED if self.is_complete else super().learn(message, now)

    def prune(self, now: int) -> None:
        pass


@dataclass(slots=True)
class Relays:
    """The relays of a land: `terms` are what each asks for forwarding to whom, by node ids."""

    land: Land
    edges: tuple[Edge, ...]
    names: tuple[str, ...]
    graph: SharedGraph = field(default_factory=lambda: SharedGraph(Network.REGTEST.chain_hash))
    terms: dict[str, dict[bytes, RelayTerms]] = field(default_factory=dict)

    @classmethod
    async def build(cls, land: Land, edges: tuple[Edge, ...]) -> Relays:
        """Start everybody, open all channels, announce them."""
        count = 1 + max(edge.other for edge in edges)
        relays = cls(land, edges, tuple(f"relay {number}" for number in range(count)))
        for name in relays.names:
            relays._make(name)
        relays._settle_terms()
        await land.start(relays.names)
        await land.open(relays._openings())
        relays.graph.is_complete = True
        assert len(relays.graph) == len(edges), "not every channel was announced"
        return relays

    def id_of(self, number: int) -> bytes:
        """The node id of relay number `number`."""
        return self.land.nodes[self.names[number]].node_id

    def _make(self, name: str) -> None:
        terms: dict[bytes, RelayTerms] = {}
        config = NodeConfig(
            Network.REGTEST,
            accept_all_inbound=True,
            policy=REGTEST_POLICY,
            relay=RelayTerms(),
            relay_to=terms,
            shows_updates=True,
            looks_behind=False,
            backs_up=False,
        )
        node = self.land.node(name, config)
        self.terms[name] = terms
        network = node._board.network
        network._known = self.graph
        network.peer_up = lambda peer_id: None  # type: ignore[method-assign]  # asks nobody

    def _settle_terms(self) -> None:
        for edge in self.edges:
            ends = (edge.one, edge.other), (edge.other, edge.one)
            for (source, target), terms in zip(ends, edge.terms, strict=True):
                self.terms[self.names[source]][self.id_of(target)] = _asked(terms)

    def _openings(self) -> list[Opening]:
        return [
            self._opening(edge, opener)
            for edge, opener in zip(self.edges, openers(self.edges), strict=True)
        ]

    def _opening(self, edge: Edge, opener: int) -> Opening:
        amount_sat = max(edge.capacity_sat, SMALLEST_SAT)
        share = edge.share_percent if opener == edge.one else 100 - edge.share_percent
        kept_sat = min(amount_sat, max(amount_sat * share // 100, _LEAST_OF_OPENER_SAT))
        peer = edge.other if opener == edge.one else edge.one
        pushed_msat = (amount_sat - kept_sat) * 1_000
        return Opening(self.names[opener], self.names[peer], amount_sat, pushed_msat)


def _asked(terms: Terms) -> RelayTerms:
    return RelayTerms(
        fee_base=Msat(terms.fee_base_msat),
        fee_proportional_millionths=terms.fee_proportional_millionths,
        cltv_expiry_delta=terms.cltv_expiry_delta,
        htlc_minimum=Msat(terms.htlc_minimum_msat),
        htlc_maximum=Msat(terms.htlc_maximum_msat),
        disabled=terms.is_disabled,
    )


def openers(edges: Sequence[Edge]) -> list[int]:
    """Who opens each channel, so that nobody is opened many to: there is a limit to how many at
    once a node accepts, and each more costs all nodes a block.

    Whoever has fewest is taken out with all that it has left, and is the one who accepts.
    """
    chosen = [-1] * len(edges)
    for leaving in _fewest_first(edges):
        for number, edge in enumerate(edges):
            if chosen[number] < 0 and leaving in (edge.one, edge.other):
                chosen[number] = edge.one + edge.other - leaving
    return chosen


def _fewest_first(edges: Sequence[Edge]) -> Iterator[int]:
    left = list(edges)
    while left:
        counts = Counter(end for edge in left for end in (edge.one, edge.other))
        leaving = min(counts, key=lambda end: (counts[end], end))
        yield leaving
        left = [edge for edge in left if leaving not in (edge.one, edge.other)]

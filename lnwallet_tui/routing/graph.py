"""The network as payments see it: who forwards to whom, for how much, within which limits.

Amounts are plain ints in msat, so that a search over a whole network stays fast; they are checked
where a graph is made, and again where a path becomes an HTLC.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

from lnwallet_tui.bitcoin.amount import Msat


class Hop(NamedTuple):
    """One direction of a channel and what `source` asks for forwarding over it (BOLT 7).

    `short_channel_id` as the number of the wire, `cltv_expiry_delta` in blocks.
    """

    short_channel_id: int
    source: bytes
    target: bytes
    fee_base_msat: int
    fee_proportional_millionths: int
    cltv_expiry_delta: int
    htlc_minimum_msat: int
    htlc_maximum_msat: int
    is_disabled: bool = False

    @property
    def key(self) -> HopKey:
        """By which it is known: the same channel has a hop in each direction."""
        return self.short_channel_id, self.source

    def fee_msat(self, amount_msat: int) -> int:
        """What forwarding `amount_msat` costs.

        BOLT 7: "fee_base_msat + ( amount_to_forward * fee_proportional_millionths / 1000000 )".
        """
        return self.fee_base_msat + amount_msat * self.fee_proportional_millionths // 1_000_000


HopKey = tuple[int, bytes]
"""Short channel id and source."""

HopsByNode = Mapping[bytes, tuple[Hop, ...]]


@dataclass(frozen=True, slots=True)
class FirstHop:
    """A channel of our own: what can be sent to its peer right now. It costs nothing."""

    channel_id: bytes
    peer_id: bytes
    minimum_msat: int
    can_send_msat: int


class Graph:
    """All hops that are known, by where they lead and by where they begin. It does not change."""

    def __init__(self, into: HopsByNode, out_of: HopsByNode) -> None:
        self.by_target, self.by_source = into, out_of

    @classmethod
    def of(cls, hops: Iterable[Hop]) -> Self:
        """The graph of these hops; a later one of the same key replaces an earlier one."""
        newest = {hop.key: _checked(hop) for hop in hops}
        into: dict[bytes, list[Hop]] = {}
        out_of: dict[bytes, list[Hop]] = {}
        for hop in newest.values():
            into.setdefault(hop.target, []).append(hop)
            out_of.setdefault(hop.source, []).append(hop)
        return cls(
            {target: tuple(found) for target, found in into.items()},
            {source: tuple(found) for source, found in out_of.items()},
        )

    def into(self, node_id: bytes) -> tuple[Hop, ...]:
        """The hops that lead to this node, disabled ones too."""
        return self.by_target.get(node_id, ())

    def out_of(self, node_id: bytes) -> tuple[Hop, ...]:
        """The hops that begin at this node, disabled ones too."""
        return self.by_source.get(node_id, ())

    def including(self, hops: Iterable[Hop]) -> Graph:
        """This graph with `hops` (of an invoice, say), which replace those of the same key."""
        into: dict[bytes, dict[HopKey, Hop]] = {}
        out_of: dict[bytes, dict[HopKey, Hop]] = {}
        for hop in map(_checked, hops):
            known = out_of.setdefault(hop.source, _by_key(self.out_of(hop.source)))
            old = known.get(hop.key, hop)
            known[hop.key] = hop
            if old.target != hop.target:
                into.setdefault(old.target, _by_key(self.into(old.target))).pop(hop.key, None)
            into.setdefault(hop.target, _by_key(self.into(hop.target)))[hop.key] = hop
        return (
            Graph(_changed(self.by_target, into), _changed(self.by_source, out_of))
            if into
            else self
        )

    def without_minimums(self) -> Graph:
        """This graph as it would be if every hop took the smallest payments, too."""
        return _Altered(self, lambda hop: hop._replace(htlc_minimum_msat=0))

    def cautiously(self, known: Container[HopKey]) -> Graph:
        """This graph as it would be if a hop took only half as much at once, but for those that are
        `known`: what it says is mostly all that lies in the channel, on both sides."""

        def halved(hop: Hop) -> Hop:
            most = hop.htlc_maximum_msat // 2
            return hop if hop.key in known else hop._replace(htlc_maximum_msat=most)

        return _Altered(self, halved)


class _Altered(Graph):
    """Made as it is looked at: hardly ever all of it is."""

    def __init__(self, graph: Graph, alter: Callable[[Hop], Hop]) -> None:
        super().__init__(graph.by_target, graph.by_source)
        self._alter = alter

    def into(self, node_id: bytes) -> tuple[Hop, ...]:
        return tuple(map(self._alter, super().into(node_id)))

    def out_of(self, node_id: bytes) -> tuple[Hop, ...]:
        return tuple(map(self._alter, super().out_of(node_id)))


def _by_key(hops: Iterable[Hop]) -> dict[HopKey, Hop]:
    return {hop.key: hop for hop in hops}


def _changed(known: HopsByNode, changed: Mapping[bytes, Mapping[HopKey, Hop]]) -> HopsByNode:
    return {**known, **{node_id: tuple(hops.values()) for node_id, hops in changed.items()}}


def _checked(hop: Hop) -> Hop:
    """The same hop; raises `AmountError` for an amount that cannot exist."""
    for amount in (hop.fee_base_msat, hop.htlc_minimum_msat, hop.htlc_maximum_msat):
        Msat(amount)
    return hop

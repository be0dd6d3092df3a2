"""The network as payments see it: who forwards to whom, for how much, within which limits.

Amounts are plain ints in msat, so that a search over a whole network stays fast; they are checked
where a graph is made, and again where a path becomes an HTLC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True, slots=True)
class FirstHop:
    """A channel of our own: what can be sent to its peer right now. It costs nothing."""

    channel_id: bytes
    peer_id: bytes
    minimum_msat: int
    can_send_msat: int


class Graph:
    """All hops that are known, by where they lead. It does not change."""

    def __init__(self, into: Mapping[bytes, tuple[Hop, ...]]) -> None:
        self._into = into

    @classmethod
    def of(cls, hops: Iterable[Hop]) -> Self:
        """The graph of these hops; a later one of the same key replaces an earlier one."""
        newest = {hop.key: _checked(hop) for hop in hops}
        into: dict[bytes, list[Hop]] = {}
        for hop in newest.values():
            into.setdefault(hop.target, []).append(hop)
        return cls({target: tuple(found) for target, found in into.items()})

    def into(self, node_id: bytes) -> tuple[Hop, ...]:
        """The hops that lead to this node, disabled ones too."""
        return self._into.get(node_id, ())

    def including(self, hops: Iterable[Hop]) -> Graph:
        """This graph with `hops` (of an invoice, say), which replace those of the same key."""
        more: dict[bytes, dict[HopKey, Hop]] = {}
        for hop in hops:
            known = more.setdefault(hop.target, {old.key: old for old in self.into(hop.target)})
            known[hop.key] = _checked(hop)
        changed = {target: tuple(found.values()) for target, found in more.items()}
        return Graph({**self._into, **changed})

    def without_minimums(self) -> Graph:
        """This graph as it would be if every hop took the smallest payments, too."""
        return Graph(
            {
                target: tuple(hop._replace(htlc_minimum_msat=0) for hop in hops)
                for target, hops in self._into.items()
            }
        )


def _checked(hop: Hop) -> Hop:
    """The same hop; raises `AmountError` for an amount that cannot exist."""
    for amount in (hop.fee_base_msat, hop.htlc_minimum_msat, hop.htlc_maximum_msat):
        Msat(amount)
    return hop

"""The hops of all known channels, kept so that a graph for payments is always at hand.

Each update changes one hop, and updates come every second; so only what is at the nodes that
something changed for is put together again. The first time that is everything, which on mainnet
takes a tenth of a second: so what is to be put together is handed out as a `Drawing`, which can be
carried away from where hops change.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final, NamedTuple

from lnwallet_tui.routing.graph import Graph, Hop, HopKey, HopsByNode
from lnwallet_tui.wire.bolt7 import ChannelUpdate

_DISABLE: Final = 2

_Table = Mapping[bytes, Mapping[HopKey, Hop]]


class KnownHops:
    """By their ends. Hops of a source that is `unfit` stay, and stand in no graph."""

    def __init__(self) -> None:
        self._into, self._out_of = _ByNode(), _ByNode()
        self._unfit: set[bytes] = set()
        self._changed: set[bytes] = set()  # nodes
        self._drawing = Drawing(Graph({}, {}))

    def drawing(self) -> Drawing:
        """All hops of fit sources, as they are now. It does not change: another is made when
        something has."""
        if self._changed:
            into, out_of = self._into.lend(self._changed), self._out_of.lend(self._changed)
            changes = _Changes(self._drawing, into, out_of, frozenset(self._unfit))
            self._drawing = Drawing(changes)
            self._changed.clear()
        return self._drawing

    def put(self, hop: Hop) -> None:
        """Add it, or replace what was known of it."""
        self._into.put(hop.target, hop)
        self._out_of.put(hop.source, hop)
        self._changed |= {hop.source, hop.target}

    def remove(self, target: bytes, key: HopKey) -> None:
        """Forget it; one that is not known needs nothing."""
        self._into.remove(target, key)
        self._out_of.remove(key[1], key)
        self._changed |= {target, key[1]}

    def judge(self, source: bytes, *, is_fit: bool, leads_to: set[bytes]) -> None:
        """Whether payments may pass `source`, whose hops lead there."""
        if is_fit is (source not in self._unfit):
            return
        if is_fit:
            self._unfit.discard(source)
        else:
            self._unfit.add(source)
        self._changed |= leads_to | {source}


class _Changes(NamedTuple):
    """What is at these nodes now, by where hops lead and by where they begin."""

    since: Drawing
    into: _Table
    out_of: _Table
    unfit: Set[bytes]


class Drawing:
    """A graph that is put together when it is first asked for, wherever that is."""

    def __init__(self, made_of: Graph | _Changes) -> None:
        self._made_of = made_of  # read and written once: it may be asked by two threads

    def graph(self) -> Graph:
        """It takes long the first time."""
        known = self._made_of
        if isinstance(known, _Changes):
            self._made_of = known = redrawn(known.since.graph(), known)
        return known


def redrawn(before: Graph, changes: _Changes) -> Graph:
    """The graph after these changes."""
    return Graph(
        _replaced(before.by_target, changes.into, changes.unfit),
        _replaced(before.by_source, changes.out_of, changes.unfit),
    )


def _replaced(before: HopsByNode, changed: _Table, unfit: Set[bytes]) -> HopsByNode:
    after = dict(before)
    for node_id, hops in changed.items():
        fit = tuple(hop for hop in hops.values() if hop.source not in unfit)
        if fit:
            after[node_id] = fit
        else:
            after.pop(node_id, None)
    return after


class _ByNode:
    """The hops at one of their ends. What is lent does not change any more: a copy does."""

    def __init__(self) -> None:
        self._hops: dict[bytes, dict[HopKey, Hop]] = {}
        self._lent: set[bytes] = set()

    def lend(self, node_ids: Set[bytes]) -> _Table:
        self._lent |= node_ids
        return {node_id: self._hops.get(node_id, {}) for node_id in node_ids}

    def put(self, node_id: bytes, hop: Hop) -> None:
        self._own(node_id)[hop.key] = hop

    def remove(self, node_id: bytes, key: HopKey) -> None:
        if key in self._hops.get(node_id, {}):
            hops = self._own(node_id)
            del hops[key]
            if not hops:
                del self._hops[node_id]

    def _own(self, node_id: bytes) -> dict[HopKey, Hop]:
        if node_id in self._lent:
            self._lent.discard(node_id)
            self._hops[node_id] = dict(self._hops.get(node_id, {}))
        return self._hops.setdefault(node_id, {})


def hop_of(update: ChannelUpdate, source: bytes, target: bytes) -> Hop:
    """What an update says of the hop that it is about."""
    least, most = update.htlc_minimum_msat.value, update.htlc_maximum_msat.value
    return Hop(
        short_channel_id=int(update.short_channel_id),
        source=source,
        target=target,
        fee_base_msat=update.fee_base_msat.value,
        fee_proportional_millionths=update.fee_proportional_millionths,
        cltv_expiry_delta=update.cltv_expiry_delta,
        htlc_minimum_msat=least,
        htlc_maximum_msat=most,
        # BOLT 7: `htlc_maximum_msat` < `htlc_minimum_msat`: "SHOULD ignore this channel"
        is_disabled=bool(update.channel_flags & _DISABLE) or most < least,
    )

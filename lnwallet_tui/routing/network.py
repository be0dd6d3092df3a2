"""The network as far as gossip tells it: announcements that are verified, then kept or ignored.

A wallet that follows the chain by filters does not look up every funding output. So an
announcement proves that four keys signed it, not that the channel exists: a way over one that does
not costs a failed attempt, no money. That is also why a second, different announcement of a channel
blacklists nobody here, as BOLT 7 suggests to who knows the outputs: it could be made up to silence
others. The first one stands.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, assert_never

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.routing.graph import Graph, Hop
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement
from lnwallet_tui.wire.features import NAMES, Features, unknown_required
from lnwallet_tui.wire.scid import ShortChannelId

MAX_CHANNELS: Final = 250_000
"""More than this is kept of nobody: it is about four times what the network had in 2026."""

STALE_S: Final = 14 * 86_400
"""BOLT 7: "MAY prune a channel should the timestamp of the latest channel_update [...] be older
than two weeks"."""

_KNOWN_FEATURES: Final = Features(NAMES)
"""Whatever BOLT 9 names: a node that needs it of its peers still forwards for strangers."""

_TOO_FAR_AHEAD_S: Final = 86_400
_DIRECTION, _DISABLE = 1, 2
_DONT_FORWARD: Final = 2

GossipMessage = ChannelAnnouncement | ChannelUpdate | NodeAnnouncement


class BadGossipSignature(Exception):
    """A message that was not signed by who should have; warn its sender and hang up."""


class Learned(enum.Enum):
    """What became of a message."""

    NEW = "new"  # kept, and to be told to others by who relays gossip
    IGNORED = "ignored"


@dataclass(slots=True)
class _Known:
    """A channel: its announcement and the newest update of each direction."""

    announcement: ChannelAnnouncement
    updates: list[ChannelUpdate | None]

    def node_id(self, direction: int) -> bytes:
        return (self.announcement.node_id_1, self.announcement.node_id_2)[direction]


class KnownNetwork:
    """Everything that was announced on one chain. It changes with what it learns."""

    def __init__(self, chain_hash: bytes) -> None:
        self._chain_hash = chain_hash
        self._channels: dict[ShortChannelId, _Known] = {}
        self._nodes: dict[bytes, NodeAnnouncement] = {}
        self._degrees: dict[bytes, int] = {}
        self._graph: Graph | None = None

    # -- asking
    def graph(self) -> Graph:
        """All hops of channels that were announced, and whose fees are known."""
        if self._graph is None:
            self._graph = Graph.of(self._hops())
        return self._graph

    def announcement(self, node_id: bytes) -> NodeAnnouncement | None:
        """What the node last said of itself; its alias is a stranger's text."""
        return self._nodes.get(node_id)

    def agrees_with(self, message: ChannelAnnouncement) -> bool:
        """Whether at its place no channel between other nodes is known."""
        known = self._channels.get(message.short_channel_id)
        ends = message.node_id_1, message.node_id_2
        return known is None or (known.node_id(0), known.node_id(1)) == ends

    def messages(self) -> Iterator[GossipMessage]:
        """All of it in an order in which it can be learnt."""
        for known in self._channels.values():
            yield known.announcement
            yield from (update for update in known.updates if update is not None)
        yield from self._nodes.values()

    def __len__(self) -> int:
        """How many channels are known."""
        return len(self._channels)

    # -- learning
    def learn(self, message: GossipMessage, now: int) -> Learned:
        """Verify and keep; `now` in Unix seconds. Raises `BadGossipSignature`."""
        match message:
            case ChannelAnnouncement():
                learned = self._announced(message)
            case ChannelUpdate():
                learned = self._updated(message, now)
            case NodeAnnouncement():
                learned = self._introduced(message)
            case _:
                assert_never(message)
        return learned

    def forget(self, short_channel_id: ShortChannelId) -> None:
        """The channel was closed; so are nodes without any other."""
        known = self._channels.pop(short_channel_id, None)
        if known is None:
            return
        self._graph = None
        for node_id in (known.node_id(0), known.node_id(1)):
            self._degrees[node_id] -= 1
            if self._degrees[node_id] == 0:
                del self._degrees[node_id]
                self._nodes.pop(node_id, None)

    def prune(self, now: int) -> None:
        """Forget channels of which nobody has said anything for two weeks."""
        for short_channel_id, known in list(self._channels.items()):
            newest = max((update.timestamp for update in known.updates if update), default=0)
            if newest + STALE_S < now:
                self.forget(short_channel_id)

    # -- each kind of message
    def _announced(self, message: ChannelAnnouncement) -> Learned:
        is_known = message.short_channel_id in self._channels
        if message.chain_hash != self._chain_hash or is_known or len(self) >= MAX_CHANNELS:
            return Learned.IGNORED
        # BOLT 7: "node_id_1 is the lexicographically-lesser of the two compressed keys"
        if not message.node_id_1 < message.node_id_2:
            return Learned.IGNORED
        digest = message.digest()
        signed = (
            (message.node_id_1, message.node_signature_1),
            (message.node_id_2, message.node_signature_2),
            (message.bitcoin_key_1, message.bitcoin_signature_1),
            (message.bitcoin_key_2, message.bitcoin_signature_2),
        )
        if not all(curve.verify(key, digest, signature) for key, signature in signed):
            raise BadGossipSignature
        self._channels[message.short_channel_id] = _Known(message, [None, None])
        for node_id in (message.node_id_1, message.node_id_2):
            self._degrees[node_id] = self._degrees.get(node_id, 0) + 1
        return Learned.NEW

    def _updated(self, message: ChannelUpdate, now: int) -> Learned:
        # BOLT 7: "if the `short_channel_id` does NOT match a previous `channel_announcement`:
        # MUST ignore"; an update for the peer alone is none of the network's.
        known = self._channels.get(message.short_channel_id)
        is_private = bool(message.message_flags & _DONT_FORWARD)
        if known is None or is_private or message.chain_hash != self._chain_hash:
            return Learned.IGNORED
        if not 0 < message.timestamp <= now + _TOO_FAR_AHEAD_S:
            return Learned.IGNORED
        direction = message.channel_flags & _DIRECTION
        before = known.updates[direction]
        if before is not None and message.timestamp <= before.timestamp:
            return Learned.IGNORED
        if not curve.verify(known.node_id(direction), message.digest(), message.signature):
            raise BadGossipSignature
        known.updates[direction] = message
        self._graph = None
        return Learned.NEW

    def _introduced(self, message: NodeAnnouncement) -> Learned:
        before = self._nodes.get(message.node_id)
        is_older = before is not None and message.timestamp <= before.timestamp
        if message.node_id not in self._degrees or is_older:
            return Learned.IGNORED
        if not curve.verify(message.node_id, message.digest(), message.signature):
            raise BadGossipSignature
        self._nodes[message.node_id] = message
        self._graph = None
        return Learned.NEW

    # -- drawing the graph
    def _hops(self) -> Iterator[Hop]:
        for known in self._channels.values():
            if unknown_required(Features.from_bytes(known.announcement.features), Features()):
                continue  # BOLT 7: "MUST NOT attempt to route messages through the channel"
            for direction, update in enumerate(known.updates):
                if update is not None and self._forwards(known.node_id(direction)):
                    yield _hop(update, known.node_id(direction), known.node_id(1 - direction))

    def _forwards(self, node_id: bytes) -> bool:
        """BOLT 7: with unknown even bits "MUST NOT route a payment _through_ the node"."""
        announced = self._nodes.get(node_id)
        return announced is None or not unknown_required(
            Features.from_bytes(announced.features), _KNOWN_FEATURES
        )


def _hop(update: ChannelUpdate, source: bytes, target: bytes) -> Hop:
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

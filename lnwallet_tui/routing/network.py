"""The network as far as gossip tells it: announcements that are verified, then kept or ignored.

A wallet that follows the chain by filters does not look up every funding output. So an
announcement proves that four keys signed it, not that the channel exists: a way over one that does
not costs a failed attempt, no money. That is also why a second, different announcement of a channel
blacklists nobody here, as BOLT 7 suggests to who knows the outputs: it could be made up to silence
others. The first one stands.

Verifying takes most of the time, so it stands apart: `checks` says what has to be verified, and
`adopt` keeps what was. `learn` is all three at once.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, assert_never

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.routing.graph import Graph
from lnwallet_tui.routing.known import Drawing, KnownHops, hop_of
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement
from lnwallet_tui.wire.features import NAMES, Features, unknown_required
from lnwallet_tui.wire.scid import ShortChannelId

MAX_CHANNELS: Final = 250_000
"""More than this is kept of nobody: it is about four times what the network had in 2026."""

STALE_S: Final = 14 * 86_400
"""BOLT 7: "if the `timestamp` of the latest `channel_update` in either direction is older than two
weeks (1209600 seconds): MAY prune the channel"."""

_KNOWN_FEATURES: Final = Features(NAMES)
"""Whatever BOLT 9 names: a node that needs it of its peers still forwards for strangers."""

_TOO_FAR_AHEAD_S: Final = 86_400
_DIRECTION: Final = 1
_DONT_FORWARD: Final = 2

GossipMessage = ChannelAnnouncement | ChannelUpdate | NodeAnnouncement


class BadGossipSignature(Exception):
    """A message that was not signed by who should have; warn its sender and hang up."""


class Learned(enum.Enum):
    """What became of a message."""

    NEW = "new"  # kept, and to be told to others by who relays gossip
    IGNORED = "ignored"


class Check(NamedTuple):
    """A signature to be verified."""

    key: bytes
    digest: bytes
    signature: bytes


def are_valid(checks: Iterable[Check]) -> bool:
    """Whether all were signed by who should have. A quarter of a millisecond for a channel."""
    return all(curve.verify(*check) for check in checks)


def is_proof(message: GossipMessage) -> bool:
    """Whether an invalid signature of this message shows that its sender did not verify it.

    Of an update it does not: it is held against the announcement that is known for its place, and
    there may be two, of which one was made up by a stranger. Whoever passes on what fits the other
    one has done nothing wrong, be ours the real one or not.
    """
    return not isinstance(message, ChannelUpdate)


@dataclass(slots=True)
class _Known:
    """A channel: its announcement, since when it is known, and the newest update of each
    direction."""

    announcement: ChannelAnnouncement
    since: int
    updates: list[ChannelUpdate | None]

    def node_id(self, direction: int) -> bytes:
        return _ends(self.announcement)[direction]

    def last_heard(self) -> int:
        """When the end that has been silent for longer last said something."""
        return min(self.since if one is None else one.timestamp for one in self.updates)


class KnownNetwork:
    """Everything that was announced on one chain. It changes with what it learns."""

    def __init__(self, chain_hash: bytes) -> None:
        self._chain_hash = chain_hash
        self._channels: dict[ShortChannelId, _Known] = {}
        self._nodes: dict[bytes, NodeAnnouncement] = {}
        self._of_node: dict[bytes, set[ShortChannelId]] = {}
        self._hops = KnownHops()
        self.newest = 0
        """When the newest message that was kept was written, Unix seconds; 0 before the first."""

    # -- asking
    def drawing(self) -> Drawing:
        """All hops of channels that were announced, and whose fees are known; to be put together
        where there is time for it."""
        return self._hops.drawing()

    def graph(self) -> Graph:
        """The same, put together."""
        return self.drawing().graph()

    def announcement(self, node_id: bytes) -> NodeAnnouncement | None:
        """What the node last said of itself; its alias is a stranger's text."""
        return self._nodes.get(node_id)

    def needs(self, node_id: bytes) -> Features:
        """The features that the node said it cannot do without, and that nobody here knows."""
        said = self._nodes.get(node_id)
        features = b"" if said is None else said.features
        return unknown_required(Features.from_bytes(features), _KNOWN_FEATURES)

    def agrees_with(self, message: ChannelAnnouncement) -> bool:
        """Whether at its place no channel between other nodes is known."""
        known = self._channels.get(message.short_channel_id)
        return known is None or _ends(known.announcement) == _ends(message)

    def places(self) -> tuple[ShortChannelId, ...]:
        """Of all channels, in the order in which they were learnt."""
        return tuple(self._channels)

    def nodes(self) -> tuple[bytes, ...]:
        """All that have introduced themselves."""
        return tuple(self._nodes)

    def channel(
        self, place: ShortChannelId
    ) -> tuple[ChannelAnnouncement, tuple[ChannelUpdate, ...]] | None:
        """What is known of a channel: the announcement and the newest updates."""
        known = self._channels.get(place)
        if known is None:
            return None
        return known.announcement, tuple(one for one in known.updates if one is not None)

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
        """Verify and keep; `now` in Unix seconds. Raises `BadGossipSignature` where `is_proof`."""
        if not self.is_wanted(message, now):
            return Learned.IGNORED
        if not are_valid(self.checks(message)):
            if is_proof(message):
                raise BadGossipSignature
            return Learned.IGNORED
        self.adopt(message, now)
        return Learned.NEW

    def is_wanted(
        self,
        message: GossipMessage,
        now: int,
        announced: Mapping[ShortChannelId, ChannelAnnouncement] | None = None,
    ) -> bool:
        """Whether the message is worth verifying. `announced` are channels that are being verified
        just now: what is said of them may be wanted, too."""
        coming = announced or {}
        match message:
            case ChannelAnnouncement():
                return self._is_new_channel(message) and message.short_channel_id not in coming
            case ChannelUpdate():
                return self._is_news(message, now, coming)
            case NodeAnnouncement():
                ends = {end for channel in coming.values() for end in _ends(channel)}
                before = self._nodes.get(message.node_id)
                is_older = before is not None and message.timestamp <= before.timestamp
                return not is_older and (
                    message.node_id in self._of_node or message.node_id in ends
                )
            case _:
                assert_never(message)

    def checks(
        self,
        message: GossipMessage,
        announced: Mapping[ShortChannelId, ChannelAnnouncement] | None = None,
    ) -> tuple[Check, ...]:
        """What has to be valid for a message that is wanted."""
        digest = message.digest()
        match message:
            case ChannelAnnouncement():
                return (
                    Check(message.node_id_1, digest, message.node_signature_1),
                    Check(message.node_id_2, digest, message.node_signature_2),
                    Check(message.bitcoin_key_1, digest, message.bitcoin_signature_1),
                    Check(message.bitcoin_key_2, digest, message.bitcoin_signature_2),
                )
            case ChannelUpdate():
                channel = self._announcement(message.short_channel_id, announced or {})
                assert channel is not None, "only an update of a known channel is wanted"
                source = _ends(channel)[message.channel_flags & _DIRECTION]
                return (Check(source, digest, message.signature),)
            case NodeAnnouncement():
                return (Check(message.node_id, digest, message.signature),)
            case _:
                assert_never(message)

    def adopt(self, message: GossipMessage, now: int) -> None:
        """Keep a message that is wanted, and whose checks are valid."""
        match message:
            case ChannelAnnouncement():
                self._announced(message, now)
            case ChannelUpdate():
                self._updated(message)
                self.newest = max(self.newest, message.timestamp)
            case NodeAnnouncement():
                self._introduced(message)
                self.newest = max(self.newest, message.timestamp)
            case _:
                assert_never(message)

    # -- forgetting
    def forget(self, short_channel_id: ShortChannelId) -> None:
        """The channel was closed; so are nodes without any other."""
        known = self._channels.pop(short_channel_id, None)
        if known is None:
            return
        ends = _ends(known.announcement)
        for source, target in (ends, ends[::-1]):
            self._hops.remove(target, (int(short_channel_id), source))
        for node_id in ends:
            self._of_node[node_id].discard(short_channel_id)
            if not self._of_node[node_id]:
                del self._of_node[node_id]
                self._nodes.pop(node_id, None)
                self._hops.judge(node_id, is_fit=True, leads_to=set())

    def prune(self, now: int) -> None:
        """Forget channels of which one end has said nothing for two weeks.

        BOLT 7: "The oldest `channel_update` is used to prune the channel since both sides need to
        be active in order for the channel to be usable".
        """
        for short_channel_id, known in list(self._channels.items()):
            if known.last_heard() + STALE_S < now:
                self.forget(short_channel_id)

    # -- each kind of message
    def _announcement(
        self, place: ShortChannelId, coming: Mapping[ShortChannelId, ChannelAnnouncement]
    ) -> ChannelAnnouncement | None:
        known = self._channels.get(place)
        return coming.get(place) if known is None else known.announcement

    def _is_new_channel(self, message: ChannelAnnouncement) -> bool:
        is_known = message.short_channel_id in self._channels
        if message.chain_hash != self._chain_hash or is_known or len(self) >= MAX_CHANNELS:
            return False
        # BOLT 7: "node_id_1 is the lexicographically-lesser of the two compressed keys"
        return message.node_id_1 < message.node_id_2

    def _is_news(
        self,
        message: ChannelUpdate,
        now: int,
        coming: Mapping[ShortChannelId, ChannelAnnouncement],
    ) -> bool:
        # BOLT 7: "if the `short_channel_id` does NOT match a previous `channel_announcement`:
        # MUST ignore"; an update for the peer alone is none of the network's.
        if self._announcement(message.short_channel_id, coming) is None:
            return False
        if message.message_flags & _DONT_FORWARD or message.chain_hash != self._chain_hash:
            return False
        if not 0 < message.timestamp <= now + _TOO_FAR_AHEAD_S:
            return False
        known = self._channels.get(message.short_channel_id)
        before = known.updates[message.channel_flags & _DIRECTION] if known else None
        return before is None or message.timestamp > before.timestamp

    def _announced(self, message: ChannelAnnouncement, now: int) -> None:
        self._channels[message.short_channel_id] = _Known(message, now, [None, None])
        for node_id in _ends(message):
            self._of_node.setdefault(node_id, set()).add(message.short_channel_id)

    def _updated(self, message: ChannelUpdate) -> None:
        known = self._channels[message.short_channel_id]
        direction = message.channel_flags & _DIRECTION
        known.updates[direction] = message
        if unknown_required(Features.from_bytes(known.announcement.features), Features()):
            return  # BOLT 7: "MUST NOT attempt to route messages through the channel"
        self._hops.put(hop_of(message, known.node_id(direction), known.node_id(1 - direction)))

    def _introduced(self, message: NodeAnnouncement) -> None:
        """BOLT 7: with unknown even bits "MUST NOT route a payment _through_ the node"."""
        self._nodes[message.node_id] = message
        is_fit = not self.needs(message.node_id)
        channels = (self._channels[place] for place in self._of_node[message.node_id])
        targets = {end for channel in channels for end in _ends(channel.announcement)}
        self._hops.judge(message.node_id, is_fit=is_fit, leads_to=targets)


def _ends(announcement: ChannelAnnouncement) -> tuple[bytes, bytes]:
    return announcement.node_id_1, announcement.node_id_2

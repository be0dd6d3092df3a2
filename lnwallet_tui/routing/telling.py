"""What a peer has asked to be told of the network, and how far we have got with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from lnwallet_tui.routing.network import GossipMessage, KnownNetwork
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement, GossipTimestampFilter


class Telling:
    """All of `known` that the filter asks for, in portions, however much that is.

    Only names wait here: what they stand for is looked up when its turn comes, so it is the newest
    then, and nothing is kept for a peer that other peers do not share.
    """

    def __init__(self, known: KnownNetwork, wanted: GossipTimestampFilter) -> None:
        self._known = known
        self._wanted = wanted
        self._channels, self._nodes = deque(known.places()), deque(known.nodes())

    @property
    def is_over(self) -> bool:
        """Whether everything was told."""
        return not self._channels and not self._nodes

    def asks_for(self, message: GossipMessage) -> bool:
        """Whether a message of others is of the times that the peer is interested in.

        BOLT 7: "SHOULD restrict future gossip messages to those whose `timestamp` is greater or
        equal to `first_timestamp`, and less than `first_timestamp` plus `timestamp_range`."
        """
        first, span = self._wanted.first_timestamp, self._wanted.timestamp_range
        return isinstance(message, ChannelAnnouncement) or 0 <= message.timestamp - first < span

    def portion(self, about: int) -> list[GossipMessage]:
        """The next messages, about so many."""
        told: list[GossipMessage] = []
        while len(told) < about and not self.is_over:
            told += self._of_channel() if self._channels else self._of_node()
        return told

    def _of_channel(self) -> Iterator[GossipMessage]:
        """BOLT 7: "If a `channel_announcement` has no corresponding `channel_update`s: MUST NOT
        send the `channel_announcement`"; else "MUST send the `channel_announcement` prior to any
        corresponding `channel_update`s and `node_announcement`s"."""
        found = self._known.channel(self._channels.popleft())
        if found is None:
            return
        announcement, updates = found
        asked_for = [update for update in updates if self.asks_for(update)]
        if asked_for:
            yield announcement
            yield from asked_for

    def _of_node(self) -> Iterator[GossipMessage]:
        message = self._known.announcement(self._nodes.popleft())
        if message is not None and self.asks_for(message):
            yield message

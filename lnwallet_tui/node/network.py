"""What is announced: heard from peers, told to them by a node that relays.

A wallet listens, to find ways; it announces nothing and passes nothing on. Nothing of this is kept
on disk: every peer tells it again.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.node import gossip
from lnwallet_tui.node.channels import Channels
from lnwallet_tui.node.forwarding_terms import ForwardingTerms
from lnwallet_tui.node.peers import Peers
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.routing.graph import Graph
from lnwallet_tui.routing.network import GossipMessage, KnownNetwork, Learned
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement, GossipTimestampFilter
from lnwallet_tui.wire.scid import ShortChannelId

_FROM_THE_BEGINNING: Final = 0
_FOR_EVER: Final = 0xFFFFFFFF


class Network:
    """The announced channels and nodes that are known."""

    def __init__(
        self, shell: Shell, channels: Channels, peers: Peers, terms: ForwardingTerms
    ) -> None:
        self._shell, self._channels, self._peers, self._terms = shell, channels, peers, terms
        self._known = KnownNetwork(shell.config.network.chain_hash)
        self._listening: dict[bytes, None] = {}  # peers that asked for gossip
        self._public: dict[bytes, ShortChannelId] = {}  # channels of our own that are in use

    def graph(self) -> Graph:
        """All hops through others."""
        return self._known.graph()

    # -- peers
    def peer_up(self, peer_id: bytes) -> None:
        """Ask the peer for all that it knows."""
        ask = GossipTimestampFilter(
            chain_hash=self._shell.config.network.chain_hash,
            first_timestamp=_FROM_THE_BEGINNING,
            timestamp_range=_FOR_EVER,
        )
        self._peers.send(peer_id, ask)

    def peer_down(self, peer_id: bytes) -> None:
        """The connection has ended."""
        self._listening.pop(peer_id, None)

    def asked(self, peer_id: bytes, wanted: GossipTimestampFilter) -> None:
        """A peer wants gossip; who relays tells all of it, whatever its timestamps."""
        if self._shell.config.relay is None or peer_id in self._listening:
            return
        if wanted.chain_hash == self._shell.config.network.chain_hash:
            self._listening[peer_id] = None
            for message in self._known.messages():
                self._peers.send(peer_id, message)

    def heard(self, peer_id: bytes, message: GossipMessage) -> None:
        """Raises `BadGossipSignature`."""
        if self._known.learn(message, self._shell.now()) is Learned.NEW:
            self._pass_on(message, besides=peer_id)

    def _pass_on(self, message: GossipMessage, besides: bytes) -> None:
        for peer_id in self._listening:
            if peer_id != besides:
                self._peers.send(peer_id, message)

    # -- our own
    def announced(self, channel: Channel, peer_id: bytes, complete: ChannelAnnouncement) -> None:
        """A channel of ours is public: tell everybody, and what we ask for it."""
        before = self._public.get(channel.channel_id)
        if before is not None and before != complete.short_channel_id:
            self._known.forget(before)  # a reorganisation moved the funding
        if not self._known.agrees_with(complete):
            self._known.forget(complete.short_channel_id)  # a stranger made something up for it
        self._public[channel.channel_id] = complete.short_channel_id
        key, now = self._shell.node_key, self._shell.now()
        name = gossip.our_announcement(self._shell.config.alias, key.public_key, now, key.sign)
        terms = self._terms.public_update(channel, peer_id, complete.short_channel_id)
        for message in (complete, terms, name):
            if self._known.learn(message, now) is Learned.NEW:
                self._pass_on(message, besides=b"")

    def changed(self, channel: Channel, peer_id: bytes) -> None:
        """A public channel of ours that is being closed is switched off."""
        if channel.channel_id not in self._public or channel.phase is Phase.READY:
            return
        place = self._public.pop(channel.channel_id)
        update = self._terms.public_update(channel, peer_id, place)
        if self._known.learn(update, self._shell.now()) is Learned.NEW:
            self._pass_on(update, besides=b"")

"""What is announced: heard from peers, told to them by a node that relays.

A wallet listens, to find ways; it announces nothing and passes nothing on. Nothing of this is kept
on disk: every peer tells it again.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.node.alarm import Alarm
from lnwallet_tui.node.channels.channels import Channels
from lnwallet_tui.node.channels.forwarding_terms import ForwardingTerms
from lnwallet_tui.node.peers import gossip
from lnwallet_tui.node.peers.hearing import Hearing
from lnwallet_tui.node.peers.peers import Peers
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.routing.known import Drawing
from lnwallet_tui.routing.network import GossipMessage, KnownNetwork, Learned
from lnwallet_tui.routing.telling import Telling
from lnwallet_tui.wire.bolt1 import Warning_
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement, ChannelUpdate, GossipTimestampFilter
from lnwallet_tui.wire.features import Features
from lnwallet_tui.wire.scid import ShortChannelId

TOLD_AT_ONCE: Final = 100
TELLING_PACE_MS: Final = 100
"""Together 1,000 messages a second for each peer that asks, about 300 kB: none of them gets so much
at once that its connection is cut, nor keeps us from anything else."""

REFRESH_S: Final = 7 * 86_400
"""Others forget a channel after two weeks without a word from both ends (BOLT 7); half of that
leaves a relay that is off for some days its place."""

_HOUSEKEEPING_MS: Final = 3_600_000
_FROM_THE_BEGINNING: Final = 0
_FOR_EVER: Final = 0xFFFFFFFF
_ALL_CHANNELS: Final = bytes(32)


class Network:
    """The announced channels and nodes that are known."""

    def __init__(
        self, shell: Shell, channels: Channels, peers: Peers, terms: ForwardingTerms
    ) -> None:
        self._shell, self._channels, self._peers, self._terms = shell, channels, peers, terms
        self._known = KnownNetwork(shell.config.network.chain_hash)
        self._hearing = Hearing(shell, lambda: self._known, self)
        self._listening: dict[bytes, Telling] = {}  # peers that asked for gossip
        self._public: dict[bytes, ShortChannelId] = {}  # channels of our own that are in use
        self._telling = Alarm(shell, "tell gossip", self._tell_more)
        self._housekeeping = Alarm(shell, "gossip housekeeping", self._keep_house)
        self._house_due_ms = 0

    def start(self) -> None:
        """From now on what is old is forgotten."""
        self._house_due_ms = self._shell.ports.clock.now_ms() + _HOUSEKEEPING_MS
        self._housekeeping.set(self._house_due_ms)

    def drawing(self) -> Drawing:
        """All hops through others, to be put together away from the loop."""
        return self._known.drawing()

    def extent(self) -> tuple[int, int, int]:
        """How many channels and nodes are known, and when the newest of that was written."""
        return len(self._known), len(self._known.nodes()), self._known.newest

    def alias(self, node_id: bytes) -> bytes:
        """What a node calls itself, a stranger's text; empty where it said nothing."""
        announcement = self._known.announcement(node_id)
        return b"" if announcement is None else announcement.alias.rstrip(b"\x00")

    def needs(self, node_id: bytes) -> Features:
        """What a node cannot do without, and nobody here knows."""
        return self._known.needs(node_id)

    def aliases(self) -> tuple[tuple[bytes, bytes], ...]:
        """The same of all nodes that are known."""
        return tuple((node_id, self.alias(node_id)) for node_id in self._known.nodes())

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
        self._hearing.forget(peer_id)

    # -- telling
    def asked(self, peer_id: bytes, wanted: GossipTimestampFilter) -> None:
        """A peer wants gossip; who relays tells it, some at a time. BOLT 7: "this filter replaces
        any previous one"."""
        if self._shell.config.relay is None:
            return
        if wanted.chain_hash == self._shell.config.network.chain_hash:
            is_first = peer_id not in self._listening
            self._listening[peer_id] = Telling(self._known, wanted)
            if is_first:  # who asks again and again is told no faster for it
                self._tell(peer_id)

    def _tell(self, peer_id: bytes) -> None:
        telling = self._listening[peer_id]
        for message in telling.portion(TOLD_AT_ONCE):
            self._peers.send(peer_id, message)
        self._pace_telling()

    def _tell_more(self) -> None:
        for peer_id in tuple(self._listening):
            self._tell(peer_id)

    def _pace_telling(self) -> None:
        if any(not telling.is_over for telling in self._listening.values()):
            self._telling.set(self._shell.ports.clock.now_ms() + TELLING_PACE_MS)

    def _pass_on(self, message: GossipMessage, *, by: bytes | None) -> None:
        """Tell who listens; `by` told us, None: it is our own.

        BOLT 7: what we say ourselves goes out "regardless of `timestamp`"; and an announcement goes
        out with the first update, for without "MUST NOT send the `channel_announcement`".

        At once, though BOLT 7 "SHOULD flush outgoing gossip messages once every 60 seconds". That
        saves bandwidth where much is told twice within a minute. Relays are run by the playground
        alone, and each of them tells a message once, whoever it came from; but payers would hear of
        new terms later by a minute for every relay in between, and fail for it.
        """
        if isinstance(message, ChannelAnnouncement):
            return
        messages: list[GossipMessage] = [message]
        if isinstance(message, ChannelUpdate):
            channel = self._known.channel(message.short_channel_id)
            if channel is not None and len(channel[1]) == 1:
                messages.insert(0, channel[0])
        for peer_id, telling in self._listening.items():
            if peer_id != by and (by is None or telling.asks_for(message)):
                for one in messages:
                    self._peers.send(peer_id, one)

    # -- hearing
    def heard(self, peer_id: bytes, message: GossipMessage) -> None:
        """It is verified in its turn, away from the loop."""
        self._hearing.put(peer_id, message)

    def learnt(self, message: GossipMessage, by: bytes) -> None:
        """It was news, and is kept."""
        self._pass_on(message, by=by)

    def lied(self, peer_id: bytes) -> None:
        """BOLT 7: "SHOULD send a `warning` and close the connection"."""
        self._peers.send(peer_id, Warning_(_ALL_CHANNELS, b"bad signature"))
        self._peers.disconnect(peer_id, "The peer sent gossip with a bad signature.")

    def pause(self, peer_id: bytes, *, paused: bool) -> None:
        """Do not read on before what was heard is worked off."""
        self._peers.pause(peer_id, paused=paused)

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
            self._say(message)

    def changed(self, channel: Channel, peer_id: bytes) -> None:
        """A public channel of ours that is being closed is switched off."""
        if channel.channel_id not in self._public or channel.phase is Phase.READY:
            return
        place = self._public.pop(channel.channel_id)
        self._say(self._terms.public_update(channel, peer_id, place))

    def _say(self, message: GossipMessage) -> None:
        if self._known.learn(message, self._shell.now()) is Learned.NEW:
            self._pass_on(message, by=None)

    # -- what is old
    def _keep_house(self) -> None:
        """Say again what others would forget, and forget what others do not say again.

        Who has slept, as a laptop does, hears first what it has missed: with the next hour it
        looks again.
        """
        now_ms = self._shell.ports.clock.now_ms()
        has_slept = now_ms > self._house_due_ms + _HOUSEKEEPING_MS
        self.start()
        self._refresh()
        if not has_slept:
            self._known.prune(self._shell.now())

    def _refresh(self) -> None:
        for channel_id, place in self._public.items():
            held, known = self._channels.find(channel_id), self._known.channel(place)
            if held is None or known is None:
                continue
            direction = int(self._shell.node_id != known[0].node_id_1)
            said = [one for one in known[1] if one.channel_flags & 1 == direction]
            if not said or said[0].timestamp + REFRESH_S <= self._shell.now():
                self._say(self._terms.public_update(held.channel, held.peer_id, place))

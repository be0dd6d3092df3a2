"""What each end of our channels asks for forwarding over it: told to the peer, heard from it.

Ours lets a peer forward to others by us, if we relay; theirs stands in the route hints of invoices,
so that others find us behind the peer (BOLT 7, BOLT 11).
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.funding import obstacle
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.invoice.fields import HopHint
from lnwallet_tui.node.channels.channels import Channels
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.config import RelayTerms
from lnwallet_tui.node.peers import gossip
from lnwallet_tui.node.peers.peers import Peers
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.payment.forwarding import Outgoing
from lnwallet_tui.policy import MOST_HINTS
from lnwallet_tui.store.updates import PeerPolicy, load_policies, save_policy
from lnwallet_tui.wire.bolt7 import ChannelUpdate
from lnwallet_tui.wire.codec import encode
from lnwallet_tui.wire.scid import ShortChannelId

_FORWARDS_NOTHING: Final = RelayTerms()

_NO_NAME: Final = (
    "Only the peer itself can pay you here yet. It has not said by which name others reach the "
    "channel; it has to, and does so when it connects. There is nothing for you to do."
)
_NO_TERMS: Final = (
    "Only the peer itself can pay you here yet. It has not said what it asks for passing payments "
    "on to you; it has to, soon after it connects. There is nothing for you to do."
)
_SWITCHED_OFF: Final = (
    "Only the peer itself can pay you here: it does not pass on what others pay you, and only the "
    "peer can change that. Nothing is broken, and you can pay as usual. To be paid by others, you "
    "need a channel with a node that passes payments on."
)


class ForwardingTerms:
    """Of all channels."""

    def __init__(self, shell: Shell, channels: Channels, peers: Peers) -> None:
        self._shell, self._channels, self._peers = shell, channels, peers
        self._theirs = load_policies(shell.store, shell.damaged.met)
        self._newest: dict[bytes, int] = {}
        self._told: set[int] = set()  # channels whose peer knows ours on this connection

    # -- ours
    def tell(self, held: Held) -> None:
        """Tell the peer, once on each connection, when the channel is in use.

        BOLT 7: "MUST NOT send a created `channel_update` before `channel_ready` has been received".
        """
        if not _is_in_use(held) or held.number in self._told:
            return
        self._told.add(held.number)
        self._peers.send(held.peer_id, self._our_update(held.channel, held.peer_id))

    def peer_down(self, peer_id: bytes) -> None:
        """The connection has ended."""
        self._told -= {held.number for held in self._channels.of_peer(peer_id)}

    def _our_update(self, channel: Channel, peer_id: bytes) -> ChannelUpdate:
        # BOLT 7: "MUST set the `short_channel_id` to either an `alias` it has received from the
        # peer, or the real channel `short_channel_id`".
        scid = channel.ready.their_alias or channel.short_channel_id
        assert scid is not None, "a channel in use has a place or an alias"
        return self._update(channel, peer_id, scid, public=False)

    def public_update(
        self, channel: Channel, peer_id: bytes, place: ShortChannelId
    ) -> ChannelUpdate:
        """For a channel that was announced; it is disabled once it is being closed."""
        return self._update(channel, peer_id, place, public=True)

    def _update(
        self,
        channel: Channel,
        peer_id: bytes,
        scid: ShortChannelId,
        *,
        public: bool,
        is_new: bool = True,
    ) -> ChannelUpdate:
        key, timestamp = self._shell.node_key, self._timestamp(channel.channel_id, is_new)
        return gossip.our_update(
            chain_hash=self._shell.config.network.chain_hash,
            short_channel_id=scid,
            node_id=key.public_key,
            peer_id=peer_id,
            policy=self._our_policy(channel, peer_id, timestamp),
            sign=key.sign,
            public=public,
        )

    def _terms(self, peer_id: bytes) -> RelayTerms:
        """What we ask for forwarding to that peer."""
        config = self._shell.config
        return config.relay_to.get(peer_id, config.relay or _FORWARDS_NOTHING)

    def _our_policy(self, channel: Channel, peer_id: bytes, timestamp: int) -> PeerPolicy:
        ours = self._terms(peer_id)
        least, most = self._limits(channel, ours)
        return PeerPolicy(
            timestamp=timestamp,
            cltv_expiry_delta=ours.cltv_expiry_delta,
            htlc_minimum=least,
            htlc_maximum=most,
            fee_base=ours.fee_base,
            fee_proportional_millionths=ours.fee_proportional_millionths,
            # A wallet forwards nothing: nobody is to be sent to us on the way to somebody else.
            disabled=channel.phase is not Phase.READY
            or self._shell.config.relay is None
            or ours.disabled,
        )

    @staticmethod
    def _limits(channel: Channel, ours: RelayTerms) -> tuple[Msat, Msat]:
        """The least and the most of an HTLC that the peer takes and we want to forward."""
        least = max(channel.theirs.htlc_minimum, ours.htlc_minimum)
        most = min(channel.funding.value.to_msat(), channel.theirs.max_htlc_value_in_flight)
        most = most if ours.htlc_maximum is None else min(most, ours.htlc_maximum)
        return least, max(least, most)

    def _timestamp(self, channel_id: bytes, is_new: bool) -> int:
        """BOLT 7: "greater than any previously-sent `channel_update` for this"; one that is only
        shown to a payer takes none away, or those of a busy node would run ahead of the clock."""
        newest = max(self._shell.now(), self._newest.get(channel_id, 0) + is_new)
        if is_new:
            self._newest[channel_id] = newest
        return newest

    # -- theirs
    def heard(self, peer_id: bytes, update: ChannelUpdate) -> None:
        """A `channel_update` from a peer; kept if it is the peer's own for a channel of ours.

        Raises `BadGossipSignature` for one that only the peer can have made. Another may be of a
        stranger who says that a channel of his is where ours is, which a relay passes on in good
        faith.
        """
        for held in self._channels.of_peer(peer_id):
            if isinstance(held.state, Channel) and update.short_channel_id in _names(held.state):
                try:
                    self._keep(held, update)
                except gossip.BadGossipSignature:
                    if update.message_flags & gossip.DONT_FORWARD:
                        raise

    def _keep(self, held: Held, update: ChannelUpdate) -> None:
        policy = gossip.read_update(
            update,
            chain_hash=self._shell.config.network.chain_hash,
            node_id=self._shell.node_id,
            peer_id=held.peer_id,
            known=self._theirs.get(held.number),
            now=self._shell.now(),
        )
        if policy is not None:
            with self._shell.store.transaction() as tx:
                save_policy(tx, held.number, policy)
            self._theirs[held.number] = policy

    # -- asked
    def hints(self, amount: Msat | None) -> tuple[tuple[HopHint, ...], ...]:
        """The ways to us for an invoice: as few channels as can take the amount, the emptiest
        first; where the payer chooses the amount, as many as an invoice may have. A channel whose
        peer has not named its terms cannot be hinted at."""
        known = [held for held in self._channels if self._is_hintable(held)]
        known.sort(key=lambda held: self._receivable(held), reverse=True)
        chosen: list[Held] = []
        missing = 0 if amount is None else amount.value
        for held in known[:MOST_HINTS]:
            if chosen and missing <= 0 and amount is not None:
                break
            chosen.append(held)
            missing -= self._receivable(held).value
        return tuple((self._hint(held),) for held in chosen)

    def _is_hintable(self, held: Held) -> bool:
        if not _is_in_use(held) or _is_announced(held.channel):
            return False
        return not self._missing(held)

    def why_unreachable(self, held: Held) -> str:
        """Why others than the peer cannot pay to this channel though it is in use, and who must
        act; empty where they can. A channel that everybody knows needs no hint."""
        is_known = _is_announced(held.channel) or self._shell.config.relay is not None
        return self._missing(held) if not is_known and _is_in_use(held) else ""

    def _missing(self, held: Held) -> str:
        """What an invoice would have to say of the way to this channel and cannot."""
        if _their_name_for(held.channel) is None:
            return _NO_NAME
        if held.number not in self._theirs:
            return _NO_TERMS
        return _SWITCHED_OFF if self._theirs[held.number].disabled else ""

    def _receivable(self, held: Held) -> Msat:
        return held.limits(self._shell.config.policy)[1]

    def _hint(self, held: Held) -> HopHint:
        theirs, name = self._theirs[held.number], _their_name_for(held.channel)
        assert name is not None, "only channels with a name are chosen"
        return HopHint(
            node_id=held.peer_id,
            short_channel_id=name,
            fee_base=theirs.fee_base,
            fee_proportional_millionths=theirs.fee_proportional_millionths,
            cltv_expiry_delta=theirs.cltv_expiry_delta,
        )

    def outgoing(self, short_channel_id: ShortChannelId) -> Outgoing | None:
        """The channel that an onion names so, and what we ask for forwarding over it."""
        for held in self._channels:
            if short_channel_id in _names(held.channel):
                return self._outgoing(held, short_channel_id)
        return None

    def _outgoing(self, held: Held, named: ShortChannelId) -> Outgoing:
        ours = self._terms(held.peer_id)
        least, most = self._limits(held.channel, ours)
        is_live = not held.frozen and obstacle(held.channel, self._channels.env(held)) is None
        return Outgoing(
            channel_id=held.channel.channel_id,
            fee_base=ours.fee_base,
            fee_proportional_millionths=ours.fee_proportional_millionths,
            cltv_expiry_delta=ours.cltv_expiry_delta,
            htlc_minimum=least,
            htlc_maximum=most,
            is_disabled=ours.disabled,
            is_live=is_live,
            update=self._shown(held, named),
        )

    def _shown(self, held: Held, named: ShortChannelId) -> bytes:
        """The update for a payer whose payment does not comply.

        BOLT 4: "the `channel_update` field is no longer mandatory and nodes are expected to
        transition away from including it"; and "MUST set `short_channel_id` to the
        `short_channel_id` used by the incoming onion".
        """
        if not self._shell.config.shows_updates:
            return b""
        public = held.channel.announcing is not None
        return encode(self._update(held.channel, held.peer_id, named, public=public, is_new=False))


def _is_in_use(held: Held) -> bool:
    channel = held.state
    return (
        isinstance(channel, Channel)
        and not held.frozen
        and channel.phase is Phase.READY
        and channel.link is Link.LIVE
        and channel.ready.sent
        and channel.ready.received
    )


def _is_announced(channel: Channel) -> bool:
    """Whether payers find it by themselves: a hint would be a second name for it, and they would
    count its room twice. BOLT 11: "extra routing information for a private route"."""
    return channel.announcing is not None and channel.announcing.told


def _their_name_for(channel: Channel) -> ShortChannelId | None:
    """By which the peer knows the channel when others name it: the alias that it gave us, or the
    real id where none was negotiated."""
    if channel.channel_type.scid_alias:
        return channel.ready.their_alias
    return channel.ready.their_alias or channel.short_channel_id


def _names(channel: Channel) -> frozenset[ShortChannelId]:
    """By which others may name the channel to us.

    BOLT 2: with `option_scid_alias` "MUST NOT allow incoming HTLCs to this channel using the real
    `short_channel_id`".
    """
    real = None if channel.channel_type.scid_alias else channel.short_channel_id
    return frozenset({channel.ready.our_alias} | ({real} if real is not None else set()))

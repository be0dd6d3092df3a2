"""What is known of a channel: everything durable, and the one volatile thing, the link.

A channel begins as `Opening`, which is forgotten when the connection or the process ends: nothing
is at stake yet. From the moment that signatures of the first commitments were exchanged it is a
`Channel`, and every change of it is stored before anybody hears of it.
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.announcement import Announcing
from lnwallet_tui.channel.close_record import CloseRecord
from lnwallet_tui.channel.commitment import CommitmentParams, CommitmentSpec
from lnwallet_tui.channel.errors import CloseReason
from lnwallet_tui.channel.htlcs import Ledger, Side
from lnwallet_tui.channel.shachain import ShachainStore
from lnwallet_tui.channel.signing import Basepoints
from lnwallet_tui.policy import COINBASE_MATURITY
from lnwallet_tui.wire import features
from lnwallet_tui.wire.features import Features
from lnwallet_tui.wire.scid import ShortChannelId


def channel_id_of(outpoint: OutPoint) -> bytes:
    """The channel's id from its funding output.

    BOLT 2: "combining the `funding_txid` and the `funding_output_index`, using big-endian
    exclusive-OR (i.e. `funding_output_index` alters the last 2 bytes)".
    """
    index = int.from_bytes(outpoint.txid[-2:], "big") ^ outpoint.vout
    return outpoint.txid[:-2] + index.to_bytes(2, "big")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What one side announced in `open_channel` or `accept_channel`.

    `dust_limit` is of its own commitment. Everything else binds the *other* side: what that must
    keep (`reserve`), may offer at most (`max_htlc_value_in_flight`, `max_accepted_htlcs`), at least
    (`htlc_minimum`), and how many blocks it waits for its own money (`to_self_delay`).
    """

    dust_limit: Sat
    reserve: Sat
    max_htlc_value_in_flight: Msat
    htlc_minimum: Msat
    to_self_delay: int
    max_accepted_htlcs: int
    basepoints: Basepoints
    upfront_shutdown_script: bytes = b""


class ChannelType(msgspec.Struct, frozen=True):
    """The `channel_type` that was agreed on, as its feature bytes; never derived again."""

    feature_bytes: bytes

    @classmethod
    def of(cls, *, anchors: bool, scid_alias: bool = False) -> ChannelType:
        """One of the four types that we open and accept."""
        bits = {features.STATIC_REMOTEKEY}
        if anchors:
            bits.add(features.ANCHORS)
        if scid_alias:
            bits.add(features.SCID_ALIAS)
        return cls(Features(bits).to_bytes())

    @property
    def features(self) -> Features:
        """The bits, all of them even."""
        return Features.from_bytes(self.feature_bytes)

    @property
    def anchors(self) -> bool:
        """Whether commitments have anchors and HTLC transactions pay no fee."""
        return self.features.has(features.ANCHORS)

    @property
    def scid_alias(self) -> bool:
        """Whether the channel is only ever named by its aliases."""
        return self.features.has(features.SCID_ALIAS)


SUPPORTED_TYPES: Final = tuple(
    ChannelType.of(anchors=anchors, scid_alias=alias)
    for anchors in (True, False)
    for alias in (False, True)
)


# -- before anything is at stake
class OpeningStage(enum.Enum):
    """Which message or command an opening waits for."""

    ACCEPT = "accept_channel"
    TRANSACTION = "our funding transaction"
    SIGNED = "funding_signed"
    CREATED = "funding_created"


class Opening(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An opening under way; never stored.

    `theirs` and `their_point` are None while `accept_channel` is awaited. `shutdown_script` is
    where our side of a cooperative close goes, `alias` the scid by which the peer may call the
    channel. `funding_tx` and `outpoint` are there from `SIGNED` on. `announced` is the bit
    `announce_channel`.
    """

    command_id: int | None  # of the command that is to be answered; None where the peer opens
    stage: OpeningStage
    temporary_channel_id: bytes
    funder: Side
    channel_type: ChannelType
    funding_value: Sat
    push: Msat
    feerate_per_kw: int
    funding_feerate_per_kw: int
    ours: Terms
    theirs: Terms | None = None
    their_point: bytes | None = None
    minimum_depth: int = 0
    shutdown_script: bytes
    alias: ShortChannelId
    announced: bool = False
    funding_tx: Tx | None = None
    outpoint: OutPoint | None = None

    @property
    def channel_id(self) -> bytes:
        """What the peer calls the channel: from `SIGNED` on it is the id of the funding output."""
        if self.outpoint is None:
            return self.temporary_channel_id
        return channel_id_of(self.outpoint)


class Forgotten(msgspec.Struct, frozen=True, tag=True):
    """An opening that came to nothing: whoever holds it may drop it."""


# -- a channel
class Phase(enum.Enum):
    """How far a channel is. Durable; whether the peer is there is another matter (`Link`)."""

    FUNDING = "funding"  # waiting for depth or for the other's channel_ready
    READY = "ready"
    SHUTTING_DOWN = "shutting down"  # a shutdown was sent or received; HTLCs may be pending
    NEGOTIATING = "negotiating"  # both shutdowns, nothing pending: closing_signed goes to and fro
    CLOSING = "closing"  # a closing transaction or our commitment is published, or to be
    ON_CHAIN = "on chain"  # the funding output is spent in the best chain
    DONE = "done"  # everything of ours is buried


class Link(enum.Enum):
    """Whether we talk. Volatile: offline after each start."""

    OFFLINE = "offline"
    REESTABLISHING = "re-establishing"  # channel_reestablish was sent, theirs is awaited
    PEER_BEHIND = "peer behind"  # theirs shows that the peer lost data: its error is awaited
    LIVE = "live"


class Confirmation(msgspec.Struct, frozen=True):
    """Where the funding transaction stands in the best chain."""

    height: int
    tx_index: int


class Funding(msgspec.Struct, frozen=True, kw_only=True):
    """The funding output. `tx` is the transaction itself where it is ours to broadcast.

    `minimum_depth` is what *we* wait for; `begun` the height at which the opening began, `opened`
    when both had signed it (Unix seconds). `coinbase` marks a funding transaction that is one,
    which needs maturity. `given` is what the funder gave the other side (`push_msat`).
    """

    outpoint: OutPoint
    value: Sat
    tx: Tx | None
    minimum_depth: int
    begun: int
    confirmed: Confirmation | None = None
    coinbase: bool = False
    given: Msat = ZERO_MSAT
    opened: int = 0

    def depth(self, height: int) -> int:
        """Confirmations in a chain of that height; 1 is the block itself, 0 none."""
        return 0 if self.confirmed is None else max(0, height - self.confirmed.height + 1)

    def is_deep(self, height: int) -> bool:
        """Whether we count on it: a coinbase only when it can be spent."""
        needed = max(self.minimum_depth, COINBASE_MATURITY if self.coinbase else 1)
        return self.depth(height) >= needed


class OurCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """Our newest commitment with the peer's signatures; everything older is revoked."""

    spec: CommitmentSpec
    signature: bytes
    htlc_signatures: tuple[bytes, ...] = ()


class TheirCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """A commitment of theirs that we signed and that they have not revoked."""

    spec: CommitmentSpec
    point: bytes


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """`channel_ready` in both directions, and the alias that each side gave the other."""

    sent: bool = False
    received: bool = False
    our_alias: ShortChannelId
    their_alias: ShortChannelId | None = None


class ClosingTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How we want to close: the feerate we aim at, and the most that we bear."""

    feerate_per_kw: int
    max_fee: Sat


class FeeOffers(msgspec.Struct, frozen=True, kw_only=True):
    """The last fees in `closing_signed` of this connection; a reconnect begins anew (BOLT 2)."""

    ours: Sat | None = None
    theirs: Sat | None = None
    our_range: tuple[Sat, Sat] | None = None


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """A close as far as it has come.

    `our_script` and `their_script` are those of both `shutdown` messages, empty until sent or
    received. `since` is when (Unix seconds) negotiation began, later by all the time in which the
    peer was away; `seen` when it was last known to be there; `disputed` whether the peer has made
    an offer that we could not accept. `tx` is the fully signed closing transaction that was agreed
    on last, of several where the peer changed its mind.
    """

    terms: ClosingTerms | None = None
    our_script: bytes = b""
    their_script: bytes = b""
    since: int = 0
    seen: int = 0
    disputed: bool = False
    offers: FeeOffers = FeeOffers()
    tx: Tx | None = None


class Publication(msgspec.Struct, frozen=True):
    """Our commitment is published: why."""

    reason: CloseReason


class Spend(msgspec.Struct, frozen=True):
    """The transaction in the best chain that spends the funding output."""

    tx: Tx
    height: int


class Channel(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A channel. Written as one row; `held_htlcs` rows and the signer's memory beside it.

    `their_next` is set while a commitment that we signed awaits the revocation of `their_current`.
    `their_next_point` is the point for the next one that we sign: None until they gave it.
    `revoked_last`: whether our last `revoke_and_ack` was sent after our last `commitment_signed`,
    which is the order in which both are repeated. `old_state`: we lost data, which the
    peer proved or we knew (`Env.is_older`); our commitment must never be published. `publication`
    stands from the decision on. `announcing` is None for a private channel: one that was opened
    without `announce_channel`. `restored`: all that is known of it came from a channel backup
    (channel/backup.py), so `old_state` stands too.
    `undone`: what spent the funding output until a reorganisation took it out of the best chain.
    """

    # -- what never changes
    channel_id: bytes
    temporary_channel_id: bytes
    funder: Side
    channel_type: ChannelType
    ours: Terms
    theirs: Terms
    # -- what does
    phase: Phase = Phase.FUNDING
    link: Link = Link.OFFLINE
    funding: Funding
    ready: Ready
    shutdown_script: bytes  # where our side of a cooperative close goes, until a close names it
    ledger: Ledger
    our_commitment: OurCommitment
    their_current: TheirCommitment
    their_next: TheirCommitment | None = None
    their_next_point: bytes | None = None
    their_secrets: ShachainStore = ShachainStore()
    revoked_last: bool = False
    closing: Closing = Closing()
    announcing: Announcing | None = None
    publication: Publication | None = None
    spend: Spend | None = None
    undone: Tx | None = None
    old_state: bool = False
    resolved: bool = False
    close_records: tuple[CloseRecord, ...] = ()  # the steps that ended it, the first one first
    restored: bool = False

    # -- numbers
    @property
    def our_number(self) -> int:
        """The number of our newest commitment (0 is the first)."""
        return self.our_commitment.spec.number

    @property
    def their_number(self) -> int:
        """The number of the newest commitment of theirs that we signed."""
        return (self.their_next or self.their_current).spec.number

    @property
    def short_channel_id(self) -> ShortChannelId | None:
        """Where the funding output stands in the chain, once it does."""
        place = self.funding.confirmed
        if place is None:
            return None
        return ShortChannelId(place.height, place.tx_index, self.funding.outpoint.vout)

    @property
    def is_dead(self) -> bool:
        """Whether nothing can be agreed with the peer any more: the chain has the word."""
        if self.phase is Phase.CLOSING:
            return self.publication is not None or self.closing.tx is None
        return self.phase in (Phase.ON_CHAIN, Phase.DONE)

    @property
    def anchors(self) -> bool:
        """Whether the channel's type has anchors."""
        return self.channel_type.anchors

    @property
    def we_fund(self) -> bool:
        """Whether we opened, and so pay the commitment fee."""
        return self.funder is Side.US

    # -- parameters of the transactions
    def params(self, holder: Side) -> CommitmentParams:
        """What all commitments of `holder` have in common."""
        mine, other = (self.ours, self.theirs) if holder is Side.US else (self.theirs, self.ours)
        return commitment_params(
            mine,
            other,
            outpoint=self.funding.outpoint,
            value=self.funding.value,
            holder_is_funder=holder is self.funder,
            anchors=self.anchors,
        )


def commitment_params(
    holder: Terms,
    counterparty: Terms,
    *,
    outpoint: OutPoint,
    value: Sat,
    holder_is_funder: bool,
    anchors: bool,
) -> CommitmentParams:
    """The parameters of the holder's commitments, from what both sides announced."""
    return CommitmentParams(
        funding_outpoint=outpoint,
        funding_value=value,
        holder=holder.basepoints,
        counterparty=counterparty.basepoints,
        holder_is_funder=holder_is_funder,
        dust_limit=holder.dust_limit,
        to_self_delay=counterparty.to_self_delay,
        anchors=anchors,
    )


ChannelState = Opening | Channel | Forgotten

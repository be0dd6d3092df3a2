"""Everything a channel can ask of the world, as frozen effects; performed only after the
commit, in order."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.errors import ChannelRefusal
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement
from lnwallet_tui.wire.codec import Message


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message to the peer."""

    message: Message


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Send what was queued, then end the connection (it will be dialled again)."""

    reason: str


@dataclass(frozen=True, slots=True)
class AskWhetherThere:
    """Let `SignCommitment` follow once the peer is heard; ask it for a sign of life."""


@dataclass(frozen=True, slots=True)
class NeedFunding:
    """Build and sign a transaction paying `amount` to `script`, without broadcasting it."""

    script: bytes
    amount: Sat
    feerate_per_kw: int


@dataclass(frozen=True, slots=True)
class ReleaseFunding:
    """The opening failed: the reserved coins are free again."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Tell about confirmation and spend of the funding output."""

    outpoint: OutPoint
    script: bytes


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Publish these, each after the ones before it."""

    txs: tuple[Tx, ...]
    why: str


@dataclass(frozen=True, slots=True)
class UserMustDecide:
    """The peer has given the channel up, and nothing it said since our start proves that our state
    is the newest: whether our commitment is published is for the user to say.

    `said` is what the peer gave as its reason, as far as it gave one. `is_ahead`: it has not given
    the channel up, but names a commitment that we know nothing of.
    """

    said: bytes = b""
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to a command: the HTLC id for `AddHtlc`, None for others, or why not."""

    command_id: int
    result: int | ChannelRefusal | None


@dataclass(frozen=True, slots=True)
class HtlcReceived:
    """An HTLC offered to us is irrevocably committed: the payment room decides what becomes of it.

    With `excess_dust` it must be failed (BOLT 2: "SHOULD fail this HTLC once it's committed"), for
    that reason, because the funding was not deep when it came, or after a `shutdown` of ours.
    """

    htlc_id: int
    amount: Msat
    payment_hash: bytes
    cltv_expiry: int
    onion: bytes
    excess_dust: bool = False


@dataclass(frozen=True, slots=True)
class HtlcFulfilled:
    """The peer gave the preimage for an HTLC of ours; final at once, whatever happens to the
    channel."""

    htlc_id: int
    payment_hash: bytes
    preimage: bytes


@dataclass(frozen=True, slots=True)
class HtlcFailed:
    """The removal of a failed HTLC of ours is irrevocably committed.

    `reason` is the encrypted error packet, or None where the peer answered
    `update_fail_malformed_htlc` (then `failure_code` says with what).
    """

    htlc_id: int
    payment_hash: bytes
    reason: bytes | None
    failure_code: int


@dataclass(frozen=True, slots=True)
class HtlcNeverSent:
    """A disconnect forgot an offered HTLC before any commitment covered it: it can safely be
    tried again."""

    htlc_id: int
    payment_hash: bytes


@dataclass(frozen=True, slots=True)
class Announced:
    """Both ends have signed that the channel is public, and its funding is deep: the network may be
    told. It comes again after a reorganisation, with another place if the funding has moved."""

    announcement: ChannelAnnouncement


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The user-visible state changed: views are to be rendered again."""


Effect = (
    Send
    | Disconnect
    | AskWhetherThere
    | NeedFunding
    | ReleaseFunding
    | UserMustDecide
    | Watch
    | Broadcast
    | Answer
    | HtlcReceived
    | HtlcFulfilled
    | HtlcFailed
    | HtlcNeverSent
    | Announced
    | StateChanged
)

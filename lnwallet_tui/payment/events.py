"""Everything that can happen to a payment. HTLCs are named by channel and id."""

from __future__ import annotations

from dataclasses import dataclass, field

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.errors import ChannelRefusal
from lnwallet_tui.payment.records import Way


# ── to a payment of ours ─────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class WaysFound:
    """The answer to `FindWays`."""

    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class NoWays:
    """The other answer to `FindWays`: there are none, for this reason."""

    refusal: Refused


@dataclass(frozen=True, slots=True)
class HtlcOffered:
    """The channel took the HTLC of this attempt and named it."""

    attempt: int
    htlc_id: int


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """The channel would not take the HTLC of this attempt: it was never sent."""

    attempt: int
    refusal: ChannelRefusal


@dataclass(frozen=True, slots=True)
class HtlcFulfilled:
    """The preimage is known, from the peer or from a block. Final."""

    channel_id: bytes
    htlc_id: int
    preimage: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HtlcFailed:
    """The removal of the HTLC is irrevocably committed.

    `reason` is the encrypted error packet; None where the peer could not read our onion and said so
    with `failure_code`.
    """

    channel_id: bytes
    htlc_id: int
    reason: bytes | None
    failure_code: int = 0


@dataclass(frozen=True, slots=True)
class HtlcTimedOut:
    """On chain, the HTLC came back to us and is buried, or it never had an output to take."""

    channel_id: bytes
    htlc_id: int


@dataclass(frozen=True, slots=True)
class HtlcNeverSent:
    """The connection ended before any commitment held the HTLC: it does not exist."""

    channel_id: bytes
    htlc_id: int


@dataclass(frozen=True, slots=True)
class ChannelClosed:
    """A commitment of the channel was published: what was pending in it is decided on chain."""

    channel_id: bytes


@dataclass(frozen=True, slots=True)
class HtlcUnseen:
    """What closed its channel gives nobody an output for the preimage: an old state, all of which
    is ours, or one in which the HTLC was too small for one. The chain will not tell whether those
    further on pay the payee. Told with every block."""

    channel_id: bytes
    htlc_id: int


@dataclass(frozen=True, slots=True)
class HtlcOverdue:
    """The HTLC has expired and the peer has not given it back, in a channel that is open; at
    `until` its channel is taken to chain; 0: not but by command, for ours may be an older copy."""

    channel_id: bytes
    htlc_id: int
    until: int


HtlcOpen = HtlcOverdue | HtlcUnseen


@dataclass(frozen=True, slots=True)
class Tick:
    """Time or height went on."""


OutgoingEvent = (
    WaysFound
    | NoWays
    | HtlcOffered
    | OfferRefused
    | HtlcFulfilled
    | HtlcFailed
    | HtlcTimedOut
    | HtlcNeverSent
    | ChannelClosed
    | HtlcUnseen
    | HtlcOverdue
    | Tick
)


# ── to an invoice of ours ────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class HtlcArrived:
    """An HTLC offered to us is irrevocably committed. After a restart it arrives once more.

    `path_key` is the TLV of that name in `update_add_htlc`; `excess_dust` marks an HTLC that went
    beyond the channel's dust exposure.
    """

    channel_id: bytes
    htlc_id: int
    amount: Msat
    payment_hash: bytes
    cltv_expiry: int
    onion: bytes
    path_key: bytes | None = None
    excess_dust: bool = False


@dataclass(frozen=True, slots=True)
class HtlcSettled:
    """The HTLC is ours for good: its removal with our preimage is irrevocably committed, or our
    claim of it on chain is buried."""

    channel_id: bytes
    htlc_id: int


@dataclass(frozen=True, slots=True)
class HtlcLost:
    """The HTLC is gone without having been settled: its channel was closed, or it timed out."""

    channel_id: bytes
    htlc_id: int


IncomingEvent = HtlcArrived | HtlcSettled | HtlcLost | Tick

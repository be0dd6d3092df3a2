"""Everything that can happen to a channel, as frozen events. `step` takes one of these.

Commands carry the `command_id` under which `effects.Answer` replies. Messages arrive decoded
(`wire.bolt2`). No futures, no callbacks, no clock in here.
"""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.close_record import PendingHtlc
from lnwallet_tui.wire.codec import Message
from lnwallet_tui.wire.features import Features


# -- commands
@dataclass(frozen=True, slots=True)
class FundingTransactionSigned:
    """Our coins room built and signed what `effects.NeedFunding` asked for; it is not broadcast
    yet."""

    tx: Tx
    output_index: int


@dataclass(frozen=True, slots=True)
class FundingImpossible:
    """What `effects.NeedFunding` asked for cannot be built."""


@dataclass(frozen=True, slots=True)
class OpeningTimedOut:
    """A peer that proposed a channel did not go on with it in the time that it has."""


@dataclass(frozen=True, slots=True)
class AddHtlc:
    """Offer an HTLC. Nothing is signed until `SignCommitment`, so several go into one
    commitment."""

    command_id: int
    amount: Msat
    payment_hash: bytes
    cltv_expiry: int
    onion: bytes  # 1366 bytes


@dataclass(frozen=True, slots=True)
class FulfillHtlc:
    """Settle an HTLC that was offered to us."""

    htlc_id: int
    preimage: bytes


@dataclass(frozen=True, slots=True)
class FailHtlc:
    """Refuse an HTLC that was offered to us; `reason` is the encrypted error packet."""

    htlc_id: int
    reason: bytes


@dataclass(frozen=True, slots=True)
class FailMalformedHtlc:
    """Refuse an HTLC whose onion we could not read (BADONION codes)."""

    htlc_id: int
    sha256_of_onion: bytes
    failure_code: int


@dataclass(frozen=True, slots=True)
class UpdateFee:
    """As funder, propose a new commitment feerate in sat/kw."""

    feerate_per_kw: int


@dataclass(frozen=True, slots=True)
class SignCommitment:
    """Send `commitment_signed` if there is something to sign and none is unanswered."""


@dataclass(frozen=True, slots=True)
class CloseCooperatively:
    """Begin a cooperative close. `script` is ours; fees in sat as we want them and as we bear
    them at most."""

    command_id: int
    script: bytes
    feerate_per_kw: int
    max_fee: Sat


@dataclass(frozen=True, slots=True)
class ForceClose:
    """Publish our commitment; one of the five reasons (`channel/errors.py`) stands in `reason`.
    `deadline` is the HTLC that cannot wait, where that is the reason."""

    command_id: int
    reason: str
    deadline: PendingHtlc | None = None


# -- the peer
@dataclass(frozen=True, slots=True)
class PeerConnected:
    """`init` was exchanged; these are the peer's features."""

    features: Features


@dataclass(frozen=True, slots=True)
class PeerDisconnected:
    """The connection is gone; uncommitted updates are forgotten (BOLT 2)."""


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A BOLT 1 or BOLT 2 message for this channel."""

    message: Message


# -- the chain
@dataclass(frozen=True, slots=True)
class FundingConfirmed:
    """The block with the funding transaction is in the best chain; `tx` is the transaction
    itself."""

    tx: Tx
    height: int
    tx_index: int


@dataclass(frozen=True, slots=True)
class FundingReorganised:
    """The block with the funding transaction left the best chain."""


@dataclass(frozen=True, slots=True)
class FundingSpent:
    """A transaction in the best chain spends the funding output."""

    tx: Tx
    height: int


@dataclass(frozen=True, slots=True)
class FundingSpendReorganised:
    """The block with the spend left the best chain."""


@dataclass(frozen=True, slots=True)
class NewTip:
    """A block was added; height and time stand in `Env`."""


@dataclass(frozen=True, slots=True)
class CloseResolved:
    """The guard has brought everything of ours home and buried it: the channel is done."""


# -- by whom they are for
OfOpening = FundingTransactionSigned | FundingImpossible | OpeningTimedOut
"""Before there is a channel."""

OfUpdates = FulfillHtlc | FailHtlc | FailMalformedHtlc | UpdateFee | SignCommitment
"""Commands that only somebody gives who knows the channel's commitments."""

OfPeer = PeerConnected | PeerDisconnected | MessageReceived

OfChain = (
    FundingConfirmed
    | FundingReorganised
    | FundingSpent
    | FundingSpendReorganised
    | NewTip
    | CloseResolved
)

ChannelEvent = OfOpening | AddHtlc | OfUpdates | CloseCooperatively | ForceClose | OfPeer | OfChain

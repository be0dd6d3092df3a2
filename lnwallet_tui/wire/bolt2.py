"""BOLT 2: opening, using, closing and re-establishing a channel."""

from __future__ import annotations

from typing import Annotated

from lnwallet_tui.wire.fields import (
    POINT,
    REMAINING,
    SCID,
    SHA256,
    SIGNATURE,
    U16,
    U32,
    U64,
    UINT32,
    Byte,
    Bytes32,
    ChainHash,
    ChannelId,
    Counted,
    CountedArray,
    Fixed,
    FixedArray,
    MsatCeiling,
    MsatU64,
    Point,
    SatU64,
    Sha256,
    Signature,
)
from lnwallet_tui.wire.message import Message, Record, RecordOf, Tlv, message, record
from lnwallet_tui.wire.scid import ShortChannelId


# -- opening
@message(32)
class OpenChannel(Message):
    """The funder proposes a channel. `channel_type` are feature bytes; scripts are raw."""

    chain_hash: ChainHash
    temporary_channel_id: Bytes32
    funding_satoshis: SatU64
    push_msat: MsatU64
    dust_limit_satoshis: SatU64
    max_htlc_value_in_flight_msat: MsatCeiling
    channel_reserve_satoshis: SatU64
    htlc_minimum_msat: MsatU64
    feerate_per_kw: U32
    to_self_delay: U16
    max_accepted_htlcs: U16
    funding_pubkey: Point
    revocation_basepoint: Point
    payment_basepoint: Point
    delayed_payment_basepoint: Point
    htlc_basepoint: Point
    first_per_commitment_point: Point
    channel_flags: Byte
    upfront_shutdown_script: Annotated[bytes | None, Tlv(0, REMAINING)] = None
    channel_type: Annotated[bytes | None, Tlv(1, REMAINING)] = None


@message(33)
class AcceptChannel(Message):
    """The fundee agrees."""

    temporary_channel_id: Bytes32
    dust_limit_satoshis: SatU64
    max_htlc_value_in_flight_msat: MsatCeiling
    channel_reserve_satoshis: SatU64
    htlc_minimum_msat: MsatU64
    minimum_depth: U32
    to_self_delay: U16
    max_accepted_htlcs: U16
    funding_pubkey: Point
    revocation_basepoint: Point
    payment_basepoint: Point
    delayed_payment_basepoint: Point
    htlc_basepoint: Point
    first_per_commitment_point: Point
    upfront_shutdown_script: Annotated[bytes | None, Tlv(0, REMAINING)] = None
    channel_type: Annotated[bytes | None, Tlv(1, REMAINING)] = None


@message(34)
class FundingCreated(Message):
    """The funder names the funding output (`funding_txid` in internal order) and signs."""

    temporary_channel_id: Bytes32
    funding_txid: Sha256
    funding_output_index: U16
    signature: Signature


@message(35)
class FundingSigned(Message):
    """The fundee signs: the funding transaction may be published."""

    channel_id: ChannelId
    signature: Signature


@message(36)
class ChannelReady(Message):
    """The funding is deep enough for the sender. `short_channel_id` is an alias."""

    channel_id: ChannelId
    second_per_commitment_point: Point
    short_channel_id: Annotated[ShortChannelId | None, Tlv(1, SCID)] = None


# -- closing
@message(38)
class Shutdown(Message):
    """The sender wants to close, to this script."""

    channel_id: ChannelId
    scriptpubkey: Annotated[bytes, Counted("len")]


@record
class FeeRange(Record):
    """The closing fees that the sender agrees to, both ends included."""

    min_fee_satoshis: SatU64
    max_fee_satoshis: SatU64


@message(39)
class ClosingSigned(Message):
    """A closing transaction with this fee, signed."""

    channel_id: ChannelId
    fee_satoshis: SatU64
    signature: Signature
    fee_range: Annotated[FeeRange | None, Tlv(1, RecordOf(FeeRange))] = None


# -- using
@record
class AttributionData(Record):
    """BOLT 4: how long each hop held the HTLC, and the hops' truncated HMACs over it."""

    htlc_hold_times: Annotated[tuple[int, ...], FixedArray(20, UINT32)]
    truncated_hmacs: Annotated[tuple[bytes, ...], FixedArray(210, Fixed("sha256[..4]", 4))]


@message(128)
class UpdateAddHtlc(Message):
    """Offer an HTLC."""

    channel_id: ChannelId
    id: U64
    amount_msat: MsatU64
    payment_hash: Sha256
    cltv_expiry: U32
    onion_routing_packet: Annotated[bytes, Fixed("1366*byte", 1366)]
    blinded_path: Annotated[bytes | None, Tlv(0, POINT)] = None


@message(130)
class UpdateFulfillHtlc(Message):
    """Settle an HTLC with its preimage."""

    channel_id: ChannelId
    id: U64
    payment_preimage: Bytes32
    attribution_data: Annotated[AttributionData | None, Tlv(1, RecordOf(AttributionData))] = None


@message(131)
class UpdateFailHtlc(Message):
    """Refuse an HTLC; `reason` is encrypted for its origin."""

    channel_id: ChannelId
    id: U64
    reason: Annotated[bytes, Counted("len")]
    attribution_data: Annotated[AttributionData | None, Tlv(1, RecordOf(AttributionData))] = None


@message(135)
class UpdateFailMalformedHtlc(Message):
    """Refuse an HTLC whose onion could not be read."""

    channel_id: ChannelId
    id: U64
    sha256_of_onion: Sha256
    failure_code: U16


@message(132)
class CommitmentSigned(Message):
    """The signatures of the receiver's next commitment. `funding_txid` is for splices only."""

    channel_id: ChannelId
    signature: Signature
    htlc_signature: Annotated[tuple[bytes, ...], CountedArray("num_htlcs", SIGNATURE)] = ()
    funding_txid: Annotated[bytes | None, Tlv(1, SHA256)] = None


@message(133)
class RevokeAndAck(Message):
    """The sender revokes its previous commitment."""

    channel_id: ChannelId
    per_commitment_secret: Bytes32
    next_per_commitment_point: Point


@message(134)
class UpdateFee(Message):
    """The funder proposes a commitment feerate (sat/kw)."""

    channel_id: ChannelId
    feerate_per_kw: U32


# -- re-establishing
@record
class NextFunding(Record):
    """An interactive transaction that the sender has not seen signed."""

    next_funding_txid: Sha256
    retransmit_flags: Byte


@record
class MyCurrentFundingLocked(Record):
    """The funding transaction that the sender last locked."""

    my_current_funding_locked_txid: Sha256
    retransmit_flags: Byte


@message(136)
class ChannelReestablish(Message):
    """Where the sender stands, after a new connection."""

    channel_id: ChannelId
    next_commitment_number: U64
    next_revocation_number: U64
    your_last_per_commitment_secret: Bytes32
    my_current_per_commitment_point: Point
    next_funding: Annotated[NextFunding | None, Tlv(1, RecordOf(NextFunding))] = None
    my_current_funding_locked: Annotated[
        MyCurrentFundingLocked | None, Tlv(5, RecordOf(MyCurrentFundingLocked))
    ] = None

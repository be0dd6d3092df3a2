"""BOLT 7: announcements, channel updates and gossip queries.

The three signed messages keep their extension as it came: signatures cover it (BOLT 1, appendix C).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.wire.fields import (
    BIGSIZE,
    SCID,
    U16,
    U32,
    Byte,
    Bytes32,
    ChainHash,
    ChannelId,
    Counted,
    Fixed,
    MsatU32,
    MsatU64,
    Point,
    RemainingArray,
    RemainingBytes,
    Scid,
    Signature,
)
from lnwallet_tui.wire.message import (
    Message,
    Record,
    RecordOf,
    SignedExtension,
    Tlv,
    message,
    record,
)
from lnwallet_tui.wire.scid import ShortChannelId

_SIGNATURE_BYTES = 64
_UNCOMPRESSED = 0


# -- announcements
@message(259)
class AnnouncementSignatures(Message):
    """One side's half of a `ChannelAnnouncement`."""

    channel_id: ChannelId
    short_channel_id: Scid
    node_signature: Signature
    bitcoin_signature: Signature


@message(256)
class ChannelAnnouncement(Message):
    """A public channel; all four keys sign it."""

    node_signature_1: Signature
    node_signature_2: Signature
    bitcoin_signature_1: Signature
    bitcoin_signature_2: Signature
    features: Annotated[bytes, Counted("len")]
    chain_hash: ChainHash
    short_channel_id: Scid
    node_id_1: Point
    node_id_2: Point
    bitcoin_key_1: Point
    bitcoin_key_2: Point
    extension: SignedExtension = b""

    def digest(self) -> bytes:
        """What the four signatures sign: all that follows them, SHA-256 twice."""
        return sha256d(self.LAYOUT.write(self)[4 * _SIGNATURE_BYTES :])


@message(257)
class NodeAnnouncement(Message):
    """How a node wants to be called and reached. `alias` and `addresses` are untrusted bytes."""

    signature: Signature
    features: Annotated[bytes, Counted("flen")]
    timestamp: U32
    node_id: Point
    rgb_color: Annotated[bytes, Fixed("3*byte", 3)]
    alias: Bytes32
    addresses: Annotated[bytes, Counted("addrlen")]
    extension: SignedExtension = b""

    def digest(self) -> bytes:
        """What the node signs: all that follows the signature, SHA-256 twice."""
        return sha256d(self.LAYOUT.write(self)[_SIGNATURE_BYTES:])


@message(258)
class ChannelUpdate(Message):
    """What one end of a channel asks for forwarding over it."""

    signature: Signature
    chain_hash: ChainHash
    short_channel_id: Scid
    timestamp: U32
    message_flags: Byte
    channel_flags: Byte
    cltv_expiry_delta: U16
    htlc_minimum_msat: MsatU64
    fee_base_msat: MsatU32
    fee_proportional_millionths: U32
    htlc_maximum_msat: MsatU64
    extension: SignedExtension = b""

    def digest(self) -> bytes:
        """What the node signs: all that follows the signature, SHA-256 twice."""
        return sha256d(self.LAYOUT.write(self)[_SIGNATURE_BYTES:])


# -- queries
@record
class QueryFlags(Record):
    """Which messages are wanted, one BigSize of bits for each short channel id."""

    encoding_type: Byte
    encoded_query_flags: RemainingBytes


@message(261)
class QueryShortChannelIds(Message):
    """Asks for the announcements and updates of these channels."""

    chain_hash: ChainHash
    encoded_short_ids: Annotated[bytes, Counted("len")]
    query_flags: Annotated[QueryFlags | None, Tlv(1, RecordOf(QueryFlags))] = None


@message(262)
class ReplyShortChannelIdsEnd(Message):
    """All that the sender had was sent."""

    chain_hash: ChainHash
    full_information: Byte


@message(263)
class QueryChannelRange(Message):
    """Asks which channels were funded in a range of blocks."""

    chain_hash: ChainHash
    first_blocknum: U32
    number_of_blocks: U32
    query_option: Annotated[int | None, Tlv(1, BIGSIZE)] = None


@record
class EncodedTimestamps(Record):
    """When each channel's two updates were made."""

    encoding_type: Byte
    encoded_timestamps: RemainingBytes


@record
class ChannelUpdateChecksums(Record):
    """CRC32C of each end's update, 0 where there is none."""

    checksum_node_id_1: U32
    checksum_node_id_2: U32


_CHECKSUMS = RecordOf(ChannelUpdateChecksums, width=8, name="channel_update_checksums")


@message(264)
class ReplyChannelRange(Message):
    """Channels of a range of blocks, ascending."""

    chain_hash: ChainHash
    first_blocknum: U32
    number_of_blocks: U32
    sync_complete: Byte
    encoded_short_ids: Annotated[bytes, Counted("len")]
    timestamps_tlv: Annotated[EncodedTimestamps | None, Tlv(1, RecordOf(EncodedTimestamps))] = None
    checksums_tlv: Annotated[
        tuple[ChannelUpdateChecksums, ...] | None, Tlv(3, RemainingArray(_CHECKSUMS))
    ] = None


@message(265)
class GossipTimestampFilter(Message):
    """Asks for gossip as it comes, of these timestamps."""

    chain_hash: ChainHash
    first_timestamp: U32
    timestamp_range: U32


def encode_short_ids(ids: Iterable[ShortChannelId]) -> bytes:
    """`encoded_short_ids`: encoding 0, then the ids in ascending order, 8 bytes each."""
    return bytes((_UNCOMPRESSED,)) + b"".join(map(SCID.write, sorted(ids)))

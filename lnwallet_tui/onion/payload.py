"""What one hop finds in its layer of the onion: BOLT 4's `payload` TLV stream, and bLIP 3's record.

Blinded paths are not spoken: the types 10, 12 and 18 are refused as any unknown even type is.
"""

from __future__ import annotations

from typing import Annotated, Final

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.wire.errors import TlvError
from lnwallet_tui.wire.fields import BYTES32, MSAT_TU64, REMAINING, SCID, TU32, Bytes32
from lnwallet_tui.wire.message import Record, RecordOf, Tlv, record
from lnwallet_tui.wire.reader import Reader
from lnwallet_tui.wire.scid import ShortChannelId
from lnwallet_tui.wire.tlv import tlv_records

_CURRENT_PATH_KEY: Final = 12
_KEYSEND_PREIMAGE: Final = 5_482_373_484


class PayloadError(ValueError):
    """A payload that cannot be understood: the TLV type that is to blame and its byte offset.

    Both are what `invalid_onion_payload` reports; 0 and 0 where it cannot be narrowed down.
    """

    def __init__(self, reason: str, tlv_type: int, offset: int) -> None:
        super().__init__(reason)
        self.tlv_type = tlv_type
        self.offset = offset


@record
class PaymentData(Record):
    """`payment_data`: proof that the payer has the invoice, and the total of all parts."""

    payment_secret: Bytes32
    total_msat: Annotated[Msat, MSAT_TU64]


@record
class HopPayload(Record):
    """The payload of one hop. `short_channel_id` is the next channel; the final node has none.

    `outgoing_cltv_value` is a block height. `keysend_preimage` is what a payment without an invoice
    is taken with (bLIP 3). None: the record is absent.
    """

    amt_to_forward: Annotated[Msat | None, Tlv(2, MSAT_TU64)] = None
    outgoing_cltv_value: Annotated[int | None, Tlv(4, TU32)] = None
    short_channel_id: Annotated[ShortChannelId | None, Tlv(6, SCID)] = None
    payment_data: Annotated[PaymentData | None, Tlv(8, RecordOf(PaymentData))] = None
    payment_metadata: Annotated[bytes | None, Tlv(16, REMAINING)] = None
    keysend_preimage: Annotated[bytes | None, Tlv(_KEYSEND_PREIMAGE, BYTES32)] = None

    def encode(self) -> bytes:
        """The TLV stream, without the length in front of it."""
        return self.LAYOUT.write(self)

    @classmethod
    def decode(cls, stream: bytes) -> HopPayload:
        """Read strictly; unknown odd types are ignored. Raises `PayloadError`."""
        try:
            return cls(**cls.LAYOUT.read_extension(Reader(stream)))
        except TlvError as error:
            raise PayloadError(str(error), error.number or 0, error.offset) from error


def has_path_key(stream: bytes) -> bool:
    """Whether `current_path_key` stands in a payload, as far as it can be read: a blinded path
    begins here."""
    try:
        return any(found.number == _CURRENT_PATH_KEY for found in tlv_records(stream))
    except TlvError:
        return False

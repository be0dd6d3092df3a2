"""Every message we know, by its type; `encode` and `decode` are the way to bytes and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.wire import bolt1, bolt2, bolt7
from lnwallet_tui.wire.errors import AmountOutOfRange, TlvError, UnknownEven, WireError
from lnwallet_tui.wire.message import Message, read_message

__all__ = [
    "MAX_MESSAGE",
    "MESSAGES",
    "AmountOutOfRange",
    "Message",
    "TlvError",
    "Unknown",
    "UnknownEven",
    "WireError",
    "decode",
    "encode",
]

MAX_MESSAGE: Final = 65535
"""BOLT 1: "the maximum possible size is 65535 bytes", the type included."""

_DECLARATIONS: Final[tuple[type[Message], ...]] = (
    bolt1.Warning_,
    bolt1.Init,
    bolt1.Error,
    bolt1.Ping,
    bolt1.Pong,
    bolt2.OpenChannel,
    bolt2.AcceptChannel,
    bolt2.FundingCreated,
    bolt2.FundingSigned,
    bolt2.ChannelReady,
    bolt2.Shutdown,
    bolt2.ClosingSigned,
    bolt2.UpdateAddHtlc,
    bolt2.UpdateFulfillHtlc,
    bolt2.UpdateFailHtlc,
    bolt2.UpdateFailMalformedHtlc,
    bolt2.CommitmentSigned,
    bolt2.RevokeAndAck,
    bolt2.UpdateFee,
    bolt2.ChannelReestablish,
    bolt7.ChannelAnnouncement,
    bolt7.NodeAnnouncement,
    bolt7.ChannelUpdate,
    bolt7.AnnouncementSignatures,
    bolt7.QueryShortChannelIds,
    bolt7.ReplyShortChannelIdsEnd,
    bolt7.QueryChannelRange,
    bolt7.ReplyChannelRange,
    bolt7.GossipTimestampFilter,
)
MESSAGES: Final = {declared.MESSAGE_TYPE: declared for declared in _DECLARATIONS}
"""Type number to declaration."""


@dataclass(frozen=True, slots=True)
class Unknown(Message):
    """A message of a type that we do not know; odd, when it comes from a peer."""

    number: int
    payload: bytes


def encode(msg: Message) -> bytes:
    """The message's type and body."""
    if isinstance(msg, Unknown):
        data = msg.number.to_bytes(2, "big") + msg.payload
    else:
        data = msg.MESSAGE_TYPE.to_bytes(2, "big") + msg.LAYOUT.write(msg)
    assert len(data) <= MAX_MESSAGE, f"{type(msg).__name__} of {len(data)} bytes"
    return data


def decode(data: bytes) -> Message:
    """The message in `data`: `Unknown` for an odd type that we do not know.

    Raises `UnknownEven` for an even one, any other `WireError` for bytes that do not fit the type.
    """
    if len(data) < 2:
        raise WireError("a message begins with its type, 2 bytes")
    number = int.from_bytes(data[:2], "big")
    declaration = MESSAGES.get(number)
    if declaration is not None:
        return read_message(declaration, data[2:])
    # BOLT 1: "it's ok to be odd".
    if number % 2 == 0:
        raise UnknownEven(number)
    return Unknown(number, data[2:])

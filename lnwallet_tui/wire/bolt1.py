"""BOLT 1: set-up and control messages."""

from __future__ import annotations

from typing import Annotated

from lnwallet_tui.wire.features import Features
from lnwallet_tui.wire.fields import CHAIN_HASH, REMAINING, U16, ChannelId, Counted, RemainingArray
from lnwallet_tui.wire.message import Message, Tlv, message


@message(16)
class Init(Message):
    """The first message of each side. Features are raw bitmaps; `offered` reads them."""

    globalfeatures: Annotated[bytes, Counted("gflen")]
    features: Annotated[bytes, Counted("flen")]
    networks: Annotated[tuple[bytes, ...] | None, Tlv(1, RemainingArray(CHAIN_HASH))] = None
    remote_addr: Annotated[bytes | None, Tlv(3, REMAINING)] = None

    def offered(self) -> Features:
        """BOLT 1: "MUST combine (bitwise OR) the two feature bitmaps into one"."""
        return Features.from_bytes(self.globalfeatures) | Features.from_bytes(self.features)


@message(17)
class Error(Message):
    """The sender gives up the channel (32 zero bytes: all channels); `data` is untrusted text."""

    channel_id: ChannelId
    data: Annotated[bytes, Counted("len")] = b""


@message(1)
class Warning_(Message):  # noqa: N801 - `Warning` is Python's own
    """Something is wrong, but no channel fails of it; `data` is untrusted text."""

    channel_id: ChannelId
    data: Annotated[bytes, Counted("len")] = b""


@message(18)
class Ping(Message):
    """Asks for a `Pong` of `num_pong_bytes` bytes; 65532 and more ask for none."""

    num_pong_bytes: U16
    ignored: Annotated[bytes, Counted("byteslen")] = b""


@message(19)
class Pong(Message):
    """The answer to `Ping`."""

    ignored: Annotated[bytes, Counted("byteslen")] = b""

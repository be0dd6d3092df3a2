"""What can be wrong with bytes from a peer. Nothing else leaves a decoder."""

from __future__ import annotations


class WireError(ValueError):
    """The bytes are not what the BOLTs say; the message is a plain sentence of ours."""


class UnknownEven(WireError):
    """A message of an even type that we do not know: the connection must be closed (BOLT 1)."""

    def __init__(self, number: int) -> None:
        super().__init__(f"message type {number} is even and unknown")
        self.number = number


class AmountOutOfRange(WireError):
    """An amount above 21 million bitcoin.

    Of its own kind because gossip is passed on from third parties: the peer that relays such a
    `channel_update` has done nothing wrong.
    """


class TlvError(WireError):
    """A TLV stream that must not be parsed.

    `number` is the record's type where it could be read, `offset` where in the stream the record
    begins (bytes): what `invalid_onion_payload` reports (BOLT 4).
    """

    def __init__(self, reason: str, number: int | None, offset: int) -> None:
        super().__init__(reason)
        self.number = number
        self.offset = offset

"""Every message we know, by its command; `encode` and `decode` are the way to payloads and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.p2p import compact_filters, control, inventory
from lnwallet_tui.p2p.message import Message, read_message, write_message

__all__ = [
    "MESSAGES",
    "MOST_PAYLOAD",
    "Message",
    "Unknown",
    "command_of",
    "decode",
    "encode",
    "most_payload",
]

MOST_PAYLOAD: Final = 4_000_000
"""Core: MAX_PROTOCOL_MESSAGE_LENGTH. A message that we know may be bound to less."""

_DECLARATIONS: Final[tuple[type[Message], ...]] = (
    control.Version,
    control.Verack,
    control.WtxidRelay,
    control.SendAddrV2,
    control.SendHeaders,
    control.FeeFilter,
    control.Ping,
    control.Pong,
    control.GetAddr,
    control.Addr,
    control.AddrV2,
    inventory.Inv,
    inventory.GetData,
    inventory.NotFound,
    inventory.GetHeaders,
    inventory.Headers,
    inventory.RawBlock,
    inventory.RawTx,
    compact_filters.GetCFCheckpt,
    compact_filters.CFCheckpt,
    compact_filters.GetCFHeaders,
    compact_filters.CFHeaders,
    compact_filters.GetCFilters,
    compact_filters.CFilter,
)
MESSAGES: Final = {declared.COMMAND: declared for declared in _DECLARATIONS}
"""Command to declaration."""


@dataclass(frozen=True, slots=True)
class Unknown(Message):
    """A message of a command that we do not know, to be ignored: compact blocks (BIP152) and what
    else there is or will be."""

    command: str
    payload: bytes


def command_of(msg: Message) -> str:
    """What it is sent as."""
    return msg.command if isinstance(msg, Unknown) else msg.COMMAND


def most_payload(command: str) -> int:
    """The bytes that a message of this command may have."""
    known = MESSAGES.get(command)
    return MOST_PAYLOAD if known is None else known.MOST


def encode(msg: Message) -> bytes:
    """The payload."""
    return msg.payload if isinstance(msg, Unknown) else write_message(msg)


def decode(command: str, payload: bytes) -> Message:
    """The message; `Unknown` where we know no such command. Raises `P2pError`."""
    known = MESSAGES.get(command)
    return Unknown(command, payload) if known is None else read_message(known, payload)

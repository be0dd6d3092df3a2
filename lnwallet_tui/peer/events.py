"""What a connection tells its owner."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.peer.errors import RemoteError
from lnwallet_tui.wire.bolt1 import Init
from lnwallet_tui.wire.message import Message


@dataclass(frozen=True, slots=True)
class Handshaken:
    """The peer proved that it holds the key of this node id."""

    remote_pubkey: bytes


@dataclass(frozen=True, slots=True)
class InitReceived:
    """Features and network fit: from now on messages may be sent."""

    init: Init


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """Any message but `init`, `ping`, `pong` and those of unknown odd types."""

    message: Message


@dataclass(frozen=True, slots=True)
class StillThere:
    """The answer to `ask_whether_there`: the peer was heard a moment ago."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The end: write what `data_to_send` still has, then close the link.

    `reason` is a sentence of ours; `ours`: whether we ended it; `error`: what the peer did wrong.
    """

    reason: str
    ours: bool
    error: RemoteError | None = None


Event = Handshaken | InitReceived | MessageReceived | StillThere | Closed

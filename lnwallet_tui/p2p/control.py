"""Who the two sides are, what they would like to hear, and whom else they know."""

from __future__ import annotations

from typing import Annotated, Final

from lnwallet_tui.p2p.addresses import (
    AddressesV1,
    AddressesV2,
    EndpointBytes,
    PeerAddress,
)
from lnwallet_tui.p2p.fields import I32, I64, U64, Counted, Flag
from lnwallet_tui.p2p.message import Message, message

PROTOCOL_VERSION: Final = 70016  # BIP339: "must be set to 70016 or higher"
LONGEST_USER_AGENT: Final = 256  # Core: MAX_SUBVERSION_LENGTH


@message("version")
class Version(Message):
    """The first message of each side.

    `services` are bits of `Service`; `user_agent` is untrusted text; `nonce` is the sender's, by
    which it knows a connection to itself; `relay` asks to be told of transactions (BIP37).
    """

    version: I32
    services: U64
    time: I64
    receiver: EndpointBytes
    sender: EndpointBytes
    nonce: U64
    user_agent: Annotated[bytes, Counted(LONGEST_USER_AGENT)]
    start_height: I32
    relay: Annotated[bool, Flag()] = True


@message("verack")
class Verack(Message):
    """The other side's `version` was heard and will do."""


@message("wtxidrelay")
class WtxidRelay(Message):
    """Before `verack`: transactions are to be named by their wtxid (BIP339)."""


@message("sendaddrv2")
class SendAddrV2(Message):
    """Before `verack`: addresses are to be told by `addrv2` (BIP155)."""


@message("sendheaders")
class SendHeaders(Message):
    """New blocks are to be told by their headers and not by `inv` (BIP130)."""


@message("feefilter")
class FeeFilter(Message):
    """No transactions that pay less than so many sat for 1,000 vbytes are to be told (BIP133).

    The number is a peer's word: one that downloads the chain yet names all money there is.
    """

    feerate: U64


@message("ping")
class Ping(Message):
    """Asks for a `Pong` with the same number (BIP31)."""

    nonce: U64


@message("pong")
class Pong(Message):
    """The answer to `Ping`."""

    nonce: U64


@message("getaddr")
class GetAddr(Message):
    """Asks for addresses of other peers."""


@message("addr")
class Addr(Message):
    """Addresses of other peers on the internet."""

    addresses: Annotated[tuple[PeerAddress, ...], AddressesV1()]


@message("addrv2")
class AddrV2(Message):
    """Addresses of other peers on any network (BIP155)."""

    addresses: Annotated[tuple[PeerAddress, ...], AddressesV2()]

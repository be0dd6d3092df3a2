"""Where peers can be reached, as `addr` and `addrv2` (BIP155) tell it, and what they offer."""

from __future__ import annotations

import base64
import enum
import hashlib
import ipaddress
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Final

from lnwallet_tui.bitcoin.serial import Reader, compact_size, with_length
from lnwallet_tui.p2p.errors import Malformed
from lnwallet_tui.p2p.fields import Counted, read_count

MOST_ADDRESSES: Final = 1_000  # BIP155: "up to 1,000 addresses"; of `addr` as well
LONGEST_ADDRESS: Final = 512  # BIP155: "with a maximum of 512 bytes"


class Service(enum.IntEnum):
    """Bits of what a node offers. Together they are a plain number: an `enum.Flag` would remember
    each that a stranger makes up."""

    NETWORK = 1 << 0  # every block
    BLOOM = 1 << 2  # BIP111
    WITNESS = 1 << 3  # BIP144
    COMPACT_FILTERS = 1 << 6  # BIP157, of the basic type
    NETWORK_LIMITED = 1 << 10  # BIP159: the last 288 blocks
    P2P_V2 = 1 << 11  # BIP324


def offers(services: int, wanted: int) -> bool:
    """Whether these service bits have all that are wanted."""
    return services & wanted == wanted


class NetworkId(enum.IntEnum):
    """The networks of BIP155 on which a peer can be dialled."""

    IPV4 = 1
    IPV6 = 2
    TORV3 = 4
    I2P = 5
    CJDNS = 6


_DIALLED: Final = frozenset(NetworkId)
_LENGTHS: Final = {1: 4, 2: 16, 3: 10, 4: 32, 5: 32, 6: 16, 7: 16}  # BIP155's table
_IPV4_IN_IPV6: Final = bytes(10) + b"\xff\xff"
# Other networks in the clothes of IPv6: Tor v2 ("OnionCat"), and Core's own names for DNS seeds.
_NOT_IPV6: Final = (bytes.fromhex("fd87d87eeb43"), bytes.fromhex("fd6b88c08724"))


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """Somebody's word that a peer was seen there. `time` is in seconds since 1970."""

    time: int
    services: int
    network: NetworkId
    address: bytes
    port: int

    @property
    def host(self) -> str:
        """As one writes it; what has no name of its own is a number."""
        match self.network:
            case NetworkId.IPV4:
                return str(ipaddress.IPv4Address(self.address))
            case NetworkId.IPV6 | NetworkId.CJDNS:
                return str(ipaddress.IPv6Address(self.address))
            case NetworkId.TORV3:
                # BIP155: "CHECKSUM = H(".onion checksum" | PUBKEY | VERSION)[:2]"
                checksum = hashlib.sha3_256(b".onion checksum" + self.address + b"\x03").digest()
                return _base32(self.address + checksum[:2] + b"\x03") + ".onion"
            case NetworkId.I2P:
                return _base32(self.address) + ".b32.i2p"


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")


class _Addresses(ABC):
    """A list of them, in which each version of the message writes an entry in its own way."""

    def read(self, reader: Reader) -> tuple[PeerAddress, ...]:
        count = read_count(reader, MOST_ADDRESSES)
        return tuple(one for _ in range(count) if (one := self._entry(reader)))

    def write(self, value: tuple[PeerAddress, ...]) -> bytes:
        return compact_size(len(value)) + b"".join(map(self._written, value))

    @staticmethod
    @abstractmethod
    def _entry(reader: Reader) -> PeerAddress | None:
        """The next one, None where it is left out."""

    @staticmethod
    @abstractmethod
    def _written(one: PeerAddress) -> bytes: ...


class AddressesV1(_Addresses):
    """The list of `addr`; it can tell of IPv4 and IPv6 only."""

    most: Final = 3 + MOST_ADDRESSES * 30

    @staticmethod
    def _entry(reader: Reader) -> PeerAddress | None:
        time, services = reader.uint(4), reader.uint(8)
        address, port = reader.take(16), _read_port(reader)
        if address.startswith(_IPV4_IN_IPV6):
            return PeerAddress(time, services, NetworkId.IPV4, address[12:], port)
        if address.startswith(_NOT_IPV6):
            return None
        return PeerAddress(time, services, NetworkId.IPV6, address, port)

    @staticmethod
    def _written(one: PeerAddress) -> bytes:
        assert one.network in (NetworkId.IPV4, NetworkId.IPV6)
        address = (_IPV4_IN_IPV6 + one.address)[-16:]
        return (
            one.time.to_bytes(4, "little")
            + one.services.to_bytes(8, "little")
            + address
            + one.port.to_bytes(2, "big")
        )


class AddressesV2(_Addresses):
    """The list of `addrv2`. What we could not dial is left out: networks without a name here, and
    what stands under a network to which it does not belong."""

    most: Final = 3 + MOST_ADDRESSES * (4 + 9 + 1 + Counted(LONGEST_ADDRESS).most + 2)

    @staticmethod
    def _entry(reader: Reader) -> PeerAddress | None:
        time, services = reader.uint(4), reader.compact_size()
        number = reader.uint(1)
        address, port = Counted(LONGEST_ADDRESS).read(reader), _read_port(reader)
        # BIP155: "SHOULD reject messages that contain addresses that have a different length than
        # specified in this table for a specific network ID"
        if len(address) != _LENGTHS.get(number, len(address)):
            raise Malformed(f"an address of network {number} in {len(address)} bytes")
        if not _is_reachable(number, address):
            return None
        return PeerAddress(time, services, NetworkId(number), address, port)

    @staticmethod
    def _written(one: PeerAddress) -> bytes:
        return (
            one.time.to_bytes(4, "little")
            + compact_size(one.services)
            + bytes((one.network,))
            + with_length(one.address)
            + one.port.to_bytes(2, "big")
        )


def _is_reachable(number: int, address: bytes) -> bool:
    if number == NetworkId.IPV6:
        # BIP155: the same address "would otherwise be treated as two distinct peers"
        return not address.startswith((_IPV4_IN_IPV6, *_NOT_IPV6))
    if number == NetworkId.CJDNS:
        return address[0] == 0xFC  # BIP155: "IPv6 addresses in the `fc00::/8` range"
    return number in _DIALLED


def _read_port(reader: Reader) -> int:
    return int.from_bytes(reader.take(2), "big")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address inside `version`: nobody relies on it, so it is kept as it came."""

    services: int = 0
    address: bytes = bytes(16)
    port: int = 0


class EndpointField:
    """26 bytes."""

    most: Final = 26

    def read(self, reader: Reader) -> Endpoint:
        return Endpoint(reader.uint(8), reader.take(16), _read_port(reader))

    def write(self, value: Endpoint) -> bytes:
        return value.services.to_bytes(8, "little") + value.address + value.port.to_bytes(2, "big")


EndpointBytes = Annotated[Endpoint, EndpointField()]

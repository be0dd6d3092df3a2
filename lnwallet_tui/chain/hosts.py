"""What an address tells of the machine behind it: on which network it is, and who its neighbours
are."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress

LEAST_PORT: Final = 1_024
"""Below it stand mail servers and the like, at which a stranger might have us knock."""


@dataclass(frozen=True, slots=True)
class Host:
    """The machine of an address. `network` is None for a name, which may be any machine.

    A whole `neighbourhood` has one owner, or passes the same eyes: of IPv4 it is a /16, of IPv6 a
    /32, and of others the machine itself, for with them nothing tells who has how many.
    """

    name: str
    network: NetworkId | None
    neighbourhood: str


@lru_cache(maxsize=4_096)  # an address book asks again and again about those that it holds
def host_of(address: str) -> Host:
    """Of `host:port`; any text is one."""
    name = address.rpartition(":")[0].strip("[]").lower()
    if name.endswith(".onion"):
        return Host(name, NetworkId.TORV3, name)
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return Host(name, None, name)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return Host(str(found), NetworkId.IPV6, f"{found.packed[:4].hex()}/32")
        found = found.ipv4_mapped
    return Host(str(found), NetworkId.IPV4, f"{found.packed[0]}.{found.packed[1]}/16")


def address_of(told: PeerAddress) -> str:
    """As `host:port`, IPv6 in brackets."""
    host = f"[{told.host}]" if ":" in told.host else told.host
    return f"{host}:{told.port}"


def is_public(told: PeerAddress) -> bool:
    """Whether anybody may be told to dial it: nothing in a house, and nothing but a node."""
    if told.port < LEAST_PORT:
        return False
    match told.network:
        case NetworkId.IPV4:
            four = ipaddress.IPv4Address(told.address)
            return four.is_global and not four.is_multicast
        case NetworkId.IPV6:
            # 2000::/3 is all that was ever given to anybody.
            return told.address[0] >> 5 == 1 and ipaddress.IPv6Address(told.address).is_global
        case NetworkId.TORV3:
            return True
        case NetworkId.I2P | NetworkId.CJDNS:
            return False  # they need a router of their own, which we cannot speak to

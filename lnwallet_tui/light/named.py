"""The nodes that the user named, each once: two names of one machine are no two opinions."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Sequence

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.light.seeds import PORTS
from lnwallet_tui.net.address import join_address, split_address

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""The IP addresses of a name; none where nobody knows it."""


async def each_once(
    network: Network, named: Iterable[str], resolve: Resolve | None
) -> tuple[str, ...]:
    """As `host:port`, in their order, without those that lead where one before them leads.

    Through a proxy no name is looked up here (`resolve` is None), and none where there is only one.
    A name that nobody knows now may be known later, and is another node until then. Raises
    `ValueError`, a sentence, for what is no address.
    """
    parts = dict.fromkeys(split_address(one, PORTS[network]) for one in named)
    if len(parts) < 2:
        return tuple(join_address(*one) for one in parts)
    taken: set[tuple[str, int]] = set()
    found = []
    for host, port in parts:
        there = {(machine, port) for machine in await _machines(host, resolve)}
        if taken.isdisjoint(there):
            found.append(join_address(host, port))
        taken |= there
    return tuple(found)


async def _machines(host: str, resolve: Resolve | None) -> frozenset[str]:
    """By its addresses, or by its name where they are not known."""
    known = _machine(host)
    if known is not None:
        return frozenset({known})
    addresses = () if resolve is None else await resolve(host)
    return frozenset(_machine(one) or one for one in addresses) or frozenset({host.lower()})


def _machine(address: str) -> str | None:
    """The same for all forms of an IP address, and for all by which a machine calls itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return "this machine" if found.is_loopback else str(found)

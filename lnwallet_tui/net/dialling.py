"""How this node reaches others, of Lightning and of Bitcoin: straight, or all through one proxy."""

from __future__ import annotations

from lnwallet_tui.net.address import join_address, split_address
from lnwallet_tui.net.link import Link
from lnwallet_tui.net.socks import TOR_PORT, dial_through
from lnwallet_tui.net.tcp import TcpLink, dial


class Dialling:
    """Implements `node.ports.Dialer`. With a `proxy`, given as `host:port`, nothing goes past it,
    be it to this very machine. Raises `ValueError`, a sentence, for what is no address."""

    def __init__(self, proxy: str | None = None) -> None:
        self.proxy = None if proxy is None else join_address(*split_address(proxy, TOR_PORT))

    async def open(self, address: str) -> TcpLink:
        """A link to `host:port`. Raises `DialFailed`."""
        if self.proxy is None:
            return await dial(address)
        return await dial_through(self.proxy, address)

    async def dial(self, node_id: bytes, address: str) -> Link:  # noqa: ARG002  # Noise proves it
        """The same to a node of the Lightning network."""
        return await self.open(address)

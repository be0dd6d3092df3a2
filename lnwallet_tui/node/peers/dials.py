"""Dials under way: one per peer and address, however many wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lnwallet_tui.net.link import Link
from lnwallet_tui.node.peers.peer_link import PeerLink
from lnwallet_tui.node.ports import DialFailed
from lnwallet_tui.node.shell import Shell


class Dials:
    """Dials and runs the handshake, by `initiate`, on what the dialer opened."""

    def __init__(self, shell: Shell, initiate: Callable[[Link, bytes], PeerLink]) -> None:
        self._shell = shell
        self._initiate = initiate
        self._under_way: dict[tuple[bytes, str], asyncio.Future[str | None]] = {}

    def is_under_way(self, peer_id: bytes) -> bool:
        """Whether the peer is being dialled."""
        return any(peer_id == dialled for dialled, _ in self._under_way)

    async def dial(self, peer_id: bytes, address: str) -> str | None:
        """None once messages can be sent, or a sentence that says why not."""
        outcome = self._under_way.get((peer_id, address))
        if outcome is None:
            outcome = asyncio.get_running_loop().create_future()
            self._under_way[peer_id, address] = outcome
            self._shell.tasks.start(self._run(peer_id, address, outcome), "dial")
        # Shielded: one of those who wait may give up.
        return await asyncio.shield(outcome)

    async def _run(self, peer_id: bytes, address: str, outcome: asyncio.Future[str | None]) -> None:
        failure: str | None = "The wallet is being closed."
        try:
            failure = await self._reach(peer_id, address)
        finally:
            del self._under_way[peer_id, address]
            outcome.set_result(failure)

    async def _reach(self, peer_id: bytes, address: str) -> str | None:
        try:
            link = await self._shell.ports.dialer.dial(peer_id, address)
        except DialFailed as error:
            return str(error)
        return await self._initiate(link, peer_id).ready

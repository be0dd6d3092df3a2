"""The ways out of a real wallet's process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.blocks import ChainEvent
from lnwallet_tui.net import tcp
from lnwallet_tui.net.link import Link
from lnwallet_tui.node.ports import BroadcastResult, ChainSource, Dialer, DialFailed
from lnwallet_tui.running.outdoors import ChainWanted, Outdoors, Unreachable

_LOWEST_FEERATE: Final = 253
"""Sat/kw: 1 sat/vB, rounded so that nobody rounds it below."""


def ways_out() -> Outdoors:
    """To the Bitcoin network and to Lightning peers."""
    return Outdoors(chain_of=light_chain, dialer_of=dialer)


@asynccontextmanager
async def light_chain(_wanted: ChainWanted) -> AsyncIterator[ChainSource]:
    """Follow the chain as `wanted` says. As long as the light client is not here, nobody is
    reached, and that is what the node is told."""
    yield NobodyReached()


def dialer(proxy: str) -> Dialer:
    """Dials peers. Raises `Unreachable` for a proxy: what is meant to go through one must not go
    past it."""
    if proxy:
        raise Unreachable(
            "This version cannot dial through a proxy.",
            "Leave --proxy out; then whoever is dialled sees this machine's address.",
        )
    return PlainDialer()


class PlainDialer:
    """Implements `node.ports.Dialer` over TCP."""

    async def dial(self, node_id: bytes, address: str) -> Link:  # noqa: ARG002  # asked by Noise
        """As `Dialer.dial`."""
        try:
            return await tcp.dial(address)
        except tcp.DialError as error:
            raise DialFailed(str(error)) from None


class NobodyReached:
    """Implements `node.ports.ChainSource` while no Bitcoin node is reached: nothing is known of the
    chain, and nothing can be published."""

    async def follow(self, known: Sequence[tuple[int, bytes]]) -> AsyncIterator[ChainEvent]:  # noqa: ARG002
        """As `ChainSource.follow`: nothing changes."""
        await asyncio.Event().wait()
        nothing: tuple[ChainEvent, ...] = ()
        for event in nothing:
            yield event

    def watch(self, scripts: frozenset[bytes]) -> None:
        """As `ChainSource.watch`; no block comes."""

    async def broadcast(self, txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        """As `ChainSource.broadcast`."""
        return tuple(BroadcastResult(tx.txid, False, "no Bitcoin node is reached") for tx in txs)

    def feerate_per_kw(self, target_blocks: int) -> int:  # noqa: ARG002
        """As `ChainSource.feerate_per_kw`: nobody says what others pay."""
        return _LOWEST_FEERATE

    def verified_by(self) -> int:
        """Nobody."""
        return 0

    def waiting_for(self) -> str:
        """As `ChainSource.waiting_for`."""
        return "No Bitcoin node is reached."

    def name(self) -> str:
        """As `ChainSource.name`."""
        return "nobody: no Bitcoin node is reached"

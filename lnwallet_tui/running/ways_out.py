"""The ways out of a real wallet's process: the Bitcoin network, and Lightning peers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from lnwallet_tui.chain.birthday import height_before
from lnwallet_tui.light.known_peers import FixedPeers, KnownPeers
from lnwallet_tui.light.named import Resolve, each_once
from lnwallet_tui.light.outside import Outside
from lnwallet_tui.light.source import LightChain
from lnwallet_tui.light.workers import Workers
from lnwallet_tui.net.dialling import Dialling
from lnwallet_tui.net.names import addresses_of
from lnwallet_tui.node.ports import ChainSource
from lnwallet_tui.running.outdoors import (
    ChainWanted,
    MachineClock,
    Outdoors,
    SystemDice,
    Unreachable,
)
from lnwallet_tui.running.wallet_folder import home_of_marks
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.marks import MarkFolder

CHAIN: Final = "chain"
"""The folder in the wallet's own where headers and peers are kept; it may be thrown away."""


def ways_out() -> Outdoors:
    """To the Bitcoin network and to Lightning peers, and to where the user's programs keep what is
    of this machine."""
    marks = MarkFolder(home_of_marks())
    return Outdoors(chain_of=light_chain, dialer_of=dialer, marks=marks)


@asynccontextmanager
async def light_chain(wanted: ChainWanted) -> AsyncIterator[ChainSource]:
    """Follow the Bitcoin network by the peers that are named, or by those that are known.

    Raises `Unreachable` for an address that is none, and `StoreError`.
    """
    clock, dialling = MachineClock(), dialer(wanted.proxy)
    resolve = None if wanted.proxy else addresses_of
    named = await _named(wanted, resolve)
    with Store(wanted.folder / CHAIN) as store:
        whom: KnownPeers | FixedPeers = (
            FixedPeers(wanted.network, named)
            if named
            else KnownPeers(wanted.network, store, clock, _below, resolve)
        )
        outside = Outside(
            network=wanted.network,
            birthday=height_before(wanted.network, wanted.birthday),
            whom=whom,
            dial=dialling.open,
            clock=clock,
            dice=SystemDice(),
            complain=_complain,
            workers=Workers(),
            is_one_named=len(named) == 1,
            named=tuple(dict.fromkeys(wanted.peers)),
        )
        chain = LightChain(store, outside)
        try:
            yield chain
        finally:
            await chain.close()
            if isinstance(whom, KnownPeers):
                with suppress(StoreError):  # whoever ends goes on to hand the wallet over
                    whom.save()


async def _named(wanted: ChainWanted, resolve: Resolve | None) -> tuple[str, ...]:
    try:
        return await each_once(wanted.network, wanted.peers, resolve)
    except ValueError as error:
        raise Unreachable(
            f"{', '.join(wanted.peers)}: {error}.", "Name nodes as in --chain-peer 192.0.2.1:8333"
        ) from None


def _below(most: int) -> int:
    return int.from_bytes(SystemDice().bytes(8), "big") % most


def _complain(words: str, error: Exception) -> None:
    """Into the node's log, which takes what nobody caught."""
    context = {"message": words, "exception": error}
    asyncio.get_running_loop().call_exception_handler(context)


def dialer(proxy: str) -> Dialling:
    """Dials peers, all of them through the proxy where there is one. Raises `Unreachable`."""
    try:
        return Dialling(proxy or None)
    except ValueError as error:
        raise Unreachable(
            f"{proxy}: {error}.", "Name the proxy as in --proxy 127.0.0.1:9050"
        ) from None

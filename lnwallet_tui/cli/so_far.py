"""How far a transaction came, for people: a moment after it was sent there is something to say."""

from __future__ import annotations

import asyncio
from typing import Final

from lnwallet_tui.api.coins import TransactionsPage
from lnwallet_tui.api.node import NodeApi

MOMENT_SECONDS: Final = 2.0
"""Peers that are connected fetch it within less; who has none is told so."""


async def so_far(node: NodeApi, txid: str) -> str:
    """What the wallet's history says of it then; empty where that cannot be read."""
    await asyncio.sleep(MOMENT_SECONDS)
    page = await node.transactions(1, holding=txid)
    if not isinstance(page, TransactionsPage):
        return ""
    return next((one.explanation for one in page.transactions if one.txid == txid), "")

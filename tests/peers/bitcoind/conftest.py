"""The nodes that the script runs against."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from tests.bitcoin_node.behaviour import HONEST
from tests.bitcoin_node.node import BitcoinNode
from tests.peers.bitcoind import BITCOIND
from tests.peers.bitcoind.backend import ChainBackend
from tests.peers.bitcoind.bitcoind import Bitcoind

CARRIERS: Final = ("fixture", "bitcoind") if BITCOIND else ("fixture",)


@pytest_asyncio.fixture(params=CARRIERS)
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ChainBackend]:
    """A node with 110 blocks and mature coins of its own."""
    if request.param == "fixture":
        async with BitcoinNode.started(tmp_path, HONEST, HONEST) as node:
            yield node
    else:
        async with Bitcoind.started(BITCOIND, tmp_path) as real:
            yield real

"""The wallet's screen on a node that `wallets` furnished, for a terminal.

python -m tests.benchmarks.shown FOLDER [busy]    with the node in it, as the playground has it
python -m tests.benchmarks.shown FOLDER beside    on `busy_node` in another process, as the wallet
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from lnwallet_tui.loading import loading

BESIDE: Final = "beside"
BUSY: Final = "busy"
_OWNER: Final = "ada"  # of `wallets`, which is not loaded here: the command has nothing of the kind


async def _with_its_node(folder: Path, *, busy: bool) -> None:
    with loading():  # as the command does
        from lnwallet_tui.ui.app import LnWalletApp
        from tests.benchmarks import busy_node
    async with busy_node.running(folder, busy=busy) as node:
        await LnWalletApp(node).run_async()


async def _beside_its_node(folder: Path) -> None:
    with loading():
        from lnwallet_tui import attach  # noqa: F401  # the command loads it
        from lnwallet_tui.counter.client import visit
        from lnwallet_tui.ui.app import LnWalletApp
    visitor = await visit(folder / _OWNER)
    app = LnWalletApp(visitor.node)
    app.node_is_elsewhere = True
    await app.run_async()
    await visitor.leave()


if __name__ == "__main__":
    wanted = sys.argv[2:]
    there = Path(sys.argv[1])
    asyncio.run(
        _beside_its_node(there)
        if wanted == [BESIDE]
        else _with_its_node(there, busy=wanted == [BUSY])
    )

"""What can be asked of the chain's source, and done with it (`api.node.NodeApi`)."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.chain import ChainView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.node.switchboard import Switchboard


class ChainCounter:
    """The chain's part of the node."""

    _board: Switchboard

    async def chain(self) -> ChainView:
        board = self._board
        return replace(
            board.shell.ports.chain.view(),
            height=board.chain.height,
            tip_time=board.chain.time,
            now=board.shell.now(),
        )

    async def try_other_nodes(self) -> ChainView | Refused:
        if not self._board.shell.ports.chain.try_others():
            return Refused(
                RefusalCode.NOT_READY,
                "Blocks come from one place here, and there are no nodes to choose among.",
                "Nothing needs to be done.",
            )
        return await self.chain()

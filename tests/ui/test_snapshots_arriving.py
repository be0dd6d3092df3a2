"""How a Bitcoin address looks at both sizes while payments to it are under way, compared and read
as `test_snapshots` does."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import LARGE, SMALL, on_stage
from tests.ui.test_receive import ARRIVING
from tests.ui.test_snapshots import Album


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_an_address(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    node = ScriptedNode()
    node.arriving.append(ARRIVING)
    async with on_stage(node, size=size) as stage:
        album = Album(stage, snapshot)
        await stage.press("r", "ctrl+o")
        await stage.says("#arriving", "seen by 2 nodes, in no block yet")
        await album.add("receive-address", "A Bitcoin address of yours")
    assert album.dim == {}
    assert album.different == []

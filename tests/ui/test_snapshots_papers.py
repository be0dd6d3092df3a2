"""How the log and the inbox look at both sizes, compared and read as `test_snapshots` does."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.ui.stage import LARGE, SMALL, on_stage
from tests.ui.test_inbox import node as node_with_inbox
from tests.ui.test_logs import node as node_with_log
from tests.ui.test_snapshots import Album


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_the_log(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with on_stage(node_with_log(), size=size) as stage:
        album = Album(stage, snapshot)
        await stage.press("0", "home", "down", "down", "m", "down")
        await album.add("log", "1 marked", "which is a long story")
    assert album.dim == {}
    assert album.different == []


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_the_inbox(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with on_stage(node_with_inbox(), size=size) as stage:
        album = Album(stage, snapshot)
        await album.add("home", "i: 4 unread")
        await stage.press("i", "d", "down")
        await album.add("inbox", "3 unread of 4", "enter: the channel")
    assert album.dim == {}
    assert album.different == []

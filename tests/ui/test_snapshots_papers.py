"""How settings, log and inbox look at both sizes, compared and read as `test_snapshots` does."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from lnwallet_tui.ui import config
from lnwallet_tui.ui.keymap import check
from tests.ui.scripted_node import ScriptedNode
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


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_the_settings(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with on_stage(ScriptedNode(), size=size) as stage:
        album = Album(stage, snapshot)
        look = stage.app.session.settings
        assert look is not None
        keys, wrong = check({"home": {"open_channel": "O"}})
        assert not wrong
        look.settings = config.Config(keys=keys, lines={"keys.home.open_channel": 7})
        await stage.press("9", "down")
        await album.add("settings", "Theme night", "no restart is needed")
        await stage.press("end", "enter", "down", "enter", "down")
        await album.add("settings-keys", "O · from: config.toml, line 7")
        await stage.press("enter", "j")
        await album.add("settings-press", "which is for moving in lists and forms")
        await stage.press("escape", "home", "down", "enter")
        await album.add("settings-theme", "enter: this one")
    assert album.dim == {}
    assert album.different == []

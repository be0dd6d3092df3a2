"""What is loaded before the wallet is seen is what the first screen needs; the rest waits until
somebody goes there."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

import pytest
from textual.widgets import Static

from lnwallet_tui.ui.keymap import Keymap
from lnwallet_tui.ui.pages import MODES, PAGES, screen_of
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.widgets.lines import TimeLine, TopLine
from tests.benchmarks.measuring import ROOT
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import on_stage

_UNTIL_DRAWN: Final = """
import asyncio, json, sys
import lnwallet_tui.node.node
from lnwallet_tui.ui.app import LnWalletApp
before = set(sys.modules)
from tests.ui.scripted_node import ScriptedNode
ours = {name for name in set(sys.modules) - before if name.startswith("lnwallet_tui")}
assert not ours, f"the test itself loads {ours}"
beside = set(sys.modules) - before
async def main():
    app = LnWalletApp(ScriptedNode())
    async with app.run_test(size=(80, 24)) as pilot:
        while app.session.picture is None:
            await pilot.pause()
        await pilot.pause()
        assert app.screen.place == "home"
        print(json.dumps(sorted(set(sys.modules) - beside)))
asyncio.run(main())
"""

FOR_LATER: Final = {
    "argon2": "cryptography.hazmat.primitives.kdf.argon2",
    "a seed": "mnemonic",
    "images": "PIL",
    "codes": "qrcode",
    "codes of others": "zxingcpp",
    "pictures of the screen": "mss",
    "the desktop": "jeepney",
    "the keyring": "keyring",
    "settings that are written": "tomlkit",
    "consensus": "pbk",
    "the playground": "lnwallet_tui.playground",
    "keys that are kept": "lnwallet_tui.custodian",
    **{
        place: f"lnwallet_tui.ui.screens.{screen.partition('.')[0]}"
        for place, screen in (MODES | PAGES).items()
        if place != "home"
    },
}


def test_the_first_frame_waits_for_nothing_that_it_does_not_show() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _UNTIL_DRAWN], cwd=ROOT, check=True, capture_output=True, text=True
    )
    loaded = json.loads(told.stdout)
    assert "lnwallet_tui.ui.screens.home" in loaded
    for what, module in FOR_LATER.items():
        found = [one for one in loaded if one == module or one.startswith(f"{module}.")]
        assert not found, f"{what}: {found}"


@pytest.mark.parametrize("key", ["2", "8", "i", "7", "9", "0", "f2", "f8"])
async def test_a_page_begins_with_what_is_so(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is drawn for the first time the chain and the clock stand there; and nobody is
    told to stop typing who has not begun."""
    told_typing: list[bool] = []
    first: list[str] = []
    draw_top, draw_time = TopLine.draw, TimeLine.draw

    def seen(
        line: TopLine, picture: Picture, keys: Keymap, *, typing: bool = False, stops: bool = False
    ) -> None:
        told_typing.append(typing)
        first.append(str(line.query_one("#chain", Static).visual))
        draw_top(line, picture, keys, typing=typing, stops=stops)

    def seen_time(line: TimeLine) -> None:
        first.append(str(line.query_one("#time", Static).visual))
        draw_time(line)

    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        monkeypatch.setattr(TopLine, "draw", seen)
        monkeypatch.setattr(TimeLine, "draw", seen_time)
        await stage.press(key)
        assert not any(told_typing)
        assert any("regtest" in said for said in first)
        assert not any("starting" in said or not said for said in first)


def test_every_place_has_its_screen() -> None:
    for name in MODES | PAGES:
        screen = screen_of(name)
        assert issubclass(screen, WalletScreen)
        assert screen.place in {name, "anew"}

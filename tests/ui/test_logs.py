"""The log's page: what is shown, followed, filtered, marked and copied, by keys and by mouse."""

from __future__ import annotations

import pytest

from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.logs import LogLevel, LogLine, written
from lnwallet_tui.ui import log_words
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage


def line(number: int, text: str, level: LogLevel = LogLevel.INFO, area: str = "chain") -> LogLine:
    time = views.NOW - 3_600 + number
    return LogLine(number=number, time=time, level=level, area=area, text=text)


LINES = [
    line(1, "started on regtest at block 100", area="node"),
    line(2, "peer 02999999 connected, we dialled", area="peers"),
    line(3, "peer 02999999 complains: \\x1b[31m you owe me", LogLevel.WARNING, "peers"),
    line(4, "channel 1 with 02999999: funding -> ready", area="channels"),
    line(5, "unexpected ValueError " + "which is a long story " * 8, LogLevel.ERROR, "node"),
    *(line(number, f"block {number:,} came") for number in range(6, 60)),
]


def node(lines: list[LogLine] = LINES) -> ScriptedNode:
    found = ScriptedNode()
    found.lines = list(lines)
    return found


async def news(stage: Stage, node: ScriptedNode) -> None:
    """The screen hears something, and looks into the log again."""
    node.speak(StatusChanged(views.STATUS))
    await stage.rest()


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_the_newest_line_is_seen_and_followed(size: tuple[int, int]) -> None:
    wallet = node()
    async with on_stage(wallet, size=size) as stage:
        await stage.press("0")
        await stage.shows("Log: 59 lines", "following", "block 59 came", "no. 59")
        wallet.lines.append(line(60, "block 60 came"))
        await news(stage, wallet)
        await stage.shows("Log: 60 lines", "no. 60")
        await stage.press("up")
        await stage.lacks("following")
        wallet.lines.append(line(61, "block 61 came"))
        await news(stage, wallet)
        await stage.shows("Log: 61 lines", "no. 59")
        await stage.press("f")
        await stage.shows("following", "no. 61")


async def test_the_line_under_the_cursor_is_shown_whole() -> None:
    async with on_stage(node()) as stage:
        await stage.press("0")
        await stage.shows("Log:")
        await stage.press("home", "down", "down", "down", "down")
        await stage.shows("error · node", "which is a long story which is a long story")
        await stage.press("up", "up")
        await stage.shows("warning · peers", r"complains: \x1b[31m you owe me")


async def test_level_area_and_words_go_together() -> None:
    async with on_stage(node()) as stage:
        await stage.press("0", "slash")
        await stage.type("warning")
        await stage.shows("Log: 2 of 59 lines", "complains", "unexpected")
        await stage.type(" peers")
        await stage.shows("Log: 1 of 59 lines", "complains")
        await stage.lacks("unexpected")
        await stage.type(" nothing")
        await stage.shows("Log: 0 of 59 lines", "No line has all of these words")
        await stage.press("escape")
        await stage.shows("Log: 59 lines", "/: what you looked for")
        await stage.press("slash", "enter", "escape", "escape", "escape")
        assert stage.place == "HomeScreen"


def test_what_words_mean() -> None:
    def numbers(words: str) -> list[int]:
        return [one.number for one in log_words.meant(LINES[:5], words, named)]

    def named(one: LogLine) -> str:
        return one.text.replace("02999999", "Carl")

    assert numbers("") == [1, 2, 3, 4, 5]
    assert numbers("info") == [1, 2, 3, 4, 5]
    assert numbers("WARNING") == [3, 5]
    assert numbers("error") == [5]
    assert numbers("peers 02999999") == [2, 3]
    assert numbers("02999999") == [2, 3, 4]
    assert numbers("carl peers") == [2, 3]
    assert numbers("node error") == [5]
    assert numbers("nowhere") == []


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_peers_stand_by_the_names_of_all_other_pages(size: tuple[int, int]) -> None:
    wallet = node(LINES[:5])
    async with on_stage(wallet, ScriptedWorld(), size=size) as stage:
        await stage.press("0", "home", "down")
        await stage.shows("peer Carl connected, we dialled", "channel 1 with Carl: funding")
        await stage.lacks("02999999")
        await stage.press("slash")
        await stage.type("carl funding")
        await stage.shows("Log: 1 of 5 lines", "channel 1 with Carl: funding -> ready")
        await stage.press("enter", "y")
        assert stage.app.clipboard == f"{written(LINES[3])}\n"


async def test_what_is_copied() -> None:
    async with on_stage(node()) as stage:
        await stage.press("0", "slash")
        await stage.type("peers")
        await stage.press("enter", "y")
        await stage.shows("Copied 2 lines.")
        assert stage.app.clipboard == "".join(f"{written(one)}\n" for one in LINES[1:3])
        await stage.press("home", "m")
        await stage.shows("1 marked")
        assert "▌13:13:22" in stage.text
        await stage.press("escape", "y")
        assert stage.app.clipboard == f"{written(LINES[1])}\n"
        assert stage.app.clipboard.endswith("Z info peers: peer 02999999 connected, we dialled\n")
        await stage.press("home", "down", "m")
        await stage.lacks("1 marked")


async def test_by_mouse() -> None:
    async with on_stage(node()) as stage:
        await stage.press("0", "home")
        await stage.click_on("channel 1 with")
        await stage.shows("no. 4")
        await stage.click_on("m Mark")
        await stage.shows("1 marked", "no. 5")
        await stage.click_on("y Copy")
        assert stage.app.clipboard == f"{written(LINES[3])}\n"
        await stage.click_on("f Follow")
        await stage.shows("no. 59")


async def test_an_empty_log() -> None:
    async with on_stage(node([])) as stage:
        await stage.press("0")
        await stage.shows("Nothing was written down yet.")
        await stage.lacks("y Copy")
        await stage.press("y", "m", "f", "slash", "escape", "escape")
        assert stage.place == "HomeScreen"

"""In a very wide window lines of text stay readable, and what is drawn takes the room."""

from __future__ import annotations

import pytest

from lnwallet_tui.api.events import Notice
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage
from tests.ui.test_snapshots import busy_node

VERY_WIDE = (200, 50)
LONGEST = 110 + 4  # with what stands left of a text


def longest(stage: Stage) -> int:
    """The last cell that a text takes; frames, the lines at the edges and tables set aside."""
    rows = stage.text.split("\n")[1:-3]
    return max(len(row.strip("│╭╮╰╯─ ▇▄▁▆█▅▂▃")) for row in rows)


@pytest.mark.parametrize("keys", [("f1",), ("2", "f1"), ("f2", "f1"), ("f8",), ("f2",)])
async def test_no_line_of_text_is_longer_than_one_reads_well(keys: tuple[str, ...]) -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld(), VERY_WIDE) as stage:
        await stage.press(*keys)
        assert 60 < longest(stage) <= LONGEST, stage.text


async def test_bars_of_channels_grow_with_the_window() -> None:
    async with on_stage(busy_node(), size=VERY_WIDE) as stage:
        await stage.press("2")
        await stage.shows("Can receive")
        [row] = [row for row in stage.text.split("\n") if " ready " in row]
        assert sum(row.count(cell) for cell in "█▓▒░") > 70


async def test_what_fits_after_the_window_was_enlarged_needs_no_key() -> None:
    node = ScriptedNode()
    async with on_stage(node, size=SMALL) as stage:
        for number in range(4):
            node.speak(Notice(f"Notice {number}.", "Do."))
        await stage.shows("Notice 3.")
        await stage.pilot.resize_terminal(*LARGE)
        await stage.rest()
        assert "n: more" not in stage.text
        await stage.shows("d: seen")

"""Guard: what is watched, until when one may be away, drills, the calendar, what was done."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from lnwallet_tui.api.drill import DrillsView
from lnwallet_tui.api.events import GuardActed, Notice, StatusChanged
from lnwallet_tui.api.process import ProcessApi, ProcessView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.ui.screens.guard import MOST_LINES, PAGE
from lnwallet_tui.ui.widgets.forms import Field, Listing
from tests.ui import views
from tests.ui.guarded import CLOSE, FUNDING, HTLC
from tests.ui.scripted_drill import PASSED, REHEARSED, ScriptedDrill
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_what_is_watched_and_until_when_one_may_be_away(size: tuple[int, int]) -> None:
    async with on_stage(ScriptedNode(), size=size) as stage:
        await stage.press("5")
        await stage.shows(
            "✓ Watching 1 channel. Last block checked: block 1,024, 3 min ago, shown by a "
            "scripted chain.",
            "✓ You may be away until 28 Sep 14:13 UTC (1,008 blocks of eight minutes",
            "3 old states could be published by your peers.",
            "Nothing yet: no channel of yours was closed or cheated on.",
        )
        await stage.lacks("Copy txid", "No drill yet", "d Drill")  # nobody gave it a drill


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_each_output_by_its_channel(size: tuple[int, int]) -> None:
    node = ScriptedNode()
    node.watch_views = (FUNDING, CLOSE, HTLC)
    async with on_stage(node, ScriptedWorld(), size=size) as stage:
        await stage.press("5")
        await stage.shows(
            "Watched on the chain", "channel Alice 1,000,000 sat Unspent. Any of 3 old",
        )  # fmt: skip
        await stage.press("down", "down")
        await stage.shows("close Alice", "└ payment 50,000 sat A payment that we offered:")
        await stage.press("y")
        assert stage.app.clipboard == HTLC.txid
        await stage.press("home", "enter")
        await stage.shows("Can send")
        assert stage.place == "ChannelsScreen"


async def test_a_click_chooses_and_a_second_goes_to_the_channel() -> None:
    node = ScriptedNode()
    node.watch_views = (FUNDING, CLOSE)
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("5")
        await stage.click_on("Closed by the peer")
        await stage.press("y")
        assert stage.app.clipboard == CLOSE.txid
        assert stage.place == "GuardScreen"


async def test_what_it_does_appears_by_itself() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("5")
        node.guard_view = replace(views.GUARD, log=(views.GUARD_ENTRY,))
        node.speak(GuardActed(views.GUARD_ENTRY))
        await stage.shows("block 1,021", "Took 600,000 sat from an old state", "y Copy txid")
        await stage.press("y")
        assert stage.app.clipboard == views.GUARD_ENTRY.txid
        lines = stage.text.split("\n")
        first = next(line for line in lines if "Took" in line)
        second = lines[lines.index(first) + 1]
        assert second.index("peer published.") == first.index("Took")  # it hangs under its text


async def test_right_after_a_cheat_both_lists_show_what_is_on_top_at_80_by_24() -> None:
    longest = DrillsView(drill=PASSED, rehearsal=REHEARSED)  # of what can be said above
    node, drill = ScriptedNode(), ScriptedDrill(longest)
    node.watch_views = (FUNDING,)
    async with on_stage(node, ScriptedWorld(), drill=drill) as stage:
        await stage.press("5")
        await stage.shows("Last drill", "channel Alice")
        acts = [replace(views.GUARD_ENTRY, text=f"Act {number}.") for number in range(4, 0, -1)]
        node.watch_views = (CLOSE, FUNDING)
        node.guard_view = replace(views.GUARD, log=tuple(acts))
        node.speak(GuardActed(acts[0]))
        await stage.shows("What it did: 4 lines", "Act 4.", "close Alice", "tab: go there")
        await stage.press("tab")
        await stage.shows("Act 4.", "Act 3.", "close Alice", "tab: go there")


async def test_the_newest_of_what_it_did_is_on_top_and_no_sentence_is_cut() -> None:
    node = ScriptedNode()
    cheated = replace(views.GUARD_ENTRY, text="02999999 CHEATED: " + "it published " * 12 + "it.")
    node.guard_view = replace(views.GUARD, log=(cheated,))
    story = "The peer CHEATED with an old state, in block 1,020. " + "It is a long story. " * 6
    node.watch_views = (replace(CLOSE, explanation=f"{story}It ends."), FUNDING)
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("5")
        await stage.shows(
            "What it did: 1 line",
            "Carl CHEATED",
            "published it.",
            "on the chain: 1 channel, 1 close",
        )
        newer = replace(views.GUARD_ENTRY, text="Justice: " + "it was taken " * 12 + "home.")
        node.guard_view = replace(views.GUARD, log=(newer, cheated))
        node.speak(GuardActed(newer))
        await stage.shows("What it did: 2 lines", "Justice: it was taken", "taken home.")
        await stage.press("shift+tab")
        await stage.shows("The peer CHEATED", "It ends.", "channel Alice", "What it did: 2 lines")
        await stage.press("tab")
        await stage.shows(
            "Justice: it was taken", "taken home.", "on the chain: 1 channel, 1 close"
        )
        await stage.click_on("Watched on the chain")
        await stage.shows("It ends.")
        await stage.click_on("What it did")
        await stage.shows("taken home.")
        await stage.press("y")
        assert stage.app.clipboard == newer.txid


def entries(first: int, count: int) -> tuple[GuardEntry, ...]:
    return tuple(
        GuardEntry(height=first - at, time=views.NOW - 600 * at, text=f"Line {at}.", txid="")
        for at in range(count)
    )


async def test_a_long_log_goes_on_below_and_stays_where_it_is_read() -> None:
    node = ScriptedNode()
    lines = entries(9_000, 3 * PAGE)
    node.guard_view, node.older_log = replace(views.GUARD, log=lines[:PAGE]), lines[PAGE:]
    async with on_stage(node) as stage:
        await stage.press("5")
        await stage.shows(f"What it did: {3 * PAGE} lines", "Line 0.")
        log = stage.app.screen.query_one("#log", Listing)
        for pages in (2, 3, 3):
            await stage.press("end")
            assert log.option_count == pages * PAGE
        await stage.shows(f"Line {3 * PAGE - 1}.")
        new = replace(views.GUARD_ENTRY, text="It is new.")
        node.guard_view = replace(views.GUARD, log=(new, *lines[: PAGE - 1]))
        node.older_log = lines[PAGE - 1 :]
        node.speak(GuardActed(new))
        await stage.shows(f"Line {3 * PAGE - 1}.", f"{3 * PAGE + 1} lines")
        assert log.option_count == 3 * PAGE + 1
        await stage.press("home")
        await stage.shows("It is new.")


async def test_a_very_long_log_is_held_in_bounds() -> None:
    node = ScriptedNode()
    lines = entries(90_000, MOST_LINES + 3 * PAGE)
    node.guard_view, node.older_log = replace(views.GUARD, log=lines[:PAGE]), lines[PAGE:]
    async with on_stage(node) as stage:
        await stage.press("5")
        log = stage.app.screen.query_one("#log", Listing)
        for _ in range(MOST_LINES // PAGE + 2):
            await stage.press("end")
        assert log.option_count == MOST_LINES


async def test_a_guard_that_is_blind_is_the_first_thing_said() -> None:
    node = ScriptedNode()
    node.guard_view = replace(views.GUARD, watching=False)
    async with on_stage(node) as stage:
        await stage.shows("✗ the guard is NOT watching")
        await stage.press("5")
        await stage.shows("✗ The guard is NOT watching.")


async def test_blocks_that_do_not_come_are_said_with_the_next_word_of_the_node() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.shows("· verified 1,024 by 1 node")
        node.guard_view = replace(views.GUARD, silent_since=views.STATUS.tip_time)
        late = replace(views.STATUS, now=views.STATUS.tip_time + 7_201)
        node.status_view = late
        node.speak(StatusChanged(late))
        await stage.shows("✗ the guard sees nothing new", "! no block since 14:10 (2 h)")
        await stage.press("5")
        await stage.shows("✗ No block since 14:10 UTC (2 h): the guard sees nothing new;")


async def test_the_playground_calls_its_people_by_name_in_the_nodes_sentences() -> None:
    node = ScriptedNode()
    entry = replace(views.GUARD_ENTRY, text="02999999 CHEATED.")
    because = "By then an old state of 02999999 must be punished."
    node.guard_view = replace(views.GUARD, log=(entry,), away_because=because)
    async with on_stage(node, ScriptedWorld()) as stage:
        node.speak(Notice("02999999 cheated with an old state.", "See Guard (5).", urgent=True))
        await stage.shows("✗ Carl cheated with an old state. See Guard (5).")
        await stage.press("5")
        await stage.shows("Carl CHEATED.", "By then an old state of Carl must be punished.")


# -- the drill
async def test_a_drill_runs_beside_and_its_result_stands_with_its_date() -> None:
    drill = ScriptedDrill()
    drill.gate = asyncio.Event()
    async with on_stage(ScriptedNode(), drill=drill) as stage:
        await stage.press("5")
        await stage.shows("No drill yet", "d Drill", "d builds penalties")
        await stage.press("d")
        await stage.shows("The drill runs: a cheat in the sandbox")
        await stage.lacks("d Drill")
        await stage.press("d", "1")  # not twice; and one may go elsewhere
        assert drill.times == 1
        drill.gate.set()
        await stage.press("5")
        await stage.shows(
            "✓ Can punish all 3 old states: penalties built 14:03, verified by the judges",
            "Last drill 14:03, in a sandbox: caught in 1 block, penalty of 995,551 sat confirmed",
            "d Drill",
        )


async def test_what_was_drilled_before_stands_there_from_the_start() -> None:
    drill = ScriptedDrill(DrillsView(drill=PASSED, rehearsal=REHEARSED))
    async with on_stage(ScriptedNode(), drill=drill) as stage:
        await stage.press("5")
        await stage.shows("Last drill 14:03", "Can punish all 3 old states")


async def test_a_drill_that_fails_is_loud_and_one_that_could_not_run_says_why() -> None:
    drill = ScriptedDrill()
    drill.drilled = replace(PASSED, failure="The guard slept.", caught=())
    async with on_stage(ScriptedNode(), drill=drill) as stage:
        await stage.press("5", "d")
        await stage.shows("✗ The drill of 14:03 FAILED. The guard slept. Please report it")
        drill.drilled = Refused(RefusalCode.NOT_READY, "The sandbox did not end.", "Try again.")
        await stage.press("d", "tab", "end")
        await stage.shows("✗ The sandbox did not end. Try again.")


# -- the calendar
async def test_the_date_is_written_to_a_file_that_only_the_user_reads(tmp_path: Path) -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("5", "e")
        await stage.shows("Write to:", ".ics")
        field = stage.app.screen.query_one("#answer", Field)
        field.value = str(tmp_path / "away.ics")
        await stage.press("enter")
        await stage.shows("Written to")
        await stage.lacks("Write to:")
    path = tmp_path / "away.ics"
    assert path.stat().st_mode & 0o777 == 0o600
    [found] = Calendar.from_ical(path.read_bytes()).events
    assert found.start == datetime.fromtimestamp(views.GUARD.may_be_away_until, tz=UTC)


async def refused(stage: Stage, path: Path | str, *words: str) -> None:
    stage.app.screen.query_one("#answer", Field).value = str(path)
    await stage.press("enter")
    await stage.shows(*words)


async def test_a_file_that_cannot_be_says_why_and_esc_goes_back(tmp_path: Path) -> None:
    (tmp_path / "there.ics").write_text("something")
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("5", "e")
        await refused(stage, tmp_path / "there.ics", "There is something of that name")
        await refused(stage, tmp_path / "away.txt", "End its name in .ics.")
        await refused(stage, tmp_path / "no" / "away.ics", "There is no such folder.")
        await stage.press("escape")
        await stage.lacks("Write to:", "There is no such folder.")
        await stage.press("escape")
        await stage.shows("Latest payments")
    assert (tmp_path / "there.ics").read_text() == "something"
    assert os.listdir(tmp_path) == ["there.ics"]


async def test_where_nothing_can_be_lost_there_is_no_date_to_write() -> None:
    node = ScriptedNode()
    node.guard_view = replace(views.GUARD, may_be_away_until=0, away_because="")
    async with on_stage(node) as stage:
        await stage.press("5")
        await stage.lacks("e Calendar", "You may be away")


class Process:
    """That of a wallet of one's own."""

    def __init__(self) -> None:
        self.prepared = self.shows_notices = False

    async def look(self) -> ProcessView:
        return ProcessView(
            folder="/wallet",
            network="signet",
            process_id=1,
            has_wallet=True,
            locked=False,
            begun=True,
            stays=True,
            guard_prepared=self.prepared,
            shows_notices=self.shows_notices,
        )


async def test_who_watches_while_no_node_runs_is_said() -> None:
    process = Process()
    async with on_stage(ScriptedNode(), size=LARGE) as stage:
        stage.app.session.process = cast("ProcessApi", process)
        stage.app.session.placed = lambda text: f"{text[:-1]} --datadir mine."
        await stage.press("5")
        await stage.shows("While the node does not run, nobody watches.")
        await stage.shows("lnwallet-tui guard --prepare --datadir mine.")
        process.prepared = True
        await stage.press("1", "5")
        await stage.shows("the guard can watch without it: lnwallet-tui guard --datadir mine.")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_whether_a_notice_reminds_of_the_date_is_said(size: tuple[int, int]) -> None:
    node, process = ScriptedNode(), Process()
    async with on_stage(node, size=size) as stage:
        stage.app.session.process = cast("ProcessApi", process)
        stage.app.session.placed = lambda text: f"{text[:-1]} --datadir mine."
        await stage.press("5")
        await stage.shows("No desktop is there to remind of that date by a notice")
        process.shows_notices = True
        await stage.press("1", "5")
        await stage.shows(
            "Should the node see no blocks, a desktop notice reminds of that date.",
            "lnwallet-tui guard --print-reminder --datadir mine.",
        )
    node.guard_view = replace(views.GUARD, may_be_away_until=0, away_because="")
    async with on_stage(node, size=size) as stage:
        stage.app.session.process = cast("ProcessApi", process)
        await stage.press("5")
        await stage.shows("While the node does not run, nobody watches.")
        await stage.lacks("desktop notice")

"""Guard: what is watched, until when one may be away, what was done."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.events import GuardActed, Notice
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import on_stage


async def test_what_is_watched_and_until_when_one_may_be_away() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("5")
        await stage.shows(
            "✓ watching 1 channel", "3 old states of your peers could be punished at once.",
            "This program may be off for 1,008 blocks (~7 days): start it again before "
            "28 Sep 14:13 UTC.", "Nothing yet: no channel of yours was closed or cheated on.",
        )  # fmt: skip
        await stage.lacks("Copy txid")


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


async def test_a_guard_that_is_blind_is_the_first_thing_said() -> None:
    node = ScriptedNode()
    node.guard_view = replace(views.GUARD, watching=False)
    async with on_stage(node) as stage:
        await stage.shows("✗ the guard is NOT watching")
        await stage.press("5")
        await stage.shows("✗ the guard is NOT watching")


async def test_the_playground_calls_its_people_by_name_in_the_nodes_sentences() -> None:
    node = ScriptedNode()
    entry = replace(views.GUARD_ENTRY, text="02999999 CHEATED.")
    node.guard_view = replace(views.GUARD, log=(entry,))
    async with on_stage(node, ScriptedWorld()) as stage:
        node.speak(Notice("02999999 cheated with an old state.", "See Guard (5).", urgent=True))
        await stage.shows("✗ Carl cheated with an old state. See Guard (5).")
        await stage.press("5")
        await stage.shows("Carl CHEATED.")

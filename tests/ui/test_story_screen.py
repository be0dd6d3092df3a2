"""The story's pages: the line, the list, what hops saw, throwing the world away."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from lnwallet_tui.api.events import ChannelChanged, PaymentChanged
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.new_world import lost
from lnwallet_tui.ui.story import Step
from lnwallet_tui.ui.widgets.story_line import StoryLine
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage
from tests.ui.test_snapshots import Album
from tests.ui.test_story import PARTS, PEOPLE, THREE

PUT_AWAY = "put away; d: call it back"


class StoryWorld(ScriptedWorld):
    """With the people of whom the story tells."""

    def people(self):  # type: ignore[no-untyped-def]
        return PEOPLE


def beginner() -> ScriptedNode:
    node = ScriptedNode()
    node.channel_views = ()
    node.balance_view = replace(
        views.EMPTY_BALANCE, onchain_confirmed_sat=5_000_000, total_msat=5_000_000_000
    )
    return node


def payer() -> ScriptedNode:
    node = ScriptedNode()
    node.payment_views = (views.payment(),)
    return node


async def test_the_line_says_what_comes_next_and_leads_there() -> None:
    node = beginner()
    async with on_stage(node, StoryWorld()) as stage:
        await stage.shows("▸ 0/6 done Open a channel to gerlinde: F2, enter.")
        await stage.click(stage.app.screen.query_one(StoryLine))
        await stage.shows("The story: 0 of 6 done", "enter: go there")
        await stage.press("enter")
        await stage.shows("Open a channel", PEOPLE[1].uri[:40])


async def test_a_tick_comes_while_one_looks() -> None:
    node, world = beginner(), StoryWorld()
    async with on_stage(node, world) as stage:
        await stage.press("f2")
        node.speak(ChannelChanged(views.channel(state=ChannelState.OPENING)))
        await stage.shows("0 of 6 done")
        node.speak(ChannelChanged(views.channel()))
        await stage.shows("1 of 6 done", "✓ 1 Open a channel done", "▸ 2 Be paid")
        node.speak(PaymentChanged(views.payment(outgoing=False)))
        await stage.shows("2 of 6 done", "▸ 3 Pay over 3 hops or more")
        assert world.noted == {"open", "be paid"}


async def test_a_step_out_of_turn_is_ticked_wherever_one_is() -> None:
    node, world = beginner(), StoryWorld()
    async with on_stage(node, world) as stage:
        await stage.press("5")
        node.speak(PaymentChanged(views.payment(outgoing=False)))
        await stage.press("1")
        await stage.shows("▸ 1/6 done Open a channel to gerlinde")
        await stage.press("f2")
        await stage.shows("✓ 2 Be paid done")


async def test_a_channel_that_they_opened_is_told_from_one_of_yours() -> None:
    async with on_stage(beginner(), StoryWorld()) as stage:
        node = stage.app.session.node
        assert isinstance(node, ScriptedNode)
        node.speak(
            ChannelChanged(replace(views.channel(peer_id=PEOPLE[3].uri[:66]), we_opened=False))
        )
        node.speak(PaymentChanged(views.payment(outgoing=False)))
        name = PEOPLE[3].name
        await stage.shows("▸ 1/6 done Open a channel yourself, to gerlinde: F2, enter.")
        await stage.press("f2")
        await stage.shows(f"{name} opened one to you; in one that you open all is yours at first.")


async def test_it_is_put_away_and_called_back() -> None:
    world = StoryWorld()
    async with on_stage(beginner(), world) as stage:
        await stage.press("f2", "d")
        await stage.shows(PUT_AWAY)
        await stage.press("escape")
        await stage.lacks("0/6 done")
        await stage.press("f2", "d")
        await stage.lacks(PUT_AWAY)
        await stage.press("escape")
        await stage.shows("0/6 done")


async def test_the_line_stands_on_every_page_that_has_the_rows() -> None:
    async with on_stage(beginner(), StoryWorld(), LARGE) as stage:
        for page in ("1", "2", "3", "5", "f8"):
            await stage.press(page)
            await stage.shows("▸ 0/6 done")
        await stage.press("f2")
        await stage.lacks("▸ 0/6 done")
    async with on_stage(beginner(), StoryWorld()) as stage:
        await stage.press("2")
        await stage.lacks("0/6 done")


async def test_enter_leads_to_a_person_from_people_too() -> None:
    async with on_stage(ScriptedNode(), StoryWorld()) as stage:
        await stage.press("f8")
        await stage.shows("hubertus")
        await stage.press("f2", "G", "enter")
        await stage.shows(PEOPLE[3].uri[:40])
        assert stage.place == "PeopleScreen"


async def test_what_hops_saw_from_a_payment() -> None:
    world = StoryWorld()
    world.sights = THREE
    async with on_stage(payer(), world) as stage:
        await stage.press("enter")
        await stage.shows("✓ Paid 25,000 sat")
        await stage.press("v")
        await stage.shows(
            "25,000 sat over 3 channels",
            "You offered gerlinde 25,002 sat, until block 280 at the latest.",
            "pass 25,001 sat on to hubertus, until block 240 at the latest.",
            "gerlinde cannot know whether you are the payer or only passed it on",
            "All of them see the same payment hash.",
        )
        await stage.press("down")
        await stage.shows("hubertus cannot know whether gerlinde is the payer")
        await stage.press("down")
        await stage.shows(
            "it is for you, 25,000 sat in all.",
            "bookshop cannot know whether hubertus is the payer or only passed it on, nor which",
        )
        await stage.press("escape")
        await stage.shows("✓ Paid 25,000 sat")


async def test_parts_stand_one_after_the_other_and_tries_behind_them() -> None:
    world = StoryWorld()
    world.sights = THREE[:2] + PARTS
    async with on_stage(payer(), world) as stage:
        await stage.press("f2", "down", "down")
        await stage.shows("Pay in parts", "Press v to see")
        await stage.press("v")
        await stage.shows(
            "Part 1 of 2: 200,000 sat over 2 channels",
            "Part 2 of 2: 200,000 sat over 2 channels",
        )
        await stage.press("G")
        await stage.shows("A try of 25,000 sat that did not arrive")


async def test_of_a_payment_that_nobody_saw() -> None:
    async with on_stage(payer(), StoryWorld()) as stage:
        await stage.press("enter", "v")
        await stage.shows("Nobody in the playground saw this payment on this visit")


async def test_there_is_nothing_of_it_without_a_world() -> None:
    async with on_stage(payer()) as stage:
        await stage.press("f2", "ctrl+n")
        await stage.shows("Latest payments")
        await stage.press("enter")
        await stage.lacks("What hops saw")
        await stage.press("v")
        await stage.shows("✓ Paid 25,000 sat")


@pytest.mark.parametrize("by_mouse", [False, True])
async def test_a_world_is_thrown_away_after_asking(by_mouse: bool) -> None:
    async with on_stage(payer(), StoryWorld()) as stage:
        await stage.press("ctrl+n")
        await stage.shows(
            "Throw this world away and begin another?", "your 1 channel, your 1 payment",
            "2,000,000 sat of play money", "1,024 blocks", "the ticks of the story",
        )  # fmt: skip
        await (stage.click("#back") if by_mouse else stage.press("enter"))
        await stage.shows("Latest payments")
        assert stage.app.is_running
        await stage.press("f2", "ctrl+n")
        await (stage.click("#go") if by_mouse else stage.press("right", "enter"))
        assert stage.app.wants_new_world
        assert stage.app.return_code == 0


def test_a_channel_that_is_closed_long_since_is_told_from_what_is_lost() -> None:
    two = tuple(views.channel(state=one) for one in (ChannelState.READY, ChannelState.CLOSED))
    said = [
        lost(Picture(views.STATUS, views.BALANCE, some, (), (), views.GUARD))
        for some in (two, two[:1])
    ]
    assert "your 2 channels (1 of them closed), your 0 payments" in said[0]
    assert "your 1 channel, your 0 payments" in said[1]


async def test_the_palette_has_them() -> None:
    async with on_stage(payer(), StoryWorld()) as stage:
        titles = {one.title for one in stage.app.get_system_commands(stage.app.screen)}
        assert {"Story", "New world"} <= titles


async def look_at(stage: Stage, album: Album) -> None:
    await album.add("line", "0/6 done")
    await stage.press("f2")
    await album.add("story", "0 of 6 done", "▸ 1 Open a channel", "Press enter: the page")
    await stage.press("ctrl+n")
    await album.add("new-world", "Throw this world away", "Lost are:")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_what_it_looks_like(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with on_stage(beginner(), StoryWorld(), size) as stage:
        album = Album(stage, snapshot)
        await look_at(stage, album)
    world = StoryWorld()
    world.sights = PARTS + THREE[:2]
    world.noted = frozenset({Step.OPEN.value, Step.BE_PAID.value})
    async with on_stage(payer(), world, size) as stage:
        more = Album(stage, snapshot)
        await stage.press("f2")
        await more.add("story-midway", "3 of 6 done", "▸ 3 Pay over 3 hops or more")
        await stage.press("down", "v")
        await more.add("hops", "Part 2 of 2", "gerlinde cannot know", "stay hidden.")
    assert album.dim == more.dim == {}
    assert album.different == more.different == []

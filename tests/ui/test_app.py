"""Going places, the feed, pasting anywhere, leaving, small windows, the playground's time."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from msgspec.structs import replace
from textual.events import Key as KeyPressed

from lnwallet_tui.api.events import BalanceChanged, ChannelChanged, Notice, StatusChanged
from lnwallet_tui.api.views import ChannelState, GuardView, PaymentStatus
from lnwallet_tui.api.world import Spending, SpendingSight
from lnwallet_tui.ui.app import LnWalletApp
from lnwallet_tui.ui.messages import Heard
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.widgets.lines import Key, Tab
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import on_stage

PAGES = {
    "1": "Latest payments",
    "2": "How it stands",
    "3": "Receive a payment",
    "4": "Paste a Lightning invoice",
    "5": "What it did",
}


async def test_every_page_has_a_number() -> None:
    async with on_stage(ScriptedNode()) as stage:
        for number, words in PAGES.items():
            await stage.press("escape", number)
            await stage.shows(words)


async def test_every_page_has_a_tab() -> None:
    async with on_stage(ScriptedNode()) as stage:
        for number, words in enumerate(PAGES.values()):
            await stage.click(list(stage.app.screen.query(Tab))[number])
            await stage.shows(words)


async def test_what_the_node_tells_is_drawn() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.shows("regtest 1,024")
        node.status_view = replace(node.status_view, height=1_025)
        node.speak(StatusChanged(node.status_view))
        await stage.shows("regtest 1,025")


async def test_a_notice_stands_on_home_until_it_is_cleared() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        node.speak(Notice("The disk is full.", "Free some space.", urgent=True))
        await stage.shows("✗ The disk is full. Free some space.", "i: 1 unread", "d: seen")
        await stage.press("d")
        await stage.lacks("The disk is full.")


async def test_what_the_screen_says_and_still_stands_is_not_cleared() -> None:
    async with on_stage(ScriptedNode()) as stage:
        stage.app.post_message(Heard(Notice("It goes on without it.", "End it.", urgent=True)))
        await stage.shows("✗ It goes on without it. End it.")
        await stage.lacks("d: seen")
        stage.app.post_message(Heard(Notice("A file was not used.")))
        await stage.shows("A file was not used.", "d: seen")
        await stage.press("d")
        await stage.lacks("A file was not used.")
        await stage.shows("✗ It goes on without it. End it.")


class SlowNode(ScriptedNode):
    """Its guard's view takes as long as `slow` is not set."""

    def __init__(self) -> None:
        super().__init__()
        self.slow = asyncio.Event()

    async def guard(self) -> GuardView:
        await self.slow.wait()
        return await super().guard()


async def test_what_is_told_while_the_first_picture_is_taken_is_not_lost() -> None:
    node = SlowNode()
    async with on_stage(node) as stage:
        node.speak(Notice("Read this."))
        node.speak(BalanceChanged(replace(views.BALANCE, can_send_msat=123_456_000)))
        await stage.rest()
        node.slow.set()
        await stage.shows("Read this.", "123,456 sat")


async def test_pasting_anywhere_means_pay_this() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("2")
        await stage.paste(views.INVOICE)
        await stage.shows("Send · 2 of 3 · check", "25,000 sat")


async def test_q_leaves_at_once_when_nothing_is_under_way() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("q")
        assert stage.app.return_code == 0


@pytest.mark.parametrize("typed", ["q6", "qs", "q5", "q3", "qi"])
async def test_what_is_typed_right_after_q_does_not_hinder_it(typed: str) -> None:
    for turns in (0, 1, 8):
        app = LnWalletApp(ScriptedNode())
        async with app.run_test() as pilot:
            await pilot.pause()
            for key in typed:
                app.post_message(KeyPressed(key, key))
                for _ in range(turns):
                    await asyncio.sleep(0)
            while app.is_running:  # noqa: ASYNC110  # Textual has no event for it
                await asyncio.sleep(0)
        assert app.return_code == 0


@pytest.mark.parametrize("by_mouse", [False, True])
async def test_q_asks_while_a_payment_is_under_way(by_mouse: bool) -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(status=PaymentStatus.IN_FLIGHT),)
    async with on_stage(node) as stage:
        await stage.press("q")
        await stage.shows("A payment of yours is still under way.")
        await (stage.click("#back") if by_mouse else stage.press("escape"))
        await stage.shows("Latest payments")
        await stage.press("q")
        await (stage.click("#go") if by_mouse else stage.press("right", "enter"))
        assert stage.app.return_code == 0


async def test_leaving_a_world_that_nothing_keeps_is_asked_once_one_has_lived_in_it() -> None:
    node = ScriptedNode()
    async with on_stage(node, ScriptedWorld(), forgotten=True) as stage:
        await stage.press("q")
        await stage.shows("This world ends when you leave.", "lnwallet-tui play --folder DIR")
        await stage.press("enter")  # the harmless one
        await stage.shows("Latest payments")
        await stage.press("q", "q")
        assert stage.app.return_code == 0


async def test_a_world_in_which_nothing_happened_is_left_at_once() -> None:
    node = ScriptedNode()
    node.channel_views = ()
    async with on_stage(node, ScriptedWorld(), forgotten=True) as stage:
        await stage.press("q")
        assert stage.app.return_code == 0


async def test_help_explains_the_page_and_lists_its_keys() -> None:
    async with on_stage(ScriptedNode(), size=(80, 60)) as stage:
        await stage.press("question_mark")
        await stage.shows("Your money at a glance.", "q ctrl+q Quit: Leave; asks first")
        await stage.press("escape")
        await stage.shows("Latest payments")


async def test_the_palette_has_every_command_by_name() -> None:
    async with on_stage(ScriptedNode()) as stage:
        titles = [one.title for one in stage.app.get_system_commands(stage.app.screen)]
        assert {"Send", "Receive", "Channels", "Guard", "Help", "Quit"} <= set(titles)
        assert "Mine one" not in titles
        guard = next(
            one for one in stage.app.get_system_commands(stage.app.screen) if one.title == "Guard"
        )
        await guard.callback()
        await stage.shows("What it did")


@pytest.mark.parametrize("size", [(79, 24), (80, 23)])
async def test_a_small_window_says_so(size: tuple[int, int]) -> None:
    async with on_stage(ScriptedNode(), size=size) as stage:
        await stage.shows("This window is smaller than 80 columns by 24 rows.")
        await stage.lacks("Can send now")


async def test_what_cannot_be_seen_takes_no_keys() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("c")
        await stage.pilot.resize_terminal(79, 24)
        await stage.press("x")
        await stage.lacks("F5")
        assert stage.place == "ChannelsScreen"
        await stage.pilot.resize_terminal(80, 24)
        await stage.shows("How it stands")
        await stage.press("x")
        await stage.shows("Choose how to close")


async def test_time_moves_by_keys_and_clicks() -> None:
    world = ScriptedWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.shows("Mon 21 Sep 14:13 F5 One block")
        await stage.press("f5", "f7", "f9")
        assert world.asked == [("mine", 1), ("skip", 144), ("reorg", 1)]
        await stage.shows(f"Two other blocks have taken the place of block {views.HEIGHT + 145:,}.")
        await stage.click(stage.app.screen.query(Key).first())
        assert world.asked[-1] == ("mine", 1)


async def test_one_thing_at_a_time_happens_in_the_world() -> None:
    world = ScriptedWorld()
    world.busy = asyncio.Event()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f7")
        await stage.shows("a day passes…")
        await stage.press("f6", "f5")
        assert world.asked == [("skip", 144)]
        world.busy.set()
        await stage.lacks("a day passes…")


@pytest.mark.parametrize("by_mouse", [False, True], ids=["keys", "mouse"])
@pytest.mark.parametrize(("presses", "days"), [(1, 2), (7, 8)])
async def test_more_days_pass_where_the_key_is_pressed_while_one_does(
    presses: int, days: int, *, by_mouse: bool
) -> None:
    world = ScriptedWorld()
    world.busy = asyncio.Event()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f7")
        await stage.shows("a day passes… esc: stop", "F7 Make it 2 days")
        await stage.lacks("F5 One block")
        for _ in range(presses):
            if by_mouse and (keys := [one for one in stage.app.screen.query(Key) if one.display]):
                await stage.click(keys[0])
            else:
                await stage.press("f7")
        await stage.shows(f"day 1 of {days} passes… esc: stop")
        await stage.shows(f"F7 Make it {days + 1} days")
        world.busy.set()
        await stage.shows("F5 One block", "F7 One day")
        assert world.asked == [("skip", 144)] * days


async def test_days_that_pass_are_stopped_within_the_one_they_are_at() -> None:
    world = ScriptedWorld()
    world.busy = asyncio.Event()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f7", "f7", "f7", "escape")
        await stage.shows("Stopped after 144 blocks (~24 h).", "F7 One day")
        assert world.asked == [("skip", 144), ("halt",)]
        await stage.press("f7")
        assert world.asked[2:] == [("skip", 144)], "the next time it is one day again"


async def test_in_a_field_the_first_esc_stops_the_days_and_the_second_leaves() -> None:
    world = ScriptedWorld()
    world.busy = asyncio.Event()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("3", *"50000")
        await stage.shows("esc first: you are typing", "esc Home")
        await stage.press("f7")
        await stage.shows("esc twice: you are typing", "esc Stop")
        await stage.press("escape")
        await stage.shows("esc first: you are typing", "esc Home", "50000")
        await stage.press("escape", "2")
        await stage.shows("How it stands")
        assert world.asked == [("skip", 144), ("halt",)]


async def test_esc_stops_mining_and_leads_nowhere_else() -> None:
    for key in ("f6", "f7"):
        world = ScriptedWorld()
        world.busy = asyncio.Event()
        node = ScriptedNode()
        node.payment_views = (views.payment(status=PaymentStatus.IN_FLIGHT),)
        async with on_stage(node, world) as stage:
            await stage.press("2", key)
            await stage.shows("esc: stop")
            await stage.press("escape")
            assert world.asked[-1] == ("halt",)
            await stage.shows("Stopped after 144 blocks (~24 h).", "How it stands")
            await stage.press("escape")
            await stage.shows("Latest payments")
            assert world.asked.count(("halt",)) == 1


async def test_while_time_runs_esc_has_one_meaning_on_the_screen() -> None:
    world = ScriptedWorld()
    world.busy = asyncio.Event()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("2")
        await stage.shows("esc Home")
        await stage.press("f7")
        await stage.shows("a day passes… esc: stop", "esc Stop")
        await stage.lacks("esc Home")
        for key in ("f5", "f6", "f9"):
            stage.app.screen.query_one("#for-a-moment").display = False
            await stage.press(key)
            await stage.shows("Time is passing: esc stops it, then press again.")
        assert world.asked == [("skip", 144)]
        world.busy.set()
        await stage.shows("esc Home")


async def test_while_time_runs_all_that_esc_does_else_takes_two_of_it() -> None:
    world = ScriptedWorld()
    world.busy = asyncio.Event()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("6", "m", "f7")
        await stage.shows("esc twice: show all", "Mon 21 Sep 14:13 a day passes… esc: stop")
        await stage.press("slash")
        await stage.shows("esc twice: show all", "esc twice: you are typing")
        world.busy.set()
        await stage.shows("esc: show all", "esc first: you are typing")
        await stage.lacks("twice", "passes")


async def test_waiting_for_an_answer_ends_after_a_day() -> None:
    node, world = ScriptedNode(), ScriptedWorld()
    node.payment_views = (views.payment(status=PaymentStatus.IN_FLIGHT),)
    async with on_stage(node, world) as stage:
        await stage.press("f6")
        assert world.asked == [("mine until", 144)]
        await stage.shows(
            "Nothing happened in 144 blocks (~24 h); still waiting for your payment of 25,000 sat."
        )


async def test_waiting_for_nothing_is_said_and_mines_a_block() -> None:
    world = ScriptedWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f6")
        assert world.asked == [("mine until", 1)]
        await stage.shows(
            "Nothing was expected: no channel, payment or coin of yours waits for blocks. One was "
            "mined; F7 mines a day."
        )


async def test_a_cheat_that_waits_for_a_block_is_expected_and_its_penalty_after_it() -> None:
    """The wallet hears of both only from blocks."""
    world = ScriptedWorld()
    cheat = SpendingSight(
        txid="66" * 32, channel_id=views.CHANNEL, peer="reynard", what=Spending.CHEAT
    )
    world.in_mempool = (cheat,)
    world.busy = asyncio.Event()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f6")
        assert world.asked == [("mine until", 2_100)]
        await stage.shows("waiting for the old state that reynard published… esc: stop")
        world.in_mempool = (replace(cheat, what=Spending.PENALTY),)
        world.mines_at_once = 1
        world.busy.set()
        await stage.shows("Now waiting for your penalty against reynard: F6 mines on.")
        world.in_mempool = (replace(cheat, what=Spending.THEIRS),)
        stage.app.screen.query_one("#for-a-moment").display = False  # what was said before
        await stage.press("f6")
        await stage.lacks("Now waiting for")


async def test_what_came_with_a_block_that_nothing_was_expected_of() -> None:
    node, world = ScriptedNode(), ScriptedWorld()
    world.busy = asyncio.Event()
    async with on_stage(node, world) as stage:
        await stage.press("f6")
        await stage.shows("nothing is expected: one block…")
        node.channel_views = (views.channel(state=ChannelState.CLOSING),)
        node.speak(ChannelChanged(node.channel_views[0]))
        world.busy.set()
        await stage.shows(
            "Nothing was expected before this block. Now waiting for the close with Alice: F6 "
            "mines on."
        )


async def test_a_block_that_brings_nothing_to_be_seen_says_what_is_still_waited_for() -> None:
    """Something smaller has changed in it: parts of a satoshi were lost."""
    node, world = ScriptedNode(), ScriptedWorld()
    node.channel_views = (views.channel(state=ChannelState.CLOSING),)
    world.mines_at_once = 1
    async with on_stage(node, world) as stage:
        await stage.press("f6")
        await stage.shows("Still waiting for the close with Alice: F6 mines on.")
        assert [one[0] for one in world.asked] == ["mine until"] * 2


async def test_what_is_waited_for_is_said_while_one_waits() -> None:
    node, world = ScriptedNode(), ScriptedWorld()
    world.busy = asyncio.Event()
    node.channel_views = (
        replace(views.channel(state=ChannelState.OPENING), confirmations=1, confirmations_needed=3),
    )
    async with on_stage(node, world) as stage:
        await stage.press("f6")
        await stage.shows("waiting for the channel with Alice (1 of 3 blocks)… esc: stop")
        world.busy.set()


async def test_waiting_for_a_block_may_take_long() -> None:
    node, world = ScriptedNode(), ScriptedWorld()
    node.balance_view = replace(node.balance_view, closing_msat=1_000)
    async with on_stage(node, world) as stage:
        await stage.press("f6")
        assert world.asked == [("mine until", 2_100)]


async def test_without_a_world_there_is_nothing_of_it() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("f5", "f8")
        await stage.lacks("People", "One block")
        await stage.shows("Latest payments")


async def test_a_page_that_lies_on_channels_does_not_hide_the_new_one() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("2", "f8", "1", "o")
        await stage.paste_into("#uri", views.URI)
        await stage.press("enter", "5", "enter", "right", "enter")
        await stage.shows("How it stands")


async def test_a_page_that_lies_on_send_does_not_hide_what_is_pasted() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("4", "tab", "f8", "1")
        await stage.paste(views.INVOICE)
        await stage.shows("Send · 2 of 3 · check")


async def test_what_is_said_on_a_page_that_is_still_put_together_is_shown_then() -> None:
    async with on_stage(ScriptedNode()) as stage:
        stage.app.action_page("settings")
        stage.app.screen.notify("Said early.")
        await stage.shows("Said early.")
        page = stage.app.screen
        await stage.press("escape")
        page.notify("Said late.")
        await stage.lacks("Said late.")


@pytest.mark.parametrize("way", ["ask", "order"])
async def test_what_comes_once_the_program_ends_asks_nothing_more(way: str) -> None:
    """A worker that began then would be stopped before its question is."""
    async with on_stage(ScriptedNode()) as stage:
        page, asking, answers = stage.app.screen, asyncio.sleep(0, "it"), list[str]()
        assert isinstance(page, WalletScreen)
        stage.app.exit()
        if way == "ask":
            page.ask("what", asking, answers.append)
        else:
            page.order(asking, answers.append)
        stage.app.workers.cancel_all()
    assert (inspect.getcoroutinestate(asking), answers) == (inspect.CORO_CLOSED, [])

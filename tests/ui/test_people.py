"""The playground's people: what they can do for the user and to the user, by keys and by mouse."""

from __future__ import annotations

import asyncio
from functools import partial

from msgspec.structs import replace
from textual.widgets import Input

from lnwallet_tui.api.events import ChannelChanged, PaymentChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.api.world import Person
from lnwallet_tui.ui.widgets.forms import AmountField, Listing
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import PEOPLE, ScriptedWorld
from tests.ui.stage import on_stage


class SlowWorld(ScriptedWorld):
    """One in which it takes time to find somebody again."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0

    def now(self) -> int:
        return super().now() + self.passed

    async def have_them_vanish(self, name: str, gone: bool) -> None:
        await super().have_them_vanish(name, gone)
        self.passed += 0 if gone else 15 * 60


NO = Refused(RefusalCode.CHANNEL_BUSY, "They cannot.", "Ask somebody else.")


async def test_who_is_there() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("f8")
        await stage.shows("Alice neighbour 1 channel with you", PEOPLE[0].story, views.PEER)
        await stage.press("y")
        assert stage.app.clipboard == PEOPLE[0].uri
        await stage.click_on("Carl")  # a click chooses, and does nothing else
        await stage.shows(PEOPLE[2].story)
        await stage.press("escape")
        await stage.shows("Latest payments")


async def test_a_second_click_opens_a_channel_however_late_it_comes() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        stage.app.CLICK_CHAIN_TIME_THRESHOLD = 0  # type: ignore[misc]  # no two are a double click
        await stage.press("f8")
        await stage.click_on("Alice")  # the cursor is there already
        assert stage.place == "PeopleScreen"
        await stage.click_on("Carl")
        assert stage.place == "PeopleScreen"
        await stage.click_on("Carl")
        assert stage.place == "OpenChannelScreen"


async def test_who_comes_back_from_a_row_clicks_it_anew() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        stage.app.CLICK_CHAIN_TIME_THRESHOLD = 0  # type: ignore[misc]  # no two are a double click
        await stage.press("f8")
        await stage.click_on("Carl")
        await stage.press("enter")
        assert stage.place == "OpenChannelScreen"
        await stage.press("escape")
        await stage.click_on("Carl")
        assert stage.place == "PeopleScreen"


async def test_a_long_address_is_not_broken_in_its_name() -> None:
    world = ScriptedWorld()
    world.crowd = (Person("dora", "relay", "Passes payments on.", f"{views.PEER}@dora.play:9735"),)
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f8", "G")
        await stage.shows("Passes payments on.")
        lines = [line.strip("│ ") for line in stage.text.split("\n")]
        assert [line for line in lines if "@" in line] == [f"{views.PEER}@"]
        assert "dora.play:9735" in lines


async def test_opening_to_somebody() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("f8", "down", "enter")
        await stage.shows("Open a channel", views.SHOP[:40])
        await stage.type("50000")
        await stage.press("enter")
        await stage.shows("Open a channel: check")


async def test_they_open_with_the_amount_that_stands_there() -> None:
    world = ScriptedWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f8", "O")
        await stage.shows("Alice opened a channel to you: F6 mines until it can be used.")
        await stage.press("tab")
        await stage.type("70,000")
        await stage.press("enter", "O")
        assert world.asked == [("open", "Alice", 1_000_000), ("open", "Alice", 70_000)]


async def test_an_amount_is_used_once_and_one_that_cannot_be_read_is_none() -> None:
    world = ScriptedWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f8", "tab")
        await stage.type("20000400,000")
        await stage.press("enter", "O")
        await stage.shows("✗ “20000400,000” is no amount in satoshis. Type another one.")
        assert world.asked == []
        await stage.type("70,000")
        await stage.press("enter", "O", "O")
        assert world.asked == [("open", "Alice", 70_000), ("open", "Alice", 1_000_000)]


async def test_they_pay_the_newest_invoice_that_waits() -> None:
    node, world = ScriptedNode(), ScriptedWorld()
    async with on_stage(node, world) as stage:
        await stage.press("f8", "p")
        await stage.shows("✗ You have made no invoice that waits to be paid. Make one: press r.")
        await stage.press("down")
        await stage.lacks("no invoice that waits")  # it was said about somebody else
        await stage.press("up", "r")
        await stage.type("3")
        await stage.press("enter", "enter")
        node.payment_views = (
            views.payment(outgoing=False, status=PaymentStatus.WAITING, amount_msat=3_000),
        )
        await stage.press("f8", "p")
        await stage.shows("✓ Alice paid you")
        assert world.asked == [("pay", "Alice", views.INVOICE, None)]


async def test_they_choose_what_an_invoice_leaves_open() -> None:
    node, world = ScriptedNode(), ScriptedWorld()
    waiting = partial(views.payment, outgoing=False, status=PaymentStatus.WAITING)
    node.payment_views = (waiting(amount_msat=None),)
    async with on_stage(node, world) as stage:
        await stage.press("f8", "p")
        await stage.shows("✓ Alice paid you 25,000 sat.")
        await stage.press("tab")
        await stage.type("777")
        await stage.press("enter", "p")
        await stage.shows("✓ Alice paid you 777 sat.")
        named = waiting("77" * 32, amount_msat=3_000)
        node.speak(PaymentChanged(named))
        await stage.press("p")
        await stage.shows("✓ Alice paid you 3 sat.")
        assert [asked[-1] for asked in world.asked] == [25_000_000, 777_000, None]


async def test_a_refusal_is_read_whole_in_the_smallest_window() -> None:
    world = ScriptedWorld()
    world.crowd = tuple(
        Person(f"relay {number}", "relay", "Passes payments on: " + "and on " * 10, PEOPLE[2].uri)
        for number in range(5)
    )
    world.refusal = Refused(
        RefusalCode.NOT_READY,
        "Somebody has no old state of an open channel with you.",
        "Open a channel with them, let them pay you something, then ask again.",
    )
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f8", "G", "x")
        await stage.shows("✗ Somebody has no old state", "then ask again.")


async def test_whom_one_looked_at_last_is_found_again() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("f8", "down")
        await stage.shows(PEOPLE[1].story)
        await stage.press("escape", "f8")
        await stage.shows(PEOPLE[1].story)


async def test_buying_goes_on_in_send() -> None:
    world = ScriptedWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f8", "b")
        await stage.shows("Send · 2 of 3 · check")
        assert world.asked == [("invoice", "Alice", 25_000_000)]


async def test_an_amount_that_something_was_bought_for_is_not_there_again() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("f8", "tab")
        await stage.type("400000")
        await stage.press("enter", "b")
        await stage.shows("Send · 2 of 3")
        await stage.press("f8")
        assert stage.app.screen.query_one("#amount", AmountField).value == ""


async def test_only_who_sells_something_is_bought_from() -> None:
    world = ScriptedWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f8", "G")
        await stage.shows("Do not trust him.", "o Open O They open", ": Commands")
        await stage.lacks("b Buy")
        await stage.press("b")
        await stage.shows("✗ Carl sells nothing. Ask Alice or Bea's shop.")
        assert world.asked == []
        await stage.press("up")
        await stage.shows("b Buy", ": Commands")
        await stage.lacks("o Open")


async def test_the_footer_leads_to_an_invoice_and_once_there_is_one_has_it_paid() -> None:
    node = ScriptedNode()
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("f8", "p")
        await stage.shows("You have made no invoice that waits to be paid. Make one: press r.")
        await stage.shows("r Receive")
        await stage.lacks("p They pay")
        waiting = views.payment(outgoing=False, status=PaymentStatus.WAITING)
        node.speak(PaymentChanged(waiting))
        await stage.shows("p They pay")
        await stage.lacks("r Receive")


async def test_esc_and_enter_lead_from_the_amount_to_the_list_and_it_stays() -> None:
    world = ScriptedWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        for key in ("escape", "enter"):
            await stage.press("f8", "tab")
            await stage.shows("enter, esc: to the list; the amount stays")
            await stage.press("end", *["backspace"] * 9)
            await stage.type("70000")
            await stage.press(key)
            await stage.shows("Who is there", "Amount, sat 70,000")
            await stage.lacks("the amount stays")
            assert stage.app.focused is stage.app.screen.query_one(Listing)
        await stage.press("O")
        await stage.lacks("70,000 ")
        assert world.asked == [("open", "Alice", 70_000)]


async def test_what_was_said_goes_when_time_goes_on() -> None:
    world = ScriptedWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f8", "O")
        await stage.shows("Alice opened a channel to you: F6 mines until it can be used.")
        await stage.press("f6")
        await stage.lacks("Alice opened a channel to you")


async def test_a_channel_that_becomes_ready_is_said_to_be() -> None:
    node, world = ScriptedNode(), ScriptedWorld()
    node.channel_views = ()
    async with on_stage(node, world) as stage:
        await stage.press("f8", "O")
        opening = replace(views.channel(state=ChannelState.OPENING), confirmations_needed=3)
        node.speak(ChannelChanged(replace(opening, confirmations=0)))
        await stage.rest()
        await stage.shows("Alice opened a channel to you: F6 mines until it can be used.")
        node.channel_views = (replace(opening, confirmations=1),)
        await stage.press("f5")
        await stage.shows("The channel with Alice has 1 of 3 confirmations: F6 mines on.")
        await stage.lacks("The channel with Alice is ready.")
        node.channel_views = (views.channel(),)
        node.speak(ChannelChanged(node.channel_views[0]))
        await stage.shows("✓ The channel with Alice is ready.")
        await stage.lacks("mines on")
        await stage.press("f5")
        await stage.lacks("The channel with Alice is ready.")


async def test_coming_back_says_what_time_it_took() -> None:
    world = SlowWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f8", "v")
        await stage.shows(
            "Alice is away and does not answer any more.",
            "Away: no peer reaches them, but their node sees every block. Before a payment "
            "expires that it has looked at, it closes the channel alone and takes it on chain",
        )
        await stage.lacks(PEOPLE[0].story)
        await stage.press("v")
        await stage.shows("Alice is back. 15 min went by until all who look for Alice found them.")


async def test_the_cheat_cheats_and_goes_away() -> None:
    world = ScriptedWorld()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f8", "G", "x")
        await stage.shows("Carl published an old state. F5 mines a block; then see Guard (5).")
        await stage.press("v")
        await stage.shows("Carl is away and does not answer any more.", "cheat away")
        await stage.press("v")
        await stage.shows("Carl is back.")
        assert world.asked[1:] == [("vanish", "Carl", True), ("vanish", "Carl", False)]


async def test_every_refusal_is_shown() -> None:
    node, world = ScriptedNode(), ScriptedWorld()
    node.payment_views = (views.payment(outgoing=False, status=PaymentStatus.WAITING),)
    world.refusal = NO
    async with on_stage(node, world) as stage:
        await stage.press("f8")
        for key in ("O", "p", "b", "x"):
            await stage.press(key)
            await stage.shows("✗ They cannot. Ask somebody else.")
            await stage.press("down", "up")
            await stage.lacks("They cannot.")


async def test_the_typed_amount_goes_into_the_channel_that_is_opened() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("f8")
        await stage.shows("enter: open a channel to them")
        for key in ("o", "enter"):
            await stage.press("tab", *"400000", "escape", key)
            assert stage.place == "OpenChannelScreen"
            assert stage.app.screen.query_one("#amount", Input).value == "400,000"
            await stage.lacks("from before")
            await stage.press("escape")
            assert stage.place == "PeopleScreen"
            assert stage.app.screen.query_one("#amount", Input).value == ""
        await stage.press("tab", *"0", "escape", "o")
        await stage.shows("“0” is no amount in satoshis.")
        assert stage.place == "PeopleScreen"


async def test_while_something_happens_nothing_else_begins() -> None:
    world = ScriptedWorld()
    world.busy = asyncio.Event()
    async with on_stage(ScriptedNode(), world) as stage:
        await stage.press("f8", "f7", "O")
        await stage.shows("Time is passing: esc stops it", "a day passes…")
        world._height += 1
        stage.app.screen.redraw()  # type: ignore[attr-defined]
        await stage.rest()
        await stage.shows("Time is passing: esc stops it")  # no block hides it
        assert world.asked == [("skip", 144)]
        await stage.lacks("opens a channel of")  # nobody does
        await stage.press("1")
        await stage.shows("a day passes…")  # on every page
        world.busy.set()
        await stage.shows("One block")


async def test_the_first_coins_are_said_to_be_a_gift() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("f8")
        await stage.shows("everybody's first coins, yours too, are a gift of the faucet")

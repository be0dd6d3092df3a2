"""Closing: both ways with cost and date; alone only for who types the word."""

from __future__ import annotations

from msgspec.structs import replace as changed

from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import Stage, on_stage

BUSY = Refused(RefusalCode.CHANNEL_BUSY, "It cannot be closed now.", "Wait for its payments.")


async def to_ways(stage: Stage) -> None:
    await stage.press("c", "x")
    await stage.shows("Choose how to close")


def can_go(stage: Stage) -> bool:
    """Whether the button that cannot be undone can be pressed."""
    return not stage.app.screen.query_one("#go").disabled


async def test_together_by_keyboard() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.shows(
            "Together 599,570 sat back, fee about 430 sat", "Alone 597,190 sat back",
            "free from block 1,745 (~Sat 14:23)", "use it only if the peer does not answer",
        )  # fmt: skip
        await stage.press("enter")
        await stage.shows(
            "Close together: check", "Fee, about 430 sat at most 1,200 sat",
            "You get back 599,570 sat", "with the next blocks", "[ Cancel ]", "[ Close ]",
            "No payment can go through this channel from now on.",
        )  # fmt: skip
        await stage.press("enter")  # Cancel is preselected
        await stage.shows("Choose how to close")
        assert node.told("close") == []
        await stage.press("enter", "right", "enter", "enter")
        assert node.told("close") == [(views.CHANNEL, 1_200)]
        await stage.shows("shutting down", "It is shutting down.")


async def test_the_dates_are_those_of_the_newest_block() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.press("down")
        for height, free in ((views.HEIGHT + 1, "1,746"), (views.HEIGHT + 2, "1,747")):
            node.status_view = changed(node.status_view, height=height)
            node.close_quoted = changed(node.close_quoted, force_available_height=height + 721)
            node.speak(StatusChanged(node.status_view))
            await stage.shows(f"ree from block {free}")
            await stage.press(
                "enter"
            )  # the cursor stayed; then the word is missing, so it does not
            await stage.shows("to go on, type CLOSE", f"Free from block {free}")
        assert node.told("force_close") == []


async def test_together_by_mouse() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.click_on("Together")
        await stage.shows("Close together: check")
        await stage.click("#go")
        assert len(node.told("close")) == 1
        await stage.shows("It is shutting down.")


async def test_alone_needs_the_word() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.press("down", "enter")
        await stage.shows(
            "Close alone (force-close): check", "Fees, about 2,810 sat", "You get back 597,190 sat",
            "It waits 720 blocks (~5 days)", "Free from block 1,745 (~Sat 14:23)",
            "The peer is connected: closing together would be cheaper and faster.",
            "This cannot be undone.", "to go on, type CLOSE", "[ Close alone ]",
        )  # fmt: skip
        await stage.type("clos")
        await stage.press("enter")
        await stage.click("#go")
        assert not can_go(stage)
        await stage.click("#word")
        await stage.press("end")
        await stage.type("e")
        assert can_go(stage)
        await stage.press("backspace")
        assert not can_go(stage)
        await stage.type("e")
        await stage.press("enter")
        assert node.told("force_close") == []  # enter only goes to the button
        await stage.press("enter")
        assert node.told("force_close") == [views.CHANNEL]
        await stage.shows("It is closing.")


async def test_the_word_does_not_stay_for_the_next_time() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.click_on("Alone")
        await stage.type("CLOSE")
        await stage.press("escape")
        await stage.shows("Choose how to close")
        await stage.press("enter")
        await stage.shows("to go on, type CLOSE")
        assert not can_go(stage)
        await stage.press("escape", "up", "enter")
        await stage.lacks("type CLOSE")
        assert can_go(stage)


async def test_a_peer_that_is_away() -> None:
    node = ScriptedNode()
    node.close_quoted = views.close_quote(online=False)
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.shows("The peer is not connected: closing together waits until it is back.")
        await stage.press("enter")
        await stage.shows("It begins when the peer is connected again.")


async def test_every_refusal_is_shown_and_nothing_is_lost() -> None:
    node = ScriptedNode()
    node.refusing["quote_close"] = BUSY
    async with on_stage(node) as stage:
        await stage.press("c", "x")
        await stage.shows("✗ It cannot be closed now. Wait for its payments.")
        await stage.lacks("Asking what it costs")
        await stage.press("escape")
        node.refusing = {"close": BUSY, "force_close": BUSY}
        await to_ways(stage)
        await stage.press("enter", "right", "enter")
        await stage.shows("✗ It cannot be closed now.", "Close together: check")
        await stage.press("escape")
        await stage.lacks("cannot be closed now")
        await stage.press("down", "enter")
        await stage.type("close")
        await stage.press("enter", "enter")
        await stage.shows("✗ It cannot be closed now.", "Close alone (force-close): check")
        node.refusing = {}
        await stage.click("#go")
        await stage.shows("It is closing.")


async def test_it_is_ordered_once_and_goes_on_when_the_page_is_left() -> None:
    node = ScriptedNode()
    node.refusing["close"] = BUSY
    gate = node.hold("close")
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.press("enter", "right", "enter", "enter")
        await stage.shows("Closing…")
        assert len(node.told("close")) == 1
        await stage.press("escape", "1")
        gate.set()
        await stage.shows("It cannot be closed now. Wait for its")


async def test_another_word_is_said_to_be_none() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.press("down", "enter")
        await stage.type("yes")
        await stage.press("enter")
        await stage.shows("✗ This is not the word. Type CLOSE to close alone.")
        await stage.press("escape")
        await stage.lacks("This is not the word.")
        assert node.told("force_close") == []


async def test_a_payment_that_is_going_out_is_named_on_both_pages() -> None:
    node = ScriptedNode()
    node.channel_views = (views.channel(htlcs=(views.HTLC,)),)
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.shows("going out, what arrives comes off these sums.")
        await stage.press("down", "enter")
        await stage.shows("Of it going out", "not yours once it arrives")

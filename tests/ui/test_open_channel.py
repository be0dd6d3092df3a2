"""Opening a channel: ask, see what it costs, decide; by keyboard and by mouse."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.costs import OutputKind
from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import SMALL, Stage, on_stage

COSTS = (
    "Into the channel 1,000,000 sat from about block 1,028 (~14:53)",
    "Change to you 398,470 sat from about block 1,026 (~14:33)",
    "To the miners 1,530 sat 10.0 sat/vB, about 2 blocks (~20 min)",
    "○ slow 382 sat", "○ normal 765 sat", "● fast 1,530 sat", "Left on chain 398,470 sat",
    "Can send after 986,000 sat", "Can receive 0 sat",
    "Held back 14,000 sat 10,000 sat reserve, 4,000 sat fee room",
    "Nothing is sent before you press Open; if the peer refuses, nothing is spent.",
    "the way back is a close: together costs about 430 sat (527 sat once the peer owns a part "
    "of it), alone about 2,810 sat with its sweep, in no hurry.",
    "Alone your money waits as long as the peer says when it accepts, at most 720 blocks (~5 days)",
)  # fmt: skip
NOT_NOW = Refused(RefusalCode.PEER_UNREACHABLE, "The peer does not answer.", "Try it later.")


async def to_check(stage: Stage) -> None:
    await stage.press("o")
    await stage.paste_into("#uri", views.URI)
    await stage.press("enter")
    await stage.type("1,000,000")
    await stage.press("enter")


async def test_by_keyboard_with_everything_said_before_it_is_done() -> None:
    node = ScriptedNode()
    async with on_stage(node, size=SMALL) as stage:
        await to_check(stage)
        await stage.shows(*COSTS, "[ Back ]", "[ Open ]", "The peer calls itself, not verified")
        assert stage.app.focused is not None
        assert stage.app.focused.id == "check-back"  # what is preselected does nothing
        assert node.told("open_channel") == []
        await stage.press("right", "enter")
        assert node.told("open_channel") == [(views.URI, 1_000_000, 2_500, 1_530)]
        await stage.shows("How it stands", "Waits for 3 blocks")  # the cursor is on the new one


async def test_by_mouse() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await to_form_by_mouse(stage)
        await stage.click("#form-go")
        await stage.click("#check-back")
        await stage.shows("Confirmed on chain, to be used for it: 1,400,000 sat.")
        await stage.click("#form-go")
        await stage.click("#check-go")
        assert len(node.told("open_channel")) == 1
        await stage.shows("How it stands")


async def to_form_by_mouse(stage: Stage) -> None:
    await stage.press("2", "o")
    await stage.click("#uri")
    await stage.type("02ab")
    await stage.click("#amount")
    await stage.type("1000000")


async def test_what_is_missing_is_asked_for() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("o")
        await stage.click("#form-go")
        await stage.shows("There is nobody to open to yet. Paste ID@HOST:PORT above.")
        await stage.type("02ab")
        await stage.press("enter", "enter")
        await stage.shows("This is no amount. Type whole satoshis, such as 1,000,000.")
        await stage.type("12.5")
        await stage.press("enter")
        await stage.shows("This is no amount.")
        assert node.told("quote_open") == []


async def test_an_amount_from_before_says_so() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("o")
        await stage.lacks("stands here from before")
        await stage.press("tab")
        await stage.type("1")
        await stage.lacks("stands here from before")
        await stage.press("escape", "o")
        await stage.shows("Amount, sat 1 ", "This amount stands here from before.")
        await stage.press("tab")
        await stage.type("70")
        await stage.shows("Amount, sat 70")
        await stage.lacks("stands here from before")


async def test_of_a_node_that_the_playground_knows_the_id_is_enough() -> None:
    node, world = ScriptedNode(), ScriptedWorld()
    known = world.people()[0].uri
    async with on_stage(node, world) as stage:
        await stage.press("o")
        await stage.paste_into("#uri", known.partition("@")[0])
        await stage.press("tab")
        await stage.type("1000000")
        await stage.press("enter")
        await stage.shows("[ Back ]", "[ Open ]")
        assert node.told("quote_open") == [(known, 1_000_000, None)]
        await stage.press("right", "enter")
        assert [given[0] for given in node.told("open_channel") if isinstance(given, tuple)] == [
            known
        ]


async def test_a_refused_quote_stays_on_the_form_with_its_remedy() -> None:
    node = ScriptedNode()
    node.refusing["quote_open"] = Refused(
        RefusalCode.NOT_ENOUGH, "Your coins do not reach.", "Open a smaller one."
    )
    async with on_stage(node) as stage:
        await to_check(stage)
        await stage.shows("✗ Your coins do not reach. Open a smaller one.", "[ Continue ]")
        del node.refusing["quote_open"]
        await stage.press("enter")
        await stage.shows(*COSTS)
        await stage.lacks("do not reach")


async def test_a_refused_opening_keeps_what_was_typed_and_can_be_tried_again() -> None:
    node = ScriptedNode()
    node.refusing["open_channel"] = NOT_NOW
    async with on_stage(node) as stage:
        await to_check(stage)
        await stage.press("right", "enter")
        await stage.shows("✗ The peer does not answer. Try it later.", "1,000,000")
        del node.refusing["open_channel"]
        await stage.press("enter", "right", "enter")
        assert len(node.told("open_channel")) == 2
        await stage.shows("How it stands")


async def test_it_is_ordered_once_and_goes_on_when_the_page_is_left() -> None:
    node = ScriptedNode()
    gate = node.hold("open_channel")
    node.refusing["open_channel"] = NOT_NOW
    async with on_stage(node) as stage:
        await to_check(stage)
        await stage.press("right", "enter", "enter")
        await stage.shows("Talking to the peer", "esc leaves this page; the opening goes on.")
        assert len(node.told("open_channel")) == 1
        await stage.press("escape")
        await stage.shows("Latest payments")
        gate.set()
        await stage.shows("The peer does not answer.")  # told on Home: nobody waited for it


@pytest.mark.parametrize("by", ["keyboard", "mouse", "buttons"])
async def test_the_fee_is_chosen_among_three(by: str) -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await to_check(stage)
        match by:
            case "keyboard":
                await stage.press("f", "f")
            case "mouse":
                await stage.click_on("normal 765 sat")
            case _:
                await stage.press("left", "left", "enter", "tab", "tab")
        await stage.shows("○ fast 1,530 sat", "● normal 765 sat")
        await stage.shows("To the miners 765 sat 5.0 sat/vB, about 6 blocks (~60 min)")
        await stage.lacks("10.0 sat/vB")
        assert node.told("open_channel") == []
        await stage.click("#check-go")
        assert node.told("open_channel") == [(views.URI, 1_000_000, 1_250, 765)]


async def test_paces_that_cost_the_same_are_one_choice_or_none() -> None:
    node = ScriptedNode()
    slow, normal, fast = node.open_quoted.rates
    same = replace(normal, feerate_per_kw=fast.feerate_per_kw, fee_sat=fast.fee_sat)
    node.open_quoted = replace(node.open_quoted, rates=(slow, same, fast))
    async with on_stage(node) as stage:
        await to_check(stage)
        await stage.shows("○ slow 382 sat", "● normal and fast 1,530 sat", "f Fee rate")
    slow = replace(slow, feerate_per_kw=fast.feerate_per_kw, fee_sat=fast.fee_sat)
    node.open_quoted = replace(node.open_quoted, rates=(slow, same, fast))
    async with on_stage(node) as stage:
        await to_check(stage)
        await stage.shows("Its fee the same now, however soon it is to confirm")
        await stage.lacks("○", "●", "f Fee rate")


async def test_who_it_is_stands_under_a_long_address() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("f8", "down", "enter")
        await stage.shows("That is Bea's shop, 03cdcdcd")
        await stage.press("shift+tab", "end", *["backspace"] * 80)
        await stage.lacks("That is Bea's shop")


async def test_a_new_block_quotes_anew_and_keeps_the_choice() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await to_check(stage)
        await stage.press("f")
        node.status_view = replace(node.status_view, height=views.HEIGHT + 1)
        node.speak(StatusChanged(node.status_view))
        await stage.shows("regtest 1,025", "● slow 382 sat", "2.5 sat/vB, about 144 blocks")
        await stage.shows("from about block 1,170", "from about block 1,168")  # so do the dates
        assert node.told("quote_open")[-1] == (views.URI, 1_000_000, 625)
        assert len(node.told("quote_open")) == 3


async def test_an_opening_without_change_says_that_it_cannot_be_hurried() -> None:
    node = ScriptedNode()
    quote = views.open_quote()
    outputs = tuple(one for one in quote.outputs if one.kind is not OutputKind.CHANGE)
    node.open_quoted = replace(quote, outputs=outputs, change_sat=0, can_be_hurried=False)
    async with on_stage(node, size=SMALL) as stage:
        await to_check(stage)
        await stage.shows(
            "Change to you none it takes all of these coins",
            "Without change it cannot be hurried later: do not pay too little for it.",
            "[ Back ]", "[ Open ]",
        )  # fmt: skip


async def test_an_older_quote_does_not_come_through() -> None:
    node = ScriptedNode()
    gate = node.hold("quote_open")
    async with on_stage(node) as stage:
        await to_check(stage)
        await stage.press("enter")
        node.open_quoted = views.open_quote(2_000_000)
        gate.set()
        await stage.shows("Into the channel 2,000,000 sat")


@pytest.mark.parametrize("key", ["escape", "cancel"])
async def test_the_way_back(key: str) -> None:
    async with on_stage(ScriptedNode()) as stage:
        await to_check(stage)
        await stage.press("escape")
        await stage.shows("Confirmed on chain", "1,000,000")
        await (stage.press("escape") if key == "escape" else stage.click("#form-back"))
        await stage.shows("Latest payments")


async def test_what_was_typed_is_there_after_a_look_elsewhere() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("2", "o")
        await stage.type("02ab")
        await stage.press("shift+tab")
        await stage.click("Tab")
        await stage.press("2")
        await stage.shows("Open a channel", "02ab")
        await stage.press("escape")
        await stage.shows("How it stands")


async def test_in_the_playground_f8_leads_to_whom_one_can_open_to() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("o")
        await stage.shows("ID@HOST:PORT; F8 shows who is there")
        await stage.click("#form-go")
        await stage.shows("There is nobody to open to yet. Press F8 to choose somebody, or paste")
        await stage.press("f8")
        await stage.shows("Who is there")


async def test_a_feerate_of_which_nobody_knows_how_soon_it_is_has_only_the_first_blocks() -> None:
    node = ScriptedNode()
    node.open_quoted = replace(node.open_quoted, rates=())
    async with on_stage(node, size=SMALL) as stage:
        await to_check(stage)
        await stage.shows("398,470 sat from block 1,026 (~14:33) at the earliest", "10.0 sat/vB ")
        await stage.lacks("about block")

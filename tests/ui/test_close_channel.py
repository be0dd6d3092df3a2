"""Closing: both ways with cost and date; alone only for who types the word."""

from __future__ import annotations

import pytest
from msgspec.structs import replace as changed

from lnwallet_tui.api.costs import OutputKind, Whose
from lnwallet_tui.api.events import ChannelChanged, StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import ChannelState, CloseQuote
from lnwallet_tui.ui import close_sums, close_words, cost_words
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import SMALL, Stage, on_stage

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
            "Together 599,570 sat back, fee about 430 sat", "Alone 597,170 sat back",
            "free in about 2 blocks (~20 min)",
            "free from block 1,745 (~Sat 14:23)", "use it only if the peer does not answer",
        )  # fmt: skip
        await stage.press("enter")
        await stage.shows(
            "Close together: check", "To the miners 430 sat at most 1,200 sat",
            "To you 599,570 sat from about block 1,026 (~14:33)", "To the peer 400,000 sat",
            "Fee by pace slow 107 sat, normal 215 sat, fast 430 sat",
            "You get 599,570 sat by about block 1,026 (~14:33); at worst 598,800 sat by block 1,168"
            " (~Tue 14:13), if the fee is the highest that is agreed to.",
            "[ Cancel ]", "[ Close ]", "Once you press Close, no payment can go",
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
            outcome = changed(node.close_quoted.force_outcome, about_height=height + 721)
            node.close_quoted = changed(
                node.close_quoted, force_available_height=height + 721, force_outcome=outcome
            )
            node.speak(StatusChanged(node.status_view))
            await stage.shows(f" block {free}")
            await stage.press("enter")  # the cursor stayed; then the word is missing: nothing
            await stage.shows("to go on, type CLOSE", f"You get about 597,170 sat by block {free}")
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


PAYMENTS = (
    views.output(OutputKind.PAYMENT_OUT, Whose.UNDECIDED, 12_345, views.HEIGHT + 760),
    views.output(OutputKind.PAYMENT_IN, Whose.UNDECIDED, 2_000, views.HEIGHT + 30),
    views.output(OutputKind.PAYMENT_IN, Whose.YOURS, 3_000, views.HEIGHT + 722),
)


def with_payments() -> CloseQuote:
    """Of which two may come home, for 304 sat in all."""
    quote = views.close_quote()
    about_sat = quote.force_outcome.about_sat + 12_345 + 3_000 - 304
    return changed(
        quote,
        force_outputs=(*PAYMENTS, *quote.force_outputs),
        force_outcome=changed(quote.force_outcome, about_sat=about_sat),
        force_payments_fee_sat=304,
        htlcs_pending=3,
    )


def sums(quote: CloseQuote) -> dict[str, int]:
    """What stands above each total, added up."""
    rows, added, found = close_words.costs_alone(quote, views.NOW), 0, {}
    for row in rows[: rows.index(None)]:
        assert row is not None
        amount = int(row.value.removesuffix(" sat").replace(",", ""))
        if row.label in ("You get about", "At worst"):
            assert amount == added, rows
            found[row.label] = amount
        else:
            added += amount
    return found


def test_the_lines_add_up_to_what_comes_back_about_and_at_worst() -> None:
    quote = views.close_quote()
    assert sums(quote) == {"You get about": 597_170, "At worst": 571_000}
    assert sums(with_payments()) == {"You get about": 612_211, "At worst": 571_000}
    loose = changed(with_payments().force_outcome, worst_sat=527_000)
    loose_quote = changed(with_payments(), force_outcome=loose, force_peers_less_sat=44_000)
    assert sums(loose_quote) == {"You get about": 612_211, "At worst": 527_000}
    [row] = [r for r in close_sums.rows(loose_quote, views.NOW) if r and r.label == "Peer's close"]
    assert row.value == "-44,000 sat"  # and nothing else is dearer for it
    worse = changed(with_payments().force_outcome, worst_sat=-11_900)
    assert sums(changed(with_payments(), force_outcome=worse))["At worst"] == -11_900
    left = views.outcome(0, -12_000, views.HEIGHT + 721, views.HEIGHT + 1_009)
    assert sums(changed(quote, force_rates=(), force_outcome=left)) == {
        "You get about": 0, "At worst": -12_000,
    }  # fmt: skip
    same = views.outcome(597_170, 597_170, views.HEIGHT + 721, views.HEIGHT + 1_009)
    assert sums(changed(quote, force_outcome=same))["At worst"] == 597_170


@pytest.mark.parametrize(
    ("fees", "said"),
    [
        ((350, 700, 1_400), "slow; normal 700 sat, fast 1,400 sat"),
        ((350, 700, 700), "slow; sooner 700 sat"),
        ((350, 350, 350), "however soon it is to confirm"),
    ],
)
def test_what_the_sweep_would_be_at_another_pace_stands_beside_it(
    fees: tuple[int, ...], said: str
) -> None:
    quote = views.close_quote()
    rates = zip(quote.force_rates, fees, strict=True)
    quote = changed(quote, force_rates=tuple(changed(one, fee_sat=fee) for one, fee in rates))
    [sweep] = [row for row in close_sums.rows(quote, views.NOW) if row and row.label == "Its sweep"]
    assert sweep.remark == said


async def test_what_the_payments_in_it_cost_to_bring_home_is_a_row() -> None:
    node = ScriptedNode()
    node.close_quoted = with_payments()
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.press("down", "enter", "pagedown")
        await stage.shows(
            "Its payments -304 sat about, of fees if they come home", "You get about 612,211 sat",
            "No payment -15,041 sat if none in it comes back to you", "At worst 571,000 sat",
        )  # fmt: skip


def test_a_lone_anchor_is_not_called_both() -> None:
    outputs = ScriptedNode().close_quoted.force_outputs
    for which, label in ((outputs, "Both anchors"), (outputs[1:], "One anchor")):
        rows = cost_words.outputs(which, views.NOW)
        assert rows[-1] is not None
        assert rows[-1].label == label


async def test_alone_needs_the_word() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.press("down", "enter")
        await stage.shows(
            "Close alone (force-close): check", "To you 597,520 sat from block 1,745 (~Sat 14:23)",
            "To the miners 1,820 sat fixed at 10.0 sat/vB", "Both anchors 660 sat",
            "Its sweep -350 sat slow; normal 700 sat, fast 1,400 sat",
            "You get about 597,170 sat by block 1,745 (~Sat 14:23)",
            "Dearer sweep -14,170 sat if fees rise to 100.0 sat/vB",
            "To hurry it -12,000 sat of your coins, at most",
            "At worst 571,000 sat by block 2,033 (~28 Sep 14:23)",
            "Your own money waits 720 blocks (~5 days)",
            "The peer is connected: closing together would be faster, and cost 430 sat instead of"
            " 3,880 sat at the same pace.",
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
        away = "The peer is not connected: you can close together once it is back, or alone now."
        await stage.shows(away)
        await stage.press("enter")
        await stage.shows("This cannot begin before the peer is connected again, and nothing of it")


async def test_a_peer_that_comes_back_meanwhile_is_seen() -> None:
    node = ScriptedNode()
    node.close_quoted = views.close_quote(online=False)
    node.channel_views = (views.channel(state=ChannelState.OFFLINE),)
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.shows("The peer is not connected")
        node.close_quoted = views.close_quote()
        node.channel_views = (views.channel(),)
        node.speak(ChannelChanged(views.channel()))
        await stage.shows("The peer is connected.")
        await stage.lacks("The peer is not connected")


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
        await stage.press("backspace")  # true of what stood there, perhaps not of what comes
        await stage.lacks("This is not the word.")
        await stage.press("enter")
        await stage.shows("✗ This is not the word. Type CLOSE to close alone.")
        await stage.press("escape")
        await stage.lacks("This is not the word.")
        assert node.told("force_close") == []


async def test_another_word_is_said_to_be_none_where_the_page_is_longer_than_the_window() -> None:
    node = ScriptedNode()
    quote = node.close_quoted
    out = views.output(OutputKind.PAYMENT_OUT, Whose.UNDECIDED, 25_000, views.HEIGHT + 800)
    node.close_quoted = changed(
        quote,
        htlcs_pending=3,
        force_outputs=(*quote.force_outputs, out, out, out),
        force_outcome=changed(quote.force_outcome, about_sat=597_170 + 3 * 25_000),
    )
    async with on_stage(node, ScriptedWorld(), size=SMALL) as stage:
        await to_ways(stage)
        await stage.press("down", "enter")
        above = ("Close alone (force-close): check", "You get about 672,170 sat", "At worst 571,")
        await stage.shows(*above, "to go on, type CLOSE", "[ Close alone ]")
        broken = [line for line in stage.text.split("\n") if "unless it arrives" in line]
        assert broken, stage.text
        assert all(line.startswith(" " * 36) for line in broken)  # below the remark itself
        await stage.type("yes")
        await stage.press("enter")
        await stage.shows(*above, "yes", "✗ This is not the word. Type CLOSE to close alone.")
        await stage.shows("… pgdn: more")
        await stage.press("pagedown")  # what stands above scrolls, what is typed does not
        await stage.shows("This cannot be undone.", "yes", "[ Close alone ]")
        await stage.press("pagedown", "pagedown")
        await stage.lacks("pgdn")


async def test_a_payment_that_is_going_out_is_named_on_both_pages() -> None:
    node = ScriptedNode()
    node.channel_views = (views.channel(htlcs=(views.HTLC,)),)
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.shows(
            "going out, what arrives comes off these sums: if all of it arrives, together "
            "586,914 sat come back, alone 584,844 sat."
        )
        await stage.press("down", "enter")
        await stage.shows("Of it going out", "once it arrives, 584,844 sat come back")


async def test_with_payments_under_way_every_output_is_named() -> None:
    node = ScriptedNode()
    quote = with_payments()
    outcome = changed(quote.force_outcome, about_sat=15_041, worst_sat=-800)
    node.close_quoted = changed(quote, force_outcome=outcome, force_rates=())
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.shows("at worst nothing and 800 sat less by block 2,033")
        await stage.press("down", "enter")
        stage.app.screen.query_one(".page").scroll_home(animate=False)
        await stage.shows(
            "Going out 12,345 sat back from block 1,784 (~Sat 20:53), with the delay, unless "
            "it arrives",
            "Coming in 2,000 sat the peer's again from block 1,054 (~19:13)",
            "Payment to you 3,000 sat from block 1,746",
            "Its sweep -597,520 sat not worth its fee: it stays on chain",
        )  # fmt: skip


async def test_where_the_peer_pays_there_is_no_fee_to_choose() -> None:
    node = ScriptedNode()
    node.close_quoted = changed(
        node.close_quoted, cooperative_rates=(), cooperative_max_fee_sat=0, cooperative_fee_sat=0
    )
    async with on_stage(node) as stage:
        await to_ways(stage)
        await stage.press("enter")
        await stage.shows("To the miners 430 sat the peer opened it and pays")
        await stage.lacks("Fee by pace", "the fee is the highest")


async def test_who_may_run_an_older_copy_is_warned_before_closing_alone() -> None:
    node = ScriptedNode()
    node.close_quoted = changed(views.close_quote(online=False), may_be_old=True)
    async with on_stage(node, size=SMALL) as stage:
        await to_ways(stage)
        await stage.shows(
            "The peer is not connected: you can close together once it is back.",
            "the folder may be an older copy: that could lose it all",
        )
        await stage.press("down", "enter")
        await stage.shows(
            "Close alone (force-close): check", "to go on, type CLOSE",
            "the peer can take the whole channel once you close it alone",
        )  # fmt: skip
    said = close_words.warning(node.close_quoted, views.NOW, alone=True)
    assert said.startswith("This wallet's folder may be an older copy.")
    assert "close alone now" not in close_words.warning(node.close_quoted, views.NOW, alone=False)

"""Home: balance that adds up, what needs the user, the latest payments and one of them whole."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from textual.geometry import Size
from textual.widget import Widget

from lnwallet_tui.api.activity import ActivityPage
from lnwallet_tui.api.events import (
    BalanceChanged,
    ChannelChanged,
    Notice,
    PaymentChanged,
    StatusChanged,
)
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.ui import commands
from lnwallet_tui.ui.screens.home import HomeScreen, amounts
from tests.ui import coins, views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, on_stage

OTHER = "77" * 32
ORDER = ("opened to", "-25,000 sat", "on chain    received")


def test_the_rows_above_the_total_add_up_to_it() -> None:
    balance = replace(
        views.EMPTY_BALANCE,
        can_send_msat=1_000,
        can_receive_msat=64_000,
        reserved_msat=2_000,
        in_flight_msat=4_000,
        opening_msat=8_000,
        closing_msat=16_000,
        onchain_confirmed_sat=31,
        onchain_pending_sat=1,
        total_msat=63_000,
    )
    rows = [(row.label, row.value) for row in amounts(balance) if row is not None]
    total = rows.index(("Total", "63 sat"))
    assert sum(int(value.removesuffix(" sat")) for _, value in rows[:total]) == 63
    assert rows[total + 1 :] == [("Can receive now", "64 sat")]


def test_before_any_block_was_read_only_what_can_be_done_now_is_none() -> None:
    rows = amounts(views.EMPTY_BALANCE, has_read=False)
    nothing = {row.label for row in rows if row is not None and row.value == "0 sat"}
    of_channels = {"Can send now", "Held back", "Being settled", "Opening", "Can receive now"}
    assert nothing == of_channels  # as `lnwallet-tui balance` has it
    unknown = {row.label for row in rows if row is not None and row.value == "not known yet"}
    assert unknown == {"On-chain", "Closing", "Total"}
    held = replace(views.EMPTY_BALANCE, reserved_msat=1_000, total_msat=1_000)
    told = {row.label: row.value for row in amounts(held, has_read=False) if row is not None}
    assert (told["Held back"], told["Total"]) == ("1 sat", "1 sat")


def test_what_is_kept_for_closes_is_named_beside_the_sum() -> None:
    balance = replace(views.BALANCE, bump_reserve_sat=55_244)
    rows = [(row.label.strip(), row.value) for row in amounts(balance) if row is not None]
    assert rows[rows.index(("Total", "2,000,000 sat")) + 1] == ("kept for closes", "55,244 sat")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_what_is_frozen_is_named_beside_all_else(size: tuple[int, int]) -> None:
    node = ScriptedNode()
    node.balance_view = replace(
        views.BALANCE,
        onchain_pending_sat=5_000,
        total_msat=2_005_000_000,
        bump_reserve_sat=55_244,
        onchain_frozen_sat=20_000,
    )
    async with on_stage(node, size=size) as stage:
        await stage.shows(
            "Unconfirmed 5,000 sat",
            "of it frozen 20,000 sat",
            "kept for closes 55,244 sat",
            "Can receive now",
        )


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_what_is_kept_for_closes_is_named_while_coins_are_unconfirmed(
    size: tuple[int, int],
) -> None:
    node = ScriptedNode()
    node.balance_view = replace(
        views.BALANCE, onchain_pending_sat=5_000, total_msat=2_005_000_000, bump_reserve_sat=55_244
    )
    async with on_stage(node, size=size) as stage:
        await stage.shows(
            "Can send now 585,000 sat",
            "Unconfirmed 5,000 sat",
            "Total 2,005,000 sat",
            "kept for closes 55,244 sat",
            "Can receive now 390,000 sat",
        )


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_everything_at_a_glance(size: tuple[int, int]) -> None:
    node = ScriptedNode()
    node.balance_view = replace(views.BALANCE, onchain_pending_sat=5_000)
    async with on_stage(node, size=size) as stage:
        await stage.shows(
            "Can send now 585,000 sat", "On-chain 1,400,000 sat",
            "Unconfirmed 5,000 sat", "Total 2,000,000 sat",
            "Can receive now 390,000 sat", "✓ watching 1 channel",
            "✓ may be away until 28 Sep 14:13", "Nothing needs you.", "No payment yet.",
        )  # fmt: skip
        await stage.lacks("enter: details")


async def test_that_there_is_no_payment_is_said_only_where_it_is_known() -> None:
    node = ScriptedNode()
    asked, answer = asyncio.Event(), asyncio.Event()
    search = node.search_activity

    async def slow(*args: Any, **kwargs: Any) -> ActivityPage | Refused:
        asked.set()
        await answer.wait()
        return await search(*args, **kwargs)

    node.search_activity = slow  # type: ignore[method-assign]  # a disk that takes its time
    node.balance_view, node.channel_views = views.EMPTY_BALANCE, ()
    node.status_view = replace(views.STATUS, height=0, tip_time=0, waiting_for="Nobody is there.")
    async with on_stage(node) as stage:
        await asked.wait()
        await stage.shows("Latest payments")
        await stage.lacks("No payment")
        answer.set()
        await stage.shows("What you paid and were paid on chain is not known yet: no block was re")
        node.status_view = replace(views.STATUS, waiting_for="Reading.")
        node.speak(StatusChanged(node.status_view))
        await stage.shows("No payment has been found so far.")
        node.status_view = views.STATUS
        node.speak(StatusChanged(node.status_view))
        await stage.shows("No payment yet.")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_what_becomes_of_the_node_without_the_screen_is_always_shown(
    size: tuple[int, int],
) -> None:
    node = ScriptedNode()
    async with on_stage(node, size=size) as stage:
        await stage.lacks("node goes on")  # the playground's ends with its screen
        stage.app.session.node_lives = "goes on without the screen"
        node.speak(StatusChanged(views.STATUS))
        await stage.shows("─ node goes on without the screen ─")


async def test_who_is_paid_stands_beside_it_by_name() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(),)
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.shows("-25,000 sat paid Bea's shop")
        node.speak(PaymentChanged(replace(views.payment(), note=Untrusted("the red one"))))
        await stage.shows("-25,000 sat paid Bea's shop, the red one")


async def test_a_payment_appears_by_itself_and_is_shown_whole() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        node.speak(PaymentChanged(views.payment(fee_msat=1_250)))
        node.speak(PaymentChanged(views.payment(OTHER, outgoing=False, description="rent")))
        await stage.shows(
            "-25,000 sat paid 03cdcdcd…cdcdcdcd", "+25,000 sat received rent", "enter: details"
        )
        await stage.press("down")
        await stage.shows("its words: something nice")
        node.speak(PaymentChanged(views.payment("88" * 32)))
        await stage.shows("its words: something nice")  # the cursor stayed on its payment
        await stage.press("up")
        await stage.shows("on your invoice: rent")
        await stage.press("enter")
        await stage.shows("✓ Received 25,000 sat", "On your invoice", "rent", OTHER)
        await stage.press("y")
        assert stage.app.clipboard == views.INVOICE
        await stage.press("escape", "j", "enter")
        await stage.shows("✓ Paid 25,000 sat", "The invoice's own words, not verified")
        await stage.press("y")
        assert stage.app.clipboard == views.PREIMAGE


async def test_a_click_shows_a_payment_and_the_tab_leads_back() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(),)
    async with on_stage(node) as stage:
        await stage.click("#payments")
        await stage.shows("Preimage")
        await stage.press("1")
        await stage.shows("Latest payments")


async def test_a_page_is_not_left_lying_on_a_mode() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(),)
    async with on_stage(node) as stage:
        await stage.press("enter", "5", "1")
        await stage.shows("Latest payments")
        await stage.press("question_mark", "2", "1")
        await stage.shows("Latest payments")


@pytest.mark.parametrize("page", ["w", "7", "i"])
async def test_back_leads_to_what_is_below_a_page_and_from_a_mode_to_home_itself(page: str) -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press(page)
        await stage.shows("esc Back")
        await stage.press("5")
        await stage.shows("esc Home")
        await stage.press("escape")
        await stage.shows("Latest payments")  # and not the page that was laid there before
        await stage.press("5", page)
        await stage.shows("esc Back")
        await stage.press("escape")
        await stage.shows("What it did", "esc Home")


async def test_a_step_back_within_a_mode_is_not_called_home() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(),)
    async with on_stage(node) as stage:
        await stage.press("a")
        await stage.shows("esc Home")
        await stage.press("slash")
        await stage.shows("esc Back")
        await stage.press("escape")
        await stage.shows("esc Home")
        await stage.press("r")
        await stage.shows("esc Home")
        await stage.press("enter", "enter")
        await stage.shows("● Waiting", "esc Back")
        await stage.press("escape")
        await stage.shows("esc Home")
        await stage.press("escape", "s")
        await stage.paste_into("#invoice", views.INVOICE)
        await stage.shows("2 of 3", "esc Back")
        await stage.press("escape")
        await stage.shows("1 of 3", "esc Home")


async def test_a_payment_changes_while_it_is_looked_at() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(status=PaymentStatus.IN_FLIGHT),)
    async with on_stage(node) as stage:
        await stage.press("enter")
        await stage.shows("… Paying 25,000 sat", "It cannot be taken back")
        failed = views.payment(status=PaymentStatus.FAILED, reason="Nobody knows the way.")
        node.speak(PaymentChanged(failed))
        await stage.shows(
            "✗ Not paid: 25,000 sat", "Nobody knows the way. Nothing left your wallet."
        )


async def test_what_needs_the_user_fits_or_scrolls() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        for number in range(8):
            node.speak(Notice(f"Sentence {number} of those that were told.", "Read it."))
        node.speak(Notice("The disk is full.", "Free some space.", urgent=True))
        await stage.shows("✗ The disk is full. Free some space.")
        assert stage.app.screen.query_one("#needs").show_vertical_scrollbar


async def test_o_opens_the_wizard() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("o")
        await stage.shows("Open a channel")


async def test_how_much_there_is_to_read_is_said_above_it() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        node.speak(Notice("One."))
        await stage.shows("One.")
        await stage.lacks("Now: 1")
        node.speak(Notice("Two."))
        await stage.shows("Now: 2 things")


async def test_what_stands_under_now_is_read_to_its_end_by_a_key() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.shows("Nothing needs you.")
        await stage.lacks("n: more")
        for number in range(4):
            node.speak(Notice(f"Sentence {number} of those that were told.", "Read it."))
        await stage.shows("Now: 4 things", "Sentence 3", "i: 4 unread n: more d: seen")
        assert {"More", "Seen"} <= {one.title for one in commands.of_place("home")}
        await stage.lacks("Sentence 0")
        await stage.press("n")
        await stage.shows("Sentence 1", "Sentence 0")
        await stage.lacks("Sentence 2")
        await stage.press("n")  # and round again
        await stage.shows("Sentence 3")
        await stage.press("d")
        await stage.shows("Nothing needs you.")
        await stage.lacks("n: more", "d: seen", "unread")


async def test_a_click_on_a_key_that_is_named_there_does_what_it_says() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        for number in range(4):
            node.speak(Notice(f"Sentence {number} of those that were told.", "Read it."))
        await stage.shows("Now: 4 things", "Sentence 3")
        await stage.click_on("n: more")
        await stage.shows("Sentence 1", "Sentence 0", "Latest payments")
        await stage.lacks("Sentence 2")
        await stage.click_on("d: seen")
        await stage.shows("Nothing needs you.", "Latest payments")
        node.speak(Notice("One."))
        await stage.click_on("1 unread")
        await stage.shows("Inbox: 1 unread")


async def test_what_has_become_the_most_pressing_is_seen_wherever_one_was_reading() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        for number in range(4):
            node.speak(Notice(f"{'abcd'[number]}: sentence of those that were told.", "Read it."))
        await stage.shows("Now: 4 things", "d: sentence", "n: more")
        await stage.press("n")
        await stage.lacks("d: sentence")
        node.speak(Notice("A peer cheated at block 1,030.", urgent=True))
        await stage.shows("Now: 5 things", "✗ A peer cheated at block 1,030.")
        await stage.press("n")
        await stage.lacks("A peer cheated")
        node.status_view = replace(views.STATUS, height=views.HEIGHT + 1)
        node.speak(StatusChanged(node.status_view))
        await stage.shows(f"regtest {views.HEIGHT + 1:,}")
        await stage.lacks("A peer cheated")  # a block alone takes nobody's page away


async def test_a_payment_on_its_way_says_until_when_it_can_take() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(status=PaymentStatus.IN_FLIGHT),)
    htlc = replace(views.HTLC, outgoing=True, payment_hash=views.PAYMENT_HASH, expiry_height=1_100)
    node.channel_views = (views.channel(htlcs=(htlc,)),)
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.shows("on its way")
        await stage.press("enter")
        await stage.shows(
            "To Bea's shop, 03cdcdcd…cdcdcdcd",
            "Expires block 1,100 (~",
            "; then it comes back, or is taken to chain",
        )
        node.status_view = replace(views.STATUS, height=1_100)
        node.speak(StatusChanged(node.status_view))
        await stage.shows("Expired block 1,100; it comes back, or is taken to chain")


async def test_what_was_not_paid_without_an_invoice_is_not_called_paid() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(status=PaymentStatus.FAILED, invoice=""),)
    async with on_stage(node) as stage:
        await stage.press("enter")
        await stage.shows("✗ Not paid: 25,000 sat", "none: the node itself was to be paid")


@pytest.mark.parametrize("lines", [24, 60], ids=["with scrollbar", "without"])
async def test_a_hash_is_never_broken(lines: int) -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(invoice="lnbcrt1" + "q" * 1_000),)
    async with on_stage(node, size=(80, lines)) as stage:
        await stage.press("enter")
        await stage.shows("Preimage")
        assert f"Hash       {views.PAYMENT_HASH}" in stage.text
        assert f"Preimage   {views.PREIMAGE}" in stage.text


async def test_without_a_channel_the_footer_offers_to_open_one() -> None:
    node = ScriptedNode()
    node.channel_views = ()
    async with on_stage(node) as stage:
        await stage.shows("o Open", "q Quit")
        await stage.lacks("5 Guard ?")
        await stage.press("5")
        assert stage.place == "GuardScreen"
        await stage.press("1")
        node.channel_views = (views.channel(),)
        node.speak(ChannelChanged(views.channel()))
        await stage.shows("5 Guard ? Help")
        await stage.lacks("o Open")
        await stage.press("o")
        assert stage.place == "OpenChannelScreen"


async def test_until_when_one_may_be_away_is_asked_anew_when_a_channel_changes() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.shows("may be away until")
        node.guard_view = replace(
            node.guard_view, may_be_away_blocks=0, may_be_away_until=views.NOW
        )
        node.speak(ChannelChanged(views.channel()))
        await stage.patiently("do not switch off now")


async def test_the_latest_payment_is_seen_while_the_cursor_is_on_top() -> None:
    node = ScriptedNode()
    node.payment_views = tuple(
        views.payment(payment_hash=f"{number:064x}", created=views.NOW - number)
        for number in range(1, 40)
    )
    async with on_stage(node) as stage:
        await stage.press("1")
        newest = views.payment(payment_hash="ab" * 32, amount_msat=98_765_000, created=views.NOW)
        node.speak(PaymentChanged(newest))
        await stage.shows("98,765 sat")


async def test_what_moved_on_chain_stands_among_the_payments_and_opens() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(),)
    node.lists_transactions = True
    async with on_stage(node) as stage:
        await stage.shows(
            "Latest payments and transactions", "waits ↑ -1,000,000 sat on chain opened to",
            "-25,000 sat paid", "on chain received", "and transactions, without their fees",
            "its words: something nice",
        )  # fmt: skip
        lines = [line for line in stage.text.split("\n") if " sat  " in line and "│" in line]
        order = [next((at for at, one in enumerate(lines) if word in one), -1) for word in ORDER]
        assert order == sorted(order), stage.text
        await stage.press("enter")  # the newest, not what waits for a block above it
        await stage.shows("✓ Paid 25,000 sat")
        await stage.press("escape")
        newer = views.payment("88" * 32, amount_msat=31_000_000, created=views.NOW + 60)
        node.speak(PaymentChanged(newer))
        await stage.shows("-31,000 sat paid")
        await stage.press("enter")  # nobody has moved the cursor
        await stage.shows("✓ Paid 31,000 sat")
        await stage.press("escape", "up")
        await stage.shows("-1,000,000 sat, and 153 sat of fee unconfirmed")
        node.speak(PaymentChanged(views.payment("99" * 32, created=views.NOW + 90)))
        await stage.press("enter")
        await stage.shows("Transaction", "It puts 1,000,000 sat into the channel")


async def test_what_waits_above_the_newest_payment_is_seen_once_it_comes() -> None:
    """However many rows there are: a cursor that nobody has moved hides none above it."""
    node = ScriptedNode()
    node.payment_views = tuple(
        views.payment(f"{number:02x}" * 32, created=views.NOW - number * 40_000)
        for number in range(30)
    )
    async with on_stage(node) as stage:
        await stage.shows("-25,000 sat paid")
        node.lists_transactions = True
        waits = coins.transaction(1, amount_sat=-100_000, confirmations=0)
        node.transaction_views = (waits, replace(waits, txid=coins.txid(2), amount_sat=-7_000))
        node.balance_view = replace(views.BALANCE, onchain_pending_sat=5_000)
        node.speak(BalanceChanged(node.balance_view))
        await stage.shows("waits ↑ -100,000 sat", "waits ↑ -7,000 sat")


async def test_nothing_more_is_offered_where_nothing_is_needed() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.shows("Nothing needs you.")
        home = stage.app.screen
        assert isinstance(home, HomeScreen)
        home.query_one("#needs").set_reactive(Widget.virtual_size, Size(30, 20))  # as before
        home.redraw()
        await stage.rest()
        await stage.lacks("n: more")

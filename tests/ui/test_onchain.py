"""On-chain: coins and history by keys and by mouse, notes, coins that are left alone, blocks that
leave, and lists of any length."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion
from textual.strip import Strip
from textual.widgets import Input

from lnwallet_tui.api.coins import CoinView, TransactionView, TxKind
from lnwallet_tui.api.events import BalanceChanged, StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.ui import activity_words, onchain_words, spending_words
from lnwallet_tui.ui.keymap import with_keys
from lnwallet_tui.ui.latest import transaction_line
from lnwallet_tui.ui.row_subjects import of_transaction
from lnwallet_tui.ui.widgets.paged_rows import PAGE, PagedRows
from tests.ui import coins, views
from tests.ui.payloads import PAYLOADS
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage
from tests.ui.test_hostile import MARK, WORST, is_safe, marked
from tests.ui.test_keyboard import Footers
from tests.ui.test_snapshots import Album

K = TxKind
FULL = Refused(RefusalCode.DISK, "The disk is full.", "Free some space.")
MOST_SAT = 21_000_000 * 100_000_000


def list_of(stage: Stage, name: str = "coins") -> PagedRows[CoinView]:
    return stage.app.screen.query_one(f"#{name}-rows", PagedRows)


def under_cursor(stage: Stage) -> str:
    coin = list_of(stage).item
    assert coin is not None
    return coin.coin


def typed(stage: Stage) -> str:
    return stage.app.screen.query_one("#answer", Input).value


def tick(node: ScriptedNode, number: int) -> None:
    """Something has changed."""
    node.speak(BalanceChanged(replace(views.BALANCE, can_send_msat=number)))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_how_it_looks(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    node = ScriptedNode()
    async with on_stage(node, size=size) as stage:
        album, footers = Album(stage, snapshot), Footers(stage)
        for keys, name, words in (
            ("7", "onchain", (
                "Confirmed 1,400,000 sat Can open with 1,310,000 sat",
                "Unconfirmed 5,000 sat Fee of opening 1,256 sat",
                "Frozen 20,000 sat More kept then 8,500 sat",
                "Not usable 10,000 sat Kept for closes 55,244 sat",
                "In closes 600,000 sat free from block 1,744 (~Sat 14:13)",
                "Mark coins: m, pay from them: p.",
                "Coins on chain: 4", "5,000 sat change, opened to 02ababab… unconfirmed",
                "800,000 sat received 6 conf. n part kept", "580,000 sat closed with 02ababab…",
                "20,000 sat received 1,020 conf. n frozen", "It waits for a block.",
            )),
            ("j", "onchain-note-shown", ("you noted: from the exchange",)),
            ("t", "onchain-history", (
                "On chain: 9 transactions", "waits for a block -1,000,000 sat opened to 02ababab…",
                "09:13 +995,000 sat took from cheat 02ababab…", "amount without fee",
                "-1,000,000 sat, and 153 sat of fee",
            )),
            ("n", "onchain-note", ("Your note:",)),
        ):  # fmt: skip
            await stage.press(keys)
            await album.add(name, *words)
            if name != "onchain-note":
                await footers.add(name, *words)
        node.onchain_view, node.coin_views, node.transaction_views = coins.EMPTY, (), ()
        await stage.press("escape", "t")
        tick(node, 1)
        await album.add(
            "onchain-empty", "You have no coins.", "ctrl+o shows a Bitcoin address of yours"
        )
    assert album.dim == {}
    assert album.different == []
    assert footers.wrong == {}


async def test_a_walk_with_the_keys() -> None:
    node = ScriptedNode()
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("7")
        await stage.shows("change, opened to Alice", "when you opened the channel with Alice")
        await stage.press("j", "down", "k")
        assert under_cursor(stage) == coins.COINS[1].coin
        await stage.shows("800,000 sat block 1,019 (13:13), 6 conf.", "Somebody paid it")
        await stage.press("y")
        assert stage.app.clipboard == coins.COINS[1].coin
        await stage.press("enter")
        assert stage.place == "OnchainScreen"  # it has to do with no channel
        await stage.press("G")
        await stage.shows("You froze it", "of its transaction you noted: a gift")
        await stage.press("t")
        await stage.shows("On chain: 9 transactions")
        await stage.lacks("Coins on chain")
        await stage.press("y")
        assert stage.app.clipboard == coins.TRANSACTIONS[0].txid
        await stage.press("end")
        await stage.shows("+20,000 sat block 5", "you noted: a gift")
        await stage.press("t", "g", "enter")
        assert stage.place == "ChannelsScreen"
        await stage.shows("How it stands")


async def test_a_sentence_that_does_not_fit_is_marked_and_a_key_shows_all_of_it() -> None:
    node = ScriptedNode()
    long = " ".join(f"This is its sentence number {number}." for number in range(20))
    node.coin_views = (coins.coin(1), coins.coin(3, kind=TxKind.CLOSE, explanation=long))
    async with on_stage(node) as stage:
        await stage.press("7")
        await stage.shows("Somebody paid it")
        await stage.lacks("all of it")
        await stage.press("down")
        await stage.shows("sentence number 0", "… ?: all of it enter: its channel")
        await stage.lacks("sentence number 19")
        await stage.press("question_mark", "G")
        await stage.press("g")
        await stage.shows("sentence number 19")


async def test_a_walk_with_the_mouse() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("7")
        await stage.click_on("580,000 sat")
        await stage.shows("Your part of the channel")
        await stage.click_on("t Coins/history")
        await stage.click_on("+33,000 sat")
        await stage.shows("+33,000 sat, after 410 sat of fee")
        await stage.click_on("+33,000 sat")
        assert stage.place == "ChannelsScreen"
        await stage.press("7")
        await stage.click_on("800,000 sat")
        await stage.click_on("f Freeze")
        await stage.shows("800,000 sat received 6 conf. n frozen", "f Thaw")
        await stage.click_on("n Note")
        await stage.shows("Your note:")


async def test_both_lists_stand_in_a_high_window_and_tab_goes_between_them() -> None:
    async with on_stage(ScriptedNode(), size=LARGE) as stage:
        await stage.press("7")
        await stage.shows("Coins on chain: 4", "On chain: 9 transactions", "5,000 sat unconfirmed")
        await stage.press("tab", "j")
        await stage.shows("+800,000 sat block 1,019")
        await stage.press("t")
        await stage.shows("5,000 sat unconfirmed")


async def test_it_looks_the_same_whatever_was_visited_before() -> None:
    """The layouts of all screens that were seen are loaded together."""
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("7")
        await stage.shows("Coins on chain: 4", "5,000 sat unconfirmed")
        before = stage.text
        for keys in ("2", "w", "5", "6", "3", "escape", "4", "escape", "8"):
            await stage.press(keys)
        stage.app.screen.set_focus(None)
        await stage.press("1", "7")
        await stage.shows("Coins on chain: 4", "5,000 sat unconfirmed")
        assert stage.text.split("\n")[1:] == before.split("\n")[1:]


async def test_it_is_in_the_palette_everywhere_and_there_is_only_one() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("2", "7")
        await stage.shows("Coins on chain")
        titles = [one.title for one in stage.app.get_system_commands(stage.app.screen)]
        assert {"On-chain", "Freeze", "Note", "Address", "Open"} <= set(titles)
        await stage.press("7", "escape")
        await stage.shows("How it stands")


async def test_an_address_is_shown_by_receive() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("7", "ctrl+o")
        await stage.shows("A Bitcoin address of yours", "bcrt1p")
        assert stage.place == "ReceiveScreen"
        await stage.press("escape", "escape", "7", "o")
        assert stage.place == "OpenChannelScreen"


async def test_without_coins_there_is_a_next_step() -> None:
    node = ScriptedNode()
    node.onchain_view, node.coin_views, node.transaction_views = coins.EMPTY, (), ()
    async with on_stage(node) as stage:
        await stage.press("7")
        await stage.shows("You have no coins. ctrl+o shows a Bitcoin address", "Confirmed 0 sat")
        await stage.lacks("n Note", "f Freeze", "What it is")
        await stage.press("n", "f", "y", "enter", "j", "G", "t")
        await stage.shows("No transaction yet.")
        await stage.press("t")
        node.transaction_views = coins.TRANSACTIONS
        tick(node, 1)
        await stage.shows("All that came was spent: see the history (t).")
        node.coin_views = coins.COINS
        tick(node, 2)
        await stage.shows("Coins on chain: 4", "n Note", "5,000 sat unconfirmed")


# -- notes


async def test_a_note_is_kept_for_a_coin_and_for_a_transaction() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("7", "n")
        await stage.type("for the rent ")
        await stage.press("enter")
        await stage.shows("you noted: for the rent")
        assert node.told("set_coin_note") == [(coins.COINS[0].coin, "for the rent")]
        await stage.press("t", "j", "n")
        assert typed(stage) == "from the exchange"
        await stage.press(*["backspace"] * 17, "enter")
        await stage.lacks("you noted")
        assert node.told("set_transaction_note") == [(coins.TRANSACTIONS[1].txid, "")]


async def test_a_note_that_is_not_kept_stays_in_its_field() -> None:
    node = ScriptedNode()
    node.refusing["set_coin_note"] = FULL
    async with on_stage(node) as stage:
        await stage.press("7", "n")
        await stage.type("half a no")
        await stage.press("escape", "down", "down", "n")
        assert typed(stage) == ""
        await stage.press("escape", "g", "n")
        assert typed(stage) == "half a no"
        await stage.press("enter")
        await stage.shows("The disk is full.", "Free some space.")
        assert typed(stage) == "half a no"
        tick(node, 1)
        await stage.rest()
        assert typed(stage) == "half a no"
        await stage.shows("The disk is full.")


# -- coins that are left alone


async def test_a_coin_is_frozen_and_thawed() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("7", "j", "f")
        await stage.shows("800,000 sat received 6 conf. n frozen")
        await stage.press("f")
        await stage.lacks("6 conf. n frozen")
        name = coins.COINS[1].coin
        assert node.told("freeze") == [(name, True), (name, False)]
        node.refusing["freeze"] = FULL
        await stage.press("f")
        await stage.shows("The disk is full.")
        await stage.press("k")
        await stage.lacks("The disk is full.")
        await stage.press("t", "f")
        assert len(node.told("freeze")) == 3  # a transaction cannot be frozen


async def test_what_lacks_for_closes_is_said() -> None:
    node = ScriptedNode()
    node.onchain_view = replace(coins.SUMMARY, reserve_missing_sat=12_345)
    async with on_stage(node) as stage:
        await stage.press("7")
        await stage.shows(
            "! 12,345 sat more would pay for closes when fees are high. Thaw some (f)."
        )


async def test_opening_says_what_is_frozen() -> None:
    node = ScriptedNode()
    node.balance_view = replace(views.BALANCE, onchain_frozen_sat=20_000)
    async with on_stage(node) as stage:
        await stage.press("7", "o")
        await stage.shows("You froze 20,000 sat on chain (7).")


# -- what changes


async def test_confirmations_come_and_go_back_and_the_cursor_stays() -> None:
    node = ScriptedNode()
    received = coins.coin(7, amount_sat=77_000, confirmations=1)
    node.coin_views = (coins.COINS[0], received, *coins.COINS[1:])
    async with on_stage(node) as stage:
        await stage.press("7", "j")
        await stage.shows("77,000 sat block 1,024 (14:03), 1 conf.")
        waiting = coins.coin(7, amount_sat=77_000, confirmations=0)
        node.coin_views = (waiting, *node.coin_views[:1], *coins.COINS[1:])
        node.speak(StatusChanged(replace(views.STATUS, height=1_023)))
        await stage.shows("77,000 sat unconfirmed", "77,000 sat received unconfirmed")
        assert under_cursor(stage) == received.coin
        node.coin_views = tuple(one for one in node.coin_views if one is not waiting)
        tick(node, 1)
        await stage.lacks("77,000 sat")
        assert list_of(stage).cursor == 0


async def test_the_words_that_were_pasted_do_nothing_there() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("7")
        for at, (name, payload) in enumerate(PAYLOADS.items()):
            if name not in WORST:
                continue
            words = marked(payload)
            node.coin_views = (coins.coin(amount_sat=1_000 + at, note=words, tx_note=words),)
            node.transaction_views = (coins.transaction(amount_sat=1_000 + at, note=words),)
            tick(node, at)
            for _ in ("coins", "history"):
                await stage.shows(f"{1_000 + at:,} sat", f"you noted: <{MARK}>")
                is_safe(stage, name)
                lines = stage.text.split("\n")
                assert all(" sat" not in line for line in lines if MARK in line)
                await stage.press("t")
            await stage.press("n")
            is_safe(stage, name)
            await stage.press("escape")


# -- lists of any length


def many(count: int) -> tuple[TransactionView, ...]:
    return tuple(
        coins.transaction(number, amount_sat=count - number, note=f"thing {number}")
        for number in range(count)
    )


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_of_ten_thousand_only_what_is_seen_is_drawn_and_fetched(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    render = PagedRows.render_line

    def counted(of: PagedRows[object], y: int) -> Strip:
        drawn.append(y)
        return render(of, y)

    monkeypatch.setattr(PagedRows, "render_line", counted)
    node = ScriptedNode()
    node.transaction_views = many(10_000)
    node.coin_views = tuple(coins.coin(number, amount_sat=number + 1) for number in range(10_000))
    async with on_stage(node, size=size) as stage:
        await stage.press("7", "t")
        await stage.shows("10,000 transactions", "+9,999 sat", "you noted: thing 0")
        assert node.rows_handed_out == 2 * PAGE
        for keys, seen, pages in (
            (("G",), "+1 sat block", 2),
            (("g",), "+10,000 sat block", 0),
            (("pagedown",) * 3, "you noted: thing", 2),
        ):
            node.rows_handed_out = 0
            drawn.clear()
            await stage.press(*keys)
            await stage.shows(seen)
            assert node.rows_handed_out <= pages * PAGE
            assert len(drawn) <= 16 * size[1] * len(keys)
        place = list_of(stage, "history").cursor
        here = list_of(stage, "history").item
        node.transaction_views = (coins.transaction(99_999, note="new"), *node.transaction_views)
        node.rows_handed_out = 0
        tick(node, 1)
        await stage.shows("10,001 transactions")
        assert list_of(stage, "history").item == here
        assert list_of(stage, "history").cursor == place + 1
        assert node.rows_handed_out <= 4 * PAGE


async def test_a_storm_asks_for_few_lists() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("7")
        await stage.shows("Coins on chain: 4")
        node.rows_handed_out = 0
        for number in range(1_000):
            tick(node, number)
        node.coin_views = node.coin_views[:1]
        tick(node, -1)
        await stage.shows("Coins on chain: 1")
        assert node.rows_handed_out < 60 * len(coins.TRANSACTIONS + coins.COINS)


@pytest.mark.parametrize("kind", K)
@pytest.mark.parametrize("wide", [False, True])
def test_every_row_fits_where_it_stands(kind: TxKind, wide: bool) -> None:
    width = 114 if wide else 75

    def who(_: str) -> str:
        return "bartleby"

    coin = coins.coin(kind=kind, amount_sat=100_000_000_000, confirmations=999_999, note="x")
    row = onchain_words.coin_row(coin, width, views.NOW, who, wide=wide)
    assert row.cell_length <= width
    assert "…" not in row.plain[: width - 20]
    one = coins.transaction(kind=kind, amount_sat=-100_000_000_000, fee_sat=1_000_000, note="x")
    row = onchain_words.transaction_row(one, width, views.NOW, who, wide=wide)
    assert row.cell_length <= width
    assert "…" not in row.plain[: width - 20]


def test_what_can_open_a_channel_is_the_rest_of_the_other_sums() -> None:
    def amounts(text: str) -> list[int]:
        return [int(one.replace(",", "")) for one in re.findall(r"([0-9,]+) sat", text)]

    table = onchain_words.summary(coins.SUMMARY, views.NOW).plain.split("\n")[:4]
    left, right = zip(*(amounts(line) for line in table), strict=True)
    confirmed, pending, frozen, waits = left
    assert confirmed + pending - frozen - waits == sum(right)
    poor = replace(
        coins.EMPTY, confirmed_sat=60_000, frozen_sat=1_000, waiting_sat=500, reserve_sat=55_244
    )
    told = onchain_words.summary(poor, views.NOW).plain
    assert "3,256 sat are too little to open a channel with." in told
    assert "too little" not in onchain_words.summary(coins.EMPTY, views.NOW).plain


def test_all_the_bitcoin_there_is_fits_in_the_sums() -> None:
    view = replace(coins.SUMMARY, confirmed_sat=MOST_SAT, closing_msat=1, pending_sat=0)
    lines = with_keys(onchain_words.summary(view, views.NOW).plain, {}).split("\n")
    assert max(map(len, lines)) <= 76
    coin = onchain_words.coin_row(coins.coin(amount_sat=MOST_SAT), 75, views.NOW, str, wide=False)
    assert "2,100,000,000,000,000 sat" in coin.plain
    assert coin.cell_length <= 75


def test_a_block_whose_time_was_not_noted_is_named_by_its_height() -> None:
    one = replace(coins.transaction(), time=0)
    row = onchain_words.transaction_row(one, 75, views.NOW, str, wide=False)
    assert row.plain.startswith("block 1,019 ")
    facts = onchain_words.transaction_facts(one, views.NOW)
    assert facts.startswith("+800,000 sat  block 1,019, 6 conf.")


def test_amount_and_fee_are_the_same_in_lists_details_and_file() -> None:
    paid = replace(coins.transaction(), kind=TxKind.OPENING, amount_sat=-600_224, fee_sat=224)
    swept = replace(coins.transaction(), kind=TxKind.SWEEP, amount_sat=33_000, fee_sat=410)
    only = replace(coins.transaction(), kind=TxKind.FEE, amount_sat=-769, fee_sat=769)
    for one, amount, fee, both, beside in (
        (paid, "-600,000 sat", "224 sat", "-600,000 sat, and 224 sat of fee",
         "-600,224 sat with its fee"),
        (swept, "+33,000 sat", "410 sat", "+33,000 sat, after 410 sat of fee",
         "after 410 sat of fee"),
        (only, "-769 sat", "769 sat", "-769 sat, all of it fee", "all of it fee"),
    ):  # fmt: skip
        for row in (
            onchain_words.transaction_row(one, 75, views.NOW, str, wide=False),
            activity_words.transaction_row(one, views.NOW, str, 75, wide=False),
            transaction_line(one, views.NOW, str),
        ):
            assert f" {amount} " in row.plain
        assert onchain_words.transaction_facts(one, views.NOW).startswith(f"{both}  ")
        assert of_transaction(one, "", views.NOW, str).title.endswith(f": {both}")
        told = {row.label: row for row in spending_words.facts(one, views.NOW, str) if row}
        assert (told["Amount"].value, told["Amount"].remark) == (amount, beside)
        assert told["Fee"].value == fee
    for heading in (
        onchain_words.history_heading(wide=False), activity_words.heading(views.NOW, wide=False)
    ):  # fmt: skip
        assert "amount without fee" in heading.plain

"""Where every satoshi is: the tree on the screen, by keys and by mouse, drawn as far as seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.events import BalanceChanged
from lnwallet_tui.api.holdings import HoldingKind, HoldingsView, HoldingView
from lnwallet_tui.api.spending import USUAL_FEE
from lnwallet_tui.ui import holding_words
from lnwallet_tui.ui.widgets.outline import Outline, Row
from tests.ui import views
from tests.ui.holdings import EMPTY, HOLDINGS, coin, htlc, many, node
from tests.ui.payloads import PAYLOADS
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage
from tests.ui.test_hostile import MARK, is_safe, marked

K = HoldingKind


def outline(stage: Stage) -> Outline[HoldingView]:
    return stage.app.screen.query_one(Outline)


def under_cursor(stage: Stage) -> str:
    row = outline(stage).row
    assert row is not None
    return row.item.name


def names_of(view: HoldingView) -> Iterator[str]:
    yield view.name
    for child in view.children:
        yield from names_of(child)


def amounts_of(stage: Stage) -> list[int]:
    """Of the rows on the screen, in their order."""
    lines = stage.text.split("\n")
    begin = next(at for at, line in enumerate(lines) if "Amount" in line)
    found = []
    for line in lines[begin + 1 :]:
        if line.startswith("╰"):
            break
        words = line.split(" sat")[0].split()
        if " sat" in line:
            found.append(int(words[-1].replace(",", "")))
    return found


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_the_groups_add_up_to_the_total_that_home_shows(size: tuple[int, int]) -> None:
    async with on_stage(ScriptedNode(), size=size) as stage:
        await stage.shows("Total 2,000,000 sat", "w: where is it all")
        await stage.press("w")
        await stage.shows(
            "All that is yours 2,000,000 sat", "Can be spent now 1,385,000 sat",
            "Held back in channels 15,000 sat", "Payments in flight 12,345 sat",
            "Being opened 300,000 sat", "Coming home, before fees 224,655 sat",
            "Unconfirmed 7,756 sat", "Kept to pay for closes 55,244 sat",
            "Written off, not counted 2,770 sat", "Everything that is yours",
        )  # fmt: skip
        total, *groups = amounts_of(stage)
        assert sum(groups[:-1]) == total


async def test_what_says_more_than_it_shows_says_so_and_where_it_stands() -> None:
    node = ScriptedNode()
    long = replace(HOLDINGS.total, explanation="It goes on and on. " * 20 + "It ends.")
    async with on_stage(node) as stage:
        await stage.press("w")
        await stage.shows("Everything that is yours")
        await stage.lacks("all of it")
        await stage.press("escape")
        node.holdings_view = replace(HOLDINGS, total=long)
        await stage.press("w")
        await stage.shows("It goes on and on.", "… ?: all of it")
        await stage.press("question_mark")
        await stage.shows("It ends.")


async def test_amounts_stand_under_each_other_and_dates_beside_blocks() -> None:
    async with on_stage(ScriptedNode(), size=LARGE) as stage:
        await stage.press("w", "e")
        await stage.shows("output 2, delayed 187,655 sat 1,744 (~Sat 14:13)")
        await stage.shows("swept by 6666…6666 33,000 sat the next blocks")
        ends = {line.index(" sat") for line in stage.text.split("\n")[3:24] if " sat" in line}
        assert len(ends) == 1


async def test_a_walk_with_the_keys() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("w")
        await stage.shows("All that is yours")
        assert under_cursor(stage) == K.TOTAL.value
        await stage.press("j", "down", "k")
        assert under_cursor(stage) == K.SPENDABLE.value
        await stage.press("l")
        await stage.shows("Channel with 02ababab… 585,000 sat", "Part of 0000…0001:1 800,000 sat")
        await stage.press("right", "down")
        assert under_cursor(stage) == "coin 1"
        await stage.shows("800,000 sat output 00000000…00000001", "It can be spent now.", "Copy id")
        await stage.press("y")
        assert stage.app.clipboard == f"{1:064x}:1"
        await stage.press("h")
        assert under_cursor(stage) == K.SPENDABLE.value
        await stage.press("left")
        await stage.lacks("Part of 0000…0001:1")
        await stage.press("space")
        await stage.shows("Part of 0000…0001:1")
        await stage.press("enter", "end")
        assert under_cursor(stage) == K.WRITTEN_OFF.value
        await stage.press("pageup", "home")
        assert under_cursor(stage) == K.TOTAL.value
        await stage.press("enter")
        await stage.lacks("Can be spent now")
        await stage.press("escape")
        await stage.shows("Latest payments")


async def test_every_row_can_be_reached_and_says_what_it_is() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("w", "e")
        seen = []
        for _ in range(40):
            row = outline(stage).row
            assert row is not None
            await stage.shows(row.item.explanation[:40])
            seen.append(row.item.name)
            await stage.press("j")
        reached = list(dict.fromkeys(seen))
        roots = (HOLDINGS.total, HOLDINGS.written_off)
        assert set(reached) == {name for root in roots for name in names_of(root)}
        await stage.press("e")
        assert under_cursor(stage) == K.WRITTEN_OFF.value  # its row was folded away


async def test_a_click_on_the_balance_leads_there_and_clicks_open_rows() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.click("#amounts")
        await stage.shows("Where every satoshi is")
        await stage.click_on("Coming home, before fees")
        assert under_cursor(stage) == K.CLOSING.value
        await stage.lacks("Channel with 03cdcdcd…")
        await stage.click_on("Coming home, before fees")
        await stage.shows("Channel with 03cdcdcd… 224,655 sat")


async def test_it_is_in_the_palette_everywhere_and_there_is_only_one() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("2", "w")
        await stage.shows("Where every satoshi is")
        found = list(stage.app.get_system_commands(stage.app.screen))
        where = next(one for one in found if one.title == "Where is it all")
        await where.callback()
        await stage.press("w", "escape")
        await stage.shows("How it stands")


async def test_what_an_htlc_is_for_stands_apart_from_its_amount() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("w", "j", "j", "j", "l", "j")
        await stage.shows(
            "To Bea's shop 12,345 sat 1,064 (~20:53)", "its words: something nice",
            "under way through Alice", "payment 11111111…11111111",
        )  # fmt: skip
        assert all(" sat" not in line for line in stage.text.split("\n") if "its words" in line)
        await stage.press("y")
        assert stage.app.clipboard == views.PAYMENT_HASH


async def test_the_words_of_others_do_nothing_there() -> None:
    node_ = ScriptedNode()
    async with on_stage(node_) as stage:
        await stage.press("w")
        for at, (name, payload) in enumerate(PAYLOADS.items()):
            flying = node(K.IN_FLIGHT, htlc(0, 1_000 + at, marked(payload)))
            node_.holdings_view = replace(HOLDINGS, total=node(K.TOTAL, flying))
            node_.speak(BalanceChanged(replace(views.BALANCE, can_send_msat=at)))
            await stage.shows(f"Payments in flight {1_000 + at:,} sat")
            await stage.press(*(("e", "j", "j") if not at else ()))
            await stage.shows(f"<{MARK}>")
            is_safe(stage, name)


async def test_what_changes_is_shown_and_the_cursor_stays() -> None:
    node_ = ScriptedNode()
    async with on_stage(node_) as stage:
        await stage.press("w", "j", "l", "j", "j")
        assert under_cursor(stage) == "coin 1"
        more = node(K.SPENDABLE, coin(K.COIN, 7, 5_000), coin(K.COIN, 1, 900_000))
        node_.holdings_view = replace(HOLDINGS, total=node(K.TOTAL, more))
        node_.speak(BalanceChanged(replace(views.BALANCE, can_send_msat=1)))
        await stage.shows("All that is yours 905,000 sat", "900,000 sat output")
        assert under_cursor(stage) == "coin 1"
        node_.holdings_view = replace(HOLDINGS, total=node(K.TOTAL, *more.children[:0]))
        node_.speak(BalanceChanged(replace(views.BALANCE, can_send_msat=2)))
        await stage.shows("All that is yours 0 sat")
        assert under_cursor(stage) == K.TOTAL.value


async def test_an_empty_wallet_says_so() -> None:
    node_ = ScriptedNode()
    node_.holdings_view = EMPTY
    async with on_stage(node_) as stage:
        await stage.press("w")
        await stage.shows("All that is yours 0 sat", "The wallet is empty.")
        await stage.lacks("written off", "Copy id")
        await stage.press("enter", "space", "h", "l", "G", "e")
        await stage.shows("All that is yours 0 sat")


async def test_only_the_rows_that_are_seen_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = holding_words.drawn

    def counted(row: Row[HoldingView], *rest: object) -> object:
        drawn.append(row.item.name)
        return draw(row, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(holding_words, "drawn", counted)
    node_ = ScriptedNode()
    node_.holdings_view = many(5_000)
    async with on_stage(node_) as stage:
        await stage.press("w", "e")
        await stage.shows("Coin 0000…0000:1")
        drawn.clear()
        await stage.press("end")
        await stage.shows("Written off", "Coin 0000…1387:1 5,999 sat")
        await stage.press("up", "pageup", "home")
        await stage.shows("All that is yours")
        assert len(set(drawn)) < 100
        assert len(drawn) < 500


async def test_a_storm_asks_for_few_trees() -> None:
    class Counting(ScriptedNode):
        asked = 0

        async def holdings(self) -> HoldingsView:
            self.asked += 1
            return await super().holdings()

    node_ = Counting()
    async with on_stage(node_) as stage:
        await stage.shows("No payment yet.")
        assert node_.asked == 0
        await stage.press("w")
        await stage.shows("All that is yours")
        assert node_.asked == 1
        await stage.press("j", "l", "e", "end")
        assert node_.asked == 1
        for at in range(1_000):
            node_.speak(BalanceChanged(replace(views.BALANCE, can_send_msat=at)))
        node_.holdings_view = EMPTY
        await stage.shows("All that is yours 0 sat")
        assert node_.asked < 60


IN_CHANNELS = (
    K.CHANNEL_RESERVE, K.COMMITMENT_FEE, K.ANCHORS, K.FEE_BUFFER, K.HELD_UP,
    K.CLOSE_UNCONFIRMED, K.CLOSE_AGREED, K.DELAYED, K.HTLC_ON_CHAIN, K.SWEEP,
)  # fmt: skip
GROUPS = (
    K.SPENDABLE, K.RESERVED, K.IN_FLIGHT, K.OPENING, K.CLOSING_AGREED, K.CLOSING, K.UNCONFIRMED,
    K.BUMP_RESERVE,
)  # fmt: skip


@pytest.mark.parametrize("kind", K)
def test_every_title_fits_where_it_stands_in_80_columns(kind: HoldingKind) -> None:
    depth = 3 if kind in IN_CHANNELS else 1 if kind in GROUPS else 2
    path = ("x",) * (1 if kind in (K.TOTAL, K.WRITTEN_OFF) else depth + 1)
    outputs = [replace(htlc(0, 1), kind=kind, txid="5a" * 32, vout=vout) for vout in (-1, 482)]
    parts = [replace(one, coin_sat=9) for one in outputs]
    for view in (*outputs, *parts, replace(htlc(0, 1), kind=kind, payee="")):
        row = Row(path, view, folds=True, is_open=False)
        title = holding_words.title(view, lambda node_id: f"{node_id[:8]}…")
        line = holding_words.drawn(row, 74, views.NOW, lambda node_id: f"{node_id[:8]}…")
        assert title in line.plain
        assert line.cell_length <= 74


async def test_what_brings_a_close_home_is_hurried_from_there() -> None:
    made = ScriptedNode()
    async with on_stage(made) as stage:
        await stage.press("w", "e")
        while (row := outline(stage).row) is None or row.item.kind is not K.SWEEP:
            await stage.press("b")  # nothing of the others is hurried
            assert not made.told("quote_bump")
            await stage.press("down")
        await stage.press("b")
        await stage.shows("Hurry a transaction: check", "brings home the same money")
        assert made.told("quote_bump") == [(row.item.txid, USUAL_FEE)]

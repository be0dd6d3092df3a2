"""One amount is the same on every page: rounded down; what that takes from a sum is said."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.holdings import HoldingKind, HoldingView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui import holding_words
from lnwallet_tui.ui.screens.home import amounts, rounded_off
from tests.ui import coins, views
from tests.ui.holdings import HOLDINGS, channel, coin, leaf, node
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import LARGE, SMALL, on_stage

K = HoldingKind


def broken(kind: HoldingKind, amount_msat: int) -> HoldingView:
    return replace(leaf(kind, 0), amount_msat=amount_msat)


def with_thousandths() -> ScriptedNode:
    """A channel and a close, each with parts of a satoshi."""
    made = ScriptedNode()
    send, held, closing = 585_000_600, 14_999_700, 224_655_900
    made.channel_views = (
        replace(views.channel(), local_msat=send + held, can_send_msat=send, we_opened=True),
    )
    made.balance_view = replace(
        views.EMPTY_BALANCE,
        can_send_msat=send,
        reserved_msat=held,
        closing_msat=closing,
        onchain_confirmed_sat=1_000,
        total_msat=send + held + closing + 1_000_000,
    )
    made.onchain_view = replace(coins.SUMMARY, closing_msat=closing)
    total = node(
        K.TOTAL,
        node(K.SPENDABLE, broken(K.CAN_SEND, send), coin(K.COIN, 1, 1_000)),
        node(K.RESERVED, channel(broken(K.CHANNEL_RESERVE, held))),
        node(K.CLOSING, channel(broken(K.DELAYED, closing))),
    )
    made.holdings_view = replace(HOLDINGS, total=total)
    return made


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_an_amount_is_the_same_on_every_page(size: tuple[int, int]) -> None:
    async with on_stage(with_thousandths(), size=size) as stage:
        await stage.shows(
            "Can send now 585,000 sat", "Held back 14,999 sat", "Closing 224,655 sat",
            "Balance, rows rounded down by 2 sat", "Total 825,656 sat", "Can receive now 0 sat",
        )  # fmt: skip
        await stage.press("c")
        await stage.shows("585,000 sat")
        await stage.press("enter")
        await stage.shows("Can send 585,000 sat", "Held back 14,999 sat", "Yours 600,000.300 sat")
        await stage.press("1", "7")
        await stage.shows("In closes 224,655 sat")
        await stage.press("1", "w")
        await stage.shows(
            "All that is yours 825,656 sat", "586,000 sat", "14,999 sat", "224,655 sat",
            "rounded down: rows may add up to 2 sat less than the row above them",
        )  # fmt: skip


def test_the_rows_and_what_is_rounded_off_are_the_total() -> None:
    dice = Random(5)
    for _ in range(200):
        parts = [dice.randint(0, 2_999) for _ in range(5)]
        balance = replace(
            views.EMPTY_BALANCE,
            can_send_msat=parts[0],
            reserved_msat=parts[1],
            in_flight_msat=parts[2],
            opening_msat=parts[3],
            closing_msat=parts[4],
            onchain_confirmed_sat=7,
            total_msat=7_000 + sum(parts),
        )
        rows = {row.label: printed(row.value) for row in amounts(balance) if row is not None}
        del rows["Can receive now"]
        assert [*rows.values()][:5] == [part // 1000 for part in parts]
        total_sat = rows.pop("Total")
        lacking_sat = total_sat - sum(rows.values())
        assert total_sat == balance.total_msat // 1000
        assert 0 <= lacking_sat < 5
        said = f", rows rounded down by {lacking_sat} sat"
        assert rounded_off(balance) == (said if lacking_sat else "")


def printed(amount: str) -> int:
    return 0 if amount == "under 1 sat" else int(amount.removesuffix(" sat").replace(",", ""))


def test_the_tree_says_how_much_its_rows_may_lack() -> None:
    held = [broken(K.CHANNEL_RESERVE, 1_999), broken(K.FEE_BUFFER, 1_001), broken(K.ANCHORS, 5_000)]
    for children, most in (
        (held, "1 sat"),
        (held[1:], ""),
        ([broken(K.CAN_SEND, 900)] * 3, "2 sat"),
    ):
        holdings = replace(HOLDINGS, total=node(K.TOTAL, *children))
        closed = holding_words.rows(holdings, set())
        rows = holding_words.rows(holdings, {(holdings.total.name,)})
        said = holding_words.rounded_off(rows)
        assert holding_words.rounded_off(closed) == ""
        assert (f"up to {most} less" in said) if most else said == ""
        for row in rows:
            line = holding_words.drawn(row, 74, views.NOW, str)
            assert fmt.msat(row.item.amount_msat) in line.plain

"""One address or many, from coins that were marked or from those that the wallet chooses."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import Sending
from lnwallet_tui.ui import payout_lines
from lnwallet_tui.ui.payout_lines import MOST_LINES, Lines, Wrong
from tests.ui import coins, spending
from tests.ui.stage import LARGE, SMALL, Stage, on_stage
from tests.ui.test_pay_address import asked_for, node
from tests.ui.test_snapshots import Album

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
OTHER = "bcrt1q9vza2e8x573nczrlzms0wvx3gsqjx7vaxwd45v"
TWO = f"{spending.ADDRESS} 25,000\n{OTHER} 40 000 sat"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a 1", Lines((("a", 1),))),
        ("\n a  25,000 sat \n\nb 3", Lines((("a", 25_000), ("b", 3)))),
        ("a all", Lines((("a", 0),), everything=True)),
    ],
)
def test_what_lines_say(text: str, read: Lines) -> None:
    assert payout_lines.read(text) == read


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Nobody is to be paid"),
        (" \n", "Nobody is to be paid"),
        ("a", "Line 1 has no amount"),
        ("a 1\nb", "Line 2 has no amount"),
        ("a 0", "line 1 is no whole number of satoshis"),
        ("a -1", "line 1 is no whole number of satoshis"),
        ("a 0.5", "line 1 is no whole number of satoshis"),
        ("a 1\nb all", "Everything goes to one"),
        ("a 1\n" * (MOST_LINES + 1), "So many"),
    ],
)
def test_what_they_do_not_say(text: str, problem: str) -> None:
    wrong = payout_lines.read(text)
    assert isinstance(wrong, Wrong)
    assert problem in wrong.message
    assert wrong.remedy


def test_one_address_without_an_amount_is_told_of_the_word_for_everything() -> None:
    alone, beside = payout_lines.read("a"), payout_lines.read("a 1\nb")
    assert isinstance(alone, Wrong)
    assert isinstance(beside, Wrong)
    assert "the word “all”" in alone.remedy
    assert "all" not in beside.remedy


def test_an_address_that_stands_there_twice_is_remarked_on() -> None:
    said = payout_lines.each(Sending((("a", 1), ("b", 2), ("a", 3))))
    assert said == "To a: 1 sat\nTo b: 2 sat\nTo a: 3 sat, the same address again"


async def test_what_is_frozen_is_not_marked() -> None:
    made = node()
    made.coin_views = (replace(coins.COINS[0], frozen=False), replace(coins.COINS[1], frozen=True))
    async with on_stage(made) as stage:
        await stage.press("7")
        await stage.shows("Mark coins: m, pay from them: p.")
        await stage.press("m")
        await stage.shows("1 marked")
        await stage.press("f")
        await stage.lacks("1 marked")
        await stage.press("j", "m")
        await stage.shows("It is frozen, so nothing spends it: thaw it first (f).")
        await stage.lacks("marked:")


async def test_a_check_page_that_goes_on_below_says_so() -> None:
    async with on_stage(node()) as stage:
        await to_lines(stage)
        await stage.lacks("pgdn: more")
        await stage.paste_into("#lines", "\n".join([f"{OTHER} 1000"] * 12))
        await stage.click("#form-go")
        await stage.shows("2 of 3 · check")
        await stage.press("pageup", "pageup", "pageup")
        await stage.shows("… pgdn: more")
        await stage.press("pagedown", "pagedown", "pagedown")
        await stage.lacks("pgdn: more")


async def to_lines(stage: Stage, *keys: str) -> None:
    await stage.press("7", *keys, "p")
    await stage.shows("Send on chain · 1 of 3 · how much", "A line for each")


@SIZES
async def test_how_it_looks(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with on_stage(node(), size=size) as stage:
        album = Album(stage, snapshot)
        await stage.press("7", "m", "j", "m")
        await album.add("marked", "2 marked: 805,000 sat, p pays from them", "● 800,000 sat")
        await stage.press("p")
        await album.add("lines", "From 2 coins that you marked: 805,000 sat", "A line for each")
        await stage.paste_into("#lines", TWO)
        await stage.click("#form-go")
        await album.add(
            "many-check", "2 of 3 · check", f"To {spending.ADDRESS}: 25,000 sat",
            f"To {OTHER}: 40,000 sat", "They get 65,000 sat", "[ Send 65,000 sat ]",
        )  # fmt: skip
    assert album.dim == {}
    assert album.different == []


async def test_marked_coins_pay_two_and_are_marked_no_more() -> None:
    made = node()
    async with on_stage(made) as stage:
        await to_lines(stage, "m", "j", "m", "j", "m", "m")
        await stage.type(f"{spending.ADDRESS} 25000")
        await stage.press("enter")
        await stage.type(f"{OTHER} 40000")
        await stage.press("tab", "enter")
        await stage.shows("2 of 3 · check")
        await stage.press("right", "enter")
        await stage.shows("Transaction: in no block yet")
        [asked] = asked_for(made, "send")
        assert asked.payouts == ((spending.ADDRESS, 25_000), (OTHER, 40_000))
        assert asked.coins == (coins.COINS[0].coin, coins.COINS[1].coin)
        await stage.press("escape")
        await stage.shows("Coins on chain: 4")
        await stage.lacks("marked")


async def test_without_marks_the_wallet_chooses_and_everything_goes_to_one() -> None:
    made = node()
    async with on_stage(made) as stage:
        await to_lines(stage)
        await stage.shows("From coins that the wallet chooses")
        await stage.press("tab", "enter")
        await stage.shows("Nobody is to be paid yet.")
        await stage.type(f"{spending.ADDRESS} all")
        await stage.click("#form-go")
        await stage.shows("2 of 3 · check", f"To {spending.ADDRESS}: everything")
        everything = Sending(((spending.ADDRESS, 0),), everything=True)
        assert asked_for(made, "quote_send") == [everything]
        await stage.press("escape")
        await stage.shows("1 of 3 · how much", f"{spending.ADDRESS} all")
        await stage.press("escape")
        await stage.shows("Coins on chain: 4")


async def test_what_was_typed_and_marked_is_there_until_it_is_sent() -> None:
    made = node()
    async with on_stage(made) as stage:
        await to_lines(stage, "m", "j", "m")
        await stage.type(f"{spending.ADDRESS} 25000")
        await stage.press("tab")
        await stage.type("4")
        await stage.press("escape", "1", "s", "escape", "7")  # Send forgets what is typed there
        await stage.shows("2 marked: 805,000 sat")
        await stage.press("p")
        await stage.shows("From 2 coins that you marked", f"{spending.ADDRESS} 25000")
        await stage.press("enter")  # behind what stood there
        await stage.type(f"{OTHER} 40000")
        await stage.click("#form-go")
        await stage.shows("2 of 3 · check", "They get 65,000 sat")
        [*_, asked] = asked_for(made, "quote_send")
        assert asked.fee.feerate_per_kw == 1_000
        made.refusing["send"] = Refused(RefusalCode.DISK, "The disk is full.")
        await stage.press("right", "enter")
        await stage.shows("The disk is full.", "1 of 3")
        await stage.press("escape", "p")
        await stage.shows(f"{spending.ADDRESS} 25000", f"{OTHER} 40000")
        made.refusing.clear()
        await stage.click("#form-go")
        await stage.press("right", "enter")
        await stage.shows("Transaction: in no block yet")
        await stage.press("escape", "p")
        await stage.shows("A line for each")
        await stage.lacks("25000")


async def test_a_coin_that_is_spent_is_marked_no_more() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.press("7", "m", "j", "m")
        await stage.shows("2 marked: 805,000 sat")
        left = made.coin_views[1:]
        made.coin_views = left
        made.speak(StatusChanged(replace(made.status_view, height=made.status_view.height + 1)))
        await stage.shows("1 marked: ")


async def test_one_is_back_in_the_lines_after_the_check() -> None:
    async with on_stage(node()) as stage:
        await to_lines(stage)
        await stage.type(f"{spending.ADDRESS} 2500")
        await stage.click("#form-go")
        await stage.shows("2 of 3 · check")
        await stage.press("escape")
        await stage.shows("1 of 3 · how much")
        await stage.type("0")
        await stage.shows(f"{spending.ADDRESS} 25000")


async def test_what_is_pasted_is_made_safe() -> None:
    async with on_stage(node()) as stage:
        await to_lines(stage)
        await stage.paste_into("#lines", f"{spending.ADDRESS}\x1b[31m 25000\n{OTHER} 1")
        assert "\x1b" not in stage.text
        await stage.shows(OTHER)

"""Hurrying what waits for a block: from the history and from its own page, costs first."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpWay, FeesView, FeeView, WantedFee
from lnwallet_tui.ui import spending_words
from lnwallet_tui.ui.widgets.forms import FeerateField
from tests.ui import coins, spending
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import on_stage


def node(kind: TxKind = TxKind.SENT) -> ScriptedNode:
    """A transaction waits, and the one that will hurry it is known."""
    made = ScriptedNode()
    waits = coins.transaction(
        1, kind=kind, amount_sat=-25_153, fee_sat=153, confirmations=0, explanation="It waits."
    )
    faster = replace(waits, txid=spending.TXID, explanation="It waits, too.")
    made.transaction_views = (waits, faster)
    return made


async def test_from_the_history_by_keyboard() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.press("7", "t", "b")
        await stage.shows(
            "Hurry a transaction: check", "Another transaction takes its place",
            "It costs more 247 sat", "Its fee then 400 sat 2.8 sat/vB", "Others get 25,000 sat",
            "Nothing is sent before you press Hurry.",
        )  # fmt: skip
        assert stage.app.focused is not None
        assert stage.app.focused.id == "feerate"
        await stage.press("enter")  # no other one than the proposed
        assert stage.app.focused.id == "back"
        await stage.press("right", "enter")
        assert made.told("bump") == [
            (coins.txid(1), WantedFee(feerate_per_kw=700, most_sat=400)),
        ]
        await stage.shows("Transaction: in no block yet", spending.TXID)
        await stage.press("escape")
        await stage.shows("On chain: 2 transactions")


async def test_who_gets_what_where_an_address_is_ones_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quoted = replace(spending.bump_quote(coins.txid(1)), to_us_sat=5_000)
    monkeypatch.setattr(spending, "bump_quote", lambda _: quoted)
    async with on_stage(node()) as stage:
        await stage.press("7", "t", "b")
        await stage.shows("Others get 20,000 sat", "You get 5,000 sat to an address of yours")


async def test_from_its_own_page_by_mouse() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.press("7", "t", "d")
        await stage.shows("Transaction: in no block yet", coins.txid(1))
        await stage.click_on("b Hurry")
        await stage.shows("Hurry a transaction: check", "247 sat")
        await stage.click("#go", times=2)
        assert len(made.told("bump")) == 1
        await stage.shows("Transaction: in no block yet", spending.TXID)


async def test_what_opens_a_channel_gets_a_child_and_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quoted = replace(spending.bump_quote(coins.txid(1)), way=BumpWay.CHILD)
    monkeypatch.setattr(spending, "bump_quote", lambda _: quoted)
    async with on_stage(node(TxKind.OPENING)) as stage:
        await stage.press("7", "t", "b")
        await stage.shows(
            "It opens a channel, whose first state is signed over the id of this transaction",
            "a second transaction (a child) spends your change of it and pays for both",
            "The child's fee 400 sat both then pay 2.8 sat/vB",
        )  # fmt: skip


async def test_another_feerate_is_asked_for_before_anything_is_done() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.press("7", "t", "b")
        await stage.type("12.5")
        await stage.press("enter")
        assert made.told("quote_bump")[-1] == (coins.txid(1), WantedFee(feerate_per_kw=3_125))
        assert made.told("bump") == []
        assert stage.app.focused is not None
        assert stage.app.focused.id == "back"


@pytest.mark.parametrize("leave", ["tab", "click"])
async def test_what_stands_in_the_field_counts_as_soon_as_it_is_left(leave: str) -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.press("7", "t", "b")
        await stage.shows("It costs more 247 sat")
        await stage.type("50")
        assert stage.app.screen.query_one("#go").disabled  # the sums are those of another
        held = made.hold("quote_bump")
        await (stage.press("tab") if leave == "tab" else stage.click("#go"))
        assert made.told("quote_bump")[-1] == (coins.txid(1), WantedFee(feerate_per_kw=12_500))
        assert stage.app.screen.query_one("#go").disabled
        held.set()
        await stage.rest()
        assert not stage.app.screen.query_one("#go").disabled
        assert made.told("bump") == []  # nobody had seen what it costs


async def test_a_click_on_hurry_before_its_sums_are_there_sends_nothing() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.press("7", "t", "b")
        await stage.type("50")
        await stage.click("#go")
        assert made.told("bump") == []
        await stage.click("#go")
        assert len(made.told("bump")) == 1


async def test_what_is_typed_and_is_no_feerate_keeps_hurry_dead() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.press("7", "t", "b")
        await stage.type(".5")
        await stage.press("tab")
        await stage.shows(spending_words.NO_FEERATE[0])
        assert stage.app.screen.query_one("#go").disabled
        await stage.click("#feerate")
        await stage.press("end", "backspace", "backspace", "tab")
        await stage.lacks(spending_words.NO_FEERATE[0])
        assert not stage.app.screen.query_one("#go").disabled


@pytest.mark.parametrize("per_kw", [249, 250, 600])
def test_more_than_the_soonest_known_feerate_buys_no_date_that_is_known(per_kw: int) -> None:
    one = FeeView(target_blocks=6, feerate_per_kw=250, source="blocks", time=1, count=6)
    slow = replace(one, target_blocks=144, feerate_per_kw=200)
    quote = replace(spending.bump_quote(coins.txid(1)), feerate_per_kw=per_kw)
    rows = spending_words.hurry(quote, 100, 1_000, FeesView(fees=(one, slow), now=1_000))
    [date] = [row for row in rows if row and row.label == "In a block"]
    assert date.remark == ("the soonest that is known" if per_kw >= 250 else "")


async def test_what_cannot_be_hurried_says_why() -> None:
    made = node()
    said = "The wallet raises the fee of this transaction by itself, with each block."
    made.refusing["quote_bump"] = Refused(RefusalCode.BAD_INPUT, said, "Nobody has to act.")
    async with on_stage(made) as stage:
        await stage.press("7", "t", "b")
        await stage.shows(said, "Nobody has to act.")
        await stage.lacks("It costs more")
        await stage.lacks("another feerate")
        assert stage.app.focused is not None
        assert stage.app.focused.id == "back"
        await stage.click("#go")
        assert made.told("bump") == []


async def test_an_opening_that_pays_enough_by_itself_takes_another_feerate() -> None:
    made = node(TxKind.OPENING)
    said = "It pays that much by itself already."
    made.refusing["quote_bump"] = Refused(RefusalCode.FEE_TOO_LOW, said, "Give a higher feerate.")
    async with on_stage(made) as stage:
        await stage.press("7", "t", "b")
        await stage.shows(
            "a second transaction (a child) spends your change of it and pays for both",
            "sat/vB another feerate, then enter", said,
        )  # fmt: skip
        del made.refusing["quote_bump"]
        await stage.click("#feerate")
        await stage.type("10")
        await stage.press("enter")
        assert made.told("quote_bump")[-1] == (coins.txid(1), WantedFee(feerate_per_kw=2_500))
        await stage.shows("It costs more 247 sat")
        await stage.lacks(said)


async def test_what_a_block_has_is_not_hurried() -> None:
    made = node()
    made.transaction_views = (coins.transaction(1),)
    async with on_stage(made) as stage:
        await stage.press("7", "t")
        await stage.lacks("b Hurry")
        await stage.press("b")
        await stage.lacks("Hurry a transaction")
        await stage.press("d")
        await stage.shows("Transaction: in block", "6 confirmations")
        await stage.lacks("b Hurry")


async def test_what_was_replaced_says_so_and_nothing_else() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.press("7", "t", "d")
        await stage.shows("Block none offered to the network until one has it")
        made.transaction_views = ()
        said = f"It was replaced by {spending.TXID}, which waits for a block."
        made.refusing["quote_bump"] = Refused(RefusalCode.BAD_INPUT, said, "Hurry that one.")
        await stage.press("question_mark", "escape")
        await stage.shows("Transaction: replaced", said, "in the history (7, t)", coins.txid(1))
        await stage.lacks("offered to the network")
        await stage.lacks("hurries it")


async def test_what_brings_a_close_home_is_not_called_replaced_while_it_waits() -> None:
    made = node()
    made.transaction_views = ()  # the history does not have it before a block does
    async with on_stage(made) as stage:
        await stage.press("w", "e")
        while not stage.app.screen.check_action("hurry", ()):
            await stage.press("down")
        await stage.press("b", "enter", "right", "enter")
        await stage.shows(
            "Transaction: in no block yet", "It brings home money of a closed channel"
        )
        await stage.lacks("replaced")


async def test_what_is_typed_after_a_refused_feerate_is_another_one() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.press("7", "t", "b")
        await stage.shows("It costs more 247 sat")
        made.refusing = {"quote_bump": Refused(RefusalCode.FEE_TOO_LOW, "Too low.", "Give more.")}
        await stage.type("1")
        await stage.press("enter")
        await stage.shows("✗ Too low. Give more.")
        await stage.type("0")
        await stage.shows("Hurry a transaction: check")
        assert stage.app.screen.query_one(FeerateField).value == "10"
        await stage.press("tab")
        await stage.shows("✗ Too low.")
        await stage.press("tab")  # and whoever wants to leaves it
        assert stage.app.focused is not None
        assert stage.app.focused.id == "back"


async def test_what_is_said_of_a_wrong_feerate_outlives_a_block() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.press("7", "t", "b")
        await stage.type(".")
        await stage.press("enter")
        await stage.shows("✗ This is no feerate.")
        made.speak(StatusChanged(replace(made.status_view, height=made.status_view.height + 1)))
        await stage.rest()
        await stage.shows("✗ This is no feerate.", "It costs more 247 sat")

"""Paying an address: how much, what it costs and what stays, then it is sent; once, never at one
key."""

from __future__ import annotations

from typing import cast

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import Sending, WantedFee
from tests.ui import chains, coins, spending, views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import Stage, on_stage

NO_INVOICE = Refused(RefusalCode.BAD_INPUT, "This is a Bitcoin address.", "Send to it.")
LINK = f"bitcoin:{spending.ADDRESS}?amount=0.00025&label=shop"
TO = f"To {spending.ADDRESS}"


def node(amount_sat: int = 0, label: str = "", message: str = "") -> ScriptedNode:
    """Everything that is pasted holds an address and no invoice."""
    made = ScriptedNode()
    made.refusing["decode"] = NO_INVOICE
    made.addressed = spending.address(amount_sat, label, message)
    sent = coins.transaction(
        1,
        kind=TxKind.SENT,
        amount_sat=-25_153,
        fee_sat=153,
        confirmations=0,
        explanation="You paid it to an address. It waits for a block.",
    )
    made.transaction_views = (replace(sent, txid=spending.TXID),)
    return made


def asked_for(made: ScriptedNode, verb: str) -> list[Sending]:
    """Whom it was told to pay, and on what terms."""
    return cast("list[Sending]", made.told(verb))


async def to_check(stage: Stage) -> None:
    await stage.paste(LINK)
    await stage.shows("1 of 3 · how much")
    await stage.press("enter", "enter")
    await stage.shows("2 of 3 · check")


async def test_by_keyboard_with_everything_said_before_it_is_sent() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.paste(spending.ADDRESS)
        await stage.shows("Send on chain · 1 of 3 · how much", TO, "Confirmed on chain: 1,400,000")
        await stage.lacks("The link")
        await stage.type("25000")
        await stage.press("enter", "enter")
        await stage.shows(
            "2 of 3 · check", TO, "They get 25,000 sat", "To the miners 153 sat 1.0 sat/vB",
            "Change to you 10,000 sat", "In all 25,153 sat leaves your wallet; it spends 1 coin",
            "Nothing is sent before you press Send; after that nobody can take it back",
            "you can hurry it", "[ Send 25,000 sat ]",
        )  # fmt: skip
        assert stage.app.focused is not None
        assert stage.app.focused.id == "check-back"  # what is preselected sends nothing
        assert made.told("send") == []
        await stage.press("right", "enter")
        fee = WantedFee(feerate_per_kw=250, most_sat=153)
        checked = Sending(((spending.ADDRESS, 25_000),), fee=fee, quoted_sat=25_000)
        assert asked_for(made, "send") == [checked]
        await stage.shows("Transaction: in no block yet", "b hurries it", spending.TXID)
        await stage.press("escape")
        await stage.shows("Send · 1 of 3 · paste")
        await stage.lacks(spending.ADDRESS)


async def test_by_mouse_it_is_sent_once() -> None:
    made = node(25_000)
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.click("#form-go")
        await stage.click("#check-back")
        await stage.shows("1 of 3 · how much")
        await stage.click("#form-go")
        await stage.click("#check-go", times=2)
        assert len(made.told("send")) == 1
        await stage.shows("Transaction: in no block yet")


async def test_what_a_link_wants_is_a_wish_in_its_own_frame() -> None:
    made = node(25_000, "the \x1b[31mshop", "pay [bold]now[/]")
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.shows(
            "The link calls it, not verified", "the ", "The link's own words, not verified",
            "pay [bold]now[/]", "The link asks for 25,000 sat. You decide how much it is.",
        )  # fmt: skip
        assert "\x1b" not in stage.text
        assert made.told("quote_send") == []
        await stage.press("ctrl+u")
        await stage.type("30000")
        await stage.press("enter", "enter")
        await stage.shows("They get 30,000 sat")
        await stage.lacks("25,000")


async def test_everything_that_can_leave() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.paste(spending.ADDRESS)
        await stage.press("tab", "enter")  # from the amount to the button beside it
        await stage.shows("● everything")
        await stage.click("#form-go")
        everything = Sending(((spending.ADDRESS, 0),), everything=True)
        assert asked_for(made, "quote_send") == [everything]
        await stage.press("escape")
        await stage.click("#everything")
        await stage.shows("○ everything")
        await stage.press("ctrl+t")  # also while one types
        await stage.shows("● everything", "^t Everything")


async def test_a_feerate_of_ones_own() -> None:
    made = node(25_000)
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.press("enter")
        await stage.type("x2.5y")
        await stage.press("enter")
        [asked] = asked_for(made, "quote_send")
        assert not asked.everything
        assert asked.fee == WantedFee(feerate_per_kw=625)


async def test_costs_at_another_feerate_than_stands_there_now_are_not_shown() -> None:
    made = node(25_000)
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.press("enter")
        held = made.hold("quote_send")
        await stage.type("5")
        await stage.press("enter")
        await stage.type("0")  # before the answer is there
        held.set()
        await stage.rest()
        await stage.shows("1 of 3 · how much")
        await stage.press("enter")
        await stage.shows("2 of 3 · check")
        assert asked_for(made, "quote_send")[-1].fee == WantedFee(feerate_per_kw=12_500)


async def test_one_that_was_typed_has_the_date_that_the_chain_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Less than the slowest of the three paces is not less than what is known."""
    rates = tuple(replace(one, feerate_per_kw=2 * one.feerate_per_kw) for one in spending.RATES)
    quoted = replace(
        spending.send_quote(((spending.ADDRESS, 25_000),)), rates=rates, feerate_per_kw=300
    )
    monkeypatch.setattr(spending, "send_quote", lambda _: quoted)
    made = node(25_000)
    made.fee_views = chains.FEES
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.press("enter")
        await stage.type("1.2")
        await stage.press("enter")
        await stage.shows(
            "1.2 sat/vB, about 1,008 blocks", "In a block by about block 2,032",
            "Feerate from you: it was typed", "Date from what peers pass on, 4 min ago",
        )  # fmt: skip
        await stage.lacks("no date")


async def test_an_address_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    quoted = replace(spending.send_quote(((spending.ADDRESS, 25_000),)), to_us_sat=25_000)
    monkeypatch.setattr(spending, "send_quote", lambda _: quoted)
    async with on_stage(node(25_000)) as stage:
        await to_check(stage)
        await stage.shows(
            "You get 25,000 sat the address is yours", "In all 153 sat leaves your wallet"
        )
        await stage.lacks("They get")


async def test_one_of_ones_own_that_has_received_is_said_to_be_used() -> None:
    made = node()
    made.addressed = replace(spending.address(), received_sat=200_000)
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.shows(
            "It is an address of yours, and used: 200,000 sat came to it.",
            "Take a new one (r, ctrl+o)",
        )
    made.addressed = replace(spending.address(), yours=True)
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.shows("It is an address of yours: what is sent stays, and only the fee goes.")


async def test_one_of_three_paces_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    quoted = replace(spending.send_quote(((spending.ADDRESS, 25_000),)), rates=spending.RATES)
    monkeypatch.setattr(spending, "send_quote", lambda _: quoted)
    made = node(25_000)
    async with on_stage(made) as stage:
        await to_check(stage)
        await stage.shows("● slow 150 sat", "○ normal 300 sat", "○ fast 600 sat")
        await stage.shows("1.0 sat/vB, about 144 blocks (~24 h)", "In a block by about block 1,168")
        await stage.press("f")
        await stage.press("shift+tab")
        await stage.shows("enter: choose")
        await stage.click("#pace-fast")
        asked = [said.fee.feerate_per_kw for said in asked_for(made, "quote_send")]
        assert asked == [None, 500, 1_000]


async def test_what_stays_and_what_could_not_be_hurried_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quoted = replace(
        spending.send_quote(((spending.ADDRESS, 25_000),)),
        change_sat=0, must_stay_sat=55_244, left_alone_sat=20_000, can_be_hurried=False,
    )  # fmt: skip
    monkeypatch.setattr(spending, "send_quote", lambda _: quoted)
    async with on_stage(node(25_000)) as stage:
        await to_check(stage)
        await stage.shows(
            "Change to you none", "Of it kept 55,244 sat kept to close your channels in time",
            "Not touched 20,000 sat frozen, waiting, or not worth its fee",
            "Nothing is left that could hurry it later: do not pay too little for it.",
            "[ Send 25,000 sat ]",
        )  # fmt: skip


@pytest.mark.parametrize("typed", ["", "0", "1.5"])
async def test_no_amount_is_no_payment(typed: str) -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.paste(spending.ADDRESS)
        await stage.type(typed)
        await stage.press("enter", "enter")
        await stage.shows("This is no amount. Type whole satoshis, such as 25,000")
        assert made.told("quote_send") == []


async def test_what_is_refused_keeps_what_was_typed() -> None:
    made = node(25_000)
    made.refusing["send"] = Refused(RefusalCode.NOT_ENOUGH, "The fee has risen.", "Look again.")
    async with on_stage(made) as stage:
        await to_check(stage)
        await stage.press("right", "enter")
        await stage.shows("1 of 3 · how much", "The fee has risen. Look again.", "25,000")
        await stage.press("escape")
        await stage.shows("Send · 1 of 3 · paste", spending.ADDRESS[:20])


async def test_an_address_of_another_network_is_named_as_one() -> None:
    made = node()
    said = "This address is not of regtest, where this wallet is."
    made.addressed = Refused(RefusalCode.WRONG_NETWORK, said, "Ask for another.")
    async with on_stage(made) as stage:
        await stage.paste(spending.ADDRESS)
        await stage.shows(said, "Send · 1 of 3 · paste")


async def test_a_link_with_both_is_paid_over_lightning_unless_one_chooses() -> None:
    made = node(25_000)
    del made.refusing["decode"]
    no_way = Refused(RefusalCode.NO_ROUTE, "No way to the receiver.", "Open a channel.")
    made.refusing["quote_payment"] = no_way
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.shows("No way to the receiver.", "from your coins: ctrl+o")
        await stage.press("ctrl+o")
        await stage.shows("Send on chain · 1 of 3", TO)


async def test_a_new_block_quotes_anew_and_keeps_the_choice() -> None:
    made = node(25_000)
    async with on_stage(made) as stage:
        await stage.paste(LINK)
        await stage.press("enter")
        await stage.type("2.5")
        await stage.press("enter")
        await stage.shows("2 of 3 · check")
        made.status_view = replace(made.status_view, height=views.HEIGHT + 1)
        made.speak(StatusChanged(made.status_view))
        await stage.shows("regtest 1,025")
        asked = [said.fee.feerate_per_kw for said in asked_for(made, "quote_send")]
        assert asked == [625, 625]
        assert made.told("send") == []


@pytest.mark.parametrize("back", [("w", "s"), ("w", "4"), ("escape",), ("1", "s"), ("8", "1", "s")])
async def test_what_was_typed_for_an_address_is_there_as_long_as_that_is(
    back: tuple[str, ...],
) -> None:
    async with on_stage(node(10_000)) as stage:
        await stage.paste(LINK)
        await stage.shows("1 of 3 · how much", "10,000")
        await stage.type("31337")
        await stage.press("enter", *"2.5", "tab", *back)
        if stage.place == "SendScreen":
            await stage.shows("Send · 1 of 3 · paste")
            await stage.press("tab", "right", "enter")
        await stage.shows("1 of 3 · how much", "31337", "2.5")
        await stage.press("escape")
        await stage.click("#paste-back")  # which clears it
        await stage.paste(LINK)
        await stage.shows("1 of 3 · how much", "10,000")
        await stage.lacks("31337", "2.5")


async def test_what_was_typed_for_one_address_is_not_for_another() -> None:
    made = node()
    async with on_stage(made) as stage:
        await stage.paste(spending.ADDRESS)
        await stage.type("31337")
        await stage.press("escape")
        made.addressed = spending.address()
        await stage.paste_into("#invoice", LINK)
        await stage.shows("1 of 3 · how much")
        await stage.lacks("31337")

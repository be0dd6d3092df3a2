"""Send on chain, hurry it, see it confirmed, on a real playground: once with keys alone, once with
the mouse alone. And an opening that is hurried by a child."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.api.coins import TransactionsPage, TransactionView, TxKind
from lnwallet_tui.api.refusals import Refused
from tests.ui.real_stage import RealStage, on_real_stage
from tests.ui.test_guard_real import called
from tests.ui.test_story_played import Mouse


async def address_of(stage: RealStage, role: str) -> str:
    """Of somebody else's wallet."""
    given = await stage.world.residents[called(stage, role)].node.address()
    assert not isinstance(given, Refused)
    return given.address


async def sent(stage: RealStage) -> list[TransactionView]:
    """What the wallet paid to addresses."""
    page = await stage.world.you.node.transactions()
    assert isinstance(page, TransactionsPage)
    return [one for one in page.transactions if one.kind is TxKind.SENT]


async def test_with_keys_alone(tmp_path: Path) -> None:
    async with on_real_stage(tmp_path) as stage:
        to = await address_of(stage, "relay")
        await stage.paste(f"bitcoin:{to}?amount=0.00025&label=two%20chairs")
        await stage.shows("Send on chain · 1 of 3", f"To {to}", "two chairs", "asks for 25,000")
        await stage.press("enter", "enter")
        await stage.shows("2 of 3 · check", "They get 25,000 sat", "In a block by about block")
        await stage.press("f")
        await stage.shows("● slow", "about 144 blocks (~24 h)")
        assert await sent(stage) == []
        await stage.press("right", "enter")
        await stage.shows("Transaction: in no block yet", "-25,5", "You can hurry it")
        [slow] = await sent(stage)
        await stage.press("b")
        await stage.shows("Another transaction takes its place", "Others get 25,000 sat")
        await stage.press("enter", "right", "enter")
        await stage.shows("Transaction: in no block yet")
        await stage.lacks(slow.txid)
        await stage.press("f5")
        await stage.shows("Transaction: in block", "1 confirmation", "Nothing is left to do.")
        [fast] = await sent(stage)
        assert fast.confirmations == 1
        assert fast.fee_sat > slow.fee_sat
        assert fast.amount_sat == -25_000 - fast.fee_sat
        await stage.press("escape", "escape")
        await stage.shows("Can send now")


async def test_what_was_hurried_from_the_list_is_not_to_be_hurried(tmp_path: Path) -> None:
    async with on_real_stage(tmp_path) as stage:
        to = await address_of(stage, "relay")
        await stage.press("7", "p")
        await stage.paste(f"{to} 21000")
        await stage.press("tab", "tab", "tab", "enter")
        await stage.shows("check")
        await stage.press("f", "right", "enter")
        await stage.shows("Transaction: in no block yet")
        await stage.press("7", "b")
        await stage.shows("Another transaction takes its place")
        await stage.press("tab", "tab", "enter")
        await stage.shows("Transaction: in no block yet")
        await stage.press("1")  # the pages below it are seen for a moment, the old one's, too
        await stage.shows("Can send now")
        assert stage.app.session.picture is not None
        assert stage.app.session.picture.notices == ()


async def test_with_the_mouse_alone(tmp_path: Path) -> None:
    """What is pasted is pasted; nothing is typed."""
    async with on_real_stage(tmp_path, seed=2) as stage:
        mouse = Mouse(stage)
        await stage.paste(await address_of(stage, "relay"))
        await stage.shows("Send on chain · 1 of 3")
        await stage.click("#everything")
        await stage.click("#form-go")
        await stage.shows("2 of 3 · check", "Change to you none")
        await stage.click("#pace-slow")
        await stage.shows("● slow")
        await stage.click("#check-go")
        await stage.shows("Transaction: in no block yet")
        [slow] = await sent(stage)
        await stage.click_on("b Hurry")
        await stage.shows("Another transaction takes its place")
        await stage.click("#go")
        await stage.shows("Transaction: in no block yet")
        await stage.lacks(slow.txid)
        await mouse.click_key("F5")
        await stage.shows("Transaction: in block", "1 confirmation")
        [fast] = await sent(stage)
        assert fast.fee_sat > slow.fee_sat
        assert (await stage.world.you.node.balance()).onchain_confirmed_sat == 0


async def test_an_opening_is_hurried_by_a_child(tmp_path: Path) -> None:
    async with on_real_stage(tmp_path) as stage:
        await stage.press("8", "enter")
        await stage.shows("1 connected")
        await stage.press("o", *"1000000", "enter")
        await stage.shows("[ Open ]")
        await stage.press("tab", "enter")
        await stage.shows("How it stands", "waits for a block")
        await stage.press("7", "t")
        await stage.shows("opened to", "b Hurry")
        await stage.press("b")
        await stage.shows(
            "whose first state is signed over the id of this transaction", "The child's fee"
        )
        await stage.press("enter", "right", "enter")
        await stage.shows("Transaction: in no block yet", "to hurry the opening of the channel")
        await stage.press("f5")
        await stage.shows("Transaction: in block")

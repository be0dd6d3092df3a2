"""Before there is a wallet, and after its node: a question with its ways, and the first run of a
real network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input

from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.gone import NodeGone
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.custodian.custodian import Custodian
from lnwallet_tui.keys import seed_file
from lnwallet_tui.ui.app import LnWalletApp
from lnwallet_tui.ui.first_run_begin import OF_NETWORK, BeginApp
from lnwallet_tui.ui.question import QuestionApp
from tests.ui.first_run_stage import PHRASE, WORDS, Home
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import LARGE, SMALL, Stage
from tests.ui.test_first_run_door import gone_in
from tests.ui.test_snapshots import Album

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
WAYS = {"one": ("The first way", "It is long."), "other": ("The other way", "It is short.")}


@asynccontextmanager
async def staged(app: Any, size: tuple[int, int] = SMALL) -> AsyncIterator[Stage]:
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.rest()
        yield stage


class ScriptedProcess:
    """Hears what is known of a wallet, and answers as it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, str]] = []
        self.answer: Refused | None = None

    async def restores(self, birthday: int, backup: str) -> Refused | None:
        self.heard.append((birthday, backup))
        return self.answer


def beginning(
    custodian: Custodian, network: str = "signet", process: ScriptedProcess | None = None
) -> BeginApp:
    asked = cast("Any", process or ScriptedProcess())
    return BeginApp(cast("Any", ScriptedNode()), custodian, asked, network)


@SIZES
async def test_how_it_looks(size: tuple[int, int], snapshot: SnapshotAssertion, home: Home) -> None:
    async with staged(QuestionApp("Which way?", "There are two.", WAYS), size) as stage:
        album = Album(stage, snapshot)
        await album.add("question", "Which way?", "It is short.")
        assert album.dim == {}
        assert album.different == []
    async with staged(beginning(home.custodian()), size) as stage:
        album = Album(stage, snapshot)
        await album.add("begin", "will be for signet", "New words", "Words from paper")
        assert album.dim == {}
        assert album.different == []


async def test_a_question_is_answered_by_key_by_mouse_or_not_at_all() -> None:
    app = QuestionApp("Which way?", "There are two.", WAYS)
    async with staged(app) as stage:
        await stage.press("down", "enter")
        await gone_in(stage)
    assert app.chosen == "other"
    app = QuestionApp("Which way?", "There are two.", WAYS)
    async with staged(app) as stage:
        await stage.click("#ways")
        await gone_in(stage)
    assert app.chosen in WAYS
    for key in ("escape", "ctrl+q"):
        app = QuestionApp("Which way?", "There are two.", WAYS)
        async with staged(app) as stage:
            await stage.press(key)
            await gone_in(stage)
        assert app.chosen == ""


async def test_from_new_words_to_a_wallet(home: Home) -> None:
    custodian = home.custodian()
    app = beginning(custodian)
    async with staged(app) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("enter")
        await stage.shows("These 24 words are your wallet")
        await stage.press("enter", "enter")
        await stage.shows("Word 11")
        words = custodian.words().reveal().split()
        for position in custodian.questions():
            await stage.type(words[position - 1])
            await stage.press("space")
        await stage.press("enter")
        await stage.shows("Does this square scan?")
        await stage.press("enter")
        await gone_in(stage)
    assert custodian.view().words_verified
    assert not app.was_left


async def to_the_past(stage: Stage) -> None:
    await stage.press("down", "enter")
    await stage.shows("Restore from words")
    await stage.paste_into("#word-1", " ".join(WORDS.reveal()))
    await stage.shows("24 of 12 or 24 words.")
    await stage.press("enter")
    await stage.shows("What else do you know of it?")


@SIZES
async def test_how_the_past_of_a_wallet_is_asked_for(
    size: tuple[int, int], snapshot: SnapshotAssertion, home: Home
) -> None:
    process = ScriptedProcess()
    async with staged(beginning(home.custodian(), process=process), size) as stage:
        album = Album(stage, snapshot)
        await to_the_past(stage)
        await album.add("past", "First used in", "Empty: from November 2026", "Backup file")
        await stage.type("2026-13")
        await stage.press("enter", "enter")
        await album.add("no-month", "This is no month.", "Type it like 2026-11")
        assert process.heard == []
        assert album.dim == {}
        assert album.different == []


async def test_a_month_and_a_backup_are_told_before_words_are_kept(home: Home) -> None:
    process, custodian = ScriptedProcess(), home.custodian()
    process.answer = Refused(RefusalCode.BAD_INPUT, "It is not there.", "Name another file.")
    async with staged(beginning(custodian, process=process)) as stage:
        await to_the_past(stage)
        await stage.type("2026-03")
        await stage.press("enter")
        await stage.paste_into("#backup", "'/media/a stick/channels-signet.backup'")
        await stage.press("enter")
        await stage.shows("It is not there.", "Name another file.", "2026-03", "a stick")
        assert process.heard == [(1_772_323_200, "/media/a stick/channels-signet.backup")]
        assert stage.app.focused is stage.app.screen.query_one("#backup")
        process.answer = None
        await stage.click("#go")
        await stage.shows("Where the key lives")
        await stage.press("escape")
        await stage.shows("What else do you know of it?", "2026-03")
        await stage.press("enter", "enter")
        await stage.shows("Where the key lives")
        await stage.press("enter")
        await stage.shows("Does this square scan?")
        await stage.press("enter")
        await stage.shows("a second place", "is lost too", "backup --second DIR")
        await stage.press("enter")
        await gone_in(stage)
    assert len(process.heard) == 3
    assert custodian.view().words_verified


async def test_who_knows_nothing_of_it_restores_by_enter_alone(home: Home) -> None:
    process = ScriptedProcess()
    async with staged(beginning(home.custodian(), process=process)) as stage:
        await to_the_past(stage)
        await stage.press("enter", "enter")
        await stage.shows("Where the key lives")
        assert process.heard == [(0, "")]
        await stage.press("escape")
        await stage.shows("What else do you know of it?")
        await stage.press("escape")
        await stage.shows("Restore from words")


async def test_going_back_from_there_keeps_what_was_typed(home: Home) -> None:
    """For as long as the page is there, and no longer."""
    async with staged(beginning(home.custodian(), process=ScriptedProcess())) as stage:
        await to_the_past(stage)
        await stage.type("2026-03")
        await stage.press("escape")
        await stage.shows("Restore from words", "24 of 12 or 24 words.")
        for number, word in enumerate(WORDS.reveal(), 1):
            assert stage.app.screen.query_one(f"#word-{number}", Input).value == word
        await stage.press("enter")
        await stage.shows("What else do you know of it?", "2026-03")
        await stage.press("escape")
        await stage.shows("24 of 12 or 24 words.")
        await stage.press("escape")
        await stage.shows("Words from paper")
        await stage.press("down", "enter")
        await stage.shows("0 of 12 or 24 words.")


async def test_it_can_be_left_before_anything_is_kept(home: Home) -> None:
    async with staged(beginning(home.custodian())) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("escape")
        await stage.shows("Words from paper")
        await stage.press("escape")
        await gone_in(stage)
    assert not (home.folder / seed_file.SEED_FILE).exists()


async def test_who_leaves_once_words_are_kept_has_a_wallet_and_goes(home: Home) -> None:
    custodian = home.custodian()
    app = beginning(custodian)
    async with staged(app) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("down", "enter")
        for _ in range(2):
            await stage.type(PHRASE)
            await stage.press("enter")
        await stage.shows("These 24 words are your wallet")
        await stage.press("ctrl+q")
        await gone_in(stage)
    assert custodian.is_open
    assert app.was_left
    assert not custodian.view().words_verified


def test_every_network_has_a_sentence() -> None:
    assert set(OF_NETWORK) == {one.value for one in Network}


class LostNode(ScriptedNode):
    """Its process has ended."""

    async def balance(self) -> Any:
        raise NodeGone


async def test_a_screen_whose_node_is_gone_ends_and_says_why() -> None:
    app = LnWalletApp(cast("Any", LostNode()))
    app.node_is_elsewhere = True
    async with staged(app) as stage:
        await gone_in(stage)
    assert (app.lost_node, app.farewell) == (True, "")


async def test_a_node_that_tells_nothing_any_more_is_gone_too() -> None:
    node = ScriptedNode()
    app = LnWalletApp(cast("Any", node))
    app.node_is_elsewhere, app.greeting = True, Notice("It runs already.")
    async with staged(app) as stage:
        await stage.shows("It runs already.")
        assert not app.lost_node
        app.feed_ended()
        await gone_in(stage)
    assert app.lost_node

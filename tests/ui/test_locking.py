"""A wallet of one's own is locked and opened from the screen; a playground has nothing to lock."""

from __future__ import annotations

from typing import cast

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.custody import Hidden
from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.process import ProcessApi
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.custodian.custodian import Custodian
from lnwallet_tui.keys.envelope import Way
from tests.ui import views
from tests.ui.first_run_stage import PHRASE, Home
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage

LOCKED = "Your wallet is locked: nothing is paid, sent, opened or closed."


class Process:
    """That of a wallet: what it locks and opens is told by the node."""

    def __init__(self, node: ScriptedNode, custodian: Custodian) -> None:
        self._node, self._custodian = node, custodian
        self.refused: Refused | None = None

    async def lock(self) -> Refused | None:
        if self.refused is None:
            self._custodian.close()
            self.say()
        return self.refused

    def say(self) -> None:
        status = replace(self._node.status_view, locked=not self._custodian.is_open)
        self._node.status_view = status
        self._node.speak(StatusChanged(status))


@pytest.fixture
def custodian(home: Home) -> Custodian:
    home.keep(Way.PASSPHRASE, verified=True)
    return home.custodian()


async def choose(stage: Stage, words: str) -> None:
    """By the palette."""
    await stage.press("1", "colon")
    await stage.type(words)
    await stage.shows(words)
    await stage.press("enter")


async def test_it_is_locked_and_opened_by_words_of_the_palette(custodian: Custodian) -> None:
    node = ScriptedNode()
    process = Process(node, custodian)
    async with on_stage(node, custody=custodian) as stage:
        stage.app.session.process = cast("ProcessApi", process)
        process.say()
        await stage.shows(LOCKED, "Unlock the wallet (ctrl+p) opens it.")
        await choose(stage, "Unlock the wallet")
        await stage.shows("Your passphrase opens this wallet")
        await stage.type(PHRASE)
        await stage.press("enter")
        await stage.patiently("Latest payments")
        assert custodian.is_open
        process.say()
        await stage.lacks(LOCKED)
        await choose(stage, "Lock the wallet")
        await stage.shows(LOCKED, "It can be paid.")
        said = "Locked. The node goes on watching. To open it: Unlock the wallet (ctrl+p)."
        assert said in [line.strip() for line in stage.text.splitlines()]  # whole, in one line
        assert not custodian.is_open


async def test_who_is_asked_for_the_passphrase_goes_on_when_others_opened_it(
    custodian: Custodian,
) -> None:
    node = ScriptedNode()
    process = Process(node, custodian)
    async with on_stage(node, custody=custodian) as stage:
        stage.app.session.process = cast("ProcessApi", process)
        process.say()
        await choose(stage, "Unlock the wallet")
        await stage.shows("Your passphrase opens this wallet")
        await stage.type("half of a pass")
        await custodian.open(Hidden(PHRASE))
        process.say()
        await stage.shows("Latest payments")
        await stage.lacks(LOCKED)


async def test_what_hinders_locking_is_said(custodian: Custodian) -> None:
    node = ScriptedNode()
    process = Process(node, custodian)
    process.refused = Refused(RefusalCode.NOT_READY, "It is being opened.", "Wait a moment.")
    async with on_stage(node, custody=custodian) as stage:
        stage.app.session.process = cast("ProcessApi", process)
        await choose(stage, "Lock the wallet")
        await stage.shows("It is being opened. Wait a moment.")


async def test_only_what_can_be_done_is_offered(custodian: Custodian) -> None:
    node = ScriptedNode()
    process = Process(node, custodian)
    async with on_stage(node, size=LARGE, custody=custodian) as stage:
        stage.app.session.process = cast("ProcessApi", process)
        for locked, offered, not_offered in (
            (False, "Lock the wallet Forget", "Unlock the wallet"),
            (True, "Unlock the wallet Open it again", "Lock the wallet"),
        ):
            node.status_view = replace(node.status_view, locked=locked)
            node.speak(StatusChanged(node.status_view))
            await stage.press("1", "colon")
            await stage.type("lock the")
            await stage.shows(offered)
            await stage.lacks(not_offered)
            await stage.press("escape")
    async with on_stage(ScriptedNode(), ScriptedWorld(), custody=custodian) as stage:
        await stage.press("colon")
        await stage.type("lock the")
        await stage.shows("Lock the wallet A playground is not locked: its coins are worth nothing")
        await stage.lacks("Unlock the wallet")
        await stage.press("enter")
        await stage.shows("its keys are the playground's.")


async def test_what_is_refused_because_it_is_locked_says_what_opens_it(
    custodian: Custodian,
) -> None:
    node = ScriptedNode()
    said = Refused(RefusalCode.LOCKED, "The wallet is locked.", "Unlock it: lnwallet-tui unlock")
    node.refusing["quote_open"] = said
    async with on_stage(node, custody=custodian) as stage:
        await stage.press("o")
        await stage.paste_into("#uri", views.URI)
        await stage.press("enter", *"50000", "enter")
        await stage.shows("The wallet is locked. Unlock the wallet (ctrl+p) opens it.")
        await stage.lacks("lnwallet-tui unlock")


async def test_that_it_is_locked_stands_on_top_of_every_page(custodian: Custodian) -> None:
    node = ScriptedNode()
    process = Process(node, custodian)
    for size in (SMALL, LARGE):
        async with on_stage(node, size=size, custody=custodian) as stage:
            process.say()
            for key in ("c", "g", "7"):
                await stage.press(key)
                assert " locked · " in stage.text.split("\n")[0]


async def test_what_was_refused_while_it_was_locked_is_not_said_when_it_is_open(
    custodian: Custodian,
) -> None:
    node = ScriptedNode()
    process = Process(node, custodian)
    node.refusing["close"] = Refused(RefusalCode.LOCKED, "The wallet is locked.", "Unlock it.")
    async with on_stage(node, custody=custodian) as stage:
        stage.app.session.process = cast("ProcessApi", process)
        process.say()
        await stage.press("c", "x", "enter", "right", "enter")
        await stage.shows("Close together: check", "✗ The wallet is locked.")
        await custodian.open(Hidden(PHRASE))
        process.say()
        await stage.lacks("✗ The wallet is locked.")
        await stage.shows("Close together: check")
        del node.refusing["close"]
        assert stage.app.focused is not None
        assert stage.app.focused.id == "back"
        await stage.press("right", "enter")
        assert len(node.told("close")) == 2

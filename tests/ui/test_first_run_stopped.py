"""Whoever stops waiting while words are being kept has kept nothing, or is shown what was kept;
also where they are kept in another process, which goes on without whoever asked."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from lnwallet_tui.api.custody import CustodyRefused, Hidden, Keeping
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.keys import custody
from lnwallet_tui.keys.envelope import Way
from tests.ui.first_run_stage import PHRASE, Asked, Home, on_first_run
from tests.ui.stage import Stage
from tests.ui.test_first_run import opened

OTHER = "another phrase of the tests"


class Far(Asked):
    """As over a socket: who gives up waiting takes nothing back."""

    async def keep(self, keeping: Keeping, passphrase: Hidden | None) -> CustodyRefused | None:
        return await asyncio.shield(asyncio.create_task(super().keep(keeping, passphrase)))


def far(home: Home) -> Far:
    return Far(
        home.folder,
        Network.REGTEST,
        open_vault=home.keyring.vault,
        find_backend=home.keyring.find,
    )


class Slow:
    """One step of keeping, which goes on when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.begun, self.goes_on = threading.Event(), threading.Event()
        step = getattr(custody, name)

        def slowly(*args: Any) -> Any:
            self.begun.set()
            assert self.goes_on.wait(60)
            return step(*args)

        monkeypatch.setattr(custody, name, slowly)


async def give(stage: Stage, phrase: str) -> None:
    """A passphrase, twice."""
    await stage.shows("Where the key lives")
    await stage.press("down", "enter")
    await stage.shows("Once more")
    for _ in range(2):
        await stage.type(phrase)
        await stage.press("enter")


async def kept(home: Home) -> None:
    """Until no thread of custody runs any more."""
    for thread in threading.enumerate():
        if thread.name == "custody":
            await asyncio.to_thread(thread.join, 60)


async def test_stopped_before_it_is_written_it_is_kept_by_the_second_passphrase(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealing = Slow(monkeypatch, "seal")
    async with on_first_run(home, custodian=far(home)) as stage:
        await stage.press("enter")
        await give(stage, PHRASE)
        await stage.shows("Encrypting your words, and reading them back…")
        assert await asyncio.to_thread(sealing.begun.wait, 60)
        await stage.press("escape")
        await stage.shows("Where the key lives")
        sealing.goes_on.set()
        await kept(home)
        await stage.rest()
        assert not home.file.exists()
        await give(stage, OTHER)
        await stage.patiently("Your words", "These 24 words are your wallet.")
    assert len(opened(home, OTHER)) == 24


async def test_stopped_in_the_moment_in_which_it_begins_nothing_is_kept(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealing = Slow(monkeypatch, "seal")
    async with on_first_run(home, custodian=far(home)) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("down", "enter")
        await stage.shows("Once more")
        await stage.type(PHRASE)
        await stage.press("enter")
        await stage.type(PHRASE)
        stage.at_once(["enter", "escape"])
        await stage.shows("Where the key lives")
        sealing.goes_on.set()
        await kept(home)
        await stage.rest()
        assert not home.file.exists()
        await give(stage, OTHER)
        await stage.patiently("Your words")
    assert len(opened(home, OTHER)) == 24


@pytest.mark.parametrize("stop", ["escape", "button"])
async def test_stopped_too_late_it_says_what_opens_it_and_shows_the_words(
    home: Home, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    reading = Slow(monkeypatch, "_expect_words")
    async with on_first_run(home, custodian=far(home)) as stage:
        await stage.press("enter")
        await give(stage, PHRASE)
        assert await asyncio.to_thread(reading.begun.wait, 60)
        await stage.press(*(("escape",) if stop == "escape" else ("tab", "enter")))
        await stage.shows("It is written already", "it is read back")
        reading.goes_on.set()
        await stage.patiently(
            "It was written before you stopped",
            "The passphrase that you typed opens it.",
            "▸ Go on",
        )
        await stage.press("enter")
        await stage.shows("Your words", "These 24 words are your wallet.")
    assert custody.look(home.folder).ways == (Way.PASSPHRASE,)
    assert len(opened(home, PHRASE)) == 24


async def test_what_is_read_back_without_end_can_be_left_and_opened_later(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Slow(monkeypatch, "_expect_words")
    async with on_first_run(home, custodian=far(home)) as stage:
        await stage.press("enter")
        await give(stage, PHRASE)
        assert await asyncio.to_thread(reading.begun.wait, 60)
        await stage.press("escape")
        await stage.shows("It is written already")
        await stage.press("escape")
        await stage.shows("Your own words", "by a key that only your passphrase gives", "▸ Open it")
        reading.goes_on.set()
        await kept(home)
        await stage.press("enter")
        await stage.shows("Your passphrase opens this wallet")
        await stage.type(PHRASE)
        await stage.press("enter")
        await stage.patiently("Your words")

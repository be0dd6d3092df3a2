"""What first run and the door look like at both sizes; the words are BIP39's own vector."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from lnwallet_tui.keys.envelope import Way
from tests.ui.first_run_stage import PHRASE, WORDS, Home, at_the_door, on_first_run
from tests.ui.stage import LARGE, SMALL
from tests.ui.test_snapshots import Album

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


@SIZES
async def test_first_run(size: tuple[int, int], snapshot: SnapshotAssertion, home: Home) -> None:
    async with on_first_run(home, size) as stage:
        album = Album(stage, snapshot)
        await album.add("begin", "New words")
        await stage.press("down", "enter")
        await stage.paste_into("#word-1", "abandon abandn zoo qqqq art")
        await album.add("typed", "Words 2, 4 are not in the list.")
        await stage.press("escape", "enter")
        await album.add("where", "Where the key lives", "Found: The keyring of the tests")
        await stage.press("down", "enter")
        await album.add("passphrase", "Once more")
        await stage.press("escape")
        await stage.shows("Where the key lives")
        home.keyring.is_locked = True
        await stage.press("enter")
        await album.add("trouble", "This did not work", "Keep it in another way")
    assert album.dim == {}
    assert album.different == []


@SIZES
async def test_words_that_are_shown(
    size: tuple[int, int], snapshot: SnapshotAssertion, home: Home
) -> None:
    home.keep()
    custodian = home.custodian()
    assert await custodian.open() is None
    async with on_first_run(home, size, custodian) as stage:
        album = Album(stage, snapshot)
        await album.add("unverified", "Put the words on paper")
        await stage.press("enter")
        await album.add("covered", "········")
        await stage.press("enter")
        await album.add("words", "24 art")
        await stage.press("enter")
        await album.add("asked", "Word 11")
        for word in ("zoo", "zoo", WORDS.reveal()[23]):
            await stage.type(word)
            await stage.press("space")
        await stage.press("enter")
        await album.add("wrong", "Words 4 and 11 are another than you typed.")
        await stage.press("left", "enter")
        await album.add("square", "Does this square scan?")
        await stage.press("enter")
        await album.add("done", "Begin the next world")
    assert album.dim == {}
    assert album.different == []


@SIZES
async def test_the_door(size: tuple[int, int], snapshot: SnapshotAssertion, home: Home) -> None:
    home.keep(Way.BOTH)
    async with at_the_door(home.custodian(), size) as stage:
        album = Album(stage, snapshot)
        await album.add("door", "Your passphrase opens this wallet")
        await stage.type("not this one")
        await stage.press("enter")
        await album.add("door-wrong", "does not open this wallet")
        home.keyring.answers.clear()
        await stage.type(PHRASE)
        await stage.press("enter")
        await album.add("door-waiting", "may be asking for its password")
        await stage.press("escape")
        await album.add("door-ways", "Your wallet is not open yet")
        home.keyring.answers.set()
        home.keyring.is_gone = True
        await stage.press("enter")
        await stage.shows("opens this wallet")
        await stage.type(PHRASE)
        await stage.press("enter")
        await album.add("door-trouble", "did not answer as it should")
    assert album.dim == {}
    assert album.different == []

"""Before the wallet's screen: every state that a kept seed can be found in has a sentence and a way
on, and a keyring that does not answer can be left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from lnwallet_tui.api.custody import Hidden
from lnwallet_tui.keys import custody
from lnwallet_tui.keys.envelope import Way
from lnwallet_tui.keys.keyring_vault import SERVICE
from lnwallet_tui.keys.seed import words_of
from tests.ui.first_run_stage import PHRASE, WORDS, Home, at_the_door, on_first_run
from tests.ui.stage import Stage

NODE_OF_OTHERS = "02" + "aa" * 32


async def gone_in(stage: Stage) -> None:
    """The door is open, and nobody stands before it any more."""
    for _ in range(100):
        if stage.app._exit:
            return
        await stage.pilot.pause()
    raise AssertionError(f"still before the door:\n{stage.text}")


async def test_a_keyring_that_is_unlocked_opens_it_without_a_question(home: Home) -> None:
    home.keep()
    custodian = home.custodian()
    async with at_the_door(custodian) as stage:
        await gone_in(stage)
    assert custodian.words() == Hidden(" ".join(WORDS.reveal()))


async def test_the_door_can_be_left_at_once(home: Home) -> None:
    home.keep(Way.PASSPHRASE)
    custodian = home.custodian()
    async with at_the_door(custodian) as stage:
        await stage.shows("Your passphrase opens this wallet", "^q Leave")
        await stage.press("ctrl+q")
        await gone_in(stage)
    assert not custodian.view().is_open


@pytest.mark.parametrize("way", [Way.PASSPHRASE, Way.BOTH])
async def test_a_passphrase_is_asked_for_until_it_is_right(home: Home, way: Way) -> None:
    home.keep(way)
    custodian = home.custodian()
    async with at_the_door(custodian) as stage:
        await stage.shows("Your passphrase opens this wallet")
        await stage.type("not this one")
        await stage.press("enter")
        await stage.shows("✗ The passphrase does not open this wallet. Try again: look at capitals")
        await stage.type(PHRASE)
        await stage.lacks(PHRASE)
        await stage.press("enter")
        await gone_in(stage)
    assert custodian.view().is_open


async def test_it_is_gone_in_when_others_open_it(home: Home) -> None:
    home.keep(Way.PASSPHRASE)
    custodian, others = home.custodian(), asyncio.Event()

    async def opened_elsewhere() -> bool:
        return await others.wait()

    async with at_the_door(custodian, opened_elsewhere=opened_elsewhere) as stage:
        await stage.shows("Your passphrase opens this wallet")
        await custodian.open(Hidden(PHRASE))
        others.set()
        await gone_in(stage)
    assert custodian.view().is_open


# -- what stands in the way


def forget_entry(home: Home) -> None:
    home.keyring.kept.clear()


def take_another_entry(home: Home) -> None:
    [mine] = home.keyring.kept
    other = Home(home.folder / "other")
    other.keep(words=words_of(bytes(range(32))))
    home.keyring.kept[mine] = next(iter(other.keyring.kept.values()))


def damage_entry(home: Home) -> None:
    [mine] = home.keyring.kept
    home.keyring.kept[mine] = "not base64!"


def lock(home: Home) -> None:
    home.keyring.is_locked = True


def break_off(home: Home) -> None:
    home.keyring.is_gone = True


def take_keyring_away(home: Home) -> None:
    home.keyring.is_missing = True


def damage_file(home: Home) -> None:
    home.file.write_bytes(home.file.read_bytes()[:99])


def take_file_away(home: Home) -> None:
    home.file.unlink()


def write_with_a_newer_version(home: Home) -> None:
    home.file.write_text('{"version": 99}')


def make_it_a_folder(home: Home) -> None:
    home.file.unlink()
    home.file.mkdir()


STATES = {
    "no keyring": (take_keyring_away, "This system has no keyring that keeps secrets safe."),
    "locked": (lock, "The keyring of the tests is locked. Unlock it and try again"),
    "it breaks off": (break_off, "did not answer as it should (InitError). See that its service"),
    "the entry is gone": (forget_entry, "without it the seed file is useless."),
    "another entry": (take_another_entry, "does not open its seed file."),
    "a damaged entry": (damage_entry, "is not a key that was stored there by it."),
    "a damaged file": (damage_file, "is damaged. Put it back from a copy."),
    "no file": (take_file_away, "There is no wallet in"),
    "a newer version": (write_with_a_newer_version, "A newer version of lnwallet-tui wrote"),
    "a disk that refuses": (make_it_a_folder, "cannot be used: Is a directory."),
}


@pytest.mark.parametrize("state", STATES)
async def test_every_state_has_a_sentence_and_ways_on(home: Home, state: str) -> None:
    change, words = STATES[state]
    home.keep()
    change(home)
    custodian = home.custodian()
    async with at_the_door(custodian) as stage:
        await stage.shows("This did not work", words, "▸ Try again", "▸ Leave")
        if state == "a newer version":
            await stage.lacks("Restore it")
        else:
            await stage.shows("▸ Restore it from the words on paper")
        await stage.press("G", "enter")
        await gone_in(stage)
    assert not custodian.view().is_open


MENDED: dict[str, tuple[Callable[[Home], None], str]] = {
    "unlocked": (lock, "is_locked"),
    "its service runs again": (break_off, "is_gone"),
    "a keyring was installed": (take_keyring_away, "is_missing"),
}


@pytest.mark.parametrize("state", MENDED)
async def test_what_was_mended_outside_is_tried_again(home: Home, state: str) -> None:
    change, mood = MENDED[state]
    home.keep()
    change(home)
    custodian = home.custodian()
    async with at_the_door(custodian) as stage:
        await stage.shows("▸ Try again")
        setattr(home.keyring, mood, False)
        await stage.press("enter")
        await gone_in(stage)
    assert custodian.view().is_open


@pytest.mark.parametrize("state", ["the entry is gone", "a damaged file", "no file"])
async def test_words_from_paper_open_what_nothing_else_does(home: Home, state: str) -> None:
    home.keep()
    STATES[state][0](home)
    custodian = home.custodian()
    async with at_the_door(custodian) as stage:
        await stage.shows("▸ Restore it from the words on paper")
        await stage.press("down", "enter")
        await stage.shows("Restore from words")
        await stage.paste_into("#word-1", " ".join(WORDS.reveal()))
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("enter")
        await gone_in(stage)
    assert custodian.view().is_open
    assert custody.load(home.folder, open_vault=home.keyring.vault).words == WORDS


async def test_the_words_of_another_wallet_do_not_open_this_one(home: Home) -> None:
    async with at_the_door(home.custodian(lives_on=NODE_OF_OTHERS)) as stage:
        await stage.shows("lives on words of yours, and their seed file is gone. Put it back")
        await stage.press("down", "enter")
        await stage.shows("Restore from words")
        await stage.paste_into("#word-1", " ".join(WORDS.reveal()))
        await stage.press("enter")
        await stage.shows("they are not those of the wallet that lives here.")


async def test_a_file_of_other_words_is_not_taken_for_the_wallet_that_lives_here(
    home: Home,
) -> None:
    home.keep()
    async with at_the_door(home.custodian(lives_on=NODE_OF_OTHERS)) as stage:
        await stage.shows("they are not those of the wallet that lives here.", "▸ Restore it")


# -- a keyring that does not answer


async def test_a_keyring_that_hangs_is_said_and_can_be_left(home: Home) -> None:
    home.keep()
    home.keyring.answers.clear()
    custodian = home.custodian()
    async with at_the_door(custodian) as stage:
        await stage.shows(
            "Opening your wallet…",
            "Your keyring may be asking for its password in another window.",
        )
        await stage.press("escape")
        await stage.shows("Your wallet is not open yet", "▸ Try again", "▸ Restore it", "▸ Leave")
        home.keyring.answers.set()
        await stage.press("enter")
        await gone_in(stage)
    assert custodian.view().is_open


async def test_looking_for_a_keyring_can_be_given_up(home: Home) -> None:
    home.keyring.is_found.clear()
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Looking for a keyring…")
        await stage.press("escape")
        await stage.shows("New words")
        home.keyring.is_found.set()
        await stage.press("enter")
        await stage.shows("Where the key lives")


async def test_one_enter_too_many_stops_nothing(home: Home) -> None:
    home.keyring.is_found.clear()
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Looking for a keyring…", "[ Stop waiting ]")
        await stage.press("enter", "space")
        await stage.shows("Looking for a keyring…")
        await stage.press("tab", "enter")
        await stage.shows("New words")
        home.keyring.is_found.set()


async def test_a_keyring_that_hangs_does_not_hold_up_the_end(home: Home) -> None:
    home.keep()
    home.keyring.answers.clear()
    async with at_the_door(home.custodian()) as stage:
        await stage.shows("Opening your wallet…")
        await stage.click("#stop")
        await stage.shows("▸ Leave")
        await stage.press("G", "enter")
        await gone_in(stage)
    home.keyring.answers.set()


async def test_a_keyring_that_hangs_when_it_is_to_keep_is_left_for_a_passphrase(
    home: Home,
) -> None:
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        home.keyring.answers.clear()
        await stage.press("enter")
        await stage.shows("may be asking for its password in another window.")
        await stage.press("escape")
        await stage.shows("Where the key lives")
        await stage.press("down", "enter")
        await stage.shows("Once more")
        await stage.type(PHRASE)
        await stage.press("enter")
        await stage.type(PHRASE)
        await stage.press("enter")
        await stage.shows("Your words")
    home.keyring.answers.set()
    assert custody.look(home.folder).ways == (Way.PASSPHRASE,)


# -- a keyring that does not keep


KEEPING = {
    "is_locked": "The keyring of the tests is locked.",
    "is_gone": "did not answer as it should (InitError).",
    "forgets": "accepted a key but does not give it back.",
    "dies_after_writing": "did not answer as it should (InitError).",
}


@pytest.mark.parametrize("mood", KEEPING)
async def test_words_that_could_not_be_kept_are_kept_in_another_way(home: Home, mood: str) -> None:
    setattr(home.keyring, mood, True)
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("enter")
        await stage.shows(KEEPING[mood], "▸ Try again", "▸ Keep it in another way", "▸ Leave")
        assert not home.file.exists()
        await stage.press("down", "enter")
        await stage.shows("Where the key lives")
        await stage.press("down", "enter")
        await stage.shows("Once more")
        await stage.type(PHRASE)
        await stage.press("enter")
        await stage.type(PHRASE)
        await stage.press("enter")
        await stage.shows("Your words")
    assert home.file.exists()


async def test_without_a_keyring_a_passphrase_is_what_is_offered(home: Home) -> None:
    home.keyring.is_missing = True
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("No keyring that keeps secrets safe was found here.")
        await stage.shows("▸ The keyring (none was found)")
        await stage.press("enter")
        await stage.shows("Once more")


async def test_a_wallet_that_appeared_meanwhile_is_opened_and_not_written_over(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        home.keep()
        before = home.file.read_bytes()
        await stage.press("enter")
        await stage.shows("There is a wallet in", "▸ Open the wallet that is here")
        await stage.press("enter")
        await stage.shows("Your words")
        assert home.file.read_bytes() == before


def test_the_entry_of_the_tests_is_where_the_program_looks(home: Home) -> None:
    home.keep()
    assert [service for service, _ in home.keyring.kept] == [SERVICE]

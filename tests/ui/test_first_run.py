"""First run by keys and by mouse: words of one's own, where their key lives, a square to scan."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import zxingcpp
from textual import events
from textual.widgets import Input

from lnwallet_tui.api.custody import Hidden, WordProblem
from lnwallet_tui.keys import custody
from lnwallet_tui.keys.envelope import Way
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.ui import first_run
from lnwallet_tui.ui.app import LnWalletApp
from lnwallet_tui.ui.first_run import SQUARE_SAYS
from lnwallet_tui.ui.screens.first_run_fields import WordField
from tests.ui.camera import buffer, photograph
from tests.ui.first_run_stage import PHRASE, WORDS, Home, on_first_run, open_page
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage

COVERED = "········"


def opened(home: Home, phrase: str | None = None) -> tuple[str, ...]:
    """The words that are kept, opened by what the user has."""
    secret = None if phrase is None else Secret(phrase.encode())
    kept = custody.load(home.folder, passphrase=secret, open_vault=home.keyring.vault)
    return kept.words.reveal()


def verified(home: Home) -> bool:
    return custody.look(home.folder).header.words_verified


async def to_the_words(stage: Stage) -> None:
    """New words, kept in the keyring, still covered."""
    await stage.shows("New words", "Words from paper")
    await stage.press("enter")
    await stage.shows("Where the key lives", "Found: The keyring of the tests")
    await stage.press("enter")
    await stage.shows("Your words", COVERED)


async def answer(stage: Stage, words: tuple[str, ...]) -> None:
    """The three that are asked back; four letters are enough."""
    await stage.shows("Are they on your paper?", "Word 4", "Word 11", "Word 24")
    for position in (4, 11, 24):
        await stage.type(words[position - 1][:4])
        await stage.press("space" if position < 24 else "enter")


async def test_from_new_words_to_the_next_world(home: Home) -> None:
    async with on_first_run(home) as stage:
        await to_the_words(stage)
        words = opened(home)  # kept before anybody saw them
        shown = [f"{number} {word} " for number, word in enumerate(words, 1)]
        assert not [one for one in shown if one in stage.seen]
        await stage.press("enter")
        for number, word in enumerate(words, 1):
            await stage.shows(f"{number} {word} ")
        await stage.press("enter")
        await answer(stage, words)
        await stage.shows("Does this square scan?")
        assert verified(home)
        await stage.press("enter")
        await stage.shows("Done", "by a key that only The keyring of the tests holds")
        await stage.shows("The words are on your paper.", "yours begins with the next world")
        await stage.press("down", "enter")
        await stage.shows("Throw this world away", "Its wallet lives on your own words.")
        await stage.press("right", "enter")
        assert stage.app.wants_new_world


async def test_the_same_by_mouse(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.click_on("New words")
        await stage.click_on("A passphrase")
        await stage.shows("Once more")
        for field in ("#passphrase", "#again"):
            await stage.click(field)
            await stage.type(PHRASE)
        await stage.click("#go")
        await stage.shows("Your words")
        await stage.click("#go")
        words = opened(home, PHRASE)
        await stage.shows(f" 24 {words[23]}")
        await stage.click("#go")
        await stage.shows("Are they on your paper?")
        for position in (4, 11, 24):
            await stage.click(f"#word-{position}")
            await stage.type(words[position - 1])
        await stage.click("#go")
        await stage.shows("Does this square scan?")
        await stage.click("#go")
        await stage.shows("Done", "by a key that only your passphrase gives")
        await stage.click_on("Go on in this world")
        assert stage.place == "HomeScreen"
        assert verified(home)


async def test_both_open_it(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("G", "enter")
        await stage.shows("Once more")
        await stage.type(PHRASE)
        await stage.press("enter")
        await stage.type(PHRASE)
        await stage.press("enter")
        await stage.shows("Your words")
    assert custody.look(home.folder).ways == (Way.BOTH,)
    assert len(opened(home, PHRASE)) == 24


async def test_each_way_says_what_opens_the_wallet_and_what_is_lost(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows(
            "Opens by itself while you are logged in and the keyring is unlocked.",
            "Without this keyring the file is useless: only the words bring it back.",
            "A forgotten passphrase cannot be reset",
            "Where either is lost, only the words bring it back.",
        )


async def test_wrong_words_lead_back_gently(home: Home) -> None:
    async with on_first_run(home) as stage:
        await to_the_words(stage)
        words = opened(home)
        await stage.press("enter", "enter")
        wrong = ["zoo" if word != "zoo" else "art" for word in words]
        await answer(stage, (*words[:10], *wrong[10:]))
        await stage.shows(
            "! Words 11 and 24 are another than you typed. That happens: nothing is lost.",
            COVERED,
        )
        assert not verified(home)
        await stage.press("enter", "enter")
        await answer(stage, words)
        await stage.shows("Does this square scan?")
        assert verified(home)


@pytest.mark.parametrize("key", ["tab", "enter"])
async def test_a_passphrase_is_typed_faster_than_the_cursor_moves(home: Home, key: str) -> None:
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("down", "enter")
        await stage.shows("Once more")
        for char in (*"hunter22", key, *"hunter22"):
            stage.app.post_message(events.Key(char, char if len(char) == 1 else None))
        await stage.rest()
        fields = stage.app.screen.query(Input)
        assert [field.value for field in fields] == ["hunter22", "hunter22"]
        await stage.press("shift+tab")
        assert stage.app.focused is fields[0]


async def test_enter_right_behind_a_passphrase_that_is_typed_fast_is_heard(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        for char in ("down", "enter", *"hunter22", "enter", *"hunter22", "enter"):
            stage.app.post_message(events.Key(char, char if len(char) == 1 else None))
        await stage.patiently("Your words")
        assert home.file.exists()


async def test_a_passphrase_that_is_too_short_or_not_the_same_twice(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("down", "enter")
        await stage.shows("Once more")
        await stage.type("short")
        await stage.press("enter")
        await stage.type("shirt")
        await stage.press("enter")
        await stage.shows("The two are not the same. Type it twice again")
        for _ in range(2):
            await stage.type("short")
            await stage.press("enter")
        await stage.shows("A passphrase has 8 characters or more.")
        assert [field.value for field in stage.app.screen.query(Input)] == ["", ""]
        assert not home.file.exists()


async def test_who_typed_into_the_second_field_only_begins_again_in_the_first(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("down", "enter")
        await stage.shows("Once more")
        first, again = stage.app.screen.query(Input)
        await stage.press("enter")
        await stage.type(PHRASE)
        await stage.press("enter")
        await stage.shows("The two are not the same.")
        assert ([first.value, again.value], stage.app.focused) == (["", ""], first)
        for _ in range(2):
            await stage.type(PHRASE)
            await stage.press("enter")
        await stage.shows("Your words")


async def test_the_square_is_read_by_a_reader_of_others_and_drawn_in_another_way(
    home: Home,
) -> None:
    home.keep(verified=True)
    async with on_first_run(home) as stage:
        await stage.shows("Does a code scan here?")
        await stage.press("down", "enter")
        await stage.shows("Does this square scan?")
        [read] = zxingcpp.read_barcodes(buffer(photograph(stage)))
        assert read.text == SQUARE_SAYS
        await stage.press("m")
        await stage.shows("Drawn in half blocks.")
        await stage.press("escape")
        await stage.shows("Done")


# -- words from paper


async def to_the_paper(stage: Stage) -> None:
    await stage.press("down", "enter")
    await stage.shows("Restore from words", "0 of 12 or 24 words.")


async def kept_in_the_keyring(stage: Stage) -> None:
    await stage.press("enter")
    await stage.shows("Where the key lives")
    await stage.press("enter")
    await stage.shows("Does this square scan?")


async def test_words_are_pasted_with_their_numbers(home: Home) -> None:
    async with on_first_run(home) as stage:
        await to_the_paper(stage)
        listed = "\n".join(f"{number}. {word}" for number, word in enumerate(WORDS.reveal(), 1))
        await stage.paste_into("#word-1", listed)
        await stage.shows("24 of 12 or 24 words.")
        stage.app.screen.query_one("#word-24").focus()
        await stage.press("ctrl+u")
        await stage.shows("23 of 12 or 24 words.")
        await stage.type(WORDS.reveal()[23])
        await stage.press("enter")
        await stage.shows("24 of 12 or 24 words.")
        await kept_in_the_keyring(stage)
        assert opened(home) == WORDS.reveal()
        assert verified(home)


async def test_words_are_typed_by_their_first_letters(home: Home) -> None:
    async with on_first_run(home) as stage:
        await to_the_paper(stage)
        for word in WORDS.reveal()[:11]:
            await stage.type(word[:4])
            await stage.press("space")
        fields = list(stage.app.screen.query(WordField))
        assert [field.value for field in fields[:11]] == ["abandon"] * 11
        await stage.type("about")  # with which twelve of them belong together
        await stage.press("space")
        await stage.shows("12 of 12 or 24 words. If these are all, enter checks them; else type on")
        await kept_in_the_keyring(stage)
        assert opened(home) == ("abandon",) * 11 + ("about",)


async def test_words_are_typed_faster_than_the_cursor_moves(home: Home) -> None:
    async with on_first_run(home) as stage:
        await to_the_paper(stage)
        await stage.shows("0 of 12")
        for char in "abandon zoo ":
            key = "space" if char == " " else char
            stage.app.post_message(events.Key(key, char))
        await stage.rest()
        await stage.shows("2 of 12 or 24 words.")
        fields = list(stage.app.screen.query(WordField))
        assert [field.value for field in fields[:3]] == ["abandon", "zoo", ""]
        await stage.press("enter", "enter")
        assert stage.app.focused is fields[4]


async def test_whoever_types_24_words_is_not_led_away_behind_the_twelfth(home: Home) -> None:
    words = ("abandon",) * 11 + ("about",) + ("zebra",) * 12  # the first half is a wallet's, too
    async with on_first_run(home) as stage:
        await to_the_paper(stage)
        for char in " ".join(words):
            stage.app.post_message(events.Key("space" if char == " " else char, char))
        await stage.rest()
        await stage.press("space")
        await stage.shows("24 of 12 or 24 words.")
        assert tuple(field.value for field in stage.app.screen.query(WordField)) == words
        await stage.press("enter")
        await stage.shows("changed places. Compare them one by one.")


async def test_words_that_are_pasted_beside_the_fields_go_nowhere_else(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.paste(" ".join(WORDS.reveal()))
        assert stage.place == "FirstRunScreen"
        await stage.shows("New words")
        await to_the_paper(stage)
        stage.app.screen.set_focus(None)
        await stage.paste(" ".join(WORDS.reveal()))
        await stage.shows("24 of 12 or 24 words.")


async def test_a_wrong_word_is_told_by_its_number(home: Home) -> None:
    async with on_first_run(home) as stage:
        await to_the_paper(stage)
        await stage.paste_into("#word-1", "abandon abandn abandon qqqq")
        await stage.shows("✗ Words 2, 4 are not in the list. Did you mean 2: “abandon”?")
        wrong = [
            field.number for field in stage.app.screen.query(WordField) if field.has_class("-wrong")
        ]
        assert wrong == [2, 4]


def test_which_word_was_meant_is_asked() -> None:
    near = tuple(map(Hidden, ("ball", "call", "fall", "hall", "tall")))
    assert first_run.did_you_mean(()) == first_run.did_you_mean((WordProblem(4),)) == ""
    one, few, many = WordProblem(1, near[:1]), WordProblem(2, near[:3]), WordProblem(3, near)
    assert first_run.did_you_mean((one, WordProblem(4))) == "Did you mean 1: “ball”?"
    assert first_run.did_you_mean((few,)) == "Did you mean 2: “ball”, “call” or “fall”?"
    assert first_run.did_you_mean((many,)) == (
        "Did you mean 3: “ball”, “call”, “fall”, “hall” or another?"
    )
    assert first_run.did_you_mean((one, many)) == (
        "Did you mean 1: “ball”?, 3: “ball”, “call” or another?"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (WORDS.reveal()[:23], "A wallet has 12 or 24 words; here are 23. Type those that miss."),
        (("abandon",) * 24, "they do not belong together. One is another word of the list"),
    ],
)
async def test_words_that_do_not_belong_together(
    home: Home, words: tuple[str, ...], said: str
) -> None:
    async with on_first_run(home) as stage:
        await to_the_paper(stage)
        await stage.paste_into("#word-1", " ".join(words))
        await stage.press("enter")
        await stage.shows(said)
        assert not home.file.exists()


# -- left half done


async def test_words_that_were_not_verified_are_offered_again(home: Home) -> None:
    """The power failed while they were shown."""
    home.keep()
    custodian = home.custodian()
    assert await custodian.open() is None
    node, world = ScriptedNode(), ScriptedWorld()
    async with on_stage(node, world, LARGE, custody=custodian) as stage:
        await stage.shows("! You have not shown yet that your own words are on paper.")
        await open_page(stage)
        await stage.shows("Put the words on paper", "three of them asked back")
        await stage.press("enter")
        await stage.shows("Your words", COVERED)
        await stage.press("enter", "enter")
        await answer(stage, WORDS.reveal())
        await stage.shows("Does this square scan?")
        await stage.press("enter", "escape")
        assert stage.place == "HomeScreen"
        await stage.lacks("You have not shown yet")
        await stage.shows("Your own words wait for the next world")


async def test_a_world_that_goes_on_without_them_says_so_while_they_are_closed(home: Home) -> None:
    home.keep(Way.PASSPHRASE, verified=True)
    async with on_stage(ScriptedNode(), ScriptedWorld(), LARGE, custody=home.custodian()) as stage:
        await stage.shows("Your own words wait for the next world; this one began without them.")


async def test_a_disk_that_takes_no_note_of_it_is_said(home: Home) -> None:
    async with on_first_run(home) as stage:
        await to_the_words(stage)
        words = opened(home)
        await stage.press("enter", "enter")
        kept = home.file.read_bytes()
        home.file.unlink()
        home.file.mkdir()
        await answer(stage, words)
        await stage.shows("This did not work", "cannot be used: Is a directory.", "▸ Try again")
        home.file.rmdir()
        home.file.write_bytes(kept)
        await stage.press("enter")
        await answer(stage, words)
        await stage.shows("Does this square scan?")
        assert verified(home)


async def test_a_world_that_is_forgotten_says_so_of_its_words(home: Home) -> None:
    world = ScriptedWorld()
    custodian = home.custodian()
    async with on_stage(ScriptedNode(), world, forgotten=True, custody=custodian) as stage:
        await open_page(stage)
        await stage.shows(
            "it is forgotten, and the words with it.", "lnwallet-tui play --folder DIR"
        )
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("enter")
        await stage.shows("Your words")
        await stage.press("left", "enter")
        await stage.shows("Does this square scan?")
        await stage.press("enter")
        await stage.shows("Done", "it is forgotten, and the words with it.")


async def test_later_is_said_on_home_until_it_is_done(home: Home) -> None:
    async with on_first_run(home, LARGE) as stage:
        await to_the_words(stage)
        await stage.press("left", "enter")
        await stage.shows("Does this square scan?")
        await stage.press("enter")
        await stage.shows("You have not shown yet that the words are on your paper")
        await stage.press("enter")
        await stage.shows("asks three of them back")


async def test_esc_goes_back_step_by_step(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.press("enter")
        await stage.shows("Where the key lives")
        await stage.press("down", "enter")
        await stage.shows("Once more")
        await stage.press("escape")
        await stage.shows("Where the key lives")
        await stage.press("escape")
        await stage.shows("New words")
        await stage.press("escape")
        assert stage.place == "HomeScreen"
        assert not home.file.exists()
        assert home.keyring.kept == {}


@pytest.mark.parametrize("turns", [0, 3, 10, 30])
async def test_esc_faster_than_the_steps_change_leaves_no_dead_page(home: Home, turns: int) -> None:
    async with on_first_run(home) as stage:
        await to_the_words(stage)
        await stage.press("enter", "enter")
        await stage.shows("Are they on your paper?")
        for _ in range(3):
            stage.at_once(["escape"])
            for _ in range(turns):
                await asyncio.sleep(0)
        await stage.rest()
        await stage.shows("Done", "▸ Go on in this world", "esc Back")
        assert stage.app.focused is stage.app.screen.query_one("#ways")
        await stage.press("enter")
        assert stage.place == "HomeScreen"


async def test_it_is_offered_by_the_story_and_before_a_new_world(home: Home) -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld(), custody=home.custodian()) as stage:
        await stage.shows("Latest payments")
        await stage.lacks("First run")  # not in a newcomer's way
        await stage.press("f2")
        await stage.shows("First run (ctrl+p) makes your wallet of words of your own.")
        await stage.press("escape", "ctrl+n")
        await stage.shows(
            "Its wallet can live on words of your own: see First run (ctrl+p) before."
        )


async def test_who_keeps_no_seed_is_not_offered_any() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        titles = [one.title for one in stage.app.get_system_commands(stage.app.screen)]
        assert "First run" not in titles
        await stage.app.run_action("page('first_run')")
        await stage.rest()
        assert stage.place == "HomeScreen"


async def test_the_user_may_give_it_a_key(home: Home, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[keys.everywhere]\nfirst_run = "f12"\n')
    app = LnWalletApp(ScriptedNode(), ScriptedWorld(), tmp_path, custody=home.custodian())
    async with app.run_test(size=SMALL) as pilot:
        stage = Stage(app, pilot)
        await stage.shows("Latest payments")
        await stage.press("f12")
        await stage.shows("New words", "Words from paper")

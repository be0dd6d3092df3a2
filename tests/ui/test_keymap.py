"""The user's own keys: unknown names and clashes are told, what remains has one meaning each."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from lnwallet_tui.ui import commands, keymap
from lnwallet_tui.ui.commands.everywhere import Guard, MineOne


def test_every_command_has_an_id_of_its_own() -> None:
    ids = [commands.id_of(one) for one in commands.ALL]
    assert len(ids) == len(set(ids))
    assert keymap.check({}) == ({}, [])


def test_characters_and_names_are_keys() -> None:
    found, wrong = keymap.check({"everywhere": {"send": "!, ctrl+s,F4,pageup", "quit": "Q"}})
    assert wrong == []
    assert found == {
        "everywhere.send": "exclamation_mark,ctrl+s,f4,pageup",
        "everywhere.quit": "Q",
    }


def test_keys_that_are_free_can_be_had() -> None:
    for command in (Guard, MineOne):
        place, name = commands.id_of(command).split(".")
        free = list(islice(keymap.free_keys(command, {"home.open_channel": "b"}), 3))
        assert len(set(free)) == 3
        for key in free:
            tables = {"home": {"open_channel": "b"}, place: {name: key.lower()}}
            assert keymap.check(tables)[1] == []


def test_two_commands_can_change_places() -> None:
    found, wrong = keymap.check({"everywhere": {"send": "r", "receive": "s"}})
    assert (len(found), wrong) == (2, [])


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"home": {"open_channel": "nokey"}}, 'has no key "nokey"; allowed: one character, or'),
        ({"home": {"open_channel": ""}}, 'has no key ""'),
        ({"home": {"open_channel": "hyper+x"}}, 'has no key "hyper+x"'),
        ({"everywhere": {"mine_one": "m"}}, 'cannot be "m", because it works while you type'),
        ({"everywhere": {"mine_one": "?"}}, 'cannot be "?", because it works while you type'),
        ({"home": {"open_channel": "s"}}, 'cannot be "s", which is "Send" (Everywhere)'),
        ({"everywhere": {"send": "o"}}, 'cannot be "o", which is "Open" (Home)'),
        ({"channels": {"close_channel": "o"}}, 'cannot be "o", which is "Open" (Channels)'),
        ({"home": {"open_channel": "j"}}, 'cannot be "j", which is for moving in lists'),
        ({"home": {"open_channel": "G"}}, 'cannot be "G", which is for moving in lists'),
    ],
)
def test_what_is_wrong_says_why_and_is_not_used(tables: dict[str, object], words: str) -> None:
    found, [wrong] = keymap.check(tables)
    assert words in str(wrong)
    assert found == {}


KEYS = st.sampled_from(["a", "s", "r", "o", "x", "j", "f3", "f5", "ctrl+x", "?", "escape", "nokey"])
NAMES = st.sampled_from([(one.where, commands.name_of(one)) for one in commands.ALL])


@given(st.dictionaries(NAMES, KEYS, max_size=12))
def test_no_key_ever_stands_for_two_things(settings: dict[tuple[str, str], str]) -> None:
    tables: dict[str, dict[str, str]] = {}
    for (place, name), key in settings.items():
        tables.setdefault(place, {})[name] = key
    found, wrong = keymap.check(tables)
    assert len(found) + len(wrong) == len(settings)
    for place in commands.PLACES:
        usable = commands.usable(place, playground=True)
        keys = [key for one in usable for key in keymap.keys_of(one, found)]
        assert len(keys) == len(set(keys))


def test_a_page_of_one_thing_follows_the_key_of_its_list() -> None:
    """What closes a channel in the list closes it on its own page, too."""
    close = next(one for one in commands.of_place("channel") if "close" in one.action)

    def keys(**tables: dict[str, str]) -> tuple[str, ...]:
        found, wrong = keymap.check(tables)
        assert wrong == []
        used = keymap.as_used(found).get("channel.close_channel")
        assert used == ",".join(keymap.keys_of(close, found))
        return keymap.keys_of(close, found)

    assert keys() == ("x",)
    assert keys(channels={"close_channel": "z"}) == ("z",)
    assert keys(channels={"close_channel": "z"}, channel={"close_channel": "Z"}) == ("Z",)
    # Where its page has another use for that key, it stays what it was.
    assert keys(channels={"close_channel": "z"}, channel={"copy": "z"}) == ("x",)


# -- in sentences
def test_a_sentence_names_a_command_and_shows_its_key() -> None:
    sentence = "Press {everywhere.send}, then {open.pace}; {no.such} and {} stay."
    assert keymap.with_keys(sentence, {}) == "Press s, then f; {no.such} and {} stay."
    assert keymap.with_keys("{everywhere.send}", {"everywhere.send": "f4,x"}) == "F4"
    assert keymap.with_keys("First run ({everywhere.first_run})", {}) == "First run (ctrl+p)"


def test_the_colours_of_a_sentence_stay_around_its_keys() -> None:
    drawn = Content.assemble(
        ("a {everywhere.send} b", "red"), " c {everywhere.quit}", ("d", "blue")
    )
    shown = keymap.content_with_keys(drawn, {"everywhere.quit": "ctrl+x"})
    assert shown.plain == "a s b c ctrl+xd"
    assert [(one.start, one.end, one.style) for one in shown.spans] == [
        (0, 5, "red"), (14, 15, "blue"),
    ]  # fmt: skip


def test_what_the_node_says_names_pages_and_shows_their_keys() -> None:
    said = "See Guard. Thaw it on On-chain; the old words said: See Guard (5)."
    keys = {"everywhere.guard": "f11"}
    assert keymap.with_keys_of_pages(said, keys) == (
        "See Guard (F11). Thaw it on On-chain (7); the old words said: See Guard (5)."
    )

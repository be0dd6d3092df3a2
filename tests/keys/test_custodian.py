"""Whoever keeps the seed for the screen: nothing hangs with the keyring, every trouble has a name,
and what was given up changes nothing."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.api.custody import (
    CustodyView,
    Hidden,
    Keeping,
    KeyringView,
    Trouble,
)
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.custodian.custodian import Custodian
from lnwallet_tui.custodian.troubles import TROUBLES
from lnwallet_tui.keys import custody, custody_errors, envelope, seed_file
from lnwallet_tui.keys.envelope import Stretch
from lnwallet_tui.keys.seed import words_of
from tests.keys.moody_keyring import NAME, MoodyKeyring

WORDS = words_of(bytes(range(32))).reveal()
OTHERS = words_of(bytes(32)).reveal()
PASSPHRASE = Hidden("correct horse battery staple")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with the least that a file may ask for."""
    monkeypatch.setattr(envelope, "_new_stretch", lambda salt: Stretch(salt, 64, 1, 1))


class Desk:
    """A folder, a keyring, and custodians that come and go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keyring = MoodyKeyring()

    def custodian(self, lives_on: str = "") -> Custodian:
        return Custodian(
            self.folder,
            Network.REGTEST,
            lives_on=lives_on,
            open_vault=self.keyring.vault,
            find_backend=self.keyring.find,
        )

    async def kept(
        self, keeping: Keeping = Keeping.KEYRING, words: tuple[str, ...] = WORDS
    ) -> Custodian:
        made = self.custodian()
        assert made.take_words(hidden(words)).message == ""
        assert await made.keep(keeping, PASSPHRASE) is None
        return made


def hidden(words: tuple[str, ...]) -> tuple[Hidden, ...]:
    return tuple(map(Hidden, words))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "world")


def test_every_error_of_custody_has_a_name() -> None:
    errors = {
        one
        for one in vars(custody_errors).values()
        if isinstance(one, type) and issubclass(one, custody_errors.CustodyError)
    }
    assert TROUBLES.keys() == errors - {custody_errors.CustodyError}
    assert {*TROUBLES.values(), Trouble.OTHER_WORDS, Trouble.GIVEN_UP} == set(Trouble)


async def test_new_words_are_kept_before_anybody_sees_them_and_then_asked_back(desk: Desk) -> None:
    made = desk.custodian()
    assert made.view() == CustodyView()
    assert made.keys() is None
    assert await made.find_keyring() == KeyringView(NAME)
    made.make_words()
    there = [made.has_file]
    assert await made.keep(Keeping.KEYRING, None) is None
    assert [*there, made.has_file] == [False, True]
    assert made.view() == CustodyView(keeping=Keeping.KEYRING, keyring=NAME, is_open=True)
    words = made.words().reveal().split()
    assert len(words) == 24
    positions = made.questions()
    assert len(set(positions)) == 3
    assert list(positions) == sorted(positions)
    for _ in range(20):
        before, positions = positions, made.questions()
        assert set(positions).isdisjoint(before)  # others, as the screen says
    right = [words[position - 1] for position in positions]
    assert await made.answer(positions, hidden((right[0], "zoo", "zoo"))) == positions[1:]
    assert not desk.custodian().view().words_verified
    typed = (f" {right[0].upper()}", right[1], right[2])
    assert await made.answer(positions, hidden(typed)) == ()
    assert made.view().words_verified
    assert desk.custodian().view().words_verified


@pytest.mark.parametrize("keeping", Keeping)
async def test_what_is_kept_is_opened_again(desk: Desk, keeping: Keeping) -> None:
    made = await desk.kept(keeping)
    again = desk.custodian()
    assert again.view().keeping is keeping
    assert again.view().words_verified  # they were typed from paper
    assert not again.view().is_open
    assert await again.open(PASSPHRASE if keeping.needs_passphrase else None) is None
    assert again.words() == made.words() == Hidden(" ".join(WORDS))
    one, other = made.keys(), again.keys()
    assert one is not None
    assert other is not None
    assert one.node_key().public_key == other.node_key().public_key


async def test_words_that_were_not_kept_can_be_dropped(desk: Desk) -> None:
    made = desk.custodian()
    made.make_words()
    made.forget_started()
    refused = await made.keep(Keeping.KEYRING, None)  # another screen did
    assert refused is not None
    assert refused.trouble is Trouble.GIVEN_UP


# -- words that are typed


def test_typed_words_are_looked_at_by_number(desk: Desk) -> None:
    clerk = desk.custodian()
    verdict = clerk.look_at_words(hidden(("abandon", "abandn", "", "qqqqqqqq")))
    assert verdict.message == "Words 2, 4 are not in the list."
    assert [(one.position, one.near) for one in verdict.problems] == [
        (2, (Hidden("abandon"),)),
        (4, ()),
    ]
    assert clerk.look_at_words(hidden(("zo",))).message == "Word 1 is not in the list."
    assert clerk.look_at_words(hidden(("ZOO ", ""))).message == ""
    assert clerk.completions(Hidden("Aban")) == (Hidden("abandon"),)


def test_of_the_last_unknown_word_those_are_offered_that_fit(desk: Desk) -> None:
    clerk, good = desk.custodian(), words_of(bytes(29) + b"\x01\x98\x00").reveal()
    assert good[23] == "bid"

    def near(*words: str) -> list[tuple[Hidden, ...]]:
        return [one.near for one in clerk.look_at_words(hidden(words)).problems]

    all_near = hidden(("bag", "bid", "pig"))
    assert near(*good[:23], "big") == [hidden(("bid",))]
    assert near(*good[:22], "", "big") == [all_near]  # one is to come
    assert near(*good[:22], "abandn", "big") == [hidden(("abandon",)), all_near]
    assert near(*good[:23], "zo") == [()]  # “zoo” cannot be it
    half = ("abandon",) * 11
    assert near(*half, "abou") == [hidden(("about",))]
    assert near(*half, "big") == [all_near]  # of 24, perhaps
    [problem] = clerk.take_words(hidden((*half, "big"))).problems
    assert problem.near == ()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (WORDS[:13], "A wallet has 12 or 24 words; here are 13."),
        ((*WORDS[:23], "zoo"), "Every word is in the list, but they do not belong together."),
        ((WORDS[1], WORDS[0], *WORDS[2:]), "they do not belong together."),
        ((*WORDS[:23], "zo"), "Word 24 is not in the list."),
    ],
)
def test_words_that_are_no_seed(desk: Desk, words: tuple[str, ...], message: str) -> None:
    verdict = desk.custodian().take_words(hidden(words))
    assert message in verdict.message
    assert verdict.remedy.endswith(".")


async def test_the_words_of_another_wallet_are_not_taken_where_one_lives(desk: Desk) -> None:
    made = await desk.kept()
    keys = made.keys()
    assert keys is not None
    node_id = keys.node_key().public_key.hex()
    living = desk.custodian(lives_on=node_id)
    assert "not those of the wallet that lives here" in living.take_words(hidden(OTHERS)).message
    assert living.take_words(hidden(WORDS)).message == ""
    assert await living.open() is None
    assert living.view().lived_on
    stranger = desk.custodian(lives_on="02" + "aa" * 32)
    refused = await stranger.open()
    assert refused is not None
    assert refused.trouble is Trouble.OTHER_WORDS
    assert not stranger.view().is_open


# -- what can be wrong


async def trouble(asking: Custodian, passphrase: Hidden | None = None) -> Trouble | None:
    refused = await asking.open(passphrase)
    return None if refused is None else refused.trouble


@pytest.mark.parametrize(
    ("mood", "expected"),
    [
        ("is_missing", Trouble.NO_KEYRING),
        ("is_locked", Trouble.KEYRING_LOCKED),
        ("is_gone", Trouble.KEYRING_FAILED),
    ],
)
async def test_a_keyring_that_does_not_open(desk: Desk, mood: str, expected: Trouble) -> None:
    await desk.kept()
    setattr(desk.keyring, mood, True)
    assert await trouble(desk.custodian()) is expected
    setattr(desk.keyring, mood, False)
    assert await trouble(desk.custodian()) is None


@pytest.mark.parametrize(
    ("mood", "expected"),
    [
        ("is_missing", Trouble.NO_KEYRING),
        ("is_locked", Trouble.KEYRING_LOCKED),
        ("is_gone", Trouble.KEYRING_FAILED),
        ("forgets", Trouble.KEYRING_FORGETS),
        ("dies_after_writing", Trouble.KEYRING_FAILED),
    ],
)
async def test_a_keyring_that_keeps_nothing(desk: Desk, mood: str, expected: Trouble) -> None:
    setattr(desk.keyring, mood, True)
    made = desk.custodian()
    made.make_words()
    refused = await made.keep(Keeping.KEYRING, None)
    assert refused is not None
    assert refused.trouble is expected
    assert not made.has_file
    assert made.view() == CustodyView(keyring="")
    assert await made.keep(Keeping.PASSPHRASE, PASSPHRASE) is None  # the same words, another way


async def test_a_file_that_is_gone_is_told_as_what_it_is(desk: Desk) -> None:
    for lives_on, words in (("", "There is no wallet in"), ("02" + "aa" * 32, "file is gone.")):
        refused = await desk.custodian(lives_on).open()
        assert refused is not None
        assert refused.trouble is Trouble.NO_FILE
        assert words in refused.message


async def test_a_short_passphrase_and_a_wrong_one(desk: Desk) -> None:
    made = desk.custodian()
    made.make_words()
    refused = await made.keep(Keeping.PASSPHRASE, Hidden("short"))
    assert refused is not None
    assert refused.trouble is Trouble.PASSPHRASE_TOO_SHORT
    await made.keep(Keeping.PASSPHRASE, PASSPHRASE)
    again = desk.custodian()
    assert await trouble(again) is Trouble.PASSPHRASE_NEEDED
    assert await trouble(again, Hidden("another passphrase")) is Trouble.PASSPHRASE_WRONG
    assert await trouble(again, PASSPHRASE) is None


async def test_a_wallet_is_not_written_over_by_new_words(desk: Desk) -> None:
    await desk.kept()
    again = desk.custodian()
    again.make_words()
    refused = await again.keep(Keeping.KEYRING, None)
    assert refused is not None
    assert refused.trouble is Trouble.FILE_EXISTS


@pytest.mark.parametrize("lost", ["the entry", "the file", "what is in the file"])
async def test_words_from_paper_take_the_place_of_what_does_not_open(desk: Desk, lost: str) -> None:
    made = await desk.kept()
    keys = made.keys()
    assert keys is not None
    file = desk.folder / seed_file.SEED_FILE
    before = file.read_bytes()
    if lost == "the entry":
        desk.keyring.kept.clear()
    elif lost == "the file":
        file.unlink()
    else:
        file.write_bytes(before[:99])
    again = desk.custodian(lives_on=keys.node_key().public_key.hex())
    assert await trouble(again) in {Trouble.ENTRY_GONE, Trouble.NO_FILE, Trouble.FILE_DAMAGED}
    assert again.take_words(hidden(WORDS)).message == ""
    assert await again.keep(Keeping.PASSPHRASE, PASSPHRASE) is None
    assert await trouble(desk.custodian(), PASSPHRASE) is None
    aside = [path for path in desk.folder.iterdir() if "aside" in path.name]
    assert len(aside) == (0 if lost == "the file" else 1)


# -- a keyring that does not answer


async def until_asked(desk: Desk) -> None:
    for _ in range(3_000):
        if desk.keyring.was_asked.is_set():
            return
        await asyncio.sleep(0.01)  # between two looks at another thread
    raise AssertionError("the keyring was not asked")


async def test_the_loop_goes_on_while_the_keyring_does_not_answer(desk: Desk) -> None:
    await desk.kept()
    desk.keyring.was_asked.clear()
    desk.keyring.answers.clear()
    again = desk.custodian()
    asking = asyncio.create_task(again.open())
    await until_asked(desk)  # which takes turns of this loop
    assert not asking.done()
    desk.keyring.answers.set()
    assert await asking is None


async def test_whoever_gives_up_waiting_has_changed_nothing(desk: Desk) -> None:
    desk.keyring.answers.clear()
    made = desk.custodian()
    made.make_words()
    asking = asyncio.create_task(made.keep(Keeping.KEYRING, None))
    await until_asked(desk)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await made.keep(Keeping.PASSPHRASE, PASSPHRASE) is None  # while the other still hangs
    before = (desk.folder / seed_file.SEED_FILE).read_bytes()
    desk.keyring.answers.set()
    await ended()
    assert (desk.folder / seed_file.SEED_FILE).read_bytes() == before
    assert made.view().keeping is Keeping.PASSPHRASE


async def test_stopped_before_it_is_written_nothing_is_kept_whoever_still_waits(desk: Desk) -> None:
    desk.keyring.answers.clear()
    made = desk.custodian()
    made.make_words()
    asking = asyncio.create_task(made.keep(Keeping.KEYRING, None))
    await until_asked(desk)
    assert await made.stop_keeping()
    refused = await asking  # the counter's: it goes on without whoever asked there
    assert refused is not None
    assert refused.trouble is Trouble.GIVEN_UP
    desk.keyring.answers.set()
    await ended()
    assert not made.has_file
    assert desk.keyring.kept == {}
    assert await made.stop_keeping()  # nothing was under way
    assert await made.keep(Keeping.PASSPHRASE, PASSPHRASE) is None


async def test_what_was_written_cannot_be_stopped_any_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_written, goes_on = threading.Event(), threading.Event()
    read_back = custody._expect_words

    def slow(*args: Any) -> None:
        is_written.set()
        assert goes_on.wait(60)
        read_back(*args)

    monkeypatch.setattr(custody, "_expect_words", slow)
    made = desk.custodian()
    made.make_words()
    asking = asyncio.create_task(made.keep(Keeping.PASSPHRASE, PASSPHRASE))
    assert await asyncio.to_thread(is_written.wait, 60)
    assert not await made.stop_keeping()
    assert made.view().keeping is Keeping.PASSPHRASE  # who goes now finds it
    goes_on.set()
    assert await asking is None
    assert len(made.words().reveal().split()) == 24
    refused = await made.keep(Keeping.PASSPHRASE, Hidden("another passphrase"))
    assert refused is not None
    assert refused.trouble is Trouble.FILE_EXISTS


async def test_words_that_are_dropped_while_they_are_kept_are_not_kept(desk: Desk) -> None:
    desk.keyring.answers.clear()
    made = desk.custodian()
    made.make_words()
    asking = asyncio.create_task(made.keep(Keeping.KEYRING, None))
    await until_asked(desk)
    made.forget_started()
    refused = await asking
    assert refused is not None
    assert refused.trouble is Trouble.GIVEN_UP
    desk.keyring.answers.set()
    await ended()
    assert not made.has_file


async def ended() -> None:
    """Until no thread of custody runs any more."""
    for thread in threading.enumerate():
        if thread.name == "custody":
            await asyncio.to_thread(thread.join, 30)
            assert not thread.is_alive()


# -- the end of a world that nobody keeps


async def test_the_key_of_a_wallet_that_is_forgotten_goes_with_it(desk: Desk) -> None:
    made = await desk.kept()
    assert desk.keyring.kept
    made.forget_key()
    assert desk.keyring.kept == {}
    made.forget_key()
    desk.custodian().forget_key()
    desk.keyring.is_locked = True
    desk.custodian().forget_key()  # a keyring that does not want to is no trouble


# -- nothing shows


async def test_nothing_shows(desk: Desk) -> None:
    made = await desk.kept(Keeping.BOTH)
    shown: list[Callable[[object], str]] = [repr, str, format, ascii, lambda one: repr(vars(one))]
    for show in shown:
        text = show(made)
        assert not [word for word in WORDS if f" {word}" in text]
        assert PASSPHRASE.reveal() not in text
    for one in (made.words(), PASSPHRASE):
        assert f"{one} {one!r} {one!s}".count("Hidden(…)") == 3
        with pytest.raises(TypeError):
            one.__reduce_ex__(4)
        with pytest.raises(TypeError):
            hash(one)
    assert os.fspath(desk.folder) in repr(vars(made))

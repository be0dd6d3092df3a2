"""BIP39's vectors, and what is said of words that are wrong."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mnemonic import Mnemonic

import lnwallet_tui
from lnwallet_tui.keys.seed import (
    SeedError,
    UnknownWord,
    WrongChecksum,
    WrongWordCount,
    completions,
    fitting,
    new_words,
    parse_words,
    unknown_words,
    words_of,
)
from tests.bips import vectors

BIP39 = vectors("bip39")
GOOD = "legal winner thank year wave sausage worth useful legal winner thank yellow"
OURS = [case for case in BIP39["cases"] if len(case["entropy"]) in (32, 64)]
OTHERS = [case for case in BIP39["cases"] if case not in OURS]


@pytest.mark.parametrize("case", OURS, ids=lambda case: case["entropy"][:16])
def test_bip39_words(case: dict[str, Any]) -> None:
    words = words_of(bytes.fromhex(case["entropy"]))
    assert " ".join(words.reveal()) == case["words"]
    assert parse_words(case["words"]) == words


@pytest.mark.parametrize("case", OURS, ids=lambda case: case["entropy"][:16])
def test_bip39_seeds_are_those_of_the_words_without_a_passphrase(case: dict[str, Any]) -> None:
    # The vectors have a passphrase, we never: the function is checked with it, then used without.
    assert Mnemonic.to_seed(case["words"], BIP39["passphrase"]).hex() == case["seed"]
    assert parse_words(case["words"]).seed().reveal() == Mnemonic.to_seed(case["words"])


@pytest.mark.parametrize("case", OTHERS, ids=lambda case: case["entropy"][:16])
def test_lengths_that_no_wallet_of_ours_has_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(WrongWordCount):
        words_of(bytes.fromhex(case["entropy"]))
    with pytest.raises(WrongWordCount):
        parse_words(case["words"])


def test_there_are_vectors_of_both_kinds() -> None:
    assert len(OURS) >= 16
    assert len(OTHERS) >= 8


def test_case_and_blanks_do_not_matter() -> None:
    assert parse_words(f"  {GOOD.upper()}\n".replace(" ", " \t ")) == parse_words(GOOD)


@pytest.mark.parametrize("count", [0, 1, 11, 13, 15, 23, 25, 2000])
def test_a_wrong_count(count: int) -> None:
    with pytest.raises(WrongWordCount, match=f"not {count}") as refused:
        parse_words("abandon " * count)
    assert refused.value.count == count


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("winnr", "winner"),
        ("wnner", "inner winner"),
        ("qqqq", ""),
        ("1", ""),
        ("w" * 999_999, ""),
    ],
)
def test_an_unknown_word_is_named_by_its_place_and_the_nearest_is_offered(
    typed: str, meant: str
) -> None:
    with pytest.raises(UnknownWord) as refused:
        parse_words(GOOD.replace("winner", typed, 1))
    assert refused.value.position == 2
    assert refused.value.suggestions == tuple(meant.split())
    # The message may be logged; what was typed and what is offered may not.
    assert str(refused.value) == "word 2 is not in the list"
    assert "winner" not in repr(refused.value)


def test_words_that_do_not_belong_together() -> None:
    first, second, *rest = GOOD.split(" ")
    for wrong in ([second, first, *rest], [first, first, *rest], ["zoo"] * 12):
        with pytest.raises(WrongChecksum) as refused:
            parse_words(" ".join(wrong))
        assert not set(wrong) & set(str(refused.value).split(" "))


@given(entropy=st.binary(min_size=16, max_size=16) | st.binary(min_size=32, max_size=32))
def test_words_and_entropy_are_the_same_thing(entropy: bytes) -> None:
    words = words_of(entropy)
    assert parse_words(" ".join(words.reveal())) == words
    assert bytes(Mnemonic("english").to_entropy(list(words.reveal()))) == entropy


@given(text=st.text())
def test_any_text_is_refused_with_a_seed_error(text: str) -> None:
    with pytest.raises(SeedError):
        parse_words(text)


@pytest.mark.parametrize("count", [12, 24])
def test_new_words_are_all_of_the_entropy_asked_for(count: int) -> None:
    asked = []

    def random(length: int) -> bytes:
        asked.append(length)
        return bytes(range(length))

    assert new_words(count, random) == words_of(bytes(range(count * 4 // 3)))
    assert asked == [count * 4 // 3]


def test_vuln_101_new_words_come_from_the_operating_system() -> None:
    """Milk Sad (CVE-2023-39910): wallets whose seeds came out of a 32-bit generator."""
    assert new_words.__defaults__ == (12, os.urandom)
    assert new_words() != new_words()


def test_vuln_101_no_wallet_code_imports_a_generator_that_can_be_guessed() -> None:
    """And the playground's dice are not within its reach."""
    package = Path(lnwallet_tui.__file__).parent
    imported: dict[str, set[str]] = {}
    for path in package.rglob("*.py"):
        names = re.findall(r"^\s*(?:from|import) ([\w.]+)", path.read_text(), re.MULTILINE)
        imported.setdefault(path.relative_to(package).parts[0], set()).update(names)
    assert "os" in imported["keys"]
    assert not [room for room, names in imported.items() if "random" in names]
    dice = "lnwallet_tui.playground.dice"
    assert {room for room, names in imported.items() if dice in names} <= {"playground"}


def test_a_wallet_of_another_length_is_not_made() -> None:
    with pytest.raises(WrongWordCount):
        new_words(15)


def test_every_word_that_is_in_no_list_is_found_at_once() -> None:
    found = unknown_words(["abandon", "abandn", "", "zoo", "xxxxxxxxxxxxxxxxxxxx"])
    assert [(one.position, one.suggestions) for one in found] == [(2, ("abandon",)), (5, ())]


def test_those_that_fit_are_the_ones_that_belong_together() -> None:
    words = GOOD.split()
    assert fitting([*words[:11], "yelow"], 12, ("yellow", "year")) == ("yellow",)
    assert fitting(["", *words[1:]], 1, ("legal", "zoo")) == ("legal",)


def test_words_are_completed_from_their_beginning() -> None:
    assert completions("aba") == ("abandon",)
    assert completions("ab", most=3) == ("abandon", "ability", "able")
    assert completions("xx") == completions("") == ()

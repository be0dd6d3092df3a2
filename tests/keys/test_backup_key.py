"""The box of the channel backup: opened by the words it is of, and told apart from all others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.keys.backup_key import (
    BackupDamaged,
    BackupKey,
    BackupOfOtherWords,
    BackupTooNew,
    BackupUnreadable,
    NoBackup,
)
from lnwallet_tui.keys.secret import Secret

OURS, OTHERS = BackupKey(Secret(b"\x01" * 32)), BackupKey(Secret(b"\x02" * 32))
FILE = OURS.close(b"three channels")


@given(st.binary(max_size=300))
def test_what_was_closed_is_opened_and_does_not_show(content: bytes) -> None:
    file = OURS.close(content)
    assert OURS.open(file) == content
    assert len(content) < 4 or content not in file


def test_by_other_words_it_is_called_so_and_not_damaged() -> None:
    with pytest.raises(BackupOfOtherWords):
        OTHERS.open(FILE)


@pytest.mark.parametrize("at", range(len(FILE)))
def test_each_flipped_bit_is_seen(at: int) -> None:
    damaged = FILE[:at] + bytes([FILE[at] ^ 1]) + FILE[at + 1 :]
    with pytest.raises(BackupUnreadable) as refused:
        OURS.open(damaged)
    assert refused.value.remedy


@pytest.mark.parametrize("length", range(len(FILE)))
def test_each_end_that_is_missing_is_seen(length: int) -> None:
    with pytest.raises(NoBackup if length <= 17 else BackupDamaged):
        OURS.open(FILE[:length])


def test_a_newer_one_is_not_called_damaged() -> None:
    with pytest.raises(BackupTooNew):
        OURS.open(FILE[:17] + b"\x02" + FILE[18:])


def test_two_contents_have_two_nonces_and_one_content_one_file() -> None:
    files = [OURS.close(bytes([one])) for one in range(50)]
    assert len({file[26:38] for file in files}) == 50
    assert OURS.close(b"three channels") == FILE
    assert OTHERS.close(b"three channels")[26:38] != FILE[26:38]


def test_neither_key_nor_content_shows() -> None:
    assert repr(OURS) == "BackupKey(hidden)"
    assert b"channels" not in FILE[26:]

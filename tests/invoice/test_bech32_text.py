"""Our reader of bech32 and the package's read the same; BIP173's own strings among all."""

from __future__ import annotations

import bech32
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.invoice import bech32_text
from lnwallet_tui.invoice.errors import InvoiceError
from lnwallet_tui.invoice.groups import to_bytes, to_int


def by_the_package(text: str) -> tuple[str, bytes] | None:
    hrp, groups = bech32.bech32_decode(text)
    return None if hrp is None or groups is None else (hrp, bytes(groups))


WRITTEN = st.builds(
    bech32.bech32_encode,
    st.text("abcdefghijklmnopqrstuvwxyz0123456789!~", min_size=1, max_size=20),
    st.lists(st.integers(0, 31), max_size=400),
)


@given(WRITTEN)
def test_what_was_written_is_read(text: str) -> None:
    assert bech32_text.read(text) == by_the_package(text) is not None
    assert bech32_text.read(text.upper()) == bech32_text.read(text)


@given(WRITTEN, st.integers(0), st.characters())
def test_one_wrong_character_is_noticed_as_the_package_notices_it(
    text: str, place: int, letter: str
) -> None:
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]
    assert bech32_text.read(changed) == by_the_package(changed)


@given(st.text(max_size=120))
def test_any_text_is_read_as_the_package_reads_it(text: str) -> None:
    assert bech32_text.read(text) == by_the_package(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1qqqqqq",
        "a1",
        "a1qqqqqqq",
        "A12UEL5L",
        "a12uel5l",
        "A12uel5l",
        " 1nwldj5",
        "ä12uel5l",
    ],
)
def test_the_edges(text: str) -> None:
    assert bech32_text.read(text) == by_the_package(text)


@given(st.lists(st.integers(0, 31), max_size=60))
def test_groups_become_the_same_bytes(groups: list[int]) -> None:
    expected = bech32.convertbits(groups, 5, 8, False)
    if expected is None:
        with pytest.raises(InvoiceError, match="padded"):
            to_bytes(groups, "field")
    else:
        assert to_bytes(groups, "field") == to_bytes(bytes(groups), "field") == bytes(expected)


@given(st.lists(st.integers(0, 31), max_size=60))
def test_groups_are_a_number(groups: list[int]) -> None:
    assert to_int(groups) == sum(one << 5 * place for place, one in enumerate(reversed(groups)))

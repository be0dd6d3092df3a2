"""Short channel ids as numbers, as text, in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.wire.errors import WireError
from lnwallet_tui.wire.scid import ShortChannelId


@given(st.integers(0, (1 << 64) - 1))
def test_number_and_text_and_back(number: int) -> None:
    scid = ShortChannelId.from_int(number)
    assert int(scid) == number
    assert ShortChannelId.parse(str(scid)) == scid


def test_the_example_of_bolt_7() -> None:
    scid = ShortChannelId(539268, 845, 1)
    assert str(scid) == "539268x845x1"
    assert int(scid) == 539268 << 40 | 845 << 16 | 1


@given(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1))
def test_their_order_is_that_of_the_numbers(one: int, other: int) -> None:
    first, second = ShortChannelId.from_int(one), ShortChannelId.from_int(other)
    assert (first < second) == (one < other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1x2",
        "1x2x3x4",
        "1xx3",
        "-1x2x3",
        "1x2x65536",
        "16777216x0x0",
        "0x16777216x0",
        "1x2x٣",
        "9" * 5000 + "x1x1",
    ],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(WireError):
        ShortChannelId.parse(text)

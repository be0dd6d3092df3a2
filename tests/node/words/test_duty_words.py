"""What a guard without a wallet watches, counted as the page of the guard counts it."""

from __future__ import annotations

import pytest

from lnwallet_tui.node.words.duty_words import watched


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((0, 0, 0), "no channel"),
        ((1, 0, 0), "1 channel"),
        ((1, 2, 10), "1 channel with 10 revoked states and 2 closes"),
        ((2_000, 0, 1), "2,000 channels with 1 revoked state"),
        ((0, 1, 0), "1 close"),
    ],
)
def test_closes_are_no_channels_any_more(counts: tuple[int, int, int], said: str) -> None:
    assert watched(*counts) == said

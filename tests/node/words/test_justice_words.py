"""What became of a cheat's channel: anchors are counted as they are."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.node.words import justice_words
from lnwallet_tui.onchain.spoils import Spoils


@pytest.mark.parametrize(
    ("anchors", "words"),
    [
        (330, "330 sat are its only anchor, which costs more to take than it holds"),
        (660, "660 sat are its anchors, which cost more to take than they hold"),
    ],
)
def test_one_anchor_is_not_told_as_several(anchors: int, words: str) -> None:
    none = Sat(0)
    cheat = Spoils(Sat(1_000 + anchors), Sat(1_000), none, none, Sat(anchors), none, none, none)
    assert justice_words.others(cheat) == f"The other {anchors} sat: {words}."

"""Whatever dies, wherever: the terminal shows where it happened, and no value of any variable."""

from __future__ import annotations

import pytest

from tests.sampling import sampled
from tests.ui.hostile.dying_wallet import AFTER, CANARIES, PLACES, SEED
from tests.ui.hostile.terminal import Wallet

PROGRAM = "tests.ui.hostile.dying_wallet"
GOES_ON = {
    "a task that nobody asks for", "a callback of the loop", "a thread", "a destructor",
    "the end of a weak reference", "the end of a generator", "a callback of a task",
    "the end of the program",
}  # fmt: skip
"""There the screen does not end by itself; the program of the test ends it."""


@pytest.mark.parametrize("place", sampled("places where the screen dies", [*PLACES, *AFTER], 3))
def test_no_value_is_shown_of_what_dies(place: str) -> None:
    with Wallet(PROGRAM, place) as wallet:
        if place in PLACES:
            wallet.press(b"", "Latest payments")
            wallet.press(b"x", "ValueError")
        code = wallet.end()
        for canary in CANARIES:
            assert canary not in wallet.drawn
        assert not {"zebra", "youth"} & set(wallet.text.split())
        assert SEED not in wallet.drawn
        assert "3, 4, 5" not in wallet.text
        assert "in dies" in wallet.text, wallet.text[-2_000:]
        assert "Traceback" not in wallet.text
        assert "locals" not in wallet.text
        assert wallet.foreign() == ""  # no report falls into a frame and cuts a sequence of it
        assert code != 0 or place in GOES_ON

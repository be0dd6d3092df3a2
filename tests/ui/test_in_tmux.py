"""The program as it is installed, in a terminal that others wrote, with real key presses."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from lnwallet_tui.playground.people import RELAY, SHOP, called, cast
from tests.ui.tmux import Tmux, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "it is there")

SEED = 1
PEOPLE = cast(SEED.to_bytes(8, "big"))


def play(folder: Path) -> str:
    """The command line, with no settings but its own."""
    wallet = [sys.executable, "-m", "lnwallet_tui", "play", "--seed", str(SEED)]
    quiet = ["env", f"XDG_CONFIG_HOME={folder / 'settings'}"]
    return shlex.join([*quiet, *wallet, "--folder", str(folder / "world")])


def test_a_whole_life_of_a_channel(tmp_path: Path) -> None:
    relay, shop = called(PEOPLE, RELAY)[0], called(PEOPLE, SHOP)[0]
    with Tmux(tmp_path, play(tmp_path)) as window:
        window.shows("Can send now", "o Open", "0/6 done")
        # open
        window.press("C-p")
        window.type(relay)
        window.shows(f"Person {relay}")
        window.press("Enter")
        window.shows("Who is there")
        window.press("o")
        window.shows("Open a channel")
        window.fill("900000")
        window.press("Enter")
        window.shows("Open a channel: check")
        window.press("Right", "Enter")
        window.shows("waits for a block")
        window.until("F6", "Ready: you can pay")
        # pay
        window.press("F8")
        window.shows("Who is there")
        window.press("b")
        window.shows("sells nothing. Ask ", shop)
        window.press("End", "Up", "Up", "b")  # the shop stands third from the end
        window.shows("Send · 2 of 3 · check")
        window.press("Right", "Enter")
        window.shows("✓ Paid 25,000 sat")
        # be paid
        window.press("3")
        window.shows("Receive a payment")
        window.fill("10000")
        window.press("Enter", "Enter")
        window.shows("● Waiting for 10,000 sat")
        window.press("F8")
        window.shows("Who is there")
        window.press("p")
        window.shows(f"✓ {shop} paid you 10,000 sat.")
        # the guard
        window.press("5")
        window.shows("✓ Watching 1 channel.", "No drill yet")
        window.press("d")
        window.shows("✓ Can punish all")
        # close alone
        window.press("c")
        window.shows("How it stands")
        window.press("x")
        window.shows("Choose how to close")
        window.press("Down", "Enter")
        window.fill("CLOSE")
        window.press("Enter")
        window.shows("? Help")  # the button has the focus
        window.press("Enter")
        window.shows("How it stands")
        window.press("5")
        window.until("F7", "in the wallet: ", named="F7 One day")
        window.press("C-q")
        assert window.ended() == 0
        assert "Traceback" not in window.text

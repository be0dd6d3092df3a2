"""The program as it is installed, in a terminal that others wrote, with real key presses."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from lnwallet_tui.playground.people import RELAY, SHOP, called, cast
from tests.sampling import sampled
from tests.ui import pictures, spending
from tests.ui.tmux import Tmux, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "it is there")

SEED = 1
PEOPLE = cast(SEED.to_bytes(8, "big"))


def play(folder: Path) -> str:
    """The command line, with no settings but its own."""
    wallet = [sys.executable, "-m", "lnwallet_tui", "play", "--seed", str(SEED)]
    quiet = ["env", f"XDG_CONFIG_HOME={folder / 'settings'}", f"HOME={folder}"]
    return shlex.join([*quiet, *wallet, "--folder", str(folder / "world")])


def opens_a_channel(window: Tmux) -> None:
    """To the relay, found by its name."""
    relay = called(PEOPLE, RELAY)[0]
    chosen(window, relay, f"Person {relay}")
    window.shows("Who is there")
    window.press("o")
    window.shows("Open a channel")
    window.fill("900000")
    window.press("Enter")
    window.shows("Open a channel: check")
    window.press("Right", "Enter")
    window.shows("waits for a block")
    window.until("F6", "Ready: you can pay")


def chosen(window: Tmux, words: str, found: str) -> None:
    """In the palette."""
    window.press("C-p")
    window.type(words)
    window.shows(found)
    window.press("Enter")


def test_a_whole_life_of_a_channel(tmp_path: Path) -> None:
    shop = called(PEOPLE, SHOP)[0]
    with Tmux(tmp_path, play(tmp_path)) as window:
        window.shows("Can send now", "o Open", "0/6 done")
        opens_a_channel(window)
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


def on_chain(window: Tmux, folder: Path) -> None:
    """Sent to an address, hurried, confirmed; then written into a file."""
    window.press("4")
    window.shows("Paste a Lightning invoice")
    window.fill(spending.ADDRESS)
    window.press("Enter")
    window.shows("Send on chain · 1 of 3")
    window.fill("25000")
    window.press("Enter", "Enter")
    window.shows("2 of 3 · check")
    window.press("f")
    window.shows("● slow")
    window.press("Right", "Enter")
    window.shows("Transaction: in no block yet")
    window.press("b")
    window.shows("Another transaction takes its place")
    window.press("Enter", "Right", "Enter")
    window.shows("Transaction: in no block yet")
    window.press("F5")
    window.shows("Transaction: in block", "1 confirmation")
    window.press("6")
    window.shows("Activity: ", "-25,")
    window.press("e")
    window.shows("Write to:")
    window.press("Enter")
    window.shows("written to")
    [file] = folder.glob("lnwallet-*.csv")
    assert "25000000" in file.read_text()


def looks_and_scans(window: Tmux, folder: Path) -> None:
    """Another theme and another key, kept in the file; a code in an image leads to the check."""
    settings = folder / "settings" / "lnwallet-tui" / "config.toml"
    chosen(window, "orchard", "Theme: orchard")
    window.press("9")
    window.shows("Theme orchard")
    assert 'theme = "orchard"' in settings.read_text()
    window.press("End", "Enter", "Down", "Enter", "Down", "Enter")
    window.shows("Press the key for")
    window.press("Z")
    window.shows("Z yours")
    assert '= "Z"' in settings.read_text()
    window.press("Escape", "F3")
    window.shows("Scan a code")
    link = f"bitcoin:{spending.ADDRESS}?amount=0.00025"
    path = pictures.saved(pictures.code(link), folder / "c.png")
    window.press("e")
    window.type(str(path))
    window.press("Enter")
    window.shows("Send on chain · 1 of 3", "asks for 25,000")


def first_run(window: Tmux, folder: Path) -> None:
    """Words of one's own, shown and asked back, behind a passphrase."""
    chosen(window, "first run", "Words of your own")
    window.shows("New words", "Words from paper")
    window.press("Enter")
    window.shows("Where the key lives")
    window.press("Enter")
    for _ in range(2):
        window.type("a passphrase of some length")
        window.press("Enter")
    window.shows("Your words", "········")
    window.press("Enter")
    words = dict(re.findall(r"(\d+) ([a-z]+)", window.seen))
    window.press("Enter")
    window.shows("Are they on your paper?")
    asked = re.findall(r"Word (\d+)", window.seen)
    assert len(asked) == 3
    for number in asked:
        window.type(words[number][:4] + " ")
    window.press("Enter")
    window.shows("Does this square scan?")
    window.press("Enter")
    window.shows("Done", "The words are on your paper.")
    assert list(folder.rglob("*seed*"))


def together(window: Tmux, _: Path) -> None:
    """A channel that is opened, and closed together with its peer."""
    opens_a_channel(window)
    window.press("c")
    window.shows("How it stands")
    window.press("x")
    window.shows("Choose how to close")
    window.press("Enter")
    window.shows("Close together: check")
    window.press("Right", "Enter")
    window.shows("How it stands")
    window.until("F6", "closed")


FLOWS: Final[dict[str, Callable[[Tmux, Path], None]]] = {
    "on chain, hurried, written": on_chain,
    "theme, key, scan": looks_and_scans,
    "first run": first_run,
    "closed together": together,
}


@pytest.mark.parametrize("name", sampled("other flows in tmux", [*FLOWS], 1))
def test_another_flow(name: str, tmp_path: Path) -> None:
    with Tmux(tmp_path, play(tmp_path)) as window:
        window.shows("Can send now", "o Open", "0/6 done")
        FLOWS[name](window, tmp_path)
        window.press("C-q")
        assert window.ended() == 0
        assert "Traceback" not in window.text

"""First run as its user has it: the program in a terminal, and GNOME's keyring on a real bus."""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.keys import custody
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.envelope import Way
from lnwallet_tui.keys.keyring_vault import SERVICE
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import new_words
from lnwallet_tui.playground.diary import lives_on
from tests.cli.terminal import Terminal
from tests.cli.test_play import CTRL_N, CTRL_Q, ENTER, FUNDED, RIGHT
from tests.keys.secret_service import Desktop, keys_of, logged_in

ESCAPE = "\x1b"
HOME, DELETE = "\x1b[H", "\x1b[3~"


@pytest.fixture
def session() -> Iterator[Desktop]:
    with logged_in() as running:
        yield running


def to_the_words(terminal: Terminal) -> None:
    """From Home to new words, whose key the keyring keeps; still covered."""
    terminal.wait_for(FUNDED)
    terminal.press(":")
    terminal.wait_for("Search for commands")
    terminal.press("zfirst run")
    terminal.wait_for("No matches found")  # so what is drawn next was looked for
    terminal.from_now()
    terminal.press(HOME + DELETE)
    terminal.wait_for("Words of your own")
    terminal.press(ENTER)
    terminal.wait_for("New words")
    terminal.press(ENTER)
    terminal.wait_for("Where the key lives")
    terminal.wait_for("Found: Secret Service")
    terminal.press(ENTER)
    terminal.wait_for("These 24 words are your wallet")


def press_again(terminal: Terminal, until: str) -> None:
    """A button that was just pressed takes no other press for a moment."""
    for _ in range(5):
        terminal.press(ENTER)
        with contextlib.suppress(AssertionError):
            terminal.wait_for(until, 10)
            return
    raise AssertionError(f"{until!r} never came")


def answer(terminal: Terminal, words: tuple[str, ...]) -> None:
    """Whichever three are asked back."""
    terminal.wait_for(r"(?s)Word \d+.*Word \d+.*Word \d+.*f1 Help")  # the cursor is in a field
    asked = re.findall(r"Word (\d+)", terminal.text)[-3:]
    for position in asked:
        terminal.press(words[int(position) - 1] + " ")
    press_again(terminal, "Does this square scan")


def test_from_first_run_to_a_world_that_only_this_keyring_opens(
    session: Desktop, tmp_path: Path
) -> None:
    folder = ("play", "--folder", str(tmp_path))
    with Terminal(*folder) as terminal:
        to_the_words(terminal)
        words = custody.load(tmp_path).words
        shown = words.reveal()
        assert "24 " + shown[23] not in terminal.text
        terminal.press(ENTER)
        terminal.wait_for(f"24 {shown[23]}")
        terminal.from_now()
        press_again(terminal, "Are they on your paper")
        answer(terminal, shown)
        terminal.press(ENTER)
        terminal.wait_for("yours begins with the next world")
        terminal.press(ESCAPE)
        terminal.wait_for("Your own words wait for")
        terminal.from_now()
        terminal.press(CTRL_N)
        terminal.wait_for("(?s)lives.+on your own words.*esc Back")
        terminal.from_now()
        terminal.press(RIGHT)
        terminal.press(ENTER)
        terminal.wait_for(f"(?s)another one begins.*{FUNDED}")
        assert terminal.leave(CTRL_Q) == 0
    node_id = KeySchedule(words.seed(), Network.REGTEST).node_key().public_key.hex()
    assert lives_on(tmp_path) == node_id
    assert custody.look(tmp_path).header.words_verified
    with Terminal(*folder) as terminal:  # opened by the keyring, without a question
        terminal.wait_for(FUNDED)
        assert terminal.leave(CTRL_Q) == 0
    session.lock()
    with Terminal(*folder) as terminal:
        terminal.wait_for("is locked|did not answer")
        terminal.wait_for("Restore it from the words on paper")
        terminal.press("G" + ENTER)
        assert terminal.end() == 0
        assert not re.search(FUNDED, terminal.text)


def test_a_passphrase_is_asked_for_before_the_screen(tmp_path: Path) -> None:
    """With the parameters of a real wallet; no keyring has to be there."""
    phrase = "correct horse battery staple"
    custody.create(
        tmp_path,
        new_words(24),
        [Way.PASSPHRASE],
        network=Network.REGTEST,
        passphrase=Secret(phrase.encode()),
    )
    with Terminal("play", "--folder", str(tmp_path)) as terminal:
        terminal.wait_for("Your passphrase opens this wallet.*(?s:.*)Back")
        terminal.process.terminate()
        assert terminal.end() == 128 + signal.SIGTERM
    with Terminal("play", "--folder", str(tmp_path)) as terminal:
        terminal.wait_for("Your passphrase opens this wallet.*(?s:.*)Back")
        terminal.press("not this one" + ENTER)
        terminal.wait_for("does not open this wallet")
        terminal.wait_for("(?s)Try again.*Back")
        terminal.press(phrase + ENTER)
        terminal.wait_for(FUNDED)
        assert phrase not in terminal.text
        assert terminal.leave(CTRL_Q) == 0
    assert lives_on(tmp_path)


def test_a_world_on_the_playgrounds_keys_asks_for_no_passphrase(tmp_path: Path) -> None:
    """It is asked for by the next world, which lives on it."""
    phrase = "correct horse battery staple"
    with Terminal("play", "--folder", str(tmp_path)) as terminal:
        terminal.wait_for(FUNDED)
        assert terminal.leave(CTRL_Q) == 0
    custody.create(
        tmp_path,
        new_words(24),
        [Way.PASSPHRASE],
        network=Network.REGTEST,
        words_verified=True,
        passphrase=Secret(phrase.encode()),
    )
    with Terminal("play", "--folder", str(tmp_path)) as terminal:
        terminal.wait_for("Your own words wait")
        assert "Your passphrase opens" not in terminal.text
        terminal.from_now()
        terminal.press(CTRL_N)
        terminal.wait_for("(?s)until then nothing is.+thrown away.*esc Back")
        terminal.from_now()
        terminal.press(RIGHT)
        terminal.press(ENTER)
        terminal.wait_for("Your passphrase opens this wallet.*(?s:.*)Back")
        terminal.press(phrase + ENTER)
        terminal.wait_for(f"(?s)another one begins.*{FUNDED}")
        assert terminal.leave(CTRL_Q) == 0
    assert lives_on(tmp_path)


def test_a_world_that_nothing_keeps_leaves_no_key_behind(session: Desktop) -> None:
    with Terminal("play") as terminal:
        to_the_words(terminal)
        assert len(keys_of(SERVICE)) == 1
        terminal.press(CTRL_Q)
        assert terminal.end() == 0
    assert keys_of(SERVICE) == []

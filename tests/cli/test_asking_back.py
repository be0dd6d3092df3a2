"""`create` for people: the words are shown and asked back, and the next step is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.run import lnwallet
from tests.cli.terminal import Terminal


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text("correct horse battery staple\n")
    return path


def test_new_words_are_asked_back_at_a_terminal(tmp_path: Path, passphrase: Path) -> None:
    place = ("--datadir", str(tmp_path / "wallet"), "--network", "regtest")
    with Terminal("create", *place, "--passphrase-file", str(passphrase)) as terminal:
        terminal.wait_for(r"Word \d+: $")
        words = dict(re.findall(r"(\d+) ([a-z]+)", terminal.text))
        assert len(words) >= 24
        for turn in range(2):
            for _ in range(3):
                asked = re.findall(r"Word (\d+): $", terminal.text)[-1]
                terminal.from_now()
                terminal.press(f"{words[asked] if turn else 'nonsense'}\n")
                if (turn, _) != (1, 2):
                    terminal.wait_for(r"Word \d+: $")
        assert terminal.end() == 0
        assert terminal.text.count("Not so on the paper of this wallet: word ") == 1
        last = " ".join(terminal.text.split("Network")[-1].split())
    assert "Your words are on paper, as you have shown." in last
    assert not any(f"{number} {word}" in last for number, word in words.items())
    assert "further up in this terminal" in last
    assert f"lnwallet-tui node {' '.join(place)}" in last


def test_whoever_sits_at_no_terminal_is_told_what_is_left(tmp_path: Path, passphrase: Path) -> None:
    place = ("--datadir", str(tmp_path / "wallet"), "--network", "regtest")
    done = lnwallet("create", *place, "--passphrase-file", passphrase)
    said = " ".join(done.stdout.split())
    assert "Words, to be written on paper with their numbers:" in said
    assert "You have not shown yet that your words are on paper." in said
    assert f"Open the screen with lnwallet-tui {' '.join(place)}, whose Home says how" in said
    assert f"lnwallet-tui address {' '.join(place)}" in said


def test_an_error_is_broken_between_words_at_a_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    with Terminal("pay", "nonsense", "--datadir", str(folder), "--network", "signet") as terminal:
        assert terminal.end() == 1
        lines = terminal.text.splitlines()
    whole = lnwallet("pay", "nonsense", "--datadir", folder, "--network", "signet").stderr
    assert " ".join(" ".join(lines).split()) == " ".join(whole.split())
    assert len(lines) > len(whole.splitlines()) == 2
    is_a_command_or_word = [
        line.startswith("lnwallet-tui") or len(line.split()) == 1 for line in lines
    ]
    assert all(len(line) < 80 or one for line, one in zip(lines, is_a_command_or_word, strict=True))

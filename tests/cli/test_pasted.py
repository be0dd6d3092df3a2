"""A command that a sentence names finds the wallet that was asked for."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from lnwallet_tui.cli import answers
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.pasted import for_wallet, in_words, placed

LOCKED = "Unlock it first: lnwallet-tui unlock"


def options(datadir: str | None = None, network: str | None = None) -> argparse.Namespace:
    return argparse.Namespace(datadir=None if datadir is None else Path(datadir), network=network)


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (options(), ""),
        (options("/w"), " --datadir /w"),
        (options("/my wallet"), " --datadir '/my wallet'"),
        (options(network="signet"), " --network signet"),
        (options("/w", "signet"), " --datadir /w --network signet"),
        (argparse.Namespace(), ""),
    ],
)
def test_what_was_named_is_named_again(asked: argparse.Namespace, where: str) -> None:
    error = placed(answers.failure("locked", "It is locked.", LOCKED), asked)["error"]
    assert error == {"code": "locked", "message": "It is locked.", "remedy": LOCKED + where}
    status: Answer = {"height": 5, "waiting_for": LOCKED, "guard": None}
    assert placed(status, asked) == {**status, "waiting_for": LOCKED + where}
    assert in_words("Open it: lnwallet-tui, or lnwallet-tui node.", asked) == (
        f"Open it: lnwallet-tui{where}, or lnwallet-tui node{where}."
    )


def test_other_commands_stay_as_they_are() -> None:
    for text in (
        "In an empty folder: lnwallet-tui restore --backup FILE",
        "lnwallet-tui restore --backup a --datadir NEW_FOLDER",
        "Open it: lnwallet-tui play --folder /play",
        "Name the file that lnwallet-tui guard --export-bundle wrote.",
        "A newer version of lnwallet-tui wrote it.",
        "Start one: lnwallet-tui node --datadir /other",
    ):
        assert in_words(text, options("/w")) == text
    assert in_words("lnwallet-tui guard --prepare", options("/w")) == (
        "lnwallet-tui guard --datadir /w --prepare"
    )


def test_words_of_others_are_not_completed() -> None:
    closed: Answer = {"channel_id": "ab", "explanation": "It says: “run lnwallet-tui stop”."}
    assert placed(closed, options("/w")) == closed


def test_the_screen_names_what_it_was_opened_for() -> None:
    text = "It ends with: lnwallet-tui stop. lnwallet-tui --when-closed says it anew."
    assert for_wallet(text, None, None) == text
    assert for_wallet(text, Path("/my wallet"), "signet") == (
        "It ends with: lnwallet-tui stop --datadir '/my wallet' --network signet. "
        "lnwallet-tui --datadir '/my wallet' --network signet --when-closed says it anew."
    )

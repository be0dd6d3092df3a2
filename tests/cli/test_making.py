"""`create` and `restore`: what is said of a wallet besides its words, and what ctrl+c leaves."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from argparse import Namespace
from pathlib import Path

import pytest

from lnwallet_tui import cli
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli import making
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.keys import custody
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed_file import SEED_FILE
from lnwallet_tui.running.wallet_folder import WalletFolder

PHRASE = "correct horse battery staple"
WORDS = f"{'abandon ' * 11}about"


def test_a_month_that_has_not_begun_is_a_slip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "harden", lambda: None)  # this process goes on
    monkeypatch.setattr("sys.stdin", io.StringIO(WORDS))
    folder = tmp_path / "wallet"
    place = ("--datadir", str(folder), "--network", "signet")
    assert cli.main(["restore", "--birthday", "2999-01", "--json", *place]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], error["message"]) == ("bad_input", "That month has not begun yet.")
    assert not (folder / "wallet.json").exists()


class Halted:
    """What keeps words stands still in the middle, as long as it takes to press ctrl+c."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.there, self.goes_on = threading.Event(), threading.Event()
        whole = getattr(custody, name)

        def halting(*words: object) -> object:
            self.there.set()
            self.goes_on.wait(60)
            return whole(*words)

        monkeypatch.setattr(custody, name, halting)


async def interrupted(folder: Path, halted: Halted) -> Answer:
    """`create`, with ctrl+c while it stands still."""
    passphrase = folder.parent / "passphrase"
    passphrase.write_text(f"{PHRASE}\n")
    options = Namespace(
        json=True, keep="passphrase", passphrase_file=passphrase, passphrase_fd=None
    )
    wallet = WalletFolder.at(folder, Network.REGTEST)
    wallet.make()
    creating = asyncio.create_task(making.create(making._Here(wallet), options))
    await asyncio.to_thread(halted.there.wait, 60)
    creating.cancel()
    await asyncio.sleep(0)
    halted.goes_on.set()
    return await creating


async def test_who_interrupts_before_anything_is_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "wallet"
    answer = await interrupted(folder, Halted(monkeypatch, "seal"))
    error = answer["error"]
    assert isinstance(error, dict)
    assert error["message"] == "Nothing was kept: it was interrupted before anything was written."
    assert not (folder / SEED_FILE).exists()


async def test_who_interrupts_later_sees_the_words_of_what_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "wallet"
    answer = await interrupted(folder, Halted(monkeypatch, "_expect_words"))
    words = answer["words"]
    assert isinstance(words, list)
    assert len(words) == 24
    assert "was being written already" in " ".join(capsys.readouterr().err.split())
    opened = custody.load(folder, passphrase=Secret(PHRASE.encode()))
    assert list(opened.words.reveal()) == words
    assert WalletFolder.at(folder, None).node_id == answer["node_id"]

"""`restore`: what is said of a wallet besides its words."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from lnwallet_tui import cli
from lnwallet_tui.cli import making

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

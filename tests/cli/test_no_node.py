"""What is said where no node runs: no command that would be refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lnwallet_tui import cli
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.running.wallet_folder import WalletFolder


@pytest.mark.parametrize("words", [("channels",), ("guard", "--prepare")])
def test_a_wallet_of_another_network_is_not_started_for_the_one_that_was_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    WalletFolder.at(tmp_path, Network.REGTEST).note()
    place = ("--datadir", str(tmp_path), "--json")
    assert cli.main([*words, *place, "--network", "signet"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "wrong_network"
    assert "lnwallet-tui node" not in error["remedy"]
    assert cli.main([*words, *place, "--network", "regtest"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "no_node"
    assert f"lnwallet-tui node --datadir {tmp_path} --network regtest" in error["remedy"]

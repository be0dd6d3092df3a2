"""What a wallet's folder is for is fixed by the file in it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.birthday import FIRST_WALLET
from lnwallet_tui.running import wallet_folder
from lnwallet_tui.running.wallet_folder import (
    RECORD,
    FolderError,
    OtherNetwork,
    WalletFolder,
    WhichWallet,
    meant,
)

MONTH = FIRST_WALLET + 86_400


def test_a_new_folder_is_for_the_network_that_was_said_and_stays_so(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "wallet"
    WalletFolder.at(folder, Network.SIGNET).note(birthday=MONTH)
    again = WalletFolder.at(folder, None)
    assert (again.network, again.birthday, again.node_id) == (Network.SIGNET, MONTH, "")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / RECORD).stat().st_mode) == 0o600
    with pytest.raises(OtherNetwork, match="is not for mainnet"):
        WalletFolder.at(folder, Network.MAINNET)


def test_what_is_noted_later_leaves_the_rest(tmp_path: Path) -> None:
    wallet = WalletFolder.at(tmp_path, Network.MAINNET)
    wallet.note(birthday=MONTH)
    wallet.note(node_id="02" + "00" * 32)
    again = WalletFolder.at(tmp_path, Network.MAINNET)
    assert (again.birthday, again.node_id) == (MONTH, "02" + "00" * 32)
    assert [one.name for one in tmp_path.iterdir()] == [RECORD]


def test_nothing_is_older_than_the_program_but_a_regtest(tmp_path: Path) -> None:
    assert WalletFolder.at(tmp_path, Network.SIGNET).birthday == FIRST_WALLET
    assert not WalletFolder.at(tmp_path, Network.SIGNET).has_birthday
    regtest = WalletFolder.at(tmp_path, Network.REGTEST)
    regtest.note(birthday=MONTH)
    assert regtest.birthday == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "is damaged"),
        (b"[]", "is damaged"),
        (b'{"format": 1, "network": "moonnet"}', "is damaged"),
        (b'{"format": 2, "network": "signet", "more": 1}', "newer version"),
    ],
)
def test_a_record_that_is_none_is_said(tmp_path: Path, text: bytes, problem: str) -> None:
    (tmp_path / RECORD).write_bytes(text)
    with pytest.raises(FolderError, match=problem):
        WalletFolder.at(tmp_path, Network.SIGNET)


def test_a_world_of_the_playground_is_no_wallet(tmp_path: Path) -> None:
    (tmp_path / "world.json").touch()
    with pytest.raises(FolderError, match="holds a world of the playground"):
        WalletFolder.at(tmp_path, Network.REGTEST)


def test_which_wallet_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wallet_folder, "home_of", lambda network: tmp_path / network.value)
    assert meant(tmp_path / "x", Network.MAINNET) == tmp_path / "x"
    assert meant(None, None) == tmp_path / "signet"
    WalletFolder.at(tmp_path / "testnet4", Network.TESTNET4).note()
    assert meant(None, None) == tmp_path / "testnet4"
    WalletFolder.at(tmp_path / "mainnet", Network.MAINNET).note()
    with pytest.raises(WhichWallet, match="mainnet, testnet4"):
        meant(None, None)
    assert meant(None, Network.REGTEST) == tmp_path / "regtest"


def test_a_folder_without_a_wallet_needs_a_network(tmp_path: Path) -> None:
    with pytest.raises(WhichWallet, match="no wallet in"):
        WalletFolder.at(tmp_path, None)

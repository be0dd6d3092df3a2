"""`guard --bundle`: what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lnwallet_tui import cli
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.running.ways_out import CHAIN
from lnwallet_tui.store.bundle_file import BundleHeader, write_bundle
from lnwallet_tui.store.lock import FolderLock

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    file = tmp_path / "bundle"
    write_bundle(file, BundleHeader(Network.REGTEST, time=0, known=(), channels=()), ())
    return file


def refused(capsys: Captured, *words: str | Path) -> dict[str, str]:
    """The only line that is said."""
    assert cli.main(["guard", "--json", *map(str, words)]) == 1
    error: dict[str, str] = json.loads(capsys.readouterr().out)["error"]
    return error


def test_of_two_guards_with_a_bundle_the_second_is_told_of_the_first(
    bundle: Path, capsys: Captured
) -> None:
    folder = bundle.with_name("bundle.blocks") / CHAIN
    folder.mkdir(parents=True)
    first = FolderLock(folder)
    error = refused(capsys, "--bundle", bundle, "--chain-peer", "127.0.0.1:1")
    first.release()
    assert error["code"] == "in_use"
    assert error["message"] == f"Another guard watches with {bundle} already."
    assert "wallet" not in error["remedy"]


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("--datadir", "wallet"),
        ("--passphrase-file", "passphrase"),
        ("--passphrase-fd", "passphrase"),
    ],
)
def test_what_a_bundle_does_without_is_not_passed_over_in_silence(
    bundle: Path, option: str, what: str, capsys: Captured
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["guard", "--json", "--bundle", str(bundle), option, "7"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert (ended.value.code, error["code"]) == (2, "usage")
    assert error["message"] == f"--bundle watches without a {what}: leave out {option}."


def test_a_bundle_of_another_network_than_the_one_that_was_named(
    bundle: Path, capsys: Captured
) -> None:
    error = refused(capsys, "--bundle", bundle, "--network", "signet", "--chain-peer", "x.test:1")
    assert error["code"] == "wrong_network"
    assert error["message"] == f"{bundle} is a bundle for regtest, not for signet."

"""A wallet as scripts use it: processes of its own, from nothing to the end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.backup import BackedUp, Backup
from lnwallet_tui.channel.signing import Basepoints
from lnwallet_tui.channel.state import ChannelType
from lnwallet_tui.counter.client import visit
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.seed import parse_words
from lnwallet_tui.store.codec import encode
from tests.cli.forms import assert_error, assert_form, form_of
from tests.cli.least_stretch import LEAST
from tests.cli.node_process import NodeProcess
from tests.cli.run import Done, lnwallet
from tests.cli.test_verbs import ADDRESS
from tests.keys.secret_service import logged_in

WORDS = f"{'abandon ' * 11}about"


BACKED_UP = BackedUp(
    life=bytes(8),
    number=0,
    salt=b"\x07" * 32,
    peer_id=public_key(b"\x02" * 32),
    addresses=("127.0.0.1:1",),
    outpoint=OutPoint(b"\x0a" * 32, 0),
    value=Sat(500_000),
    begun=1,
    we_fund=True,
    channel_type=ChannelType.of(anchors=True).feature_bytes,
    their_basepoints=Basepoints(*(public_key(bytes([one]) * 32) for one in range(3, 8))),
    our_delay=144,
    their_delay=144,
    our_script=b"\x00\x14" + bytes(20),
    their_script=b"",
)


def asked(folder: Path, *words: str | Path, module: str = "lnwallet_tui") -> dict[str, Any]:
    """The answer, which is of the form that `--help` tells."""
    done = lnwallet(*words, "--datadir", folder, "--json", module=module)
    assert done.returncode == 0, done.stdout + done.stderr
    answer = cast("dict[str, Any]", json.loads(done.stdout))
    assert_form(answer, form_of(*words), str(words[0]))
    return answer


def refused(folder: Path, *words: str | Path) -> str:
    """The code of the error."""
    return code_of(lnwallet(*words, "--datadir", folder, "--json"))


def code_of(done: Done) -> str:
    assert done.returncode == 1, done.stdout + done.stderr
    error = json.loads(done.stdout.splitlines()[-1])["error"]  # a node may have told more before
    assert_error(error)
    assert error["message"].endswith(".")
    assert "Traceback" not in done.stderr
    return cast("str", error["code"])


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text("correct horse battery staple\n")
    return path


def test_from_nothing_to_the_end(tmp_path: Path, passphrase: Path) -> None:
    folder = tmp_path / "wallet"
    with NodeProcess(folder, "--network", "regtest") as node:
        first = node.line()
        assert_form(first, form_of("node"), "node")
        assert first["network"] == "regtest"
        where = f"--datadir {folder} --network regtest"  # as it was started
        assert f"lnwallet-tui create {where}, " in first["waiting_for"]
        status = asked(folder, "status", "--network", "regtest")
        assert status["waiting_for"] == first["waiting_for"]
        assert stat.S_IMODE((folder / "node.sock").stat().st_mode) == 0o600
        assert refused(folder, "balance") == "no_wallet"
        made = asked(folder, "create", "--passphrase-file", passphrase)
        assert len(made["words"]) == 24
        assert refused(folder, "create", "--passphrase-file", passphrase) == "file_exists"
        status = asked(folder, "status")
        assert (status["locked"], status["node_id"]) == (False, made["node_id"])
        words = lnwallet("status", "--datadir", folder).stdout
        assert "You have not shown yet that your words are on paper." in " ".join(words.split())
        assert asked(folder, "lock")["locked"]
        assert asked(folder, "status")["locked"]
        assert refused(folder, "send", ADDRESS, "1000") == "locked"  # before anything else
        assert refused(folder, "unlock") == "passphrase_needed"
        assert not asked(folder, "unlock", "--passphrase-file", passphrase)["locked"]
        assert refused(folder, "node") == "in_use"
        assert asked(folder, "stop") == {"stopped": True}
        code, told, complaints = node.end()
        assert (code, complaints) == (0, "")
        kinds = [json.loads(line)["type"] for line in told.splitlines()]
        assert kinds.count("StatusChanged") >= 2
    assert not (folder / "node.sock").exists()
    with NodeProcess(folder) as node:
        assert "lnwallet-tui unlock" in node.line()["waiting_for"]
        node.signal(signal.SIGTERM)
        assert node.end()[0] == 0
    assert refused(folder, "status") == "no_node"
    assert refused(folder, "node", "--network", "signet") == "wrong_network"


def test_a_passphrase_opens_it_at_the_start_from_a_file_or_a_descriptor(
    tmp_path: Path, passphrase: Path
) -> None:
    folder = tmp_path / "wallet"
    create = ("create", "--network", "regtest", "--passphrase-file", passphrase)
    made = asked(folder, *create, module=LEAST)
    wrong = tmp_path / "wrong"
    wrong.write_text("something else\n")
    assert refused(folder, "node", "--passphrase-file", wrong) == "passphrase_wrong"
    assert refused(folder, "node", "--passphrase-file", tmp_path / "none") == "no_passphrase"
    descriptor = os.open(passphrase, os.O_RDONLY)
    options = ("--passphrase-fd", str(descriptor))
    with NodeProcess(folder, *options, keep_open=(descriptor,)) as node:
        os.close(descriptor)
        node.started()
        assert asked(folder, "unlock")["node_id"] == made["node_id"]  # waits until it is open
        node.signal(signal.SIGTERM)
        assert node.end()[0] == 0
    assert not (folder / "node.sock").exists()


def test_who_does_not_read_what_it_tells_holds_nothing_up(tmp_path: Path, passphrase: Path) -> None:
    folder = tmp_path / "wallet"

    async def lock_it_again_and_again() -> None:
        visitor = await visit(folder)
        for _ in range(2_000):  # each tells a status: far more than a pipe takes
            await visitor.process.lock()
        await visitor.leave()

    options = ("--network", "regtest", "--chain-peer", "127.0.0.1:1")
    with NodeProcess(folder, *options, module=LEAST) as node:
        node.started()
        asked(folder, "create", "--passphrase-file", passphrase)
        asyncio.run(lock_it_again_and_again())
        assert asked(folder, "status")["locked"]
        asked(folder, "stop")
        assert node.end()[0] == 0


def test_words_from_paper_bring_it_back(tmp_path: Path, passphrase: Path) -> None:
    folder = tmp_path / "wallet"
    options = ("--network", "signet", "--passphrase-file", passphrase, "--birthday", "2026-03")

    def restore(words: str) -> Done:
        command = [sys.executable, "-m", "lnwallet_tui", "restore", "--json"]
        return subprocess.run(
            [*command, "--datadir", str(folder), *map(str, options)],
            input=words,
            capture_output=True,
            text=True,
            check=False,
        )

    assert code_of(restore("abandon ability")) == "bad_words"
    assert code_of(restore(f"{WORDS} zebraa")) == "bad_words"
    done = restore(WORDS)
    assert done.returncode == 0, done.stdout
    answer = json.loads(done.stdout)
    assert_form(answer, form_of("restore"), "restore")
    assert answer["birthday_at"] == 1_772_323_200
    assert "abandon" not in done.stdout + done.stderr
    other = f"{'zoo ' * 11}wrong"
    assert code_of(restore(other)) == "bad_words"  # a wallet of other words lives here


def test_its_channel_backup_is_taken_over(tmp_path: Path, passphrase: Path) -> None:
    keys = KeySchedule(parse_words(WORDS).seed(), Network.REGTEST)
    file = tmp_path / "copy"
    backup = Backup(network=Network.REGTEST, time=0, height=0, channels=(BACKED_UP,))
    file.write_bytes(keys.backup_key().close(encode(backup)))

    def restore(folder: Path, *more: str | Path) -> Done:
        options = ("--network", "regtest", "--passphrase-file", passphrase, *more)
        command = [sys.executable, "-m", LEAST, "restore", "--json"]
        return subprocess.run(
            [*command, "--datadir", str(folder), *map(str, options)],
            input=WORDS,
            capture_output=True,
            text=True,
            check=False,
        )

    folder = tmp_path / "wallet"
    assert code_of(restore(folder, "--backup", tmp_path / "none")) == "no_backup"
    done = restore(folder, "--backup", file)
    assert done.returncode == 0, done.stdout
    answer = json.loads(done.stdout)
    assert_form(answer, form_of("restore"), "restore")
    assert answer["channels_in_backup"] == 1
    with NodeProcess(folder, "--passphrase-file", passphrase) as node:
        node.started()
        asked(folder, "unlock")
        [channel] = asked(folder, "channels")["channels"]
        assert channel["channel_id"] == BACKED_UP.channel_id.hex()
        assert "only the peer can close it" in channel["explanation"]
        assert (channel["local_msat"], channel["remote_msat"]) == (None, None)
        assert asked(folder, "backup")["channels"] == 1
        assert not asked(folder, "balance")["channel_backup_missing"]
        said = lnwallet("balance", "--datadir", folder).stdout
        assert "came back from the channel backup: how much" in " ".join(said.split())
        done = restore(folder, "--backup", file)
        assert code_of(done) == "file_exists"
        remedy = json.loads(done.stdout)["error"]["remedy"]
        assert f"lnwallet-tui restore --backup {file} --datadir" in remedy
        node.signal(signal.SIGTERM)
        assert node.end()[0] == 0
    waits = tmp_path / "waits"
    with NodeProcess(waits, "--network", "regtest") as node:  # for words
        node.started()
        assert code_of(restore(waits, "--backup", tmp_path / "none")) == "no_backup"
        done = restore(waits, "--backup", file)
        assert done.returncode == 0, done.stdout
        answer = json.loads(done.stdout)
        assert_form(answer, form_of("restore"), "restore")
        assert (answer["channels_in_backup"], answer["second_file"]) == (1, "")
        told = asked(waits, "backup")
        assert told["second_file"] == ""
        assert "--second DIR" in told["explanation"]
        [channel] = asked(waits, "channels")["channels"]
        assert channel["channel_id"] == BACKED_UP.channel_id.hex()
        node.signal(signal.SIGTERM)
        assert node.end()[0] == 0
    other = tmp_path / "other"
    elsewhere = KeySchedule(parse_words(f"{'zoo ' * 11}wrong").seed(), Network.REGTEST)
    for content in (elsewhere.backup_key().close(encode(backup)), b"something else"):
        file.write_bytes(content)
        done = restore(other, "--backup", file)
        assert code_of(done) == "bad_backup"
        assert "Nothing was restored." in json.loads(done.stdout)["error"]["message"]
        assert not (other / "wallet.seed").exists()


def test_the_keyring_opens_it_without_a_question(tmp_path: Path) -> None:
    folder = tmp_path / "wallet"
    with logged_in() as desktop:
        made = asked(folder, "create", "--network", "regtest")
        assert made["keeping"] == "keyring"
        with NodeProcess(folder) as node:
            node.started()
            assert asked(folder, "unlock")["node_id"] == made["node_id"]
            asked(folder, "stop")
        desktop.lock()
        with NodeProcess(folder) as node:
            node.started()
            assert refused(folder, "unlock") == "keyring_locked"
            status = asked(folder, "status")
            assert status["locked"]
            assert "is locked" in status["waiting_for"]


def test_a_killed_node_is_in_nobodys_way(tmp_path: Path) -> None:
    folder = tmp_path / "wallet"
    with NodeProcess(folder, "--network", "regtest") as node:
        node.started()
        node.signal(signal.SIGKILL)
        node.end()
    assert (folder / "node.sock").exists()
    assert refused(folder, "status") == "no_node"
    with NodeProcess(folder) as node:
        node.started()
        assert asked(folder, "status")["network"] == "regtest"


def test_without_a_network_a_named_folder_is_not_guessed(tmp_path: Path) -> None:
    assert refused(tmp_path / "wallet", "node") == "which_network"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("node", "--listen", "here"), "names no port"),
        (("node", "--chain-peer", "::1"), "names no port"),
        (("node", "--proxy", "x:99999999"), "is no HOST:PORT"),
        (("node", "--network", "moonnet"), "invalid choice"),
        (("restore", "--birthday", "2026-13"), "is no month like 2026-11"),
    ],
)
def test_what_cannot_be_meant_is_said(words: tuple[str, ...], problem: str) -> None:
    done = lnwallet(*words)
    assert done.returncode == 2
    assert problem in done.stderr


def test_no_screen_is_in_it() -> None:
    code = "import sys, lnwallet_tui.cli.serving, lnwallet_tui.cli.making; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"textual", "rich", "pbk", "lnwallet_tui.ui", "lnwallet_tui.playground"}

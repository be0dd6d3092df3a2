"""`lnwallet-tui` alone, as its user has it: a screen in a terminal, a node in another process."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.keys import custody, envelope
from lnwallet_tui.keys.envelope import Stretch, Way
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import new_words
from tests.cli.run import lnwallet
from tests.cli.terminal import Terminal

CTRL_Q, ENTER, DOWN = "\x11", "\r", "\x1b[B"
PHRASE = "correct horse battery staple"


@pytest.fixture
def wallet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a wallet that opens with the passphrase; no node is left behind. Argon2id takes
    the least that a file may ask for."""
    monkeypatch.setattr(envelope, "_new_stretch", lambda salt: Stretch(salt, 64, 1, 1))
    folder = tmp_path / "wallet"
    folder.mkdir(mode=0o700)
    custody.create(
        folder,
        new_words(24),
        [Way.PASSPHRASE],
        network=Network.REGTEST,
        passphrase=Secret(PHRASE.encode()),
    )
    try:
        yield folder
    finally:
        lnwallet("stop", "--datadir", folder)


def screen(folder: Path, *options: str) -> Terminal:
    return Terminal("--datadir", str(folder), "--config", str(folder.parent / "config"), *options)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def unlock(terminal: Terminal) -> None:
    terminal.wait_for("Your passphrase opens this wallet")
    terminal.press(PHRASE + ENTER)
    terminal.wait_for("Receive")


def node_of(folder: Path) -> dict[str, object]:
    done = lnwallet("status", "--datadir", folder, "--json")
    assert done.returncode == 0, done.stdout
    status: dict[str, object] = json.loads(done.stdout)
    return status


def process_of(folder: Path) -> int:
    """Of the node: whoever holds the lock of the folder."""
    lock = (folder / "wallet.lock").stat()
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[1] == "FLOCK" and fields[5].endswith(f":{lock.st_ino}"):
            return int(fields[4])
    raise AssertionError("nobody holds the lock")


def test_a_screen_that_is_killed_leaves_the_node_and_a_second_one_says_that_it_runs(
    wallet: Path,
) -> None:
    port = free_port()
    with screen(wallet, "--listen", f"127.0.0.1:{port}") as terminal:
        unlock(terminal)
        socket.create_connection(("127.0.0.1", port)).close()
        node = process_of(wallet)
        assert node != terminal.process.pid
        assert os.getsid(node) == node  # a session of its own
        os.kill(node, signal.SIGHUP)
        terminal.process.send_signal(signal.SIGKILL)
        terminal.process.wait(30)
    assert not node_of(wallet)["locked"]
    assert process_of(wallet) == node
    with screen(wallet, "--listen", f"127.0.0.1:{port}") as terminal:
        terminal.wait_for("No node of the Bitcoin network")
        assert terminal.leave(CTRL_Q) == 0  # asks nothing: it is not this screen's
        assert "as it was started" not in terminal.text
    assert process_of(wallet) == node


def test_it_is_asked_once_whether_the_node_stays(wallet: Path) -> None:
    with screen(wallet) as terminal:
        unlock(terminal)
        terminal.from_now()
        terminal.press(CTRL_Q)
        terminal.wait_for("Shall the node go on without the screen")
        terminal.press(DOWN)
        assert terminal.leave(ENTER) == 0
    assert lnwallet("status", "--datadir", wallet).returncode == 1
    with screen(wallet) as terminal:
        unlock(terminal)
        assert terminal.leave(CTRL_Q) == 0
    assert lnwallet("status", "--datadir", wallet).returncode == 1
    with screen(wallet, "--when-closed", "stays") as terminal:
        unlock(terminal)
        assert terminal.leave(CTRL_Q) == 0
        assert f"It ends with: lnwallet-tui stop --datadir {wallet}" in terminal.text
    assert not node_of(wallet)["locked"]


def test_a_node_that_dies_is_said_and_started_again(wallet: Path) -> None:
    with screen(wallet, "--when-closed", "ends") as terminal:
        unlock(terminal)
        first = process_of(wallet)
        terminal.from_now()
        os.kill(first, signal.SIGKILL)
        terminal.wait_for("The node has ended")
        terminal.press(ENTER)
        terminal.from_now()
        unlock(terminal)
        assert process_of(wallet) != first
        assert terminal.leave(CTRL_Q) == 0


def test_from_no_wallet_to_its_screen(tmp_path: Path) -> None:
    folder = tmp_path / "wallet"
    try:
        with screen(folder, "--when-closed", "ends") as terminal:
            terminal.wait_for("Which network shall the wallet be for")
            terminal.press(ENTER)
            terminal.wait_for("will be for signet")
            terminal.press(ENTER)
            terminal.wait_for("Where the key lives")
            assert node_of(folder)["network"] == "signet"
            terminal.press(CTRL_Q)
            assert terminal.process.wait(60) == 0
        assert lnwallet("status", "--datadir", folder).returncode == 1
    finally:
        lnwallet("stop", "--datadir", folder)


def test_options_of_the_screen_do_not_get_lost_before_a_command(tmp_path: Path) -> None:
    done = lnwallet("--datadir", tmp_path, "status")
    assert done.returncode == 2
    assert "lnwallet-tui COMMAND --datadir" in done.stderr

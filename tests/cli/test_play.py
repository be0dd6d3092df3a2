"""`lnwallet-tui play` in a terminal: a funded wallet, at once, and every way out."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from lnwallet_tui import launch
from lnwallet_tui.playground.world import World
from tests.cli.run import lnwallet
from tests.cli.terminal import Terminal

PASTE = "\x1b[200~{}\x1b[201~"
CTRL_N, CTRL_Q, CTRL_Z, F5 = "\x0e", "\x11", "\x1a", "\x1b[15~"
RIGHT, ENTER = "\x1b[C", "\r"
FUNDED = r"[3-6],\d{3},\d{3} sat"
PROC = Path("/proc/self/fd")


def test_a_funded_wallet_is_on_the_screen_and_ctrl_q_leaves() -> None:
    with Terminal("play") as terminal:
        terminal.wait_for(FUNDED)
        assert terminal.leave(CTRL_Q) == 0
        assert "Traceback" not in terminal.text


def world_of(terminal: Terminal) -> Path:
    """The folder with the files of the world that runs there."""
    opened = Path(f"/proc/{terminal.process.pid}/fd").iterdir()
    files = {Path(os.readlink(one)) for one in opened}
    [world] = {
        one for file in files for one in file.parents if one.name.startswith("lnwallet-play")
    }
    return world


def shut(terminal: Terminal) -> int:
    return terminal.shut()


def terminate(terminal: Terminal) -> int:
    terminal.process.terminate()
    return terminal.end()


@pytest.mark.skipif(not PROC.exists(), reason="asks Linux which files a process has open")
@pytest.mark.parametrize(
    ("end", "codes"),
    [
        # Python's own: it could not write its last words to a window that is gone.
        (shut, {128 + signal.SIGHUP, 120}),
        (terminate, {128 + signal.SIGTERM}),
    ],
)
def test_a_world_without_a_folder_leaves_nothing_behind(
    end: Callable[[Terminal], int], codes: set[int]
) -> None:
    with Terminal("play") as terminal:
        terminal.wait_for(FUNDED)
        world = world_of(terminal)
        assert world.is_dir()
        assert end(terminal) in codes
        assert not world.exists()
        assert "Traceback" not in terminal.text


def test_a_folder_has_one_process_at_a_time(tmp_path: Path) -> None:
    with Terminal("play", "--folder", str(tmp_path)) as first:
        first.wait_for(FUNDED)
        with Terminal("play", "--folder", str(tmp_path)) as second:
            assert second.end() == 1
            told, remedy = second.text.splitlines()
            assert told == "This wallet is open in another process."
            assert remedy == "Go on in that window, or end that lnwallet-tui and start again."
        assert first.leave(CTRL_Q) == 0


def test_a_disk_that_is_full_at_the_start_says_to_start_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def write_nothing(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_nothing)
    assert launch.play(1, tmp_path, tmp_path) == 1
    told, remedy = capsys.readouterr().err.splitlines()
    assert told.startswith("The disk is full")
    assert remedy == "Free some space on the disk, then start again."


async def test_a_first_visit_that_ended_before_the_coins_came_is_made_good(tmp_path: Path) -> None:
    world = await World.begin(1, tmp_path)
    await world.close()
    world = await World.begin(1, tmp_path)
    assert not (await world.you.node.balance()).total_msat
    await launch._fund_once(world)
    coins = (await world.you.node.balance()).total_msat
    assert coins
    await world.close()
    world = await World.begin(1, tmp_path)
    await launch._fund_once(world)
    assert (await world.you.node.balance()).total_msat == coins
    await world.close()


def visits(folder: Path) -> int:
    """How often the world in that folder was begun."""
    found: int = json.loads((folder / "world.json").read_text())["visits"]
    return found


@pytest.mark.parametrize("seed", [1, 3])
def test_a_world_is_thrown_away_and_the_next_begins_in_its_place(tmp_path: Path, seed: int) -> None:
    with Terminal("play", "--folder", str(tmp_path), "--seed", str(seed)) as terminal:
        terminal.wait_for(FUNDED)
        assert terminal.leave(CTRL_Q) == 0
    with Terminal("play", "--folder", str(tmp_path)) as terminal:
        terminal.wait_for(FUNDED)
        assert visits(tmp_path) == 2
        terminal.press(CTRL_N)
        terminal.wait_for("Throw this world away")
        terminal.press(RIGHT)
        terminal.press(ENTER)
        terminal.wait_for(f"(?s)another one begins.*{FUNDED}")
        assert visits(tmp_path) == 1
        assert json.loads((tmp_path / "world.json").read_text())["seed"] == seed
        assert terminal.leave(CTRL_Q) == 0
        assert "Traceback" not in terminal.text


def test_a_window_that_is_too_small_says_so_and_can_be_left() -> None:
    with Terminal("play", columns=60, lines=20) as terminal:
        terminal.wait_for("This window is smaller than 80 columns by 24 rows")
        assert terminal.leave(CTRL_Q) == 0


def paste_until_shown(terminal: Terminal, text: str) -> None:
    """A paste that comes before the focus has moved is refused by the field of the amount."""
    for _ in range(10):
        terminal.press(PASTE.format(text))
        with contextlib.suppress(AssertionError):
            terminal.wait_for(text, 3)
            return
    raise AssertionError(f"{text!r} was never taken")


def test_a_window_pulled_small_and_large_keeps_what_was_typed() -> None:
    with Terminal("play") as terminal:
        terminal.wait_for(FUNDED)
        terminal.press("3")
        terminal.wait_for("Receive a payment")
        terminal.press(PASTE.format("12345"))
        terminal.wait_for("12345")
        terminal.press("\t")
        paste_until_shown(terminal, "rent of May")
        terminal.resize(60, 20)
        terminal.wait_for("This window is smaller than 80 columns by 24")
        clock = re.findall(r"Jan (\d\d:\d\d)", terminal.text)[-1]
        terminal.from_now()
        terminal.resize(80, 24)
        terminal.wait_for("12345(?s:.*)rent of May")
        terminal.press(F5)
        terminal.wait_for(rf"Jan (?!{clock})\d\d:\d\d")
        assert terminal.leave(CTRL_Q) == 0
        assert "Traceback" not in terminal.text


def test_a_screen_whose_terminal_is_gone_ends_also_where_nobody_tells_it() -> None:
    with Terminal("play", tells=False) as terminal:
        terminal.wait_for(FUNDED)
        assert terminal.shut() in {128 + signal.SIGHUP, 120}


@pytest.mark.skipif(not PROC.exists(), reason="asks Linux for the state of a process")
def test_ctrl_z_does_not_stop_the_node() -> None:
    with Terminal("play") as terminal:
        terminal.wait_for(FUNDED)
        terminal.press(CTRL_Z)
        terminal.wait_for("Ctrl.Z does not stop the wallet")
        status = (
            Path(f"/proc/{terminal.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        )
        assert status in "RS"
        assert terminal.leave(CTRL_Q) == 0


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"TERM": "dumb"}, "TERM is 'dumb': no screen can be drawn"),
        ({"TERM": ""}, "TERM is '': no screen can be drawn"),
        ({"PYTHONIOENCODING": "latin-1"}, "has no boxes and no QR codes"),
        ({"LC_ALL": "de_DE.ISO-8859-1"}, "ISO-8859-1 has no boxes and no QR codes"),
    ],
)
def test_a_terminal_that_cannot_draw_is_told_what_to_do(
    environment: dict[str, str], words: str
) -> None:
    with Terminal("play", environment=environment) as terminal:
        assert terminal.end() == 1
        said = terminal.text.splitlines()
        assert words in said[0]
        assert "export " in said[1]
        assert "lnwallet-tui play --tour" in said[2]
        assert len(said) == 3


@pytest.mark.parametrize("lack", [{"TERM": "dumb"}, {"LC_ALL": "de_DE.ISO-8859-1"}])
def test_so_is_one_in_which_a_wallet_was_to_be_opened(tmp_path: Path, lack: dict[str, str]) -> None:
    with Terminal("--datadir", str(tmp_path), environment=lack) as terminal:
        assert terminal.end() == 1
        said = terminal.text.splitlines()
        assert "no screen can be drawn" in said[0] or "no QR codes" in said[0]
        assert "export " in said[1]
        assert said[2] == "A node that runs goes on. All commands work here: lnwallet-tui --help"
        assert len(said) == 3


def test_without_colours_all_is_grey() -> None:
    with Terminal("play", environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for(FUNDED)
        colours = set(re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)[;m]", terminal.drawn))
        assert colours
        assert all(len(set(colour)) == 1 for colour in colours)
        others = re.sub(rb"[34]8;2;\d+;\d+;\d+", b"0", terminal.drawn)
        assert not re.search(rb"\x1b\[(?:[\d;]*;)?(?:3[1-6]|9[1-6]|4[1-6]|10[1-6])m", others)
        assert terminal.leave(CTRL_Q) == 0


def test_without_a_terminal_there_is_no_screen() -> None:
    done = lnwallet("play")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("The screen needs a terminal")
    assert "lnwallet-tui play --tour" in done.stderr


@pytest.mark.parametrize("by_option", [True, False])
def test_the_users_settings_count(by_option: bool, tmp_path: Path) -> None:
    folder = tmp_path / "lnwallet-tui"
    folder.mkdir()
    (folder / "config.toml").write_text('theme = "paper"\n[keys.everywhere]\nquit = "Q"\n')
    options = ("--config", str(folder)) if by_option else ()
    with Terminal("play", *options, environment={"XDG_CONFIG_HOME": str(tmp_path)}) as terminal:
        terminal.wait_for(FUNDED)
        assert b"48;2;251;250;247" in terminal.drawn  # the paper
        assert terminal.leave("Q") == 0

"""The command line: what it says to those who ask wrongly, and how little it loads."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from lnwallet_tui import cli
from lnwallet_tui.cli import wallets
from tests.cli.forms import assert_error, commands
from tests.cli.run import lnwallet
from tests.cli.terminal import Terminal


def test_version() -> None:
    done = lnwallet("--version")
    assert (done.returncode, done.stdout) == (0, f"{version('lnwallet-tui')}\n")


def test_help_names_every_command() -> None:
    done = lnwallet("--help")
    assert done.returncode == 0
    assert "play" in done.stdout
    assert "doctor" in done.stdout


def test_where_there_is_no_screen_it_is_said_and_what_there_is() -> None:
    done = lnwallet()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The screen needs a terminal")
    assert "lnwallet-tui --help" in done.stderr


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in commands():
        with pytest.raises(SystemExit) as ended:
            cli.main([command, "--help"])
        assert ended.value.code == 0
        assert f"lnwallet-tui {command} " in capsys.readouterr().out


@pytest.mark.parametrize("words", [("play",), (), ("channels",)])
def test_help_loads_nothing_that_is_slow(words: tuple[str, ...]) -> None:
    code = (
        "import sys; from lnwallet_tui import cli\n"
        f"try: cli.main({[*words, '--help']})\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "argparse" in loaded
    assert not loaded & {"textual", "rich", "asyncio", "sqlite3", "coincurve", "keyring", "pbk"}


def test_the_wallets_own_screen_loads_no_node() -> None:
    """That is in another process; and nobody plays."""
    code = (
        "import sys; from lnwallet_tui import attach, cli\n"
        "cli._no_screen = str\n"
        "def run(*_, **__):\n"
        "    import lnwallet_tui.ui.app, lnwallet_tui.ui.screens.home\n"
        "    print(*sys.modules)\n"
        "attach.run = run\n"
        "cli.main([])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "lnwallet_tui.ui.app" in loaded
    others = {"node", "playground", "store", "keys", "channel", "payment", "onchain", "wire"}
    assert not loaded & {f"lnwallet_tui.{room}" for room in others} | loaded & {"pbk", "sqlite3"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fly",), "invalid choice: 'fly'"),
        (("play", "--seed", "-1"), "--seed"),
        (("play", "--seed", "seven"), "'seven' is not a whole number"),
        (("play", "--seed", "9" * 19), "is not a whole number from 0 to 10^18 - 1"),
        (("play", "--blocks", "here"), "--json and --blocks go with --tour"),
        (("play", "--config", __file__), "is no folder; --config names the one for config.toml"),
        (("play", "--tour", "--config", "."), "--config is for the screen; --tour has none"),
    ],
)
def test_who_asks_wrongly_is_told_what_is_wrong(arguments: tuple[str, ...], words: str) -> None:
    done = lnwallet(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("send A abc --json", "Argument AMOUNT_SAT: 'abc' is not a whole number of sat."),
        ("send --json A -5", "Argument AMOUNT_SAT: '-5' is not a whole number of sat."),
        ("send A --json", "Give each address with its amount: ADDRESS AMOUNT_SAT."),
        ("close --js", "The following arguments are required: CHANNEL_ID."),
        ("bump T --feerate abc --json", "Argument --feerate: 'abc' is no feerate in sat/vB."),
        ("--datadir w status --json", "--datadir stands behind the command: "),
        ("status much --json", "Unrecognized arguments: much."),
        ("play --json", "--json and --blocks go with --tour."),
    ],
)
def test_a_program_that_asks_wrongly_gets_one_object(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(line.split())
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (2, "")
    error = json.loads(out)["error"]
    assert_error(error)
    assert error["code"] == "usage"
    assert error["message"].startswith(message)
    assert error["remedy"].endswith(" --help")


@pytest.mark.parametrize("line", ["close", "send A abc -- --json", "--config"])
def test_people_who_ask_wrongly_see_how_it_is_asked(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(line.split())
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert err.startswith("usage: lnwallet-tui")


def test_files_of_a_world_are_not_mixed_with_others(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    done = lnwallet("play", "--tour", "--folder", tmp_path)
    assert done.returncode == 2
    assert "is not an empty folder" in done.stderr
    assert "is not an empty folder" in lnwallet("play", "--folder", tmp_path / "a file").stderr


def test_a_world_that_one_comes_back_to_keeps_its_seed(tmp_path: Path) -> None:
    (tmp_path / "world.json").touch()
    for options in (("--tour",), ("--seed", "7")):
        done = lnwallet("play", "--folder", tmp_path, *options)
        assert done.returncode == 2
        assert "holds a world already; --tour and --seed are for new ones" in done.stderr


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text("[]")
    with Terminal("play", "--folder", str(tmp_path)) as terminal:
        assert terminal.end() == 1
        said = terminal.text.splitlines()
    assert said[0].endswith("is not the page of a world.")
    assert said[1:] == ["Choose another folder, or a new one."]


def test_a_world_of_another_version_is_left_alone(tmp_path: Path) -> None:
    page = '{"seed":1,"visits":2,"now":1735689600,"birthday":111,"waiting":[]}'
    (tmp_path / "world.json").write_text(page)
    with Terminal("play", "--folder", str(tmp_path)) as terminal:
        assert terminal.end() == 1
        said = " ".join(terminal.text.split())
    assert "begun by another version of this program and cannot be continued." in said
    assert said.endswith("Choose another folder, or a new one.")
    assert (tmp_path / "world.json").read_text() == page


def test_a_first_visit_that_ended_early_is_begun_again_and_goes_on_to_its_last_word(
    tmp_path: Path,
) -> None:
    world, blocks = tmp_path / "world", tmp_path / "blocks"
    world.mkdir()
    blocks.mkdir()
    (world / "wallet.lock").touch()
    (world / "blocks.hex").write_text("00")
    (world / "wallet.seed").touch()  # words that were kept there wait for a world
    done = lnwallet("play", "--tour", "--folder", world, "--blocks", blocks)
    told = [line.split()[:2] for line in done.stdout.splitlines()]
    assert {word for word, _ in told} == {"ok"}
    assert told[-1] == ["ok", "done"]
    # A file that cannot be written has a remedy, and is the only thing that was wrong.
    assert done.stderr == f"{blocks} cannot be written: Is a directory.\nName another file.\n"
    assert done.returncode == 1


@pytest.mark.parametrize("name", ["file/below", "n" * 300])
def test_a_folder_that_cannot_be_made_has_a_remedy(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    done = lnwallet("play", "--tour", "--folder", tmp_path / name)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert "hoose another folder" in done.stderr


def test_a_folder_for_settings_is_made_as_one_for_a_world_is(tmp_path: Path) -> None:
    world, settings = tmp_path / "world", tmp_path / "new" / "settings"
    world.mkdir()
    (world / "world.json").write_text("[]")  # so that it ends at once
    for config, said in ((settings, "page of a world"), (tmp_path / ("n" * 300), "cannot be made")):
        with Terminal("play", "--folder", str(world), "--config", str(config)) as terminal:
            assert terminal.end() == 1
            assert said in terminal.text
            assert "Choose another folder" in terminal.text
    assert settings.is_dir()


def _heed_interrupts() -> None:
    """As at a prompt, also where the tests themselves run in the background of a shell."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def begin_tour() -> subprocess.Popen[str]:
    """A tour that has told its first line."""
    tour = subprocess.Popen(
        [sys.executable, "-m", "lnwallet_tui", "play", "--tour"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_interrupts,
    )
    assert tour.stdout is not None
    assert tour.stdout.readline().startswith("ok ")
    return tour


def test_an_interrupted_tour_says_so() -> None:
    tour = begin_tour()
    tour.send_signal(signal.SIGINT)
    _, errors = tour.communicate(timeout=60)
    assert (tour.returncode, errors) == (130, "Interrupted.\n")


def test_a_tour_that_nobody_reads_ends_without_a_word() -> None:
    tour = begin_tour()
    assert tour.stdout is not None
    assert tour.stderr is not None
    tour.stdout.close()
    errors = tour.stderr.read()
    tour.stderr.close()
    assert (tour.wait(60), errors) == (141, "")


def test_without_the_engine_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "find_spec", lambda _name: None)
    assert cli.main(["play"]) == 1
    words = capsys.readouterr().err
    assert f"{sys.executable} -m pip install 'lnwallet-tui[play]'" in words


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_tour_whose_output_is_full_says_so() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lnwallet_tui", "play", "--tour"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == (
        "The output cannot be written: No space left on device.\nWrite it somewhere else.\n"
    )


def test_what_is_said_for_a_node_at_the_screen_is_what_the_node_is_started_with() -> None:
    peers = [("--chain-peer", "a:1"), ("--chain-peer", "b:2")]
    said = [*peers, ("--listen", "c:3"), ("--proxy", "d:4")]
    words = [word for option in said for word in option]
    assert wallets.for_node(cli._parser().parse_args(words)) == said
    assert wallets.for_node(cli._parser().parse_args([])) == []

"""What the doctor finds on machines that lack something, and what it prescribes."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from lnwallet_tui import doctor
from lnwallet_tui.doctor import Finding
from tests.cli.run import lnwallet
from tests.running.notices import session


def test_a_machine_on_which_the_tests_run_has_what_is_needed() -> None:
    done = lnwallet("doctor", LC_ALL="C.UTF-8")
    assert done.returncode == 0, done.stdout
    assert f"{'Python':<14}CPython {'.'.join(map(str, sys.version_info[:3]))}" in done.stdout
    assert "consensus engine" in done.stdout
    assert "keyring" in done.stdout
    assert all(len(line) < 80 for line in done.stdout.splitlines())


def test_what_is_needed_and_missing_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_engine(name: str) -> ModuleType:
        if name == "pbk":
            raise ImportError
        return importlib.import_module(name)

    monkeypatch.setattr(doctor, "import_module", without_engine)
    assert doctor.run() == 1
    told = capsys.readouterr().out
    assert f"\n{sys.executable} -m pip install 'lnwallet-tui[play]'\n" in told  # to be pasted


@pytest.mark.parametrize(
    ("terminals", "words"),
    [
        ((True, True, False), "its error output is none"),
        ((False, True, True), "its input is none"),
        ((True, False, False), "its output and error output are none"),
        ((False, False, False), "its input, output and error output are none"),
    ],
)
def test_what_is_said_to_be_no_terminal_is_none(
    terminals: tuple[bool, bool, bool], words: str
) -> None:
    leader, follower = os.openpty()
    with open(leader, "rb", buffering=0), open(follower) as yes, open(os.devnull) as no:
        found = doctor.screen({"TERM": "xterm"}, [yes if one else no for one in terminals])
    assert found.found == f"The screen needs a terminal, and {words}"
    assert "2>" in found.remedy


def test_what_can_be_done_without_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lack = Finding("keyring", "none", "Install one.", needed=False)
    monkeypatch.setattr(doctor, "examine", lambda _environment: [lack])
    assert doctor.run() == 0
    assert capsys.readouterr().out == "! keyring       none\n             -> Install one.\n"


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (doctor.python((3, 10, 12)), "Install Python 3.11"),
        (doctor.python((3, 14, 0)), "Install Python 3.11"),
        (doctor.sqlite((3, 34, 1)), "SQLite 3.37"),
        (doctor.package("no-such-package"), "pip install --force-reinstall no-such-package"),
        (doctor.terminal({"TERM": "dumb"}, is_terminal=True), "Set TERM"),
        (doctor.terminal({}, is_terminal=True), "Set TERM"),
        (doctor.terminal_size(79, 24), "Enlarge it to 80x24"),
        (doctor.terminal_size(80, 23), "Enlarge it to 80x24"),
        (doctor.characters("ANSI_X3.4-1968"), "UTF-8 locale"),
        (doctor.characters("utf-8", "ISO-8859-15"), "UTF-8 locale"),
    ],
)
def test_every_lack_has_a_remedy(finding: Finding, words: str) -> None:
    assert finding.needed
    assert words in f"{finding.remedy} {finding.command}"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"TERM": "xterm-256color"}, "xterm-256color, 256 colours"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "xterm, 16 million colours"),
        ({"TERM": "linux"}, "linux, 16 colours"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "xterm-256color, no colours"),
    ],
)
def test_colours_are_named(environment: dict[str, str], words: str) -> None:
    found = doctor.terminal(environment, is_terminal=True)
    assert found.found.startswith(words)
    assert not found.remedy


def test_settings_that_are_not_understood_are_told_and_do_not_fail(tmp_path: Path) -> None:
    folder = tmp_path / "lnwallet-tui"
    (folder / "themes").mkdir(parents=True)
    assert doctor.settings(folder) == Finding("settings", str(folder), needed=False)
    (folder / "config.toml").write_text("colour = 1")
    (folder / "themes" / "mine.toml").write_text("")
    done = lnwallet("doctor", LC_ALL="C.UTF-8", XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 0
    told = " ".join(done.stdout.split())
    assert "config.toml, line 1: there is no key" in told
    assert "The theme file mine.toml was not used" in told


@pytest.mark.parametrize(
    ("environment", "charset"),
    [
        ({}, ""),
        ({"LANG": "C"}, ""),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": ""}, "UTF-8"),
        ({"LANG": "de_DE.UTF-8", "LC_CTYPE": "de_DE.ISO-8859-15@euro"}, "ISO-8859-15"),
        ({"LC_CTYPE": "de_DE.ISO-8859-1", "LC_ALL": "C.utf8"}, "utf8"),
    ],
)
def test_the_locale_names_the_characters(environment: dict[str, str], charset: str) -> None:
    assert doctor.charset(environment) == charset


def test_what_is_well_needs_no_remedy() -> None:
    well = [
        doctor.python((3, 13, 1)),
        doctor.sqlite((3, 46, 0)),
        doctor.package("msgspec"),
        doctor.terminal({}, is_terminal=False),
        doctor.terminal_size(80, 24),
        doctor.characters("utf-8", ""),
        doctor.characters("UTF-8", "utf8"),
    ]
    assert [finding.remedy for finding in well] == [""] * len(well)


def test_whether_the_desktop_shows_notices_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with session(monkeypatch) as desktop:
        nobody = Finding("notices", "no desktop here shows them", needed=False)
        assert doctor.notices() == nobody
        desktop.begin()
        assert doctor.notices() == Finding("notices", "the desktop shows them", needed=False)

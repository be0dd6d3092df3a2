"""Beside the drawing of codes: which terminal this is, what the user chose, codes as images."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lnwallet_tui.ui import config
from lnwallet_tui.ui.codes.behind import of_all
from lnwallet_tui.ui.codes.drawing import Drawing
from lnwallet_tui.ui.codes.image import png
from lnwallet_tui.ui.codes.terminal import Sextants, Terminal, terminal_of
from lnwallet_tui.ui.widgets.qr import Mode, QrCode
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import PATIENCE, Stage, on_stage
from tests.ui.test_look import is_written, with_settings

DRAWN, PERHAPS, NOT_DRAWN = Sextants


@pytest.mark.parametrize(
    ("environment", "name", "sextants"),
    [
        ({}, "unknown", PERHAPS),
        ({"TERM": "xterm-256color"}, "xterm-256color", PERHAPS),  # as everywhere over ssh
        ({"TERM": "linux"}, "linux", NOT_DRAWN),
        ({"TERM": "alacritty"}, "alacritty", PERHAPS),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7006"}, "vte", DRAWN),
        ({"VTE_VERSION": "5202"}, "vte", PERHAPS),
        ({"VTE_VERSION": "new"}, "vte", PERHAPS),
        ({"KITTY_WINDOW_ID": "1", "VTE_VERSION": "7006"}, "kitty", DRAWN),
        ({"KONSOLE_VERSION": "221203"}, "konsole", DRAWN),
        ({"WT_SESSION": "x"}, "windows-terminal", PERHAPS),
        ({"TERM_PROGRAM": "WezTerm"}, "wezterm", DRAWN),
        ({"TERM_PROGRAM": "ghostty"}, "ghostty", DRAWN),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm-app", PERHAPS),
        ({"TERM_PROGRAM": "Apple_Terminal"}, "apple-terminal", NOT_DRAWN),
        ({"TERM": "foot-direct"}, "foot", DRAWN),
        ({"TERM": "xterm-kitty"}, "xterm-kitty", DRAWN),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(379)"}, "xterm", NOT_DRAWN),
        # Started from within another one, either could be the one that draws.
        ({"XTERM_VERSION": "XTerm(379)", "VTE_VERSION": "7006"}, "xterm", PERHAPS),
        ({"VTE_VERSION": "7006", "TMUX": "x"}, "tmux", PERHAPS),
        ({"KITTY_WINDOW_ID": "1", "TERM": "tmux-256color"}, "tmux", PERHAPS),
        ({"TERM": "screen.xterm-256color"}, "screen", PERHAPS),
        ({"KITTY_WINDOW_ID": "1", "STY": "1.tty"}, "screen", PERHAPS),
        ({"KITTY_WINDOW_ID": "1", "ZELLIJ": "0"}, "zellij", PERHAPS),
        ({"TERM_PROGRAM": "\x1b]52;c;x\x07 [b]" * 9}, "52-c-x-b-52-c-x-b-52-c-x-b-52-", PERHAPS),
    ],
)
def test_the_terminal_by_what_it_tells(
    environment: dict[str, str], name: str, sextants: Sextants
) -> None:
    assert terminal_of(environment) == Terminal(name, sextants)


@pytest.mark.parametrize(
    ("sextants", "chosen", "mode", "may_be_finer"),
    [
        (DRAWN, None, Mode.FINE, True),
        (PERHAPS, None, Mode.HALF, True),
        (NOT_DRAWN, None, Mode.HALF, False),
        (DRAWN, "half", Mode.HALF, False),
        (NOT_DRAWN, "fine", Mode.FINE, False),
        (PERHAPS, "full", Mode.FULL, False),
    ],
)
def test_what_the_user_chose_comes_first(
    sextants: Sextants, chosen: str | None, mode: Mode, may_be_finer: bool
) -> None:
    drawing = Drawing(Terminal("one", sextants))
    drawing.remember({"another": "full", **({"one": chosen} if chosen else {})})
    assert (drawing.mode, drawing.may_be_finer) == (mode, may_be_finer)


def test_the_settings_know_every_way_to_draw() -> None:
    assert tuple(mode.name.lower() for mode in Mode) == config.DRAWINGS


@pytest.mark.parametrize(
    ("told", "sextants"),
    [
        ([], PERHAPS),
        ([""], PERHAPS),
        (["kitty(0.26.5)"], DRAWN),
        (["VTE(7006)", "foot(1.13.1)", "WezTerm 20230712"], DRAWN),
        (["kitty(0.26.5)", ""], PERHAPS),
        (["kitty(0.26.5)", "XTerm(379)"], NOT_DRAWN),
        (["tmux 3.3a"], PERHAPS),
    ],
)
def test_behind_tmux_all_must_be_able_to(told: list[str], sextants: Sextants) -> None:
    assert of_all(told) is sextants


# -- in the settings
async def test_what_is_wrong_in_the_table_is_told(tmp_path: Path) -> None:
    async with with_settings(tmp_path, '[codes]\nkitty = "fine"\nxterm = "blocks"\n') as stage:
        await stage.shows('config.toml, line 3: "codes.xterm" is one of "fine", "half", "full".')


async def test_m_is_kept_for_this_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITTY_WINDOW_ID", "1")
    async with with_settings(tmp_path, 'theme = "paper"\n') as stage:
        await stage.press("3", "tab", "enter")
        assert stage.app.screen.query_one(QrCode).mode is Mode.FINE
        await stage.press("m")
        await stage.shows("Drawn in half blocks from now on.")
        await is_written(stage, tmp_path / "config.toml", 'kitty = "half"')
    async with with_settings(tmp_path) as stage:
        assert stage.app.theme == "paper"
        await stage.press("3", "tab", "enter")
        assert stage.app.screen.query_one(QrCode).mode is Mode.HALF
        await stage.shows("this code needs")  # it is not drawn finer than was chosen
    monkeypatch.delenv("KITTY_WINDOW_ID")
    monkeypatch.setenv("TERM_PROGRAM", "ghostty")
    async with with_settings(tmp_path) as stage:
        await stage.press("3", "tab", "enter")
        assert stage.app.screen.query_one(QrCode).mode is Mode.FINE


# -- as an image
@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop whose folder for things of this session is this one."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("DISPLAY", ":nowhere")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return folder


def with_opener(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A desktop's opener is whatever program of that name is there."""
    opener = folder / "xdg-open"
    opener.write_text(f"#!/bin/sh\n{script}\n")
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


async def opened(stage: Stage, folder: Path) -> Path:
    """Until the image has been handed over."""
    for _ in range(PATIENCE * 10):
        if (folder / "opened").is_file():
            return Path((folder / "opened").read_text().strip())
        await stage.pilot.pause(0.01)
    raise AssertionError(f"nothing was opened:\n{stage.text}")


async def test_the_image_is_private_read_by_others_and_goes_away(
    tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
    from PIL import Image

    note = f'echo "$1" > {tmp_path}/draft\nmv {tmp_path}/draft {tmp_path}/opened'
    with_opener(tmp_path, monkeypatch, note)
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "tab", "enter", "o")
        path = await opened(stage, tmp_path)
        await stage.shows("The image is opened beside the terminal.")
        assert path.parent.parent == runtime
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        [found] = zxingcpp.read_barcodes(Image.open(path))
        assert found.text == views.INVOICE.upper()
        await stage.press("n")
        assert os.listdir(runtime) == []
        (tmp_path / "opened").unlink()
        await stage.press("tab", "enter", "o")
        assert (await opened(stage, tmp_path)).is_file()
    assert os.listdir(runtime) == []


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 3", "No program here opens a PNG image. Install an image viewer."),
        (None, "There is no xdg-open here, so nothing can open an image. Install xdg-utils."),
    ],
    ids=["nothing opens it", "no opener"],
)
async def test_where_nothing_opens_it_that_is_said(
    script: str | None, words: str, tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if script is None:
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        with_opener(tmp_path, monkeypatch, script)
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "tab", "enter", "o")
        await stage.says("#no-image", words, "Press y to copy the text instead.")
        assert os.listdir(runtime) == []


async def test_where_there_is_no_desktop_that_is_said(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY")
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("3", "tab", "enter", "o")
        await stage.says("#no-image", "There is no desktop here that could show an image.")
        await stage.press("n")
        await stage.lacks("There is no desktop")


def test_the_image_has_the_whole_quiet_zone() -> None:
    from io import BytesIO

    from PIL import Image

    image = Image.open(BytesIO(png("lightning:x"))).convert("L")
    frame = 4 * 12
    assert image.size == ((21 + 8) * 12,) * 2
    assert image.crop((0, 0, image.width, frame)).getextrema() == (255, 255)
    assert image.getpixel((frame, frame)) == 0

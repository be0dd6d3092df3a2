"""The playground's Receive page, photographed in real terminals: phones must read its code."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from tests.ui.terminals.conftest import need
from tests.ui.terminals.display import Display
from tests.ui.terminals.emulators import (
    KITTY,
    TMUX_IN_KITTY,
    TMUX_IN_XTERM,
    VTE,
    XTERM,
    Emulator,
    Window,
    opened,
)

_TRIES, _BETWEEN = 60, 0.25
"""A terminal draws when it wants to: it is looked at again and again, up to a minute."""


def read_in(window: Window, display: Display) -> set[str]:
    """Until all readers agree on what stands there; what that is."""
    photo = display.photograph()
    for _ in range(_TRIES):
        if window.shown:
            photo = display.photograph()
            read = display.by_zxing(photo)
            if read and read == display.by_zbar(photo) == display.by_zxing_tilted(photo):
                return read
        assert not window.has_ended
        time.sleep(_BETWEEN)
    raise AssertionError(f"nobody reads {window.shown!r}: {kept(photo)}")


def kept(photo: Image.Image) -> Path:
    """The photograph, for whoever looks into it."""
    path = Path.cwd() / ".cache" / "unread.png"
    path.parent.mkdir(exist_ok=True)
    photo.save(path)
    return path


@pytest.mark.parametrize("emulator", [VTE, KITTY, TMUX_IN_KITTY], ids=lambda one: one.name)
def test_an_invoice_is_read_at_80_by_24_where_the_terminal_draws_blocks_itself(
    emulator: Emulator, screen: Display, folder: Path
) -> None:
    need(*emulator.programs)
    with opened(emulator, screen, folder) as window:
        read = read_in(window, screen)
        assert read == {window.shown.upper()}
        assert len(window.shown) > 250


def test_a_larger_window_is_enough_where_it_leaves_them_to_its_font(
    screen: Display, folder: Path
) -> None:
    need(*XTERM.programs)
    with opened(XTERM, screen, folder, size=(120, 40)) as window:
        assert read_in(window, screen) == {window.shown.upper()}


@pytest.mark.parametrize("emulator", [XTERM, TMUX_IN_XTERM], ids=lambda one: one.name)
def test_an_address_is_read_at_80_by_24_in_every_one(
    emulator: Emulator, screen: Display, folder: Path
) -> None:
    need(*emulator.programs)
    with opened(emulator, screen, folder, "ctrl+o") as window:
        read = read_in(window, screen)
        assert read == {window.shown.upper()}
        assert window.shown.startswith("bcrt1")


def test_where_nothing_fits_the_image_is_read(screen: Display, folder: Path) -> None:
    """At 80 by 24 xterm has no characters for an invoice: the page says so, and o opens it."""
    need(*XTERM.programs)
    viewer = folder / "xdg-open"
    viewer.write_text(
        f'#!/bin/sh\ncp "$1" {folder}/draft.png\nmv {folder}/draft.png {folder}/seen.png\n'
    )
    viewer.chmod(0o755)
    with opened(XTERM, screen, folder, "o", path=str(folder)) as window:
        for _ in range(_TRIES):
            if window.shown and (folder / "seen.png").is_file():
                break
            assert not window.has_ended
            time.sleep(_BETWEEN)
        assert screen.by_zxing(screen.photograph()) == set()
        with Image.open(folder / "seen.png") as image:
            read = [screen.by_zxing(image), screen.by_zbar(image), screen.by_zxing_tilted(image)]
        assert read == [{window.shown.upper()}] * 3

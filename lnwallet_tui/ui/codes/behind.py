"""The terminal behind tmux, which knows with whom it speaks: it asked when somebody attached."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from typing import Final

from lnwallet_tui.ui.codes.terminal import Sextants

_PATIENCE: Final = 3  # seconds
_KNOWN: Final = {
    "vte(": Sextants.DRAWN,
    "kitty(": Sextants.DRAWN,
    "foot(": Sextants.DRAWN,
    "wezterm ": Sextants.DRAWN,
    "ghostty ": Sextants.DRAWN,
    "konsole ": Sextants.DRAWN,
    "xterm(": Sextants.NOT_DRAWN,
}
"""How terminals answer when they are asked who they are, in small letters."""


async def behind_tmux() -> Sextants:
    """What all terminals that show this session can draw; several may be attached."""
    tmux, pane = shutil.which("tmux"), os.environ.get("TMUX_PANE", "")
    if tmux is None or not pane:
        return Sextants.PERHAPS
    line = [tmux, "list-clients", "-t", pane, "-F", "#{client_termtype}"]
    process = await asyncio.create_subprocess_exec(
        *line, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )
    try:
        told, _ = await asyncio.wait_for(process.communicate(), _PATIENCE)
    except TimeoutError:
        return Sextants.PERHAPS
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return of_all(told.decode(errors="replace").splitlines())


def of_all(told: list[str]) -> Sextants:
    """What each of these has told of itself, taken together."""
    each = {
        next(
            (can for name, can in _KNOWN.items() if one.lower().startswith(name)), Sextants.PERHAPS
        )
        for one in told
    }
    if Sextants.NOT_DRAWN in each:
        return Sextants.NOT_DRAWN
    return Sextants.DRAWN if each == {Sextants.DRAWN} else Sextants.PERHAPS

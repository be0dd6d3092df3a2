"""What other programs see for us: the clipboard's image, and the screen where they must take it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from typing import Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.ui.scan import answers, portal
from lnwallet_tui.ui.scan.answers import TOO_LARGE, Codes
from lnwallet_tui.ui.scan.reader import MOST_BYTES

_PATIENCE: Final = 15  # seconds: somebody may have to be asked
_BLOCK: Final = 1 << 16
_CLIPBOARDS: Final = {
    "wl-paste": ("WAYLAND_DISPLAY", ("--type", "image/png")),
    "xclip": ("DISPLAY", ("-selection", "clipboard", "-target", "image/png", "-out")),
}
_INSTALLS: Final = {"wl-paste": "wl-clipboard", "xclip": "xclip"}
_DROP: Final = "Or save the picture and drop the file here."
_NOT_GIVEN: Final = Refused(
    RefusalCode.NOT_READY,
    "There is no image on the clipboard.",
    f"Copy the picture of a code, then try again. {_DROP}",
)


async def read_clipboard() -> Codes | Refused:
    """The codes in the image on the clipboard."""
    line = _clipboard_line()
    if isinstance(line, Refused):
        return line
    data = await output_of(line)
    if isinstance(data, Refused):
        return data
    return await answers.read_image(data) if data else _NOT_GIVEN


async def read_screen() -> Codes | Refused:
    """The codes on the whole screen."""
    if sys.platform == "darwin":
        return await answers.read_screen()
    if os.environ.get("WAYLAND_DISPLAY"):
        return await _of_wayland()
    if not os.environ.get("DISPLAY"):
        message = "There is no desktop here whose screen could be looked at."
        return Refused(RefusalCode.NOT_READY, message, "Drop the file of an image here instead.")
    return await answers.read_screen()


async def _of_wayland() -> Codes | Refused:
    """There a program sees only itself; others take the picture for it."""
    grim = shutil.which("grim")
    data = await output_of([grim, "-t", "ppm", "-"]) if grim is not None else b""
    if not data:
        data = await portal.picture()
    return data if isinstance(data, Refused) else await answers.read_image(data)


def _clipboard_line() -> list[str] | Refused:
    if sys.platform == "darwin":
        found = shutil.which("pngpaste")
        if found is not None:
            return [found, "-"]
        message = "There is no pngpaste here, which gives the clipboard's image."
        return Refused(RefusalCode.NOT_READY, message, f"brew install pngpaste. {_DROP}")
    wanted = [one for one, (variable, _) in _CLIPBOARDS.items() if os.environ.get(variable)]
    for name in wanted:
        found = shutil.which(name)
        if found is not None:
            return [found, *_CLIPBOARDS[name][1]]
    if not wanted:
        message = "There is no desktop here whose clipboard could be looked at."
        return Refused(RefusalCode.NOT_READY, message, "Drop the file of an image here instead.")
    message = f"There is no {wanted[0]} here, which gives the clipboard's image."
    return Refused(RefusalCode.NOT_READY, message, f"Install {_INSTALLS[wanted[0]]}. {_DROP}")


async def output_of(line: Sequence[str]) -> bytes | Refused:
    """What a program writes, as far as it may be; empty where it fails."""
    process = await asyncio.create_subprocess_exec(
        *line, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )
    assert process.stdout is not None
    data = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            while block := await process.stdout.read(_BLOCK):
                data += block
                if len(data) > MOST_BYTES:
                    return TOO_LARGE
            return bytes(data) if await process.wait() == 0 else b""
    except TimeoutError:
        return b""
    finally:
        await answers.ended(process)

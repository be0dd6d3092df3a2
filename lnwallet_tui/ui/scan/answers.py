"""What the reader's process answers, in words for the screen; the loop only waits for it."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.ui.scan.reader import MOST_BYTES, MOST_PIXELS

Codes = tuple[Untrusted, ...]
"""What codes say, at least one."""

_READER: Final = Path(__file__).with_name("reader.py")
_PATIENCE: Final = 40  # seconds; the process has less of the processor than that
_MEGA: Final = 1_000_000
TOO_LARGE: Final = Refused(
    RefusalCode.BAD_INPUT,
    f"This file is larger than {MOST_BYTES // _MEGA} MB, so it was not opened.",
    "Cut the code out of it, or make the image smaller.",
)
NO_CODE: Final = Refused(
    RefusalCode.BAD_INPUT,
    "There is no QR code in this picture that can be read.",
    "See that the whole code is in it, sharp, with a white edge around it.",
)
STUCK: Final = Refused(
    RefusalCode.BAD_INPUT,
    "The picture could not be read: its reader was stopped.",
    "Take another picture of the code, or paste its text.",
)
_PROBLEMS: Final = {
    "too large": TOO_LARGE,
    "too many pixels": Refused(
        RefusalCode.BAD_INPUT,
        f"This image has more than {MOST_PIXELS // _MEGA} million pixels, so it was not opened.",
        "Cut the code out of it, or make the image smaller.",
    ),
    "no image": Refused(
        RefusalCode.BAD_INPUT,
        "This is no image that can be read here, or it is damaged.",
        "PNG, JPEG, WebP, GIF and BMP are read.",
    ),
    "no screen": Refused(
        RefusalCode.NOT_READY,
        "The system does not let this program see the screen.",
        "Save a picture of the code, and drop the file here.",
    ),
}


def command(*arguments: str) -> list[str]:
    """The line that starts the reader. Its own folder is not where it looks for modules."""
    return [sys.executable, "-P", str(_READER), *arguments]


async def read_image(data: bytes) -> Codes | Refused:
    """The codes in the file of an image."""
    if len(data) > MOST_BYTES:
        return TOO_LARGE
    return await _asked(command("image"), data)


async def read_screen() -> Codes | Refused:
    """The codes on the whole screen, where this program may look at it."""
    return await _asked(command("screen"), b"")


async def _asked(line: list[str], data: bytes) -> Codes | Refused:
    process = await asyncio.create_subprocess_exec(*line, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    try:
        answer, _ = await asyncio.wait_for(process.communicate(data), _PATIENCE)
    except TimeoutError:
        return STUCK
    finally:
        await ended(process)
    return meaning(answer)


def meaning(line: bytes) -> Codes | Refused:
    """What one answer says. The process may have been taken over by what it read, so nothing is
    taken for granted."""
    try:
        answer = json.loads(line)
    except ValueError:
        return STUCK
    match answer:
        case {"codes": [_, *_] as codes} if all(isinstance(one, str) for one in codes):
            return tuple(Untrusted(one) for one in codes)
        case {"codes": []}:
            return NO_CODE
        case {"problem": str(problem)}:
            return _PROBLEMS.get(problem, STUCK)
        case _:
            return STUCK


async def ended(process: Process) -> None:
    """Have it end, if it has not."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()

"""A camera, through ffmpeg: it writes grey frames straight to the reader's process, which answers
for each what codes it saw, with a small picture for whoever holds the code up."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.ui.scan import answers

WIDE, HIGH = 640, 480
_FRAMES: Final = 8  # a second
_LONGEST_LINE: Final = 1 << 20
_DROP: Final = "Save a picture of the code and drop the file here."


ENDED: Final = Refused(
    RefusalCode.NOT_READY,
    "The camera gives no more pictures.",
    f"See that it is plugged in. {_DROP}",
)


@dataclass(frozen=True, slots=True)
class Source:
    """What ffmpeg reads from: its own name for the kind, and for the thing."""

    kind: str
    name: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """Grey pixels, row by row, as in a mirror."""

    wide: int
    high: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """What was seen in one moment."""

    preview: Preview
    codes: tuple[Untrusted, ...]


def find() -> Source | Refused:
    """The first camera of this machine. Looks into the system's folder of devices."""
    if shutil.which("ffmpeg") is None:
        message = "There is no ffmpeg here, which reads the camera."
        return Refused(RefusalCode.NOT_READY, message, f"Install ffmpeg. {_DROP}")
    if sys.platform == "darwin":
        return Source("avfoundation", "0:none", ("-framerate", "30"))
    devices = sorted(Path("/dev").glob("video[0-9]*"), key=lambda one: (len(one.name), one.name))
    for device in devices:
        if os.access(device, os.R_OK | os.W_OK):
            return Source("v4l2", str(device))
    if devices:
        message = "There is a camera, but you may not use it."
        return Refused(RefusalCode.NOT_READY, message, "Have yourself added to the group video.")
    return Refused(RefusalCode.NOT_READY, "There is no camera on this machine.", _DROP)


def line_of(source: Source) -> list[str]:
    """Frames of one size, some a second, in greys. Nothing of the source's text is shown."""
    shape = f"fps={_FRAMES},scale={WIDE}:{HIGH}:force_original_aspect_ratio=decrease"
    filters = f"{shape},pad={WIDE}:{HIGH}:-1:-1"
    return [
        "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "fatal",
        *source.options, "-f", source.kind, "-i", source.name,
        "-an", "-vf", filters, "-pix_fmt", "gray", "-f", "rawvideo", "-",
    ]  # fmt: skip


async def look(source: Source, wide: int, high: int) -> AsyncGenerator[Frame | Refused, None]:
    """Frame after frame until the source ends or who asked stops asking; the camera is off then."""
    begun: list[Process] = []
    try:
        reader = await _joined(line_of(source), wide, high, begun)
        assert reader.stdout is not None
        seen = False
        while line := await reader.stdout.readline():
            seen = True
            frame = _frame(line, wide, high)
            yield frame
            if isinstance(frame, Refused):
                return
        if not seen:
            message = "The camera gives no picture."
            remedy = f"See that no other program uses it. {_DROP}"
            yield Refused(RefusalCode.NOT_READY, message, remedy)
    finally:
        for process in begun:
            await answers.ended(process)


async def _joined(line: Sequence[str], wide: int, high: int, begun: list[Process]) -> Process:
    """ffmpeg's output is the reader's input: no frame passes through the wallet."""
    inside, outside = os.pipe()
    sizes = [str(one) for one in (WIDE, HIGH, wide, high)]
    try:
        begun.append(
            await asyncio.create_subprocess_exec(
                *line, stdin=DEVNULL, stdout=outside, stderr=DEVNULL
            )
        )
        reader = await asyncio.create_subprocess_exec(
            *answers.command("frames", *sizes),
            stdin=inside,
            stdout=PIPE,
            stderr=DEVNULL,
            limit=_LONGEST_LINE,
        )
    finally:
        os.close(inside)
        os.close(outside)
    begun.append(reader)
    return reader


def _frame(line: bytes, wide: int, high: int) -> Frame | Refused:
    meaning = answers.meaning(line)
    try:
        pixels = base64.b64decode(json.loads(line)["preview"], validate=True)
    except (ValueError, TypeError, KeyError):
        return answers.STUCK
    if len(pixels) != wide * high:
        return answers.STUCK
    preview = Preview(wide, high, pixels)
    return Frame(preview, () if isinstance(meaning, Refused) else meaning)

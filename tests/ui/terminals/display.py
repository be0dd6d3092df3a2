"""A display of our own (Xvfb), photographs of it, and two readers of codes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import mss
import zxingcpp
from PIL import Image

WIDE, HIGH = 1280, 900
_TILT, _SHRINK = 4, 0.67
"""As a phone sees it: a bit askew, and in pixels that are not those of the screen."""
PACKAGES: Final = {
    "Xvfb": "xvfb",
    "zbarimg": "zbar-tools",
    "lxterminal": "lxterminal",
    "kitty": "kitty",
    "xterm": "xterm",
    "tmux": "tmux",
    "xclip": "xclip",
    "ffmpeg": "ffmpeg",
    "dbus-daemon": "dbus-daemon",
}


def why_not(*programs: str) -> str:
    """Which of them is missing, and its package; empty if none is."""
    missing = [PACKAGES[program] for program in programs if shutil.which(program) is None]
    if not missing:
        return ""
    return f"real terminals are missing (Debian: apt-get install {' '.join(missing)})"


class Display:
    """`name` is what a program of it finds in DISPLAY."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    def photograph(self) -> Image.Image:
        """Everything that stands on it."""
        with mss.MSS(display=self.name) as camera:
            shot = camera.grab(camera.monitors[0])
        return Image.frombytes("RGB", shot.size, shot.rgb)

    def by_zxing(self, photo: Image.Image) -> set[str]:
        """What zxing-cpp reads."""
        return {one.text for one in zxingcpp.read_barcodes(photo)}

    def by_zxing_tilted(self, photo: Image.Image) -> set[str]:
        """The same, of a photograph as a phone takes it."""
        size = (int(photo.width * _SHRINK), int(photo.height * _SHRINK))
        small = photo.resize(size, Image.Resampling.BILINEAR)
        return self.by_zxing(small.rotate(_TILT, Image.Resampling.BICUBIC, expand=True))

    def by_zbar(self, photo: Image.Image) -> set[str]:
        """What zbar reads."""
        path = self._folder / "photo.pgm"
        photo.convert("L").save(path)
        command = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return set(done.stdout.split())


@contextmanager
def begin(folder: Path) -> Iterator[Display]:
    """Until the end of the block, on whichever number is free."""
    inside, outside = os.pipe()
    screen = f"{WIDE}x{HIGH}x24"
    # Without -noreset it begins anew when its last client goes, and drops who comes just then.
    command = ["Xvfb", "-noreset", "-displayfd", str(outside)]
    command += ["-screen", "0", screen, "-nolisten", "tcp"]
    with (folder / "xvfb.log").open("wb") as log:
        server = subprocess.Popen(
            command, pass_fds=[outside], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    os.close(outside)
    try:
        with os.fdopen(inside) as number:
            told = number.readline().strip()  # empty when it has ended instead
        assert told, (folder / "xvfb.log").read_text()
        yield Display(f":{told}", folder)
    finally:
        server.terminate()
        server.wait(30)

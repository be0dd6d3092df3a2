"""A code as an image, for a program of the desktop: in a private file that goes away afterwards."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.ui.widgets.qr import QUIET_ZONES, matrix_of, with_quiet_zone

_MODULE: Final = 12  # pixels
_PREFIX: Final = "lnwallet-tui-"
_PATIENCE: Final = 5  # seconds: some openers end at once, others with the program they started
_DESKTOPS: Final = ("DISPLAY", "WAYLAND_DISPLAY")
_COPY: Final = "Press {receive.copy} to copy the text instead."


class CodeImage:
    """At most one image at a time."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._removed = 0  # how often

    async def show(self, text: str) -> Refused | None:
        """Open the code of `text` with whatever the desktop opens images with."""
        opener = opener_here()
        if isinstance(opener, Refused):
            return opener
        removed = self._removed
        pixels = await asyncio.to_thread(png, text)
        if removed != self._removed:
            return None  # meanwhile something else is shown
        try:
            path = self._write(pixels)
        except OSError as error:
            message = f"The image cannot be written: {error.strerror}."
            return Refused(RefusalCode.DISK, message, _COPY)
        if await _opens(opener, path):
            return None
        self.remove()
        message = "No program here opens a PNG image."
        return Refused(RefusalCode.NOT_READY, message, f"Install an image viewer. {_COPY}")

    def remove(self) -> None:
        """Nobody needs it any more."""
        self._removed += 1
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _write(self, pixels: bytes) -> Path:
        """On the loop, where nobody can leave the page meanwhile: it is a small file."""
        self.remove()
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_runtime_folder()))  # mode 0700
        path = self._folder / "code.png"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pixels)
        return path


def png(text: str) -> bytes:
    """The code of `text`, black on white, with the whole quiet zone."""
    from io import BytesIO

    from PIL import Image  # slow to import, and seldom needed

    framed = with_quiet_zone(matrix_of(text), QUIET_ZONES[0])
    side = len(framed)
    small = Image.new("1", (side, side), 1)
    small.putdata([int(not module) for row in framed for module in row])
    file = BytesIO()
    large = small.resize((side * _MODULE, side * _MODULE), Image.Resampling.NEAREST)
    large.save(file, format="PNG")
    return file.getvalue()


def opener_here() -> str | Refused:
    """The program that opens files on this desktop."""
    if sys.platform == "darwin":
        return "/usr/bin/open"
    if not any(os.environ.get(name) for name in _DESKTOPS):
        message = "There is no desktop here that could show an image."
        return Refused(RefusalCode.NOT_READY, message, f"A larger window may help. {_COPY}")
    found = shutil.which("xdg-open")
    if found is None:
        message = "There is no xdg-open here, so nothing can open an image."
        return Refused(RefusalCode.NOT_READY, message, f"Install xdg-utils. {_COPY}")
    return found


async def _opens(opener: str, path: Path) -> bool:
    """Whether that began; a viewer that goes on is not waited for."""
    try:
        process = await asyncio.create_subprocess_exec(
            opener,
            str(path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    with suppress(TimeoutError):
        return await asyncio.wait_for(process.wait(), _PATIENCE) == 0
    return True


def _runtime_folder() -> Path | None:
    """The user's own folder for things of this session; None: where temporary files go."""
    import platformdirs

    folder = platformdirs.user_runtime_path(ensure_exists=False)
    return folder if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK) else None

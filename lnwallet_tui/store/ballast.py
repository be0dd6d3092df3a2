"""What is thrown overboard when the disk is full: a file that holds nothing but room.

With it gone the wallet can write for a good while what matters most: which blocks it has read, what
the guard has done. It is made again once the disk has plenty of room.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

NAME: Final = "room-for-a-full-disk"
SIZE: Final = 16 << 20  # bytes: more than a thousand commits
_PLENTY: Final = 4 * SIZE  # is left free when it is made
_CHUNK: Final = 1 << 16


class Ballast:
    """The file beside one wallet. Nothing here raises: without it a full disk is only less kind."""

    def __init__(self, folder: Path, size: int = SIZE) -> None:
        self._path, self._size = folder / NAME, size

    def keep(self) -> bool:
        """Make it if it is not there, or not whole, and there is plenty of room; whether it is
        there."""
        try:
            if self._path.exists() and self._path.stat().st_size == self._size:
                return True
            room = os.statvfs(self._path.parent)
            if room.f_bavail * room.f_frsize < _PLENTY:
                return False
            self._make()
        except OSError:
            self.give_up()
            return False
        return True

    def _make(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, self._size)
            else:  # of what cannot be compressed, or it would keep no room
                for at in range(0, self._size, _CHUNK):
                    os.write(descriptor, os.urandom(min(_CHUNK, self._size - at)))
        finally:
            os.close(descriptor)

    def give_up(self) -> None:
        """Its room is free then."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

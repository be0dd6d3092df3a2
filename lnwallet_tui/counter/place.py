"""Where the sockets are, and who may use them: the wallet's folder, and the one whose wallet it is.

The node and the guard have one each, so that a guard can be asked while a node waits for a
passphrase.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from pathlib import Path
from typing import Final

SOCKET_NAME: Final = "node.sock"
GUARDS_SOCKET_NAME: Final = "guard.sock"
_LONGEST: Final = 107 if sys.platform == "linux" else 103  # bytes that the system has room for
_CREDENTIALS: Final = struct.Struct("3i")  # process, user, group


class NoPlace(Exception):
    """There can be no socket. The message says why, `remedy` what to do."""

    remedy = "Choose a folder with a shorter path for the wallet."


def socket_in(folder: Path, name: str = SOCKET_NAME) -> Path:
    """The path of the socket in a wallet's folder. Raises `NoPlace`."""
    path = folder / name
    length = len(os.fsencode(path))
    if length > _LONGEST:
        raise NoPlace(
            f"The path {path} has {length} bytes, and this system's sockets have room for"
            f" {_LONGEST}."
        )
    return path


def bound(path: Path) -> socket.socket:
    """A socket that listens there, for this user alone. What lies there is what a process left that
    did not end by itself: the caller holds the lock of whoever may be asked there, so it has no
    other owner.

    Raises `OSError` where the folder cannot be written.
    """
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # from its first moment nobody else can open it
    try:
        listening.bind(str(path))
        listening.listen()
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    listening.setblocking(False)
    return listening


def is_ours(connected: socket.socket) -> bool:
    """Whether the process at the other end is one of this user's, where the system can tell."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    data = connected.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    return bool(_CREDENTIALS.unpack(data)[1] == os.geteuid())

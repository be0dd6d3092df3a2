"""Files that outlive a crash or a power cut: each is the old one or the new one, whole."""

from __future__ import annotations

import errno
import itertools
import os
from pathlib import Path


class NotGivenBack(OSError):
    """The disk does not give back what was written."""


def replace(path: Path, data: bytes) -> None:
    """Put a file, for its owner's eyes only, in place of the one that is there. Raises `OSError`;
    then the old one is still there."""
    unfinished = path.with_name(f"{path.name}.new")
    _write(unfinished, data)
    if unfinished.read_bytes() != data:
        raise NotGivenBack(errno.EIO, "the disk does not give back what was written")
    unfinished.replace(path)
    sync_folder(path.parent)


def put_aside(path: Path) -> Path:
    """Give a file another name, under which nobody opens it or writes over it. Raises `OSError`."""
    numbered = (path.with_name(f"{path.name}.aside-{number}") for number in itertools.count(1))
    aside = next(one for one in numbered if not one.exists())
    path.rename(aside)
    sync_folder(path.parent)
    return aside


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, without which a new file is unreachable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_above(folder: Path) -> None:
    """The same for the names on the way to it, which may be as new, whoever made them.

    Where nothing can be made nothing was; and what cannot be synced holds no start up.
    """
    for above in folder.absolute().parents:
        if not os.access(above, os.W_OK):
            return
        try:
            sync_folder(above)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EINVAL, errno.ENOTSUP):
                raise


def _write(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)  # of an attempt that did not end
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

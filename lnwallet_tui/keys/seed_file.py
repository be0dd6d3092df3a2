"""The seed file on disk: written whole or not at all, for its owner's eyes only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lnwallet_tui import durable
from lnwallet_tui.keys import envelope
from lnwallet_tui.keys.custody_errors import (
    NoSeedFile,
    SeedFileDamaged,
    SeedFileExists,
    SeedFileTooNew,
    SeedFileUnusable,
)

SEED_FILE: Final = "wallet.seed"
_MOST_BYTES: Final = 64 * 1024  # ours has about one thousand


def read(folder: Path) -> envelope.Envelope:
    """Raises `NoSeedFile`, `SeedFileDamaged`, `SeedFileTooNew`, `SeedFileUnusable`."""
    path = folder / SEED_FILE
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES)
    except FileNotFoundError:
        raise NoSeedFile(folder) from None
    except OSError as error:
        raise SeedFileUnusable(path, _reason(error)) from None
    try:
        if envelope.decode_version(text) > envelope.VERSION:
            raise SeedFileTooNew(path)
        return envelope.decode(text)
    except envelope.NotAnEnvelope:
        raise SeedFileDamaged(path) from None


def write_new(folder: Path, new: envelope.Envelope) -> None:
    """The file of a new wallet. Raises `SeedFileExists`, `SeedFileUnusable`.

    Whoever calls holds the lock of the folder, so that nobody else makes one at the same time.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SeedFileUnusable(folder, _reason(error)) from None
    if (folder / SEED_FILE).exists():
        raise SeedFileExists(folder)
    replace(folder, new)
    try:
        durable.sync_above(folder)
    except OSError as error:
        raise SeedFileUnusable(folder, _reason(error)) from None


def replace(folder: Path, new: envelope.Envelope) -> None:
    """Write another file in place of the one that is there: after a crash it is the old one or the
    new one, whole. Raises `SeedFileUnusable`; then the old one is still there."""
    path = folder / SEED_FILE
    try:
        durable.replace(path, envelope.encode(new))
    except OSError as error:
        raise SeedFileUnusable(path, _reason(error)) from None
    if read(folder) != new:
        raise SeedFileUnusable(path, "the disk does not give back what was written")


def put_aside(folder: Path) -> Path:
    """Give the file another name, under which nobody opens it, so that another can be made: what
    cannot be opened today may open tomorrow. Raises `NoSeedFile`, `SeedFileUnusable`."""
    path = folder / SEED_FILE
    try:
        return durable.put_aside(path)
    except FileNotFoundError:
        raise NoSeedFile(folder) from None
    except OSError as error:
        raise SeedFileUnusable(path, _reason(error)) from None


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__

"""How far the channels of a wallet have come, kept a second time outside of its folder.

An older copy of the folder that is put back does not bring this along, so it is found out: a state
that is older than one which the wallet had is revoked. The place is a file of the user's and not
the keyring's: that opens no window, is there for a wallet which a passphrase alone opens, and can
be written after every payment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from lnwallet_tui import durable
from lnwallet_tui.store import singles
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import RowDamaged, from_os

_ROW: Final = "mark"
_MOST_BYTES: Final = 1024 * 1024  # of a hundred thousand channels


class Mark(msgspec.Struct, frozen=True):
    """`name` is random, made with the file. `reached`: by the ids of channels, the number of our
    newest commitment."""

    name: bytes
    reached: dict[bytes, int] = {}


class Marked(msgspec.Struct, frozen=True):
    """What the folder knows of it: the `name` of the mark that was kept last, and the numbers of
    the channels whose state here may be older than one that the wallet had (`suspects`), or is."""

    name: bytes = b""
    suspects: tuple[int, ...] = ()
    older: tuple[int, ...] = ()


def load_marked(store: Store) -> Marked:
    """Nothing before a mark was kept, or where that is damaged."""
    return singles.load_or(store, _ROW, Marked())


def save_marked(tx: Transaction, marked: Marked) -> None:
    """Write or replace."""
    singles.save(tx, _ROW, marked)


class MarkFolder:
    """Implements `node.ports.MarkPlace`: a file for each life of a wallet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, life: bytes) -> Mark | None:
        """As `MarkPlace.read`."""
        try:
            with self._path(life).open("rb") as file:
                return decode(file.read(_MOST_BYTES), Mark)
        except (FileNotFoundError, RowDamaged):
            return None
        except OSError as error:
            raise from_os(error) from error

    def write(self, life: bytes, mark: Mark) -> None:
        """As `MarkPlace.write`."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            durable.replace(self._path(life), encode(mark))
        except OSError as error:
            raise from_os(error) from error

    def _path(self, life: bytes) -> Path:
        return self._folder / f"{life.hex()}.mark"

"""The signature bundle as a file: a line that says what it is, then records with their lengths.

The first record names the channels, then come the states of each. Whoever opens it reads the states
once and remembers where each stands by its commitment's id: a hundred thousand of them are some
dozens of megabytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from lnwallet_tui import durable
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.onchain.bundle import BundledState
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.errors import StoreError, WalletCorrupt, from_os

MAGIC: Final = b"lnwallet signature bundle 1\n"
_LENGTH: Final = 4
_LONGEST: Final = 1 << 24


class BundledChannel(msgspec.Struct, frozen=True):
    """A channel: `script` is that of its funding output, `home` where everything is paid to,
    `delay` how many blocks the peer's money waits. `revoked` are all its revoked states, `states`
    those of them that are in the bundle, `newest` the number of the newest of these (-1: none)."""

    name: str
    outpoint: OutPoint
    script: bytes
    home: bytes
    delay: int
    anchors: bool
    revoked: int
    states: int
    newest: int


class BundleHeader(msgspec.Struct, frozen=True):
    """Of what wallet, and from which block on the chain is to be read: `known` are (height, hash)
    of the newest blocks that the wallet had read, the newest first."""

    network: Network
    time: int
    known: tuple[tuple[int, bytes], ...]
    channels: tuple[BundledChannel, ...]


class NoBundle(StoreError):
    """Not a file that we wrote."""

    remedy = "Name the file that lnwallet-tui guard --export-bundle wrote."


def write_bundle(path: Path, header: BundleHeader, states: Iterable[BundledState]) -> int:
    """Write it whole or not at all; how many bytes it has. Raises `StoreError`."""
    unfinished = path.with_name(f"{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
            file.write(MAGIC + record_of(header))
            for state in states:
                file.write(record_of(state))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        unfinished.replace(path)
        durable.sync_folder(path.absolute().parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise from_os(error) from error
    return size


def record_of(value: BundleHeader | BundledState) -> bytes:
    """As it stands in the file."""
    body = encode(value)
    return len(body).to_bytes(_LENGTH, "big") + body


class Bundle:
    """An open one."""

    def __init__(self, path: Path) -> None:
        """Raises `StoreError`."""
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise NoBundle(f"{path} cannot be read ({error.strerror}).") from error
        try:
            if self._file.read(len(MAGIC)) != MAGIC:
                raise NoBundle(f"{path} is no signature bundle of this program.")
            self.header = decode(self._next() or b"", BundleHeader)
            self._places: dict[bytes, int] = {}
            at = self._file.tell()
            while body := self._next():
                self._places[decode(body, BundledState).txid] = at
                at = self._file.tell()
        except BaseException:
            self.close()
            raise
        wanted = sum(channel.states for channel in self.header.channels)
        if len(self._places) != wanted:
            self.close()
            raise WalletCorrupt(f"{path} has {len(self._places):,} states of {wanted:,}.")

    def state(self, txid: bytes) -> BundledState | None:
        """The revoked state with this commitment."""
        at = self._places.get(txid)
        if at is None:
            return None
        self._file.seek(at)
        return decode(self._next(), BundledState)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _next(self) -> bytes:
        """The next record; empty at the end."""
        try:
            length = int.from_bytes(self._file.read(_LENGTH), "big")
            body = self._file.read(length) if length <= _LONGEST else b""
        except OSError as error:
            raise from_os(error) from error
        if len(body) != length:
            raise WalletCorrupt("The signature bundle is cut off.")
        return body

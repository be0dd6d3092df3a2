"""BIP158's basic filters: whether a block may concern scripts of ours, without the block."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from siphashc import siphash

from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.script import OP_RETURN
from lnwallet_tui.bitcoin.serial import Reader, SerialError
from lnwallet_tui.chain import golomb


class FilterError(ValueError):
    """These bytes are no basic filter."""


@dataclass(frozen=True, slots=True)
class BasicFilter:
    """A filter as a peer sent it. What is asked of it raises `FilterError` if it is none.

    It holds the scripts of a block's outputs and those that its inputs spend, by hashes with the
    block's own key: a script that is in it is always found, one in `golomb.M` others seems to be.
    """

    block_hash: bytes
    data: bytes

    @property
    def hash(self) -> bytes:
        """What the chain of filter headers commits to. BIP157: its double SHA-256."""
        return sha256d(self.data)

    @property
    def count(self) -> int:
        """How many scripts it says that it holds."""
        return self._split()[0]

    def matches(self, scripts: Collection[bytes]) -> bool:
        """Whether any of the scripts may be in the block."""
        count, coded = self._split()
        return not {*self._numbers(scripts, count)}.isdisjoint(_decoded(coded, count))

    def lacks(self, scripts: Collection[bytes]) -> tuple[bytes, ...]:
        """Those of the scripts that are surely not in it."""
        count, coded = self._split()
        held = frozenset(_decoded(coded, count))
        numbers = self._numbers(scripts, count)
        return tuple(s for s, number in zip(scripts, numbers, strict=True) if number not in held)

    def _split(self) -> tuple[int, bytes]:
        reader = Reader(self.data)
        try:
            return reader.compact_size(), reader.rest()
        except SerialError as error:
            raise FilterError(f"a filter begins with its number of scripts: {error}") from error

    def _numbers(self, scripts: Iterable[bytes], count: int) -> list[int]:
        # BIP158: "`k` MUST be set to the first 16 bytes of the hash (in standard little-endian
        # representation) of the block"; "multiplying with F and taking the top 64 bits"
        key, most = self.block_hash[:16], count * golomb.M
        return [siphash(key, script) * most >> 64 for script in scripts]


def _decoded(coded: bytes, count: int) -> list[int]:
    try:
        return golomb.decode(coded, count)
    except golomb.GolombError as error:
        raise FilterError(str(error)) from error


def is_filtered(script: bytes) -> bool:
    """Whether filters hold such an output script. BIP158: no "nil" items, and "we exclude all
    outputs that start with `OP_RETURN`"."""
    return bool(script) and script[0] != OP_RETURN


def matching(filters: Iterable[BasicFilter], scripts: Collection[bytes]) -> list[bytes]:
    """The hashes of the blocks that may concern any of the scripts: what takes long, in one call
    that can be done elsewhere. Raises `FilterError`."""
    return [one.block_hash for one in filters if one.matches(scripts)]

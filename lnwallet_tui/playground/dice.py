"""Dice that fall the same way for the same seed: the randomness of everybody in the playground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from lnwallet_tui.bitcoin.hashes import sha256

Item = TypeVar("Item")


class SeededDice:
    """A stream of bytes that depends on the world's seed and on who throws.

    Implements `node.ports.Dice`. What two people throw has nothing to do with each other, so one
    more throw of the shop changes nothing at the neighbour's.
    """

    def __init__(self, seed: bytes, thrower: str) -> None:
        self._key = sha256(b"playground dice" + sha256(seed) + thrower.encode())
        self._thrown = 0

    def bytes(self, count: int) -> bytes:
        """The next `count` bytes."""
        out = bytearray()
        while len(out) < count:
            out += sha256(self._key + self._thrown.to_bytes(8, "big"))
            self._thrown += 1
        return bytes(out[:count])

    def between(self, least: int, most: int) -> int:
        """A number, both ends included. The bias of 2^-64 per step is nothing to a playground."""
        return least + int.from_bytes(self.bytes(8), "big") % (most - least + 1)

    def one_of(self, items: Sequence[Item]) -> Item:
        """One of them."""
        return items[self.between(0, len(items) - 1)]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The same items in another order."""
        left = list(items)
        return [left.pop(self.between(0, len(left) - 1)) for _ in items]

    def __repr__(self) -> str:
        return f"SeededDice({self._thrown} thrown)"

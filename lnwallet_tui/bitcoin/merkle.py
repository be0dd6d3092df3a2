"""Merkle trees of transaction ids, as block headers commit to them."""

from __future__ import annotations

from collections.abc import Sequence

from lnwallet_tui.bitcoin.hashes import sha256d


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root above 32-byte hashes; an odd one out is paired with itself."""
    level = list(leaves)
    while len(level) > 1:
        level = _next_level(level)
    return level[0]


def is_ambiguous(leaves: Sequence[bytes]) -> bool:
    """Whether a shorter list has the same root (CVE-2012-2459): two equal hashes make a pair.

    Such a list is a forgery of the shorter one; a block that holds it is refused, and asked again.
    """
    level = list(leaves)
    while len(level) > 1:
        if any(level[at] == level[at + 1] for at in range(0, len(level) - 1, 2)):
            return True
        level = _next_level(level)
    return False


def _next_level(level: list[bytes]) -> list[bytes]:
    if len(level) % 2:
        level = [*level, level[-1]]
    return [sha256d(level[at] + level[at + 1]) for at in range(0, len(level), 2)]

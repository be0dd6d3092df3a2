"""Feerates: in the unit in which people type them, and how soon one is enough."""

from __future__ import annotations

from collections.abc import Iterable


def sat_vb(per_kw: int) -> str:
    """All of sat/kw as `2.5 sat/vB`: typed again, it is the same feerate."""
    whole, rest = divmod(per_kw * 4, 1000)
    return f"{whole:,}" + (f".{rest:03}".rstrip("0") if rest else "") + " sat/vB"


def blocks_for(feerate_per_kw: int, known: Iterable[tuple[int, int]]) -> int:
    """Within how many blocks that feerate should confirm; 0: it pays less than all `known` ones,
    each a number of blocks and its feerate."""
    enough = [blocks for blocks, feerate in known if blocks and feerate <= feerate_per_kw]
    return min(enough, default=0)

"""How a feerate stands in sentences: in the unit in which people type it."""

from __future__ import annotations


def sat_vb(per_kw: int) -> str:
    """All of sat/kw as `2.5 sat/vB`: typed again, it is the same feerate."""
    whole, rest = divmod(per_kw * 4, 1000)
    return f"{whole:,}" + (f".{rest:03}".rstrip("0") if rest else "") + " sat/vB"

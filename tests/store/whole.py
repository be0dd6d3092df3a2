"""For those who read rows of which none is damaged."""

from __future__ import annotations


def expect_whole(row: object) -> None:
    """Asked with one that is."""
    raise AssertionError(f"{row} is damaged")

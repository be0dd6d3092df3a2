"""BIP174's combiner, for tests only: who signs with us puts together by a program of their own."""

from __future__ import annotations

from collections.abc import Iterable

from lnwallet_tui.coins.psbt import Fields, Psbt, PsbtError


def combined(first: Psbt, *others: Psbt) -> Psbt:
    """All that is known to any of them, keys in order. Raises `PsbtError` where they are of
    different transactions; of two values for one key the first is kept."""
    # BIP174: "A Combiner must not combine two different PSBTs. PSBTs can be uniquely identified by
    # 0x00 global transaction typed key-value pair."
    for other in others:
        if other.tx != first.tx:
            raise PsbtError("they are of different transactions")
    all_of = (first, *others)
    return Psbt(
        first.tx,
        _merged(one.fields for one in all_of),
        tuple(_merged(same) for same in zip(*(one.inputs for one in all_of), strict=True)),
        tuple(_merged(same) for same in zip(*(one.outputs for one in all_of), strict=True)),
    )


def _merged(maps: Iterable[Fields]) -> Fields:
    found: dict[bytes, bytes] = {}
    for one in maps:
        for name, value in one.items():
            found.setdefault(name, value)
    return dict(sorted(found.items()))

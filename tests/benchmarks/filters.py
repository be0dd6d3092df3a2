"""Compact filters of full blocks against many scripts, beside BIP158's own way, bit by bit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from siphashc import siphash

from lnwallet_tui.bitcoin.serial import compact_size
from lnwallet_tui.chain.filters import BasicFilter, matching
from tests.benchmarks.measuring import Benchmark, Sides, batch
from tests.bip158_encoder import M, encode_numbers, gcs_match_any

_FILTERS: Final = 10
_ELEMENTS: Final = 8_000  # 21 kB, as a block of these years has
_SCRIPTS: Final = 1_000


@contextmanager
def _sides() -> Iterator[Sides]:
    """No script is in any filter, so all of each is read."""
    dice = random.Random(158)
    scripts = [dice.randbytes(22) for _ in range(_SCRIPTS)]
    filters = list[BasicFilter]()
    while len(filters) < _FILTERS:
        numbers = sorted({dice.randrange(_ELEMENTS * M) for _ in range(_ELEMENTS)})
        found = BasicFilter(dice.randbytes(32), compact_size(_ELEMENTS) + encode_numbers(numbers))
        if len(numbers) == _ELEMENTS and not found.matches(scripts):
            filters.append(found)
    coded = [(one.block_hash[:16], one.data[len(compact_size(_ELEMENTS)) :]) for one in filters]

    def bit_by_bit() -> None:
        for key, data in coded:
            assert not gcs_match_any(siphash, key, data, scripts, _ELEMENTS)

    yield Sides(batch(lambda: matching(filters, scripts), 1), batch(bit_by_bit, 1), "bit by bit")


BENCHMARKS: Final = (
    Benchmark(
        "filters.scan",
        f"filters of {_ELEMENTS:,} scripts are asked for {_SCRIPTS:,}",
        12.0,
        _sides,
        how_much_faster=True,
        why_missed="The codes are cut, read and added up one by one, if in C.",
        in_a_batch=_FILTERS,
    ),
)

"""Compact filters of full blocks against many scripts: on one processor beside BIP158's own way,
bit by bit; in two processes beside one, as a wallet that catches up has them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from typing import Final

from siphashc import siphash

from lnwallet_tui.bitcoin.serial import compact_size
from lnwallet_tui.chain.filters import BasicFilter, matching
from tests.benchmarks.measuring import NO_TARGET, Benchmark, Sides, Timed, batch
from tests.bip158_encoder import M, encode_numbers, gcs_match_any

_FILTERS: Final = 10
_ELEMENTS: Final = 8_000  # 21 kB, as a block of these years has
_SCRIPTS: Final = 1_000


_PIECE: Final = 5  # filters that a process is given at a time
_TWO: Final = 2


def _scene() -> tuple[list[bytes], list[BasicFilter]]:
    """No script is in any filter, so all of each is read."""
    dice = random.Random(158)
    scripts = [dice.randbytes(22) for _ in range(_SCRIPTS)]
    filters = list[BasicFilter]()
    while len(filters) < _FILTERS:
        numbers = sorted({dice.randrange(_ELEMENTS * M) for _ in range(_ELEMENTS)})
        found = BasicFilter(dice.randbytes(32), compact_size(_ELEMENTS) + encode_numbers(numbers))
        if len(numbers) == _ELEMENTS and not found.matches(scripts):
            filters.append(found)
    return scripts, filters


@contextmanager
def _sides() -> Iterator[Sides]:
    scripts, filters = _scene()
    coded = [(one.block_hash[:16], one.data[len(compact_size(_ELEMENTS)) :]) for one in filters]

    def bit_by_bit() -> None:
        for key, data in coded:
            assert not gcs_match_any(siphash, key, data, scripts, _ELEMENTS)

    yield Sides(batch(lambda: matching(filters, scripts), 1), batch(bit_by_bit, 1), "bit by bit")


@contextmanager
def _sides_of_two() -> Iterator[Sides]:
    """By the clock, for the work is done elsewhere."""
    scripts, filters = _scene()
    filters = filters * _TWO
    pieces = [filters[at : at + _PIECE] for at in range(0, len(filters), _PIECE)]

    def in_processes(number: int) -> Timed:
        pool = stack.enter_context(ProcessPoolExecutor(number, get_context("spawn")))

        def timed() -> int:
            began = time.perf_counter_ns()
            found = pool.map(matching, pieces, [scripts] * len(pieces))
            assert not any(found)
            return time.perf_counter_ns() - began

        return timed

    with ExitStack() as stack:
        yield Sides(in_processes(_TWO), in_processes(1), "one process")


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
    Benchmark(
        "filters.scan2",
        f"filters of {_ELEMENTS:,} scripts are asked for {_SCRIPTS:,}, in two processes",
        NO_TARGET,
        _sides_of_two,
        how_much_faster=True,
        in_a_batch=_FILTERS * _TWO,
    ),
)

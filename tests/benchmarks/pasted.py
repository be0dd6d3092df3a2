"""How long the texts that are meant to keep a pattern busy take to be told apart, beside a harmless
text of the same length, and beside themselves at half the length.

python -m tests.benchmarks.pasted [rounds]
"""

from __future__ import annotations

import sys
import time
from itertools import product
from typing import Final

from lnwallet_tui.invoice.uri import MAX_CHARACTERS, recognise
from tests.invoice.pasted import PIECES, STARTS, hostile

_LENGTH: Final = MAX_CHARACTERS - 1


def least_us(text: str, rounds: int) -> int:
    """CPU time in microseconds, of the round that nothing else disturbed."""
    times = []
    for _ in range(rounds):
        began = time.process_time_ns()
        recognise(text)
        times.append((time.process_time_ns() - began) // 1_000)
    return max(1, min(times))


def main(rounds: int) -> None:
    """The floor in the same run; then each hostile text, the worst last."""
    floor = least_us("tea for two, please. " * (_LENGTH // 21), rounds)
    print(f"{_LENGTH:,} characters; harmless: {floor} µs")
    rows = []
    for start, piece in product(STARTS, PIECES):
        whole, half = (
            least_us(hostile(start, piece, length), rounds) for length in (_LENGTH, _LENGTH // 2)
        )
        rows.append((whole, half, f"{start[:12]!r} and many {piece!r}"))
    for whole, half, name in sorted(rows):
        print(f"{whole:>8} µs  {whole * 100 // floor:>5}% of harmless  x{whole / half:.1f}  {name}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

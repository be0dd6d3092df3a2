"""The public Lightning network of a day, from a compressed gossip store of ElementsProject's
Core Lightning (`tests/data/gossip-store-*.compressed`).

After a magic line: the number of channels, the two ends of each, the directions that are disabled,
and six lists (capacities, then least, most, base, share and delay of each direction), each with its
distinct values in front. All numbers are BigSize (BOLT 1).
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lnwallet_tui.bitcoin.amount import MAX_SAT
from lnwallet_tui.routing.graph import Hop
from lnwallet_tui.wire.reader import Reader

_MAGIC: Final = b"GOSSMAP_COMPRESSv1\0"


def read(path: Path) -> list[Hop]:
    """Every direction whose source has named its terms. The nodes to which any leads are numbered,
    that to which most lead first; who cannot be paid is one and the same to us."""
    data = gzip.decompress(path.read_bytes())
    assert data.startswith(_MAGIC), f"{path} is no such file"
    reader = Reader(data[len(_MAGIC) :])
    count = reader.bigsize()
    ends = list(zip(_numbers(reader, count), _numbers(reader, count), strict=True))
    disabled = set[int]()
    while (direction := reader.bigsize()) < 2 * count:
        disabled.add(direction)
    capacity = _column(reader, count)
    least, most, base, share, delay = (_column(reader, 2 * count) for _ in range(5))
    named = [direction for direction in range(2 * count) if delay[direction]]
    order = Counter(ends[direction // 2][1 - direction % 2] for direction in named).most_common()
    ids = {node: _id_of(place) for place, (node, _) in enumerate(order)}
    return [
        Hop(
            direction,
            ids.get(ends[direction // 2][direction % 2], _id_of(len(ids))),
            ids[ends[direction // 2][1 - direction % 2]],
            base[direction],
            share[direction],
            delay[direction],
            min(MAX_SAT * 1_000, least[direction]),
            _maximum(most[direction], capacity[direction // 2]),
            direction in disabled,
        )
        for direction in named
    ]


def _id_of(number: int) -> bytes:
    return bytes([2]) + number.to_bytes(32, "big")


def _numbers(reader: Reader, count: int) -> Iterator[int]:
    return iter([reader.bigsize() for _ in range(count)])


def _column(reader: Reader, count: int) -> list[int]:
    values = list(_numbers(reader, reader.bigsize()))
    return [values[at] for at in _numbers(reader, count)]


def _maximum(said: int, capacity_sat: int) -> int:
    match said:
        case 0:
            return capacity_sat * 1_000
        case 1:
            return capacity_sat * 990
        case _:
            return min(MAX_SAT * 1_000, said)

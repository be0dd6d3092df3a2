"""The terminal of the benchmarks sees what a terminal shows."""

from __future__ import annotations

import pytest

from tests.benchmarks.painted import Painted

DRAWN = "\x1b[?1049h\x1b[2J\x1b[2;3H\x1b[1;38;2;1;2;3mquick\x1b[0m\x1b]0;title\x07\r\nsilver"


def seen(*pieces: bytes) -> list[str]:
    painted = Painted(12, 4)
    for piece in pieces:
        painted.feed(piece)
    return [row.rstrip() for row in painted.rows]


def test_places_and_characters() -> None:
    assert seen(DRAWN.encode()) == ["", "  quick", "silver", ""]


@pytest.mark.parametrize("at", range(1, len(DRAWN)))
def test_however_the_bytes_come(at: int) -> None:
    data = DRAWN.encode()
    assert seen(data[:at], data[at:]) == seen(data)


def test_what_is_drawn_in_pieces_is_one_text() -> None:
    assert seen(b"\x1b[1;1Hq", b"\x1b[1;3Hi", b"\x1b[1;2H\x1b[7mu\x1b[0m")[0] == "qui"
    assert seen("\x1b[1;1Hné".encode()[:-1], "é".encode()[-1:], b"\x1b[1;1Hm")[0] == "mé"


def test_nothing_is_drawn_outside() -> None:
    assert seen(b"\x1b[9;99Hab\r\n\n\nc")[3] == "c          a"
    assert seen(DRAWN.encode(), b"\x1b[2J") == [""] * 4

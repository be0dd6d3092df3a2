"""BOLT 1, appendix A: BigSize; and a reader that never reads past its end."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.wire.errors import WireError
from lnwallet_tui.wire.reader import Reader, bigsize

BOLT1 = json.loads((Path(__file__).parents[1] / "vectors/bolts/bolt01.json").read_text())


@pytest.mark.parametrize("vector", BOLT1["bigsize_decoding"], ids=lambda vector: vector["name"])
def test_bigsize_decoding(vector: dict[str, Any]) -> None:
    reader = Reader(bytes.fromhex(vector["bytes"]))
    if "exp_error" not in vector:
        assert reader.bigsize() == vector["value"]
        assert reader.remaining == 0
        return
    ours = "not canonical" if "canonical" in vector["exp_error"] else "bytes expected"
    with pytest.raises(WireError, match=ours):
        reader.bigsize()


@pytest.mark.parametrize("vector", BOLT1["bigsize_encoding"], ids=lambda vector: vector["name"])
def test_bigsize_encoding(vector: dict[str, Any]) -> None:
    assert bigsize(vector["value"]).hex() == vector["bytes"]


@given(st.integers(0, (1 << 64) - 1))
def test_bigsize_both_ways(number: int) -> None:
    assert Reader(bigsize(number)).bigsize() == number


def test_a_reader_counts() -> None:
    reader = Reader(b"abcdef")
    assert (reader.take(2), reader.uint(1), reader.position, reader.remaining) == (b"ab", 99, 3, 3)
    with pytest.raises(WireError):
        reader.take(4)
    assert reader.rest() == b"def"

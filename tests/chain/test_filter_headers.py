"""BIP157: the chain of filter headers, and where peers begin to disagree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.tx import txid_from_hex
from lnwallet_tui.chain.filter_headers import (
    Batch,
    Conflict,
    Misfit,
    Side,
    filter_header,
    first_conflict,
    misfit,
)
from lnwallet_tui.chain.filters import BasicFilter
from tests.bip158_encoder import BEFORE_GENESIS
from tests.bips import vectors

CASES = vectors("bip158")["cases"]

hashes = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['height']}")
def test_filter_headers_of_bip158(case: dict[str, Any]) -> None:
    previous = txid_from_hex(case["previous_header"])
    found = BasicFilter(txid_from_hex(case["block_hash"]), bytes.fromhex(case["filter"]))
    assert filter_header(found.hash, previous) == txid_from_hex(case["header"])
    assert (previous == BEFORE_GENESIS) == (case["height"] == 0)


def test_a_batch_of_the_vectors_leads_from_block_to_block() -> None:
    two, three = CASES[1:3]
    batch = Batch(
        2,
        txid_from_hex(two["previous_header"]),
        tuple(BasicFilter(bytes(32), bytes.fromhex(one["filter"])).hash for one in (two, three)),
    )
    assert batch.stop == 3
    assert batch.headers() == (txid_from_hex(two["header"]), txid_from_hex(three["header"]))


@given(hashes, st.lists(hashes, min_size=1, max_size=20), st.integers(0, 900_000))
def test_what_makes_a_batch_unfit(previous: bytes, told: list[bytes], start: int) -> None:
    batch = Batch(start, previous, tuple(told))
    stop = start + len(told) - 1
    assert misfit(batch, stop=stop, previous=previous) is None
    assert misfit(batch, stop=stop + 1, previous=previous) is Misfit.COUNT
    assert misfit(batch, stop=stop - 1, previous=previous) is Misfit.COUNT
    other = bytes(byte ^ 1 for byte in previous)
    assert misfit(batch, stop=stop, previous=other) is Misfit.PREVIOUS


def test_an_empty_batch_answers_nothing() -> None:
    empty = Batch(100, bytes(32), ())
    assert empty.headers() == ()
    assert misfit(empty, stop=100, previous=bytes(32)) is Misfit.COUNT


@given(st.data())
def test_the_first_block_about_which_peers_disagree_is_found(data: st.DataObject) -> None:
    length = data.draw(st.integers(1, 12))
    told = [number.to_bytes(32, "big") for number in range(length)]
    start = data.draw(st.integers(0, 900_000))
    lies = data.draw(
        st.dictionaries(st.sampled_from("abcde"), st.integers(0, length - 1), max_size=5)
    )
    batches = {"honest": Batch(start, bytes(32), tuple(told))}
    for peer, at in lies.items():
        forged = [*told[:at], b"lie".ljust(32), *told[at + 1 :]]
        # A peer that lied before is compared by the hashes still: its headers all differ.
        batches[peer] = Batch(start, peer.encode().ljust(32), tuple(forged))
    conflict = first_conflict(batches)
    if not lies:
        assert conflict is None
        return
    at = min(lies.values())
    assert conflict is not None
    assert conflict.height == start + at
    sides = {side.value: set(side.peers) for side in conflict.sides}
    liars = {peer for peer, where in lies.items() if where == at}
    assert sides == {told[at]: set(batches) - liars, b"lie".ljust(32): liars}


def test_nobody_and_one_alone_do_not_disagree() -> None:
    assert first_conflict({}) is None
    assert first_conflict({"alice": Batch(7, bytes(32), (b"\x01" * 32,))}) is None


def test_the_side_of_most_peers_stands_first() -> None:
    batches = {name: Batch(7, bytes(32), (name[:1].encode() * 32,)) for name in ("a1", "b1", "b2")}
    assert first_conflict(batches) == Conflict(
        7, (Side(b"b" * 32, ("b1", "b2")), Side(b"a" * 32, ("a1",)))
    )

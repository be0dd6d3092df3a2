"""BOLT 3, Appendix D: secrets from a seed, and 49 entries that hold all of them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.channel.shachain import (
    LAST_INDEX,
    KnownSecret,
    ShachainStore,
    WrongSecret,
    generate_from_seed,
    index_of,
)
from tests.channel.bolt3 import load

SEED = bytes(range(32))


def filled(count: int, seed: bytes = SEED) -> ShachainStore:
    store = ShachainStore()
    for number in range(count):
        store = store.insert(index_of(number), generate_from_seed(seed, index_of(number)))
    return store


def by_name(kind: str) -> Any:
    return [pytest.param(case, id=case["name"]) for case in load("secrets")[kind]]


@pytest.mark.parametrize("case", by_name("generation"))
def test_generation(case: Any) -> None:
    secret = generate_from_seed(bytes.fromhex(case["seed"]), case["index"])
    assert secret.hex() == case["output"]


@pytest.mark.parametrize("case", by_name("storage"))
def test_storage(case: Any) -> None:
    store = ShachainStore()
    for row in case["inserts"]:
        secret = bytes.fromhex(row["secret"])
        if row["ok"]:
            store = store.insert(row["index"], secret)
            assert store.secret(row["index"]) == secret
        else:
            with pytest.raises(WrongSecret):
                store.insert(row["index"], secret)


def test_every_secret_that_was_revealed_is_known_and_no_other() -> None:
    store = filled(300)
    assert store.revoked == 300
    for number in range(300):
        assert store.secret_of(number) == generate_from_seed(SEED, index_of(number))
    assert store.secret_of(300) is None
    assert store.secret_of(-1) is None
    assert len(store.known) == 9  # 300 secrets end with at most eight zeros


def test_the_last_secret_of_all_fills_the_49th_entry() -> None:
    known = tuple(KnownSecret(1 << bit, generate_from_seed(SEED, 1 << bit)) for bit in range(48))
    store = ShachainStore(known).insert(0, SEED)
    assert len(store.known) == 49
    assert store.next_index == -1
    for number in (0, 1, 12_345, 2**47, LAST_INDEX):
        assert store.secret_of(number) == generate_from_seed(SEED, index_of(number))


@given(st.integers(1, 70), st.integers(0, 31), st.integers(0, 7))
def test_a_flipped_bit_is_found_when_its_parent_comes(count: int, byte: int, bit: int) -> None:
    store = filled(count)
    index = index_of(count)
    wrong = bytearray(generate_from_seed(SEED, index))
    wrong[byte] ^= 1 << bit
    if index % 2:  # a leaf: nothing earlier follows from it
        store.insert(index, bytes(wrong))
    else:
        with pytest.raises(WrongSecret):
            store.insert(index, bytes(wrong))


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_a_secret_of_another_length_is_none(secret: bytes) -> None:
    with pytest.raises(WrongSecret):
        ShachainStore().insert(LAST_INDEX, secret)


def test_a_gap_is_a_bug_of_ours() -> None:
    with pytest.raises(AssertionError):
        filled(3).insert(index_of(4), generate_from_seed(SEED, index_of(4)))


def test_the_store_survives_the_disk() -> None:
    store = filled(100)
    raw = msgspec.msgpack.encode(store)
    assert msgspec.msgpack.decode(raw, type=ShachainStore) == store
    assert len(raw) < 49 * 44

"""BIP32's vectors, and that an extended key does not show itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin import base58
from lnwallet_tui.bitcoin.bip32 import (
    HARDENED,
    Bip32Error,
    ExtendedKey,
    ExtendedPublicKey,
    parse_extended_key,
    parse_path,
)
from tests.bips import vectors

BIP32 = vectors("bip32")
CHAINS = [(case["seed"], chain) for case in BIP32["seeds"] for chain in case["chains"]]
MASTER = ExtendedKey.from_seed(bytes(range(16)))


@pytest.mark.parametrize(("seed", "chain"), CHAINS, ids=lambda value: str(value)[:40])
def test_bip32_chain(seed: str, chain: dict[str, str]) -> None:
    key = ExtendedKey.from_seed(bytes.fromhex(seed)).derive(chain["path"])
    assert key.serialize(mainnet=True) == chain["xprv"]
    assert key.public().serialize(mainnet=True) == chain["xpub"]
    assert parse_extended_key(chain["xprv"]) == key
    assert parse_extended_key(chain["xpub"]) == key.public()


@pytest.mark.parametrize("case", BIP32["invalid"], ids=lambda case: case["reason"])
def test_bip32_invalid_keys(case: dict[str, str]) -> None:
    with pytest.raises(Bip32Error):
        parse_extended_key(case["text"])


def test_public_derivation_gives_the_same_keys() -> None:
    parent = MASTER.derive("m/84'/1'/0'")
    for path in ("m/0/0", "m/1/7", "m/0/2147483647"):
        assert parent.public().derive(path) == parent.derive(path).public()


def test_a_public_key_has_no_hardened_children() -> None:
    with pytest.raises(Bip32Error):
        MASTER.public().child(HARDENED)


def test_a_testnet_key_begins_with_t() -> None:
    text = MASTER.serialize(mainnet=False)
    assert text.startswith("tprv")
    assert parse_extended_key(text) == MASTER
    assert MASTER.public().serialize(mainnet=False).startswith("tpub")


@pytest.mark.parametrize(
    ("path", "numbers"),
    [("m", ()), ("m/0", (0,)), ("m/84'/1h/2", (84 + HARDENED, 1 + HARDENED, 2))],
)
def test_paths(path: str, numbers: tuple[int, ...]) -> None:
    assert parse_path(path) == numbers


@pytest.mark.parametrize(
    "path",
    ["", "0/1", "m/", "m/-1", "m/1''", "m/'", "m/2147483648", "m/²", "m/" + "9" * 5000],
    ids=lambda path: path[:12],
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(Bip32Error):
        parse_path(path)


@pytest.mark.parametrize("length", [0, 15, 65])
def test_a_seed_has_16_to_64_bytes(length: int) -> None:
    with pytest.raises(Bip32Error):
        ExtendedKey.from_seed(bytes(length))


def test_the_tree_ends_at_depth_255() -> None:
    key = MASTER.derive("m" + "/0'" * 255)
    with pytest.raises(Bip32Error):
        key.child(0)


def test_the_secret_is_nowhere_in_the_text_form() -> None:
    shown: list[Any] = [MASTER, MASTER.public(), [MASTER], {"key": MASTER}]
    for form in shown:
        for text in (repr(form), str(form), f"{form}"):
            assert MASTER.secret.hex() not in text
            assert repr(MASTER.secret) not in text
            assert repr(MASTER.chain_code) not in text


def test_the_two_kinds_are_not_equal() -> None:
    assert isinstance(parse_extended_key(MASTER.serialize(True)), ExtendedKey)
    assert isinstance(parse_extended_key(MASTER.public().serialize(True)), ExtendedPublicKey)


KEYS = [
    base58.decode_check(key.serialize(mainnet))
    for key in (MASTER, MASTER.public())
    for mainnet in (True, False)
]


@given(st.sampled_from(KEYS), st.lists(st.integers(0, 77), max_size=3), st.integers(0, 255))
@example(KEYS[0][:-1], [], 0)
@example(b"", [], 0)
def test_a_damaged_extended_key_is_another_or_refused(data: bytes, at: list[int], to: int) -> None:
    text = base58.encode_check(bytes(to if i in at else byte for i, byte in enumerate(data)))
    try:
        key = parse_extended_key(text)
    except Bip32Error:
        return
    assert text in (key.serialize(mainnet=True), key.serialize(mainnet=False))

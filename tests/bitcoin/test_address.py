"""BIP173's and BIP350's vectors, Base58 addresses, and every network apart from the others."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin import base58, bech32m, script
from lnwallet_tui.bitcoin.address import (
    AddressError,
    Network,
    WrongNetworkError,
    address_to_script,
    script_to_address,
)
from tests.bips import vectors
from tests.work import steps

BIP173, BIP350 = vectors("bip173"), vectors("bip350")
NETWORKS = list(Network)


@pytest.mark.parametrize("text", BIP173["valid"])
def test_valid_bech32(text: str) -> None:
    hrp, data, constant = bech32m.decode_text(text)
    assert constant == bech32m.BECH32
    assert bech32m.encode_text(hrp, data, constant) == text.lower()


@pytest.mark.parametrize("text", BIP350["valid"])
def test_valid_bech32m(text: str) -> None:
    hrp, data, constant = bech32m.decode_text(text)
    assert constant == bech32m.BECH32M
    assert bech32m.encode_text(hrp, data, constant) == text.lower()


@pytest.mark.parametrize("case", BIP173["invalid"] + BIP350["invalid"], ids=lambda c: c["reason"])
def test_invalid_text(case: dict[str, str]) -> None:
    with pytest.raises(bech32m.Bech32Error):
        bech32m.decode_text(case["text"])


def network_of(text: str) -> Network:
    return Network.MAINNET if text.lower().startswith("bc") else Network.TESTNET4


@pytest.mark.parametrize("case", BIP350["addresses"], ids=lambda c: c["text"][:20])
def test_bip350_addresses(case: dict[str, str]) -> None:
    network, text = network_of(case["text"]), case["text"]
    raw = bytes.fromhex(case["script"])
    assert address_to_script(text, network) == raw
    assert script_to_address(raw, network) == text.lower()


@pytest.mark.parametrize("case", BIP350["invalid_addresses"], ids=lambda c: c["reason"])
def test_bip350_invalid_addresses(case: dict[str, str]) -> None:
    for network in Network:
        with pytest.raises(AddressError):
            address_to_script(case["text"], network)


@pytest.mark.parametrize("network", NETWORKS)
@given(version=st.integers(0, 16), program=st.binary(min_size=2, max_size=40))
def test_segwit_there_and_back(network: Network, version: int, program: bytes) -> None:
    program = program if version else (program + bytes(32))[:32]
    raw = script.witness_program(version, program)
    text = script_to_address(raw, network)
    assert text.startswith(network.hrp + "1")
    assert address_to_script(text, network) == address_to_script(text.upper(), network) == raw


@pytest.mark.parametrize("network", NETWORKS)
@given(hashed=st.binary(min_size=20, max_size=20))
def test_base58_there_and_back(network: Network, hashed: bytes) -> None:
    for raw in (script.p2pkh(hashed), script.p2sh(hashed)):
        assert address_to_script(script_to_address(raw, network), network) == raw


def test_base58_address_known_to_everybody() -> None:
    # The coinbase of block 0 pays to this key's hash.
    text = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
    raw = address_to_script(text, Network.MAINNET)
    assert raw.hex() == "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac"
    assert script_to_address(raw, Network.MAINNET) == text


@pytest.mark.parametrize("ours", NETWORKS)
@pytest.mark.parametrize("other", NETWORKS)
def test_another_networks_address_is_named_as_such(ours: Network, other: Network) -> None:
    for raw in (script.p2tr(bytes(32)), script.p2sh(bytes(20)), script.p2pkh(bytes(20))):
        text = script_to_address(raw, other)
        kinds = (
            (ours.hrp, other.hrp)
            if text.startswith(other.hrp)
            else (ours.pubkey_hash_version, other.pubkey_hash_version)
        )
        if kinds[0] == kinds[1]:
            assert address_to_script(text, ours) == raw
        else:
            with pytest.raises(WrongNetworkError):
                address_to_script(text, ours)


WRONG_VERSION = base58.encode_check(bytes((48,)) + bytes(20))  # a network of another coin
WRONG_LENGTH = base58.encode_check(bytes(20))


@pytest.mark.parametrize(
    "text", ["", "1", "0OIl", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", WRONG_VERSION, WRONG_LENGTH]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        address_to_script(text, Network.MAINNET)


@pytest.mark.parametrize(
    "text",
    ["1" * 10_000_000, "z" * 100_000, "bc1" + "q" * 1_000_000],
    ids=["zeros", "highest", "bech32"],
)
def test_a_very_long_text_is_refused_at_once(text: str) -> None:
    """Reading Base58 takes time by the square of its length, so nothing that is too long is read:
    it takes as many steps as one that is a little too long."""

    def refuse(text: str) -> None:
        with pytest.raises(AddressError):
            address_to_script(text, Network.MAINNET)

    assert steps(partial(refuse, text)) == steps(partial(refuse, text[:200]))


@given(st.text(max_size=90), st.sampled_from(NETWORKS))
def test_any_text_is_an_address_or_refused(text: str, network: Network) -> None:
    for candidate in (text, network.hrp + "1" + text):
        with pytest.raises(AddressError):
            address_to_script(candidate, network)


@pytest.mark.parametrize("raw", [b"", b"\x51", b"\x00\x15" + bytes(21), b"\x6a\x02\x11\x11"])
def test_a_script_of_no_form_has_no_address(raw: bytes) -> None:
    with pytest.raises(AddressError):
        script_to_address(raw, Network.MAINNET)


@given(st.binary(max_size=80))
def test_base58_keeps_leading_zeros(payload: bytes) -> None:
    assert base58.decode_check(base58.encode_check(payload)) == payload


def test_a_swapped_character_breaks_the_address() -> None:
    good = script_to_address(script.p2tr(bytes(range(32))), Network.MAINNET)
    for at in range(4, len(good)):
        for char in "qp":
            if good[at] != char:
                with pytest.raises(AddressError):
                    address_to_script(good[:at] + char + good[at + 1 :], Network.MAINNET)


@pytest.mark.parametrize(
    ("network", "prefix"),
    [
        (Network.MAINNET, "lnbc"),
        (Network.TESTNET4, "lntb"),
        (Network.SIGNET, "lntbs"),
        (Network.REGTEST, "lnbcrt"),
    ],
)
def test_the_invoice_prefixes_of_bolt_11(network: Network, prefix: str) -> None:
    assert network.bolt11_prefix == prefix

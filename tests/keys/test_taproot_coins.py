"""Taproot coins: BIP86's keys, and signatures that Core takes, alone and beside others."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from lnwallet_tui.bitcoin.address import script_to_address
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.bip32 import ExtendedKey, parse_path
from lnwallet_tui.bitcoin.curve import public_key, x_only
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wpkh
from lnwallet_tui.bitcoin.taproot import output_key
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.coins.coin import Coin, KeyPath, own_scripts, script_at, weight_of
from lnwallet_tui.keys import derive
from lnwallet_tui.keys.coin_signer import CoinSignerRefused, KeyCoinSigner
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.seed import parse_words, words_of
from tests.bips import vectors
from tests.bitcoin.core import core_accepts

BIP86 = vectors("bip86")
KEYS = KeySchedule(words_of(bytes(16)).seed(), Network.REGTEST)
SIGNER = KeyCoinSigner(KEYS)


@pytest.mark.parametrize("case", BIP86["addresses"], ids=lambda case: case["path"])
def test_bip86(case: dict[str, str]) -> None:
    seed = parse_words(BIP86["mnemonic"]).seed()
    keys = KeySchedule(seed, Network.MAINNET)
    change, index = parse_path(case["path"])[-2:]
    secret = keys.taproot_key(bool(change), index).reveal()
    assert ExtendedKey.from_seed(seed.reveal()).derive(case["path"]).secret == secret
    internal = x_only(public_key(secret))
    assert internal.hex() == case["internal_key"]
    assert output_key(internal).hex() == case["output_key"]
    script = script_at(keys.taproot_account(), KeyPath(bool(change), index, taproot=True))
    assert script_to_address(script, Network.MAINNET) == case["address"]


def test_the_written_schedule_has_them() -> None:
    assert derive.__doc__ is not None
    assert "m/86'/coin'/0'/0/i" in derive.__doc__
    assert "m/86'/coin'/0'/1/i" in derive.__doc__


def test_own_scripts_are_those_of_the_keys() -> None:
    account = KEYS.taproot_account()
    scripts = own_scripts(account, 3, 2, taproot=True)
    assert [(path.change, path.index) for path in scripts.values()] == [
        (False, 0), (False, 1), (False, 2), (True, 0), (True, 1),
    ]  # fmt: skip
    assert all(path.taproot for path in scripts.values())
    assert all(script_at(account, path) == script for script, path in scripts.items())
    assert scripts.keys().isdisjoint(own_scripts(KEYS.account(), 3, 2))


def coin(index: int, *, taproot: bool = True) -> Coin:
    path = KeyPath(False, index, taproot)
    account = KEYS.taproot_account() if taproot else KEYS.account()
    return Coin(
        outpoint=OutPoint(sha256(f"{index} {taproot}".encode()), index),
        value=Sat(10_000 + index),
        script_pubkey=script_at(account, path),
        path=path,
        height=1,
        certain=True,
    )


TAPROOT, OLDER = [coin(0), coin(7)], [coin(0, taproot=False), coin(5, taproot=False)]


def spending(*coins: Coin) -> Tx:
    inputs = tuple(TxIn(each.outpoint) for each in coins)
    return Tx(2, inputs, (TxOut(Sat(1_000), p2wpkh(public_key(bytes([1] * 32)))),))


@pytest.mark.parametrize("coins", [TAPROOT, [*OLDER, *TAPROOT], [TAPROOT[0], *OLDER]])
def test_both_kinds_in_one_transaction(coins: list[Coin]) -> None:
    signed = SIGNER.sign(spending(*coins), coins[::-1])
    assert core_accepts(signed, [each.output for each in coins])
    for each, txin in zip(coins, signed.inputs, strict=True):
        assert not each.path.taproot or [len(item) for item in txin.witness] == [64]
    weight = weight_of(coins, [output.script_pubkey for output in signed.outputs])
    assert 0 <= weight - signed.weight <= 4 * len(coins)


def test_beside_an_input_of_a_channel() -> None:
    """Whose output the wallet does not know; it is signed by another."""
    secret = bytes([9] * 32)
    other = TxOut(Sat(330), p2wpkh(public_key(secret)))
    first = TxIn(OutPoint(bytes(32), 3), witness=(b"theirs",))
    tx = spending(*TAPROOT)
    tx = replace(tx, inputs=(first, *tx.inputs))
    signed = SIGNER.sign(tx, TAPROOT)
    assert signed.inputs[0] == first
    spent = [other, *(each.output for each in TAPROOT)]
    for at in (1, 2):
        assert [len(item) for item in signed.inputs[at].witness] == [65]
    alone = replace(signed, inputs=signed.inputs[1:])
    assert core_accepts(alone, spent[1:])  # they do not depend on the other
    moved = replace(alone, outputs=(replace(alone.outputs[0], value=Sat(999)),))
    assert not core_accepts(moved, spent[1:])


@pytest.mark.parametrize(
    "path", [KeyPath(False, 1, taproot=True), KeyPath(True, 0, taproot=True), KeyPath(False, 0)]
)
def test_a_coin_of_another_key(path: KeyPath) -> None:
    wrong = msgspec.structs.replace(TAPROOT[0], path=path)
    with pytest.raises(CoinSignerRefused, match="not of the key"):
        SIGNER.sign(spending(wrong), [wrong])


def test_a_wrong_value_of_any_input_makes_no_valid_signature() -> None:
    lied = msgspec.structs.replace(OLDER[0], value=Sat(5))
    coins = [TAPROOT[0], OLDER[0]]
    signed = SIGNER.sign(spending(*coins), [TAPROOT[0], lied])
    assert not core_accepts(signed, [each.output for each in coins])

"""Signatures of single keys, right and false."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, SIGHASH_NONE
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.coins.signatures import are_right
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from tests.coins.test_psbt import older_coin, taproot_coin
from tests.coins.wallet import SHOP, keys

COINS = (older_coin(80_000)[0], taproot_coin(90_000))
SPENT = tuple(coin.output for coin in COINS)
BARE = Tx(2, tuple(TxIn(coin.outpoint) for coin in COINS), (TxOut(Sat(160_000), SHOP),))
SIGNED = KeyCoinSigner(keys()).sign(BARE, COINS)
(DER, PUBKEY), (SCHNORR,) = (txin.witness for txin in SIGNED.inputs)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]


def test_ours_are_right() -> None:
    assert are_right(SIGNED, SPENT)
    assert are_right(SIGNED, (None, None))  # nobody can say


def test_one_that_may_be_joined_by_others_is_right() -> None:
    """BIP341: with SIGHASH_ANYONECANPAY it is over its own input alone."""
    alone = KeyCoinSigner(keys()).sign(BARE, COINS[1:])
    assert len(alone.inputs[1].witness[0]) == 65
    assert are_right(alone, (None, SPENT[1]))
    other = alone.with_witness(1, (flipped(alone.inputs[1].witness[0], 5),))
    assert not are_right(other, (None, SPENT[1]))


def test_without_the_other_outputs_a_taproot_signature_is_not_judged() -> None:
    other = SIGNED.with_witness(1, (flipped(SCHNORR, 5),))
    assert are_right(other, (None, SPENT[1]))
    assert not are_right(other, SPENT)


FALSE: dict[str, Callable[[Tx], Tx]] = {
    "another output": lambda tx: replace(tx, outputs=(TxOut(Sat(159_999), SHOP),)),
    "another locktime": lambda tx: replace(tx, locktime=1),
    "no signature": lambda tx: tx.with_witness(0, (b"", PUBKEY)),
    "nothing": lambda tx: tx.with_witness(0, ()),
    "no key": lambda tx: tx.with_witness(0, (DER,)),
    "another key": lambda tx: tx.with_witness(0, (DER, flipped(PUBKEY, 4))),
    "no DER": lambda tx: tx.with_witness(0, (b"\x30" + bytes(70) + b"\1", PUBKEY)),
    "another kind": lambda tx: tx.with_witness(0, (DER[:-1] + bytes((SIGHASH_NONE,)), PUBKEY)),
    "one more": lambda tx: tx.with_witness(0, (b"", DER, PUBKEY)),
    "a flipped bit": lambda tx: tx.with_witness(0, (flipped(DER, 20), PUBKEY)),
    "flipped, of taproot": lambda tx: tx.with_witness(1, (flipped(SCHNORR, 63),)),
    "nothing, of taproot": lambda tx: tx.with_witness(1, ()),
    "too short": lambda tx: tx.with_witness(1, (SCHNORR[:63],)),
    "a kind that is said though it is the usual": lambda tx: tx.with_witness(1, (SCHNORR + b"\0",)),
    "a kind that there is not": lambda tx: tx.with_witness(1, (SCHNORR + b"\4",)),
    "another kind, of taproot": lambda tx: tx.with_witness(1, (SCHNORR + bytes((SIGHASH_ALL,)),)),
    "a script": lambda tx: replace(
        tx, inputs=(replace(tx.inputs[0], script_sig=b"\x51"), tx.inputs[1])
    ),
}


@pytest.mark.parametrize("change", FALSE.values(), ids=FALSE)
def test_what_is_false(change: Callable[[Tx], Tx]) -> None:
    assert not are_right(change(SIGNED), SPENT)


def test_what_a_script_decides_is_not_judged() -> None:
    output = TxOut(Sat(80_000), b"\x00\x20" + bytes(32))
    assert are_right(SIGNED.with_witness(0, (b"\x51",)), (output, None))
    assert are_right(SIGNED.with_witness(1, (b"\x51", b"\xc0" + bytes(32))), (None, SPENT[1]))
    assert are_right(SIGNED, (TxOut(Sat(80_000), b"\x51"), None))

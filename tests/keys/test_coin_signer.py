"""Coins of ours are signed for; what is not as it is said to be is refused."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.curve import from_der, verify
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wpkh_script_code
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, segwit_v0_digest
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.coins.coin import Coin, KeyPath, script_at
from lnwallet_tui.keys.coin_signer import CoinSignerRefused, KeyCoinSigner
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.seed import words_of
from tests.bitcoin.core import core_accepts

KEYS = KeySchedule(words_of(bytes(16)).seed(), Network.REGTEST)
SIGNER = KeyCoinSigner(KEYS)


def coin(index: int, *, change: bool = False) -> Coin:
    path = KeyPath(change, index)
    return Coin(
        outpoint=OutPoint(sha256(f"{index} {change}".encode()), index),
        value=Sat(10_000 + index),
        script_pubkey=script_at(KEYS.account(), path),
        path=path,
        height=1,
        certain=True,
    )


COINS = [coin(0), coin(7), coin(0, change=True), coin(2**31 - 1)]


def spending(*coins: Coin) -> Tx:
    inputs = tuple(TxIn(each.outpoint) for each in coins)
    return Tx(2, inputs, (TxOut(Sat(1_000), COINS[0].script_pubkey),))


def test_all_inputs() -> None:
    signed = SIGNER.sign(spending(*COINS), COINS)
    assert core_accepts(signed, [each.output for each in COINS])
    for index, each in enumerate(COINS):
        signature, pubkey = signed.inputs[index].witness
        assert len(signature) <= 72
        assert signature[-1] == SIGHASH_ALL
        code = p2wpkh_script_code(pubkey)
        digest = segwit_v0_digest(signed, index, code, each.value, SIGHASH_ALL)
        assert verify(pubkey, digest, from_der(signature[:-1]))


def test_the_order_of_coins_does_not_matter() -> None:
    tx = spending(*COINS)
    assert SIGNER.sign(tx, COINS[::-1]) == SIGNER.sign(tx, COINS)


def test_inputs_of_others_stay_as_they_are() -> None:
    """An anchor, for example, which the channel's signer signs."""
    other = TxIn(OutPoint(bytes(32), 3), witness=(b"theirs",))
    tx = spending(COINS[0])
    tx = replace(tx, inputs=(other, *tx.inputs))
    signed = SIGNER.sign(tx, COINS[:1])
    assert signed.inputs[0] == other
    assert signed.inputs[1].witness


def test_a_coin_that_is_not_spent() -> None:
    with pytest.raises(CoinSignerRefused, match="does not spend"):
        SIGNER.sign(spending(COINS[0]), COINS[:2])


@pytest.mark.parametrize("path", [KeyPath(False, 1), KeyPath(True, 0)])
def test_a_coin_of_another_key(path: KeyPath) -> None:
    wrong = msgspec.structs.replace(COINS[0], path=path)
    with pytest.raises(CoinSignerRefused, match="not of the key"):
        SIGNER.sign(spending(wrong), [wrong])


def test_a_wrong_value_makes_no_valid_signature() -> None:
    """BIP143 signs the value: nobody can make us burn a coin by lying about it."""
    lied = msgspec.structs.replace(COINS[0], value=Sat(5))
    signed = SIGNER.sign(spending(COINS[0]), [lied])
    assert not core_accepts(signed, [COINS[0].output])

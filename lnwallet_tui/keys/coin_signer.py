"""Signs for the wallet's own coins: the P2WPKH outputs of BIP84's account, and the taproot outputs
of BIP86's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lnwallet_tui.bitcoin.curve import public_key, sign, sign_schnorr, to_der, x_only
from lnwallet_tui.bitcoin.script import p2wpkh, p2wpkh_script_code
from lnwallet_tui.bitcoin.sighash import (
    SIGHASH_ALL,
    SIGHASH_ANYONECANPAY,
    SIGHASH_DEFAULT,
    segwit_v0_digest,
    taproot_digest,
)
from lnwallet_tui.bitcoin.taproot import output_secret, p2tr_of
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.keys.derive import KeySchedule


class CoinSignerRefused(Exception):
    """What is to be signed is not what it is said to be: our own bug."""


class KeyCoinSigner:
    """A key lives only while it signs."""

    __slots__ = ("_keys",)

    def __init__(self, keys: KeySchedule) -> None:
        self._keys = keys

    def __repr__(self) -> str:
        return f"KeyCoinSigner({self._keys.network.value})"

    def sign(
        self, tx: Tx, coins: Sequence[Coin], others: Mapping[OutPoint, TxOut] | None = None
    ) -> Tx:
        """`tx` with a witness on every input that spends one of `coins`; `others` are what other
        inputs spend, as far as it is known. Raises `CoinSignerRefused` for a coin that `tx` does
        not spend or whose script is not of the key at its path."""
        places = {txin.outpoint: index for index, txin in enumerate(tx.inputs)}
        for coin in coins:
            if coin.outpoint not in places:
                raise CoinSignerRefused(f"the transaction does not spend {coin.outpoint}")
        spent = {**(others or {}), **{coin.outpoint: coin.output for coin in coins}}
        for coin in coins:
            index = places[coin.outpoint]
            make = self._by_schnorr if coin.path.taproot else self._by_ecdsa
            tx = tx.with_witness(index, make(tx, index, coin, spent))
        return tx

    def _by_schnorr(
        self, tx: Tx, index: int, coin: Coin, spent: Mapping[OutPoint, TxOut]
    ) -> tuple[bytes]:
        secret = self._keys.taproot_key(coin.path.change, coin.path.index).reveal()
        pubkey = public_key(secret)
        _expect_own(coin, p2tr_of(pubkey))
        outputs = [spent.get(txin.outpoint) for txin in tx.inputs]
        secret = output_secret(secret, x_only(pubkey))
        if None not in outputs:
            known = [output for output in outputs if output is not None]
            return (sign_schnorr(secret, taproot_digest(tx, index, known, SIGHASH_DEFAULT)),)
        # BIP341 signs what all inputs spend, and those of a channel are not known here. They are
        # signed with SIGHASH_ALL by the channel's signer, so that nobody can add others.
        alone = [coin.output] * len(tx.inputs)
        sighash = SIGHASH_ALL | SIGHASH_ANYONECANPAY
        signature = sign_schnorr(secret, taproot_digest(tx, index, alone, sighash))
        return (signature + bytes((sighash,)),)

    def _by_ecdsa(
        self, tx: Tx, index: int, coin: Coin, _: Mapping[OutPoint, TxOut]
    ) -> tuple[bytes, bytes]:
        secret = self._keys.coin_key(coin.path.change, coin.path.index).reveal()
        pubkey = public_key(secret)
        _expect_own(coin, p2wpkh(pubkey))
        code = p2wpkh_script_code(pubkey)
        signature = sign(secret, segwit_v0_digest(tx, index, code, coin.value, SIGHASH_ALL))
        return to_der(signature) + bytes((SIGHASH_ALL,)), pubkey


def _expect_own(coin: Coin, script: bytes) -> None:
    if script != coin.script_pubkey:
        raise CoinSignerRefused(f"{coin.outpoint} is not of the key at its path")

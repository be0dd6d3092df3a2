"""Signs for the wallet's own coins, the P2WPKH outputs of BIP84's account."""

from __future__ import annotations

from collections.abc import Sequence

from lnwallet_tui.bitcoin.curve import public_key, sign, to_der
from lnwallet_tui.bitcoin.script import p2wpkh, p2wpkh_script_code
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, segwit_v0_digest
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.signing import CoinSignerRefused
from lnwallet_tui.keys.derive import KeySchedule


class KeyCoinSigner:
    """Implements `coins.signing.CoinSigner`; a key lives only while it signs."""

    __slots__ = ("_keys",)

    def __init__(self, keys: KeySchedule) -> None:
        self._keys = keys

    def __repr__(self) -> str:
        return f"KeyCoinSigner({self._keys.network.value})"

    def sign(self, tx: Tx, coins: Sequence[Coin]) -> Tx:
        """`tx` with a witness on every input that spends one of `coins`."""
        places = {txin.outpoint: index for index, txin in enumerate(tx.inputs)}
        for coin in coins:
            if coin.outpoint not in places:
                raise CoinSignerRefused(f"the transaction does not spend {coin.outpoint}")
            index = places[coin.outpoint]
            tx = tx.with_witness(index, self._witness(tx, index, coin))
        return tx

    def _witness(self, tx: Tx, index: int, coin: Coin) -> tuple[bytes, bytes]:
        secret = self._keys.coin_key(coin.path.change, coin.path.index).reveal()
        pubkey = public_key(secret)
        if p2wpkh(pubkey) != coin.script_pubkey:
            raise CoinSignerRefused(f"{coin.outpoint} is not of the key at its path")
        code = p2wpkh_script_code(pubkey)
        signature = sign(secret, segwit_v0_digest(tx, index, code, coin.value, SIGHASH_ALL))
        return to_der(signature) + bytes((SIGHASH_ALL,)), pubkey

"""The handle through which the wallet's coins are signed for; `keys.coin_signer` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.coins.coin import Coin


class CoinSignerRefused(Exception):
    """What is to be signed is not what it is said to be: our own bug."""


class CoinSigner(Protocol):
    """Signs P2WPKH and taproot inputs of the wallet."""

    def sign(self, tx: Tx, coins: Sequence[Coin]) -> Tx:
        """`tx` with a witness on every input that spends one of `coins`; others stay as they are.

        Raises `CoinSignerRefused` for a coin that `tx` does not spend or whose script is not of the
        key at its path.
        """
        ...

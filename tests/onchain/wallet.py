"""Coins of the wallet for what needs them, and their signatures."""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.coins.coin import Coin, KeyPath
from lnwallet_tui.onchain.bump import Funded
from tests.playground.bench import HOME, Bench, sign_home

CHANGE = HOME


def coins_of(bench: Bench, *values: int) -> list[Coin]:
    """Confirmed coins of these values."""
    return [_coin(*bench.coin(HOME, value)) for value in values]


def _coin(outpoint: OutPoint, output: TxOut) -> Coin:
    return Coin(
        outpoint=outpoint,
        value=output.value,
        script_pubkey=output.script_pubkey,
        path=KeyPath(change=False, index=0),
        height=1,
        certain=True,
    )


def sign_coins(tx: Tx, funded: Funded) -> Tx:
    """Sign for the coins, which stand behind the channel's input."""
    first = tx.inputs[0].outpoint, TxOut(Sat(0), b"")
    return sign_home(tx, first, *((coin.outpoint, coin.output) for coin in funded.coins))

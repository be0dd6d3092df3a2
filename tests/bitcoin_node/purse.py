"""The node's own coins: what it mined for itself, paid out to whoever is named."""

from __future__ import annotations

from collections.abc import Sequence

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.playground.coins_view import Coin
from lnwallet_tui.playground.faucet import SIGNATURE_SIZE, FaucetKey, NoCoins
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_limits import COINBASE_MATURITY, fee_at
from lnwallet_tui.playground.simchain import SimChain

_REPLACEABLE = 0xFFFF_FFFD


class Purse:
    """Confirmed and mature coins of one key, the oldest first."""

    def __init__(self, key: FaucetKey, chain: SimChain, mempool: Mempool) -> None:
        self.key = key
        self._chain, self._mempool = chain, mempool

    def pay(self, outputs: Sequence[TxOut], sat_per_kvb: int) -> Tx:
        """A signed transaction with these outputs, then the change. Raises `NoCoins`."""
        asked = sum(output.value.value for output in outputs)
        chosen: list[tuple[OutPoint, Coin]] = []
        for one in self._spendable():
            chosen.append(one)
            draft = self._signed(chosen, (*outputs, TxOut(Sat(0), self.key.script)))
            held = sum(coin.output.value.value for _, coin in chosen)
            # A signature may be a byte or two longer the next time.
            fee = fee_at(sat_per_kvb, draft.vsize + len(chosen))
            change = held - asked - fee
            if change >= SIGNATURE_SIZE * 10:
                return self._signed(chosen, (*outputs, TxOut(Sat(change), self.key.script)))
        raise NoCoins(f"{asked} sat and a fee are more than the node's mature coins: mine more")

    def _spendable(self) -> list[tuple[OutPoint, Coin]]:
        spenders = self._mempool.graph().spenders
        oldest = self._chain.height + 1 - COINBASE_MATURITY
        return [
            (outpoint, coin)
            for outpoint, coin in self._chain.paid_to({self.key.script})
            if outpoint not in spenders and (not coin.coinbase or coin.height <= oldest)
        ]

    def _signed(self, coins: Sequence[tuple[OutPoint, Coin]], outputs: Sequence[TxOut]) -> Tx:
        inputs = tuple(TxIn(outpoint, sequence=_REPLACEABLE) for outpoint, _ in coins)
        tx = Tx(2, inputs, tuple(outputs))
        for index, (_, coin) in enumerate(coins):
            tx = self.key.sign(tx, index, coin.output.value)
        return tx

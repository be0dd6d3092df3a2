"""The faucet: the miner's key, which gives coins to whoever comes to live in the playground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.curve import public_key, sign, to_der
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.script import p2wpkh, p2wpkh_script_code
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, segwit_v0_digest
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.playground.coins_view import Coin
from lnwallet_tui.playground.policy_limits import COINBASE_MATURITY, fee_at
from lnwallet_tui.playground.simchain import SimChain

SIGNATURE_SIZE: Final = 72  # at most, as these are low-S, with the sighash byte
_REPLACEABLE: Final = 0xFFFF_FFFD


@dataclass(frozen=True, slots=True)
class FaucetKey:
    """One key, and what it signs."""

    secret: bytes

    @classmethod
    def from_seed(cls, seed: bytes) -> FaucetKey:
        """The key that the world's seed gives."""
        return cls(sha256(b"playground faucet" + seed))

    @property
    def pubkey(self) -> bytes:
        """33 bytes."""
        return public_key(self.secret)

    @property
    def script(self) -> bytes:
        """Where its coins are: P2WPKH."""
        return p2wpkh(self.pubkey)

    def sign(self, tx: Tx, index: int, value: Sat) -> Tx:
        """Sign input `index`, which spends `value` of this key."""
        code = p2wpkh_script_code(self.pubkey)
        digest = segwit_v0_digest(tx, index, code, value, SIGHASH_ALL)
        signature = to_der(sign(self.secret, digest)) + bytes((SIGHASH_ALL,))
        return tx.with_witness(index, (signature, self.pubkey))

    def __repr__(self) -> str:
        return f"FaucetKey({self.pubkey.hex()})"


class NoCoins(Exception):
    """The faucet has no mature coin that is large enough: mine some more."""


class Faucet:
    """Pays out of matured coinbases, the oldest first, one each time; the change is its own."""

    def __init__(self, key: FaucetKey, chain: SimChain) -> None:
        self.key = key
        self._chain = chain
        self._used: set[OutPoint] = set()

    def pay(self, outputs: Sequence[TxOut], feerate: int = 2_000) -> Tx:
        """A signed transaction with these outputs, then the change; `feerate` in sat/kvB."""
        asked = sum(output.value.value for output in outputs)
        outpoint, coin = self._take(asked)
        txin = TxIn(outpoint, sequence=_REPLACEABLE)
        draft = Tx(2, (txin,), (*outputs, TxOut(Sat(0), self.key.script)))
        signed_size = draft.with_witness(0, (bytes(SIGNATURE_SIZE), bytes(33))).vsize
        change = coin.output.value - Sat(asked + fee_at(feerate, signed_size))
        final = Tx(2, (txin,), (*outputs, TxOut(change, self.key.script)))
        return self.key.sign(final, 0, coin.output.value)

    def _take(self, asked: int) -> tuple[OutPoint, Coin]:
        for height in range(1, self._chain.height + 2 - COINBASE_MATURITY):
            outpoint = OutPoint(self._chain.at(height).txids[0], 0)
            coin = self._chain.coin(outpoint)
            if coin is None or outpoint in self._used or coin.output.value.value < 2 * asked:
                continue
            self._used.add(outpoint)
            return outpoint, coin
        raise NoCoins(f"no mature coinbase for {asked} sat")

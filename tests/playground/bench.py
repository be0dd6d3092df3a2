"""A small world for the tests of the chain and the mempool: a funded faucet and odd coins."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.curve import public_key, sign, to_der
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.script import p2wpkh, p2wpkh_script_code, p2wsh
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, segwit_v0_digest
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.faucet import Faucet, FaucetKey
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.miner import Miner
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from lnwallet_tui.playground.simchain import SimChain

START = 1_735_689_600  # 2025-01-01
SECRET = sha256(b"a key of the tests")
PUBKEY = public_key(SECRET)
HOME = p2wpkh(PUBKEY)

Coin = tuple[OutPoint, TxOut]


class Bench:
    """Chain, mempool, miner and faucet, with a clock that goes ten minutes a block."""

    def __init__(self, engine: Engine, seed: bytes = b"bench", blocks: int = 130) -> None:
        self.now = START
        self.key = FaucetKey.from_seed(seed)
        self.chain = SimChain(engine, lambda: self.now, seed, self.key.script)
        self.mempool = Mempool(self.chain)
        self.miner = Miner(self.chain, self.mempool)
        self.faucet = Faucet(self.key, self.chain)
        self.mine(blocks)

    def mine(self, count: int = 1) -> None:
        for _ in range(count):
            self.now += 600
            self.miner.mine()

    def put(self, *txs: Tx) -> None:
        """Mine these whatever the mempool thinks of them; fails if the engine refuses."""
        self.now += 600
        self.chain.extend(txs)

    def coins(self, count: int, script: bytes = HOME, value: int = 100_000) -> list[Coin]:
        """Confirmed coins of one script, however odd it is."""
        outputs = [TxOut(Sat(value), script)] * count
        tx = self.faucet.pay(outputs)
        self.put(tx)
        return [(OutPoint(tx.txid, at), output) for at, output in enumerate(outputs)]

    def coin(self, script: bytes = HOME, value: int = 100_000) -> Coin:
        return self.coins(1, script, value)[0]

    def refuses(self, tx: Tx, reason: Reason, *before: Tx) -> Rejection:
        """The mempool refuses `tx` for `reason`; the engine takes it (after `before`)."""
        waiting = self.mempool.entries()
        with pytest.raises(Rejection) as refused:
            self.mempool.submit(tx)
        assert refused.value.reason is reason, str(refused.value)
        assert self.mempool.entries() == waiting
        self.put(*before, tx)
        assert self.chain.height_of(tx.txid) == self.chain.height
        return refused.value


def spend(
    *coins: Coin,
    fee: int = 1_000,
    outputs: Sequence[TxOut] | None = None,
    version: int = 2,
    locktime: int = 0,
    sequence: int = 0xFFFF_FFFD,
) -> Tx:
    """An unsigned transaction of these coins, by default to `HOME` less `fee`."""
    inputs = tuple(TxIn(outpoint, sequence=sequence) for outpoint, _ in coins)
    total = sum(output.value.value for _, output in coins)
    return Tx(version, inputs, tuple(outputs or (TxOut(Sat(total - fee), HOME),)), locktime)


def sign_home(tx: Tx, *coins: Coin, sighash: int = SIGHASH_ALL) -> Tx:
    """Sign the inputs that spend coins of `HOME`."""
    for index, (_, output) in enumerate(coins):
        if output.script_pubkey == HOME:
            code = p2wpkh_script_code(PUBKEY)
            digest = segwit_v0_digest(tx, index, code, output.value, sighash)
            signature = to_der(sign(SECRET, digest)) + bytes((sighash,))
            tx = tx.with_witness(index, (signature, PUBKEY))
    return tx


def paid(
    *coins: Coin,
    fee: int = 1_000,
    outputs: Sequence[TxOut] | None = None,
    version: int = 2,
    locktime: int = 0,
    sequence: int = 0xFFFF_FFFD,
) -> Tx:
    """A signed transaction of coins of `HOME`."""
    tx = spend(
        *coins, fee=fee, outputs=outputs, version=version, locktime=locktime, sequence=sequence
    )
    return sign_home(tx, *coins)


def output_of(tx: Tx, vout: int = 0) -> Coin:
    """An output of `tx`, to be spent."""
    return OutPoint(tx.txid, vout), tx.outputs[vout]


def witness_coin(bench: Bench, script: bytes) -> Coin:
    """A coin of a P2WSH."""
    return bench.coin(p2wsh(script))

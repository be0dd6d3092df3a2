"""A wallet with coins on the playground's chain, and coins that are on no chain."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2pkh, p2tr, p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.coins.build import BuiltTx
from lnwallet_tui.coins.coin import Coin, KeyPath, own_scripts
from lnwallet_tui.coins.ledger import Ledger
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.seed import words_of
from lnwallet_tui.playground.mempool import Mempool
from tests.bitcoin.core import core_accepts
from tests.playground.bench import Bench

RECEIVING, CHANGE = 12, 4
FUNDING_SCRIPT = p2wsh(b"two of two")
SHOP = p2tr(sha256(b"a shop"))
OLD_SHOP = p2pkh(bytes(20))


@cache
def keys() -> KeySchedule:
    return KeySchedule(words_of(bytes(16)).seed(), Network.REGTEST)


@cache
def own() -> dict[bytes, KeyPath]:
    """The scripts that the wallet knows."""
    return own_scripts(keys().account(), RECEIVING, CHANGE)


def receiving(index: int = 0) -> bytes:
    return list(own())[index]


def change(index: int = 0) -> bytes:
    return list(own())[RECEIVING + index]


def fake_coin(
    value: int,
    at: int = 0,
    *,
    height: int | None = 100,
    certain: bool | None = None,
    coinbase: bool = False,
) -> Coin:
    """A coin that nobody ever mined."""
    script = receiving(at % RECEIVING)
    return Coin(
        outpoint=OutPoint(sha256(at.to_bytes(4, "big")), at),
        value=Sat(value),
        script_pubkey=script,
        path=own()[script],
        height=height,
        certain=height is not None if certain is None else certain,
        coinbase=coinbase,
    )


def fake_coins(values: Sequence[int]) -> list[Coin]:
    return [fake_coin(value, at) for at, value in enumerate(values)]


def signed(built: BuiltTx) -> Tx:
    return KeyCoinSigner(keys()).sign(built.tx, built.coins)


class Purse:
    """A wallet that follows the bench's chain."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.ledger = Ledger()

    def receive(self, *values: int, mined: bool = True) -> Tx:
        """The faucet pays these values, to one script after the other."""
        outputs = [TxOut(Sat(value), receiving(at % RECEIVING)) for at, value in enumerate(values)]
        tx = self.bench.faucet.pay(outputs)
        if mined:
            self.bench.put(tx)
            self.follow(self.bench.chain.height)
        else:
            self.bench.mempool.submit(tx)
            self.ledger = self.ledger.unconfirmed(tx, own(), ours=False)
        return tx

    def follow(self, height: int) -> None:
        for tx in self.bench.chain.at(height).block.transactions:
            self.ledger = self.ledger.confirmed(tx, height, own())

    def mine(self) -> None:
        self.bench.mine()
        self.follow(self.bench.chain.height)

    def coins(self) -> tuple[Coin, ...]:
        return self.ledger.spendable(self.bench.chain.height + 1)

    def check(self, built: BuiltTx) -> Tx:
        """Engine and relay policy take it, alone in an empty mempool."""
        tx = signed(built)
        assert core_accepts(tx, [coin.output for coin in built.coins])
        entry = Mempool(self.bench.chain).submit(tx)
        assert entry.fee == built.fee.value
        return tx

    def send(self, built: BuiltTx) -> Tx:
        tx = signed(built)
        self.bench.mempool.submit(tx)
        self.ledger = self.ledger.unconfirmed(tx, own(), ours=True)
        return tx

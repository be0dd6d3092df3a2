"""Chains of the playground that are long enough to be read in several spans."""

from __future__ import annotations

from typing import Final, TypeVar

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.playground.engine import Engine
from tests.chain.wires import OURS, WITNESS, Node, Wires
from tests.playground.bench import Bench, spend

BLOCKS: Final = 2_500
LATER: Final = p2wsh(b"known later")
OTHERS: Final = p2wsh(b"of others")


def put_ours(bench: Bench, spent: bool = False) -> int:
    """A block that pays us, and perhaps one that takes it again; its height."""
    coin = bench.coin(OURS)
    height = bench.chain.height
    if spent:
        bench.put(spend(coin, outputs=[TxOut(Sat(90_000), OURS)]).with_witness(0, (WITNESS,)))
    return height


def grown(engine: Engine) -> Bench:
    """2,500 blocks; some concern us, at the beginning, in the middle and at the end."""
    bench = Bench(engine)
    put_ours(bench, spent=True)
    bench.mine(1_000)
    put_ours(bench)
    bench.coin(LATER)
    for _ in range(6):
        bench.coin(OTHERS)
    bench.mine(BLOCKS - 10 - bench.chain.height)
    put_ours(bench, spent=True)
    bench.mine(BLOCKS - bench.chain.height)
    return bench


def wires(bench: Bench, seed: int = 1, *, birthday: int = 0, ahead_ms: int = 60_000) -> Wires:
    """Our clock is a little ahead of the newest block."""
    return Wires(seed, bench.now * 1_000 + ahead_ms, birthday=birthday)


M = TypeVar("M", bound=Message)


def asked(node: Node, kind: type[M]) -> list[M]:
    return [message for message in node.heard if isinstance(message, kind)]

"""Blocks whose inputs spend known scripts, with filters honest and other."""

from __future__ import annotations

from collections.abc import Iterable

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.block import Block, BlockHeader
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.merkle import merkle_root
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.filters import BasicFilter
from tests.bip158_encoder import encode_filter, filter_of, scripts_of

MINER = b"\x00\x14" + b"\x4d" * 20


def block_of(*others: Tx) -> Block:
    """A block with a coinbase that commits to the witnesses; no work is done on it."""
    root = merkle_root([bytes(32), *(tx.wtxid for tx in others)])
    commitment = bytes.fromhex("6a24aa21a9ed") + sha256d(root + bytes(32))
    coinbase = Tx(
        2,
        (TxIn(OutPoint(bytes(32), 0xFFFFFFFF), b"\x51\x51", witness=(bytes(32),)),),
        (TxOut(Sat(1), MINER), TxOut(Sat(0), commitment)),
    )
    txs = (coinbase, *others)
    header = BlockHeader(1, bytes(32), merkle_root([tx.txid for tx in txs]), 0, 0x207FFFFF, 0)
    return Block(header, txs)


def spending(*inputs: TxIn, pays: Iterable[bytes] = ()) -> Tx:
    """A transaction that pays to these scripts."""
    return Tx(2, inputs, tuple(TxOut(Sat(7), script) for script in pays))


def honest(block: Block, spent: Iterable[bytes]) -> BasicFilter:
    """The filter of a block whose inputs spend these scripts."""
    return BasicFilter(block.hash, filter_of(block, spent))


def lying(
    block: Block,
    spent: Iterable[bytes],
    *,
    without: Iterable[bytes] = (),
    and_: Iterable[bytes] = (),
) -> BasicFilter:
    """A filter with some scripts left out and others put in."""
    held = scripts_of(block, spent) - set(without) | set(and_)
    return BasicFilter(block.hash, encode_filter(block.hash, held))

"""What a follower of the chain is told: a block joined the best chain, or left it."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.bitcoin.tx import Tx


@dataclass(frozen=True, slots=True)
class BlockConnected:
    """The next block of the best chain.

    `block_hash` and `previous_hash` are in wire order, `time` is the header's. `txs` are the
    block's transactions in order, or only those that touch what is watched, each with its index
    in the block (a light node fetches matching blocks whole; for others `txs` is empty).
    """

    height: int
    block_hash: bytes
    previous_hash: bytes
    time: int
    txs: tuple[tuple[int, Tx], ...]


@dataclass(frozen=True, slots=True)
class BlockDisconnected:
    """The newest block left the best chain (a reorganisation takes them one by one, newest
    first)."""

    height: int
    block_hash: bytes


ChainEvent = BlockConnected | BlockDisconnected

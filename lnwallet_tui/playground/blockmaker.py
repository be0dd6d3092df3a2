"""Building a block: coinbase, commitments, and the two or three hashes that regtest asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.block import Block, BlockHeader
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.merkle import merkle_root
from lnwallet_tui.bitcoin.script import OP_RETURN, assemble, push, script_number
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut

BLOCK_VERSION: Final = 0x2000_0000  # BIP9, signalling for nothing
REGTEST_BITS: Final = 0x207F_FFFF  # every second hash is a proof of work
HALVING_INTERVAL: Final = 150  # regtest's; 210,000 on mainnet
_COMMITMENT_TAG: Final = bytes.fromhex("aa21a9ed")  # BIP141
_RESERVED: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """What a block is made of. `mark` (4 to 16 bytes) makes its coinbase unlike every other."""

    height: int
    previous: bytes
    time: int
    transactions: tuple[Tx, ...]
    fees: Sat
    reward_script: bytes
    mark: bytes


def subsidy(height: int) -> Sat:
    """The new coins of a block on regtest."""
    return Sat(50 * 100_000_000 >> height // HALVING_INTERVAL)


def build_block(plan: BlockPlan) -> Block:
    """The block, with proof of work; the same plan gives the same bytes."""
    transactions = (_coinbase(plan), *plan.transactions)
    root = merkle_root([tx.txid for tx in transactions])
    header = BlockHeader(BLOCK_VERSION, plan.previous, root, plan.time, REGTEST_BITS, 0)
    return Block(_with_work(header), transactions)


def _coinbase(plan: BlockPlan) -> Tx:
    # BIP34: the height comes first in the coinbase's script.
    script_sig = script_number(plan.height) + push(plan.mark)
    txin = TxIn(OutPoint(bytes(32), 0xFFFF_FFFF), script_sig, witness=(_RESERVED,))
    reward = TxOut(subsidy(plan.height) + plan.fees, plan.reward_script)
    return Tx(2, (txin,), (reward, TxOut(Sat(0), _witness_commitment(plan.transactions))))


def _witness_commitment(transactions: Sequence[Tx]) -> bytes:
    root = merkle_root([bytes(32), *(tx.wtxid for tx in transactions)])
    return assemble(OP_RETURN, _COMMITMENT_TAG + sha256d(root + _RESERVED))


def _with_work(header: BlockHeader) -> BlockHeader:
    while not header.has_proof_of_work():
        header = replace(header, nonce=header.nonce + 1)
    return header

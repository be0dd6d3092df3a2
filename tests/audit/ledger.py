"""The chain as the auditor sees it: which outputs exist, which are unspent, who spent the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from tests.audit.facts import insist

REGTEST_GENESIS: Final = bytes.fromhex(
    "06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f"
)
_HALVING: Final = 150
_MATURITY: Final = 100
_NOTHING_SPENT: Final = bytes(32)


def subsidy(height: int) -> int:
    """What a regtest block may create, in sat."""
    return 5_000_000_000 >> height // _HALVING


@dataclass
class Ledger:
    """The state after the blocks so far. `fresh` are the transactions since it was last taken."""

    height: int = 0
    tip: bytes = REGTEST_GENESIS
    outputs: dict[OutPoint, TxOut] = field(default_factory=dict)
    born: dict[OutPoint, tuple[int, bool]] = field(default_factory=dict)
    unspent: set[OutPoint] = field(default_factory=set)
    spenders: dict[OutPoint, Tx] = field(default_factory=dict)
    fresh: list[Tx] = field(default_factory=list)
    fees: int = 0

    def apply(self, block: Block) -> None:
        """The next block; `Contradiction` where it is not a valid successor."""
        height = self.height + 1
        insist(block.header.previous == self.tip, f"block {height} does not follow the one before")
        insist(block.header.has_proof_of_work(), f"block {height} has no proof of work")
        block.check_commitments()
        fees = sum(self._spend(tx, height) for tx in block.transactions[1:])
        coinbase = block.transactions[0]
        insist(_is_coinbase(coinbase), f"block {height} does not begin with a coinbase")
        created = sum(out.value.value for out in coinbase.outputs)
        insist(created <= subsidy(height) + fees, f"the coinbase of block {height} takes too much")
        self._create(coinbase, height)
        self.fresh.append(coinbase)
        self.height, self.tip, self.fees = height, block.hash, self.fees + fees

    def _spend(self, tx: Tx, height: int) -> int:
        taken = 0
        for txin in tx.inputs:
            outpoint = txin.outpoint
            insist(
                outpoint in self.unspent, f"block {height} spends {outpoint}, which is not there"
            )
            born, coinbase = self.born[outpoint]
            insist(not coinbase or height - born >= _MATURITY, f"{outpoint} is not mature")
            self.unspent.remove(outpoint)
            self.spenders[outpoint] = tx
            taken += self.outputs[outpoint].value.value
        given = sum(out.value.value for out in tx.outputs)
        insist(given <= taken, f"a transaction of block {height} creates money")
        self._create(tx, height)
        self.fresh.append(tx)
        return taken - given

    def _create(self, tx: Tx, height: int) -> None:
        for vout, out in enumerate(tx.outputs):
            outpoint = tx.outpoint(vout)
            self.outputs[outpoint] = out
            self.born[outpoint] = (height, _is_coinbase(tx))
            if out.value.value:  # the commitment to the witnesses is an output of nothing
                self.unspent.add(outpoint)

    def take_fresh(self) -> list[Tx]:
        """The transactions since this was last asked."""
        fresh, self.fresh = self.fresh, []
        return fresh


def _is_coinbase(tx: Tx) -> bool:
    return len(tx.inputs) == 1 and tx.inputs[0].outpoint.txid == _NOTHING_SPENT


def read_blocks(text: bytes) -> list[Block]:
    """Blocks in hex, one a line; the genesis block is left out if it is there."""
    blocks = [Block.parse(bytes.fromhex(line.decode())) for line in text.split()]
    return blocks[1:] if blocks and blocks[0].hash == REGTEST_GENESIS else blocks

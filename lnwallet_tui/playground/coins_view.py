"""The unspent outputs of the best chain, and how to take a block back."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.script import OP_RETURN
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut


@dataclass(frozen=True, slots=True)
class Coin:
    """An unspent output and where it came from."""

    output: TxOut
    height: int
    coinbase: bool


@dataclass(frozen=True, slots=True)
class Undo:
    """What a block changed: the coins it spent and the names of those it made."""

    spent: tuple[tuple[OutPoint, Coin], ...]
    made: tuple[OutPoint, ...]


class CoinsView:
    """Unspent outputs by name. It trusts its blocks: the engine has validated them."""

    def __init__(self) -> None:
        self._coins: dict[OutPoint, Coin] = {}

    def get(self, outpoint: OutPoint) -> Coin | None:
        """The coin, or None if there is none or it is spent."""
        return self._coins.get(outpoint)

    def held_by(self, script: bytes) -> Sat:
        """What the coins of one script add up to."""
        outputs = (coin.output for coin in self._coins.values())
        return sum((out.value for out in outputs if out.script_pubkey == script), ZERO_SAT)

    def paid_to(self, scripts: Container[bytes]) -> list[tuple[OutPoint, Coin]]:
        """The coins of these scripts, in the order in which they were made."""
        return [one for one in self._coins.items() if one[1].output.script_pubkey in scripts]

    def __len__(self) -> int:
        return len(self._coins)

    def apply(self, txs: Sequence[Tx], txids: Sequence[bytes], height: int) -> Undo:
        """Spend and make what the block at `height` does; the first transaction is its coinbase."""
        spent: list[tuple[OutPoint, Coin]] = []
        made: list[OutPoint] = []
        for index, (tx, txid) in enumerate(zip(txs, txids, strict=True)):
            if index:
                spent += [(txin.outpoint, self._coins.pop(txin.outpoint)) for txin in tx.inputs]
            for vout, output in enumerate(tx.outputs):
                if output.script_pubkey[:1] != bytes((OP_RETURN,)):
                    outpoint = OutPoint(txid, vout)
                    self._coins[outpoint] = Coin(output, height, index == 0)
                    made.append(outpoint)
        return Undo(tuple(spent), tuple(made))

    def revert(self, undo: Undo) -> None:
        """Take back the newest block."""
        self._coins.update(undo.spent)  # before removing: a block may spend what it made
        for outpoint in undo.made:
            del self._coins[outpoint]

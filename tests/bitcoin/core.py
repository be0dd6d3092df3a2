"""Bitcoin Core's own engine as the second opinion on transactions and scripts."""

from __future__ import annotations

from collections.abc import Sequence

import pbk
from pbk.script import PrecomputedTransactionData

from lnwallet_tui.bitcoin.tx import Tx, TxOut


def core_txid(raw: bytes) -> bytes:
    """The txid that Core computes for a serialized transaction."""
    return bytes(pbk.Transaction(raw).txid)


def core_serialize(raw: bytes) -> bytes:
    """What Core makes of the bytes after parsing them."""
    return bytes(pbk.Transaction(raw))


def core_block(raw: bytes) -> bytes:
    """What Core makes of a block after parsing it."""
    return bytes(pbk.Block(raw))


def core_accepts(tx: Tx, spent: Sequence[TxOut]) -> bool:
    """Whether every input satisfies the script it spends, under all consensus rules."""
    outputs = [
        pbk.TransactionOutput(pbk.ScriptPubkey(out.script_pubkey), out.value.value) for out in spent
    ]
    core_tx = pbk.Transaction(tx.serialize())
    prepared = PrecomputedTransactionData(core_tx, outputs)
    flags = pbk.ScriptVerificationFlags.ALL
    return all(
        bool(
            pbk.ScriptPubkey(out.script_pubkey).verify(
                out.value.value, core_tx, prepared, index, flags
            )
        )
        for index, out in enumerate(spent)
    )

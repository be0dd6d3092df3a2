"""The legacy closing transaction, which `closing_signed` signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.fees import fee_of_tx
from lnwallet_tui.bitcoin.tx import SEQUENCE_FINAL, Tx, TxIn, TxOut
from lnwallet_tui.channel.commitment import CommitmentParams

_WITHOUT_OUTPUTS: Final = 4 * (4 + 1 + 41 + 1 + 4) + 2 + 222
_VALUE_AND_LENGTH: Final = 9


@dataclass(frozen=True, slots=True)
class ClosingOutput:
    """What one side gets: its final balance before the fee, to the script of its `shutdown`."""

    balance: Msat
    script: bytes


def build_closing(
    params: CommitmentParams, holder: ClosingOutput, counterparty: ClosingOutput, fee: Sat
) -> Tx:
    """The unsigned closing transaction as `params.holder` makes it: by its own dust limit.

    The fee comes out of the funder's output; `AmountError` where that is less than the fee. For the
    variant in which a side eliminates its own output, see `without_output_to`.
    """
    ours, theirs = holder.balance.floor_sat(), counterparty.balance.floor_sat()
    if params.holder_is_funder:
        ours -= fee
    else:
        theirs -= fee
    outputs = (TxOut(ours, holder.script), TxOut(theirs, counterparty.script))
    kept = [txout for txout in outputs if txout.value >= params.dust_limit]
    return Tx(
        version=2,
        inputs=(TxIn(params.funding_outpoint, sequence=SEQUENCE_FINAL),),
        outputs=tuple(sorted(kept, key=lambda txout: (txout.value.value, txout.script_pubkey))),
    )


def without_output_to(tx: Tx, script: bytes) -> Tx:
    """The variant of a closing transaction in which the owner of `script` gives up its output."""
    kept = tuple(txout for txout in tx.outputs if txout.script_pubkey != script)
    return Tx(tx.version, tx.inputs, kept, tx.locktime)


def closing_weight(*scripts: bytes) -> int:
    """The expected weight of the signed transaction with outputs to these scripts."""
    return _WITHOUT_OUTPUTS + sum(4 * (_VALUE_AND_LENGTH + len(script)) for script in scripts)


def closing_fee(feerate_per_kw: int, *scripts: bytes) -> Sat:
    """Its fee at a feerate (sat/kw), as the nodes reckon that are to relay it."""
    return fee_of_tx(feerate_per_kw, closing_weight(*scripts))

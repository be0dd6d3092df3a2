"""What a transaction must look like before anybody looks at what it spends.

First consensus' own rules without a chain (`CheckTransaction`), then the standard form
(`IsStandardTx`): version, size, and input scripts that only push.
"""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import MAX_SAT
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.policy_outputs import check_outputs
from lnwallet_tui.playground.policy_parse import is_push_only
from lnwallet_tui.playground.policy_rejection import Reason, Rejection


def check_form(tx: Tx) -> None:
    """`Rejection` unless `tx` is well-formed and standard, as far as it shows by itself."""
    check_well_formed(tx)
    if tx.version not in limits.STANDARD_VERSIONS:
        raise Rejection(Reason.VERSION, str(tx.version))
    if tx.weight > limits.MAX_STANDARD_WEIGHT:
        raise Rejection(Reason.TX_SIZE, f"{tx.weight} weight units")
    for txin in tx.inputs:
        if len(txin.script_sig) > limits.MAX_SCRIPT_SIG_SIZE:
            raise Rejection(Reason.SCRIPT_SIG_SIZE, f"{len(txin.script_sig)} bytes")
        if not is_push_only(txin.script_sig):
            raise Rejection(Reason.SCRIPT_SIG_NOT_PUSH_ONLY)
    check_outputs(tx.outputs)
    size = len(tx.serialize_base())
    if size < limits.MIN_NONWITNESS_SIZE:
        raise Rejection(Reason.TX_SIZE_SMALL, f"{size} bytes")


def check_well_formed(tx: Tx) -> None:
    """`Rejection` where consensus forbids `tx` whatever the chain is, or it is a coinbase."""
    if not tx.inputs:
        raise Rejection(Reason.NO_INPUTS)
    if not tx.outputs:
        raise Rejection(Reason.NO_OUTPUTS)
    if 4 * len(tx.serialize_base()) > limits.MAX_BLOCK_WEIGHT:
        raise Rejection(Reason.OVERSIZE)
    if sum(output.value.value for output in tx.outputs) > MAX_SAT:
        raise Rejection(Reason.OUTPUTS_TOO_LARGE)
    spent = [txin.outpoint for txin in tx.inputs]
    if len(set(spent)) < len(spent):
        raise Rejection(Reason.DUPLICATE_INPUTS)
    if any(outpoint.txid == bytes(32) for outpoint in spent):
        raise Rejection(Reason.COINBASE)

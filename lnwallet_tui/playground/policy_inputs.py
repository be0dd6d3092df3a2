"""What relay policy lets an input be: the output it spends, its witness, its signature checks."""

from __future__ import annotations

from collections.abc import Sequence

from lnwallet_tui.bitcoin.script import parse_witness_program
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.policy_outputs import OutputKind, output_kind
from lnwallet_tui.playground.policy_parse import count_sigops, last_push
from lnwallet_tui.playground.policy_rejection import Reason, Rejection

_ANNEX_TAG = 0x50  # BIP341


def check_inputs(tx: Tx, spent: Sequence[TxOut]) -> None:
    """`Rejection` unless every input spends a standard output in a standard way.

    `spent` holds the outputs of all inputs, in their order (`AreInputsStandard`,
    `IsWitnessStandard`, and the limit on signature checks).
    """
    for txin, output in zip(tx.inputs, spent, strict=True):
        _check_spent(txin, output)
        if txin.witness:
            _check_witness(txin, output)
    legacy = _executed_legacy_sigops(tx, spent)
    if legacy > limits.MAX_LEGACY_SIGOPS:
        raise Rejection(Reason.NONSTANDARD_INPUTS, f"{legacy} legacy signature checks")
    cost = sigops_cost(tx, spent)
    if cost > limits.MAX_SIGOPS_COST:
        raise Rejection(Reason.TOO_MANY_SIGOPS, str(cost))


def witness_output(txin: TxIn, output: TxOut) -> bytes:
    """The script that holds the witness program: the output's, or the P2SH redeem script."""
    if output_kind(output.script_pubkey) is OutputKind.P2SH:
        return last_push(txin.script_sig)
    return output.script_pubkey


def virtual_size(tx: Tx, spent: Sequence[TxOut]) -> int:
    """The size that fees are counted for: vsize, or more for very many signature checks."""
    weight = max(tx.weight, sigops_cost(tx, spent) * limits.BYTES_PER_SIGOP)
    return -(-weight // 4)


def sigops_cost(tx: Tx, spent: Sequence[TxOut]) -> int:
    """Signature checks, those outside of witnesses counted fourfold (BIP141)."""
    legacy = sum(count_sigops(txin.script_sig, accurate=False) for txin in tx.inputs)
    legacy += sum(count_sigops(txout.script_pubkey, accurate=False) for txout in tx.outputs)
    witness = 0
    for txin, output in zip(tx.inputs, spent, strict=True):
        if output_kind(output.script_pubkey) is OutputKind.P2SH:
            legacy += count_sigops(last_push(txin.script_sig), accurate=True)
        witness += _witness_sigops(txin, witness_output(txin, output))
    return 4 * legacy + witness


def _executed_legacy_sigops(tx: Tx, spent: Sequence[TxOut]) -> int:
    """Signature checks outside of witnesses that spending could run (BIP54)."""
    total = 0
    for txin, output in zip(tx.inputs, spent, strict=True):
        total += count_sigops(txin.script_sig, accurate=True)
        is_p2sh = output_kind(output.script_pubkey) is OutputKind.P2SH
        run = last_push(txin.script_sig) if is_p2sh else output.script_pubkey
        total += count_sigops(run, accurate=True)
    return total


def _witness_sigops(txin: TxIn, script: bytes) -> int:
    match output_kind(script):
        case OutputKind.P2WPKH:
            return 1
        case OutputKind.P2WSH if txin.witness:
            return count_sigops(txin.witness[-1], accurate=True)
        case _:
            return 0


def _check_spent(txin: TxIn, output: TxOut) -> None:
    kind = output_kind(output.script_pubkey)
    if kind in {OutputKind.NONSTANDARD, OutputKind.WITNESS_UNKNOWN}:
        raise Rejection(Reason.NONSTANDARD_INPUTS, kind.value)
    if kind is OutputKind.P2SH:
        sigops = count_sigops(last_push(txin.script_sig), accurate=True)
        if sigops > limits.MAX_P2SH_SIGOPS:
            raise Rejection(Reason.NONSTANDARD_INPUTS, f"p2sh redeem script: {sigops} sigops")


def _check_witness(txin: TxIn, output: TxOut) -> None:
    script = witness_output(txin, output)
    program = parse_witness_program(script)
    kind = output_kind(script)
    if program is None or kind is OutputKind.P2A:
        raise Rejection(Reason.NONSTANDARD_WITNESS, "a witness where none belongs")
    if kind is OutputKind.P2WSH:
        _check_p2wsh(txin.witness)
    if kind is OutputKind.P2TR and output.script_pubkey == script:
        _check_taproot(txin.witness)


def _check_p2wsh(witness: tuple[bytes, ...]) -> None:
    *stack, script = witness
    if len(script) > limits.MAX_WITNESS_SCRIPT_SIZE:
        raise Rejection(Reason.NONSTANDARD_WITNESS, f"a script of {len(script)} bytes")
    if len(stack) > limits.MAX_WITNESS_ITEMS:
        raise Rejection(Reason.NONSTANDARD_WITNESS, f"{len(stack)} items")
    _check_items(stack)


def _check_taproot(witness: tuple[bytes, ...]) -> None:
    if len(witness) > 1 and witness[-1][:1] == bytes((_ANNEX_TAG,)):
        raise Rejection(Reason.NONSTANDARD_WITNESS, "an annex")
    if len(witness) > 1:
        _check_items(witness[:-2])


def _check_items(items: Sequence[bytes]) -> None:
    for item in items:
        if len(item) > limits.MAX_WITNESS_ITEM_SIZE:
            raise Rejection(Reason.NONSTANDARD_WITNESS, f"an item of {len(item)} bytes")

"""The scripts of all inputs: first the engine for consensus, then policy's stricter rules."""

from __future__ import annotations

from collections.abc import Sequence

from lnwallet_tui.bitcoin.script import p2pkh, parse_witness_program
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.policy_inputs import witness_output
from lnwallet_tui.playground.policy_machine import Machine, ScriptFails, is_true
from lnwallet_tui.playground.policy_outputs import OutputKind, output_kind
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from lnwallet_tui.playground.policy_signature import PolicyViolation, SignatureChecker
from lnwallet_tui.playground.policy_tapscript import check_leaf

_TAPSCRIPT = 0xC0  # BIP342: the one leaf version that means something today


def check_scripts(engine: Engine, tx: Tx, spent: Sequence[TxOut]) -> None:
    """`Rejection` unless every input may spend, by consensus and by relay policy.

    `spent` holds the outputs of all inputs, in their order.
    """
    refused = engine.verify_inputs(tx, spent)
    if refused is not None:
        raise Rejection(Reason.SCRIPT_FLAG, f"input {refused}: consensus forbids it")
    for index, output in enumerate(spent):
        try:
            check_input_policy(tx, index, output)
        except PolicyViolation as violation:
            raise Rejection(Reason.SCRIPT_FLAG, str(violation)) from violation


def check_input_policy(tx: Tx, index: int, output: TxOut) -> None:
    """`PolicyViolation` where an input that consensus takes breaks a rule of relay policy."""
    txin = tx.inputs[index]
    program = parse_witness_program(witness_output(txin, output))
    try:
        if program is None:
            _check_legacy(tx, index, output)
        elif program[0] == 0:
            _check_witness_v0(tx, index, output, program[1])
        else:
            _check_taproot(txin.witness, output)
    except ScriptFails as failure:
        raise AssertionError(f"the engine takes input {index}, policy fails it") from failure


def _check_witness_v0(tx: Tx, index: int, output: TxOut, program: bytes) -> None:
    witness = tx.inputs[index].witness
    checker = SignatureChecker(tx, index, output, segwit=True)
    if len(program) == 20:
        Machine(list(witness), checker).run(p2pkh(program))
    else:
        Machine(list(witness[:-1]), checker).run(witness[-1])


def _check_legacy(tx: Tx, index: int, output: TxOut) -> None:
    machine = Machine([], SignatureChecker(tx, index, output, segwit=False))
    machine.run(tx.inputs[index].script_sig)
    pushed = list(machine.stack)
    machine.run(output.script_pubkey)
    if output_kind(output.script_pubkey) is OutputKind.P2SH:
        machine.stack = pushed[:-1]
        machine.run(pushed[-1])
    # In segwit this is consensus (BIP141) and the engine's to check.
    if len(machine.stack) != 1:
        raise PolicyViolation("Stack size must be exactly one after execution")
    if not is_true(machine.stack[0]):
        raise ScriptFails("false")


def _check_taproot(witness: tuple[bytes, ...], output: TxOut) -> None:
    # Behind a script hash no witness version above 0 means anything yet.
    if output_kind(output.script_pubkey) not in {OutputKind.P2TR, OutputKind.P2A}:
        raise PolicyViolation("Witness version reserved for soft-fork upgrades")
    if len(witness) < 2:
        return  # of the key itself
    if witness[-1][0] & 0xFE != _TAPSCRIPT:
        raise PolicyViolation("Taproot version reserved for soft-fork upgrades")
    check_leaf(witness[-2])

"""Whether the signatures of single keys under a transaction are what they should be.

Others sign with us, and what they send back may be anything. A transaction with a false signature
is relayed by nobody, and would hold our coins for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

from lnwallet_tui.bitcoin.curve import CurveError, from_der, verify, verify_schnorr
from lnwallet_tui.bitcoin.script import (
    is_p2wpkh,
    p2wpkh,
    p2wpkh_script_code,
    parse_witness_program,
)
from lnwallet_tui.bitcoin.sighash import (
    SIGHASH_ANYONECANPAY,
    SIGHASH_DEFAULT,
    segwit_v0_digest,
    taproot_digest,
)
from lnwallet_tui.bitcoin.tx import Tx, TxOut


def are_right(tx: Tx, spent: Sequence[TxOut | None]) -> bool:
    """Whether no input is known to be signed falsely; `spent` are what the inputs take, in their
    order, as far as that is known. Only P2WPKH and taproot outputs spent by their key are judged.
    """
    for index, output in enumerate(spent):
        if output is None:
            continue
        program = parse_witness_program(output.script_pubkey)
        if program is None:
            continue
        if tx.inputs[index].script_sig:  # BIP141: "the scriptSig must be exactly empty"
            return False
        if is_p2wpkh(output.script_pubkey):
            right = _is_p2wpkh_right(tx, index, output)
        elif program[0] == 1 and len(program[1]) == 32:
            right = _is_taproot_right(tx, index, program[1], spent)
        else:
            continue
        if not right:
            return False
    return True


def _is_p2wpkh_right(tx: Tx, index: int, output: TxOut) -> bool:
    witness = tx.inputs[index].witness
    if len(witness) != 2 or not witness[0] or p2wpkh(witness[1]) != output.script_pubkey:
        return False
    signature, pubkey = witness
    code = p2wpkh_script_code(pubkey)
    digest = segwit_v0_digest(tx, index, code, output.value, signature[-1])
    try:
        return verify(pubkey, digest, from_der(signature[:-1]))
    except CurveError:
        return False


def _is_taproot_right(tx: Tx, index: int, key: bytes, spent: Sequence[TxOut | None]) -> bool:
    witness = tx.inputs[index].witness
    if len(witness) != 1:
        return bool(witness)  # by a script, or with an annex
    signature = witness[0]
    sighash = signature[64] if len(signature) == 65 else SIGHASH_DEFAULT
    # BIP341: 65 bytes with a type of zero are no signature, so that there is one form of each.
    if len(signature) not in (64, 65) or (len(signature) == 65 and not sighash):
        return False
    own, known = spent[index], [output for output in spent if output is not None]
    assert own is not None
    if sighash & SIGHASH_ANYONECANPAY:
        known = [own] * len(spent)
    elif len(known) < len(spent):
        return True  # nobody here can say
    try:
        digest = taproot_digest(tx, index, known, sighash)
    except ValueError:
        return False
    return verify_schnorr(key, digest, signature[:64])

"""Which output script an input spends, as far as the input tells it.

A block does not carry the outputs that it spends. Some inputs leave no doubt about the script, as
BIP141 makes rules of it for everybody; of others one can only say what they look like, since rules
for scripts that are not defined yet let anything pass, and anybody can have a miner include that.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.hashes import hash160, sha256
from lnwallet_tui.bitcoin.script import (
    OP_PUSHDATA1,
    p2pkh,
    p2sh,
    parse_witness_program,
    witness_program,
)
from lnwallet_tui.bitcoin.tx import TxIn

_ANNEX: Final = 0x50  # BIP341
_LEAF_VERSIONS: Final = 0xC0  # BIP341: the first byte of a control block, from here on
_COMPRESSED: Final = (b"\x02", b"\x03")


def certainly_spent(txin: TxIn) -> bytes | None:
    """The script, where every valid block that holds this input spends it.

    Those are the inputs with a witness and a script of their own. BIP141: for a program inside a
    P2SH "the scriptSig must be exactly a push of the BIP16 redeemScript", for one by itself it
    "must be exactly empty", and a txin of no program "MUST be associated with an empty witness
    field".
    """
    redeem_script = _only_push(txin.script_sig) if txin.witness else None
    if redeem_script is None or parse_witness_program(redeem_script) is None:
        return None
    return p2sh(hash160(redeem_script))


def probably_spent(txin: TxIn) -> frozenset[bytes]:
    """Scripts of which one is spent, if it is of a form that nodes relay; none where that is not
    enough to tell. P2WPKH, P2WSH and P2PKH."""
    if txin.witness:
        return frozenset() if txin.script_sig else _probable_programs(txin.witness)
    public_key = _last_of_two_pushes(txin.script_sig)
    if public_key is None:
        return frozenset()
    return frozenset((p2pkh(hash160(public_key)), p2sh(hash160(public_key))))


def _probable_programs(witness: tuple[bytes, ...]) -> frozenset[bytes]:
    last = witness[-1]
    if _may_be_taproot(witness):
        return frozenset()
    scripts = {witness_program(0, sha256(last))}
    if len(witness) == 2 and _is_compressed_key(last):
        scripts.add(witness_program(0, hash160(last)))
    return frozenset(scripts)


def _may_be_taproot(witness: tuple[bytes, ...]) -> bool:
    """BIP341: a signature alone; an annex; a script with its control block."""
    last = witness[-1]
    if len(witness) == 1:
        return len(last) in (64, 65)
    return last[:1] == bytes((_ANNEX,)) or (
        len(last) % 32 == 1 and len(last) >= 33 and last[0] >= _LEAF_VERSIONS
    )


def _is_compressed_key(data: bytes) -> bool:
    return len(data) == 33 and data.startswith(_COMPRESSED)


def _only_push(script: bytes) -> bytes | None:
    """What a script pushes that is one short push and nothing else."""
    data = script[1:]
    return data if script and script[0] == len(data) < OP_PUSHDATA1 else None


def _last_of_two_pushes(script_sig: bytes) -> bytes | None:
    """The public key of `<signature> <public key>`."""
    size = script_sig[0] if script_sig else 0
    key = _only_push(script_sig[1 + size :]) if 9 <= size <= 73 else None
    if key is None or not (_is_compressed_key(key) or (len(key) == 65 and key[0] == 4)):
        return None
    return key

"""The digest that a signature of a segwit version 0 input commits to (BIP143)."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.serial import with_length
from lnwallet_tui.bitcoin.tx import Tx

SIGHASH_ALL: Final = 0x01
SIGHASH_NONE: Final = 0x02
SIGHASH_SINGLE: Final = 0x03
SIGHASH_ANYONECANPAY: Final = 0x80
SIGHASH_SINGLE_ANYONECANPAY: Final = SIGHASH_SINGLE | SIGHASH_ANYONECANPAY

_NOTHING: Final = bytes(32)


def segwit_v0_digest(
    tx: Tx, input_index: int, script_code: bytes, value: Sat, sighash: int = SIGHASH_ALL
) -> bytes:
    """The 32 bytes to sign for input `input_index`, which spends `value`.

    `script_code` is the witness script (P2WSH) or `p2wpkh_script_code` (P2WPKH), without length.
    """
    txin = tx.inputs[input_index]
    kind, alone = sighash & 0x1F, bool(sighash & SIGHASH_ANYONECANPAY)
    return sha256d(
        tx.version.to_bytes(4, "little")
        + (_NOTHING if alone else sha256d(_outpoints(tx)))
        + (_NOTHING if alone or kind in _LOOSE else sha256d(_sequences(tx)))
        + txin.outpoint.serialize()
        + with_length(script_code)
        + value.value.to_bytes(8, "little")
        + txin.sequence.to_bytes(4, "little")
        + _outputs_hash(tx, input_index, kind)
        + tx.locktime.to_bytes(4, "little")
        + sighash.to_bytes(4, "little")
    )


_LOOSE: Final = frozenset({SIGHASH_NONE, SIGHASH_SINGLE})  # others' sequences may change


def _outpoints(tx: Tx) -> bytes:
    return b"".join(txin.outpoint.serialize() for txin in tx.inputs)


def _sequences(tx: Tx) -> bytes:
    return b"".join(txin.sequence.to_bytes(4, "little") for txin in tx.inputs)


def _outputs_hash(tx: Tx, input_index: int, kind: int) -> bytes:
    if kind not in _LOOSE:
        return sha256d(b"".join(txout.serialize() for txout in tx.outputs))
    if kind == SIGHASH_SINGLE and input_index < len(tx.outputs):
        return sha256d(tx.outputs[input_index].serialize())
    return _NOTHING

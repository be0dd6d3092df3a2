"""The digest that a signature commits to: of a segwit version 0 input (BIP143), and of a taproot
input that is spent by its key (BIP341)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256, sha256d, tagged_hash
from lnwallet_tui.bitcoin.serial import with_length
from lnwallet_tui.bitcoin.tx import Tx, TxOut

SIGHASH_DEFAULT: Final = 0x00  # BIP341: as SIGHASH_ALL, without the byte behind the signature
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


def taproot_digest(
    tx: Tx, input_index: int, spent: Sequence[TxOut], sighash: int = SIGHASH_DEFAULT
) -> bytes:
    """The 32 bytes to sign for input `input_index`, which is spent by its key.

    `spent` are the outputs that all inputs take, in their order; with SIGHASH_ANYONECANPAY only
    that of this input is looked at. Without an annex.
    """
    if not _is_taproot_type(sighash):
        raise ValueError("no sighash type of BIP341")
    txin, kind, alone = tx.inputs[input_index], sighash & 3, bool(sighash & SIGHASH_ANYONECANPAY)
    if kind == SIGHASH_SINGLE and input_index >= len(tx.outputs):
        raise ValueError("no output for this input")
    message = bytes((0, sighash)) + tx.version.to_bytes(4, "little")
    message += tx.locktime.to_bytes(4, "little")
    if not alone:
        assert len(spent) == len(tx.inputs), "one output for each input"
        message += sha256(_outpoints(tx))
        message += sha256(b"".join(out.value.value.to_bytes(8, "little") for out in spent))
        message += sha256(b"".join(with_length(out.script_pubkey) for out in spent))
        message += sha256(_sequences(tx))
    if kind not in _LOOSE:
        message += sha256(b"".join(txout.serialize() for txout in tx.outputs))
    message += b"\0"  # BIP341: spend_type, for no annex and no script
    if alone:
        message += txin.outpoint.serialize() + spent[input_index].serialize()
        message += txin.sequence.to_bytes(4, "little")
    else:
        message += input_index.to_bytes(4, "little")
    if kind == SIGHASH_SINGLE:
        message += sha256(tx.outputs[input_index].serialize())
    return tagged_hash("TapSighash", message)


def _is_taproot_type(sighash: int) -> bool:
    # BIP341: "Using any undefined hash_type (not 0x00, 0x01, 0x02, 0x03, 0x81, 0x82, or 0x83" makes
    # the signature invalid.
    return sighash == SIGHASH_DEFAULT or sighash & ~SIGHASH_ANYONECANPAY in (
        SIGHASH_ALL,
        SIGHASH_NONE,
        SIGHASH_SINGLE,
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

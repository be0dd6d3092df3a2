"""The signatures in an input: how they must be encoded, and whether they hold.

Consensus asks for strict DER only. Relay policy also wants a low S (so that nobody can change a
signature), a hash type that means something, and compressed keys in segwit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.curve import CurveError, from_der, verify
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.serial import compact_size, with_length
from lnwallet_tui.bitcoin.sighash import (
    SIGHASH_ALL,
    SIGHASH_ANYONECANPAY,
    SIGHASH_NONE,
    SIGHASH_SINGLE,
    segwit_v0_digest,
)
from lnwallet_tui.bitcoin.tx import Tx, TxOut

_HALF_ORDER: Final = 0x7FFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_5D576E73_57A4501D_DFE92F46_681B20A0
_KINDS: Final = frozenset({SIGHASH_ALL, SIGHASH_NONE, SIGHASH_SINGLE})
_BLANK_OUTPUT: Final = b"\xff" * 8 + b"\x00"  # what SIGHASH_SINGLE puts before its own output


class PolicyViolation(Exception):
    """A script that consensus takes breaks a rule of relay policy; the text is Core's."""


@dataclass(frozen=True, slots=True)
class SignatureChecker:
    """Checks the signatures of one input, which spends `output`."""

    tx: Tx
    index: int
    output: TxOut
    segwit: bool

    def holds(self, signature: bytes, pubkey: bytes, script_code: bytes) -> bool:
        """Whether the signature is the key's; `PolicyViolation` for an encoding not relayed."""
        check_signature_encoding(signature)
        check_pubkey_encoding(pubkey, self.segwit)
        if not signature:
            return False
        digest = self._digest(script_code, signature[-1])
        return verify(_compressed(pubkey), digest, from_der(signature[:-1]))

    def _digest(self, script_code: bytes, sighash: int) -> bytes:
        if self.segwit:
            value = self.output.value
            return segwit_v0_digest(self.tx, self.index, script_code, value, sighash)
        return legacy_digest(self.tx, self.index, script_code, sighash)


def check_signature_encoding(signature: bytes) -> None:
    """`PolicyViolation` unless empty, or strict DER with low S and a known hash type."""
    if not signature:
        return
    try:
        compact = from_der(signature[:-1])
    except CurveError as error:
        raise PolicyViolation("Non-canonical DER signature") from error
    if int.from_bytes(compact[32:], "big") > _HALF_ORDER:
        raise PolicyViolation("Non-canonical signature: S value is unnecessarily high")
    if signature[-1] & ~SIGHASH_ANYONECANPAY not in _KINDS:
        raise PolicyViolation("Signature hash type missing or not understood")


def check_pubkey_encoding(pubkey: bytes, segwit: bool) -> None:
    """`PolicyViolation` unless it looks like a key, compressed if in segwit."""
    if len(pubkey) == 33 and pubkey[0] in (2, 3):
        return
    if segwit:
        raise PolicyViolation("Using non-compressed keys in segwit")
    if len(pubkey) != 65 or pubkey[0] != 4:
        raise PolicyViolation("Public key is neither compressed or uncompressed")


def _compressed(pubkey: bytes) -> bytes:
    if len(pubkey) == 33:
        return pubkey
    return bytes((2 + pubkey[-1] % 2,)) + pubkey[1:33]


def legacy_digest(tx: Tx, index: int, script_code: bytes, sighash: int) -> bytes:
    """What a signature of an input before segwit commits to.

    `script_code` must not hold the signature nor OP_CODESEPARATOR; relay policy refuses both.
    """
    kind, alone = sighash & 0x1F, bool(sighash & SIGHASH_ANYONECANPAY)
    if kind == SIGHASH_SINGLE and index >= len(tx.outputs):
        return (1).to_bytes(32, "little")  # consensus keeps this accident of the first release
    inputs = [
        _legacy_input(tx, at, script_code if at == index else b"", kind, at == index)
        for at in range(len(tx.inputs))
        if at == index or not alone
    ]
    outputs = _legacy_outputs(tx, index, kind)
    return sha256d(
        tx.version.to_bytes(4, "little")
        + compact_size(len(inputs))
        + b"".join(inputs)
        + compact_size(len(outputs))
        + b"".join(outputs)
        + tx.locktime.to_bytes(4, "little")
        + sighash.to_bytes(4, "little")
    )


def _legacy_input(tx: Tx, at: int, script: bytes, kind: int, own: bool) -> bytes:
    txin = tx.inputs[at]
    sequence = txin.sequence if own or kind not in {SIGHASH_NONE, SIGHASH_SINGLE} else 0
    return txin.outpoint.serialize() + with_length(script) + sequence.to_bytes(4, "little")


def _legacy_outputs(tx: Tx, index: int, kind: int) -> list[bytes]:
    if kind == SIGHASH_NONE:
        return []
    if kind == SIGHASH_SINGLE:
        return [_BLANK_OUTPUT] * index + [tx.outputs[index].serialize()]
    return [output.serialize() for output in tx.outputs]

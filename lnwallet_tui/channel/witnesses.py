"""Witnesses: what unlocks each output of BOLT 3, assembled from compact signatures.

The witness script, last on the stack, is given as `script`. Signatures are 64 bytes; `sighash` says
how each was made.
"""

from __future__ import annotations

from lnwallet_tui.bitcoin.curve import to_der, verify
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, segwit_v0_digest
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.signing import SpentOutput

Witness = tuple[bytes, ...]

_TRUE = b"\x01"
_FALSE = b""  # MINIMALIF

HEAVIEST = b"\xf0" + bytes(31) + b"\x70" + bytes(31)
"""The low-S signature that is longest in DER, where r needs a 33rd byte: for weighing what nobody
has signed yet."""


def digest(tx: Tx, spent: SpentOutput) -> bytes:
    """The 32 bytes that a signature of `spent` commits to."""
    return segwit_v0_digest(tx, spent.input_index, spent.witness_script, spent.value, spent.sighash)


def is_signed_by(pubkey: bytes, signature: bytes, tx: Tx, spent: SpentOutput) -> bool:
    """Whether `signature` (64 bytes, low-S) is the key's over that input of `tx`."""
    return verify(pubkey, digest(tx, spent), signature)


def in_witness(signature: bytes, sighash: int = SIGHASH_ALL) -> bytes:
    """The signature as it stands in a witness: DER and the sighash byte."""
    return to_der(signature) + bytes((sighash,))


def funding(signatures: dict[bytes, bytes], script: bytes) -> Witness:
    """Spend the funding output; `signatures` by funding public key, both of them."""
    # BOLT 3: "`0 <signature_for_pubkey1> <signature_for_pubkey2>`", the lesser key first
    assert len(signatures) == 2, "both sides sign"
    ordered = (in_witness(signature) for _, signature in sorted(signatures.items()))
    return (_FALSE, *ordered, script)


def delayed(signature: bytes, script: bytes) -> Witness:
    """The holder's own `to_local` or second-stage output, after the delay."""
    return (in_witness(signature), _FALSE, script)


def penalty(signature: bytes, script: bytes) -> Witness:
    """A revoked `to_local` or second-stage output."""
    return (in_witness(signature), _TRUE, script)


def to_remote(signature: bytes, pubkey: bytes, script: bytes | None) -> Witness:
    """The counterparty's output: a P2WPKH, or with anchors the one-block script."""
    return (in_witness(signature), pubkey if script is None else script)


def anchor(signature: bytes, script: bytes) -> Witness:
    """An anchor, by its owner."""
    return (in_witness(signature), script)


def htlc_transaction(
    counterparty_signature: bytes,
    counterparty_sighash: int,
    holder_signature: bytes,
    preimage: bytes | None,
    script: bytes,
) -> Witness:
    """The HTLC-success transaction (with the preimage) or the HTLC-timeout one (None)."""
    return (
        _FALSE,
        in_witness(counterparty_signature, counterparty_sighash),
        in_witness(holder_signature),
        _FALSE if preimage is None else preimage,
        script,
    )


def htlc_claim(signature: bytes, preimage: bytes | None, script: bytes) -> Witness:
    """The counterparty takes an HTLC output directly: with the preimage, or after expiry (None)."""
    return (in_witness(signature), _FALSE if preimage is None else preimage, script)


def htlc_penalty(signature: bytes, revocationpubkey: bytes, script: bytes) -> Witness:
    """A revoked HTLC output."""
    return (in_witness(signature), revocationpubkey, script)

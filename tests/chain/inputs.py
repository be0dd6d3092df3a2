"""Inputs of each form, with the script that they spend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.hashes import hash160
from lnwallet_tui.bitcoin.script import p2pkh, p2sh, p2tr, p2wpkh, p2wsh, push
from lnwallet_tui.bitcoin.tx import OutPoint, TxIn

KEY: Final = public_key(b"\x01" * 32)
SIGNATURE: Final = b"\x30" + bytes(70)
DISGUISED: Final = b"\x02\xaa\xbb\x75" + b"\x61" * 29
"""A script of 33 bytes that begins as a public key does: push two bytes, drop them, do nothing."""

P2SH_P2WPKH: Final = "P2SH-P2WPKH"
LOOKS_LIKE_P2WPKH: Final = "looks like P2WPKH"


@dataclass(frozen=True, slots=True)
class Form:
    """`certain`: every valid block leaves no doubt about the script. `recognised`: it looks like
    what it is. `looks_like` is what else it could be."""

    script: bytes
    script_sig: bytes = b""
    witness: tuple[bytes, ...] = ()
    certain: bool = False
    recognised: bool = True
    looks_like: bytes = b""

    def txin(self, outpoint: OutPoint) -> TxIn:
        """An input that spends `outpoint`."""
        return TxIn(outpoint, self.script_sig, witness=self.witness)


FORMS: Final = {
    "P2WPKH": Form(p2wpkh(KEY), witness=(SIGNATURE, KEY)),
    "P2WSH": Form(p2wsh(b"\x51"), witness=(b"\x51",)),
    "P2WSH of a channel": Form(
        p2wsh(b"two of two"), witness=(b"", SIGNATURE, SIGNATURE, b"two of two")
    ),
    "P2PKH": Form(p2pkh(hash160(KEY)), push(SIGNATURE) + push(KEY)),
    P2SH_P2WPKH: Form(
        p2sh(hash160(p2wpkh(KEY))), push(p2wpkh(KEY)), (SIGNATURE, KEY), certain=True
    ),
    "P2SH-P2WSH": Form(
        p2sh(hash160(p2wsh(b"\x51"))), push(p2wsh(b"\x51")), (b"\x51",), certain=True
    ),
    "P2SH": Form(p2sh(hash160(b"\x51")), push(b"\x51"), recognised=False),
    "bare": Form(b"\x51", recognised=False),
    "long script_sig and witness": Form(b"\x51", bytes(300), (b"\x01",), recognised=False),
    "P2TR by key": Form(p2tr(b"\x05" * 32), witness=(bytes(64),), recognised=False),
    "P2TR by script": Form(
        p2tr(b"\x06" * 32), witness=(b"\x51", b"\xc1" + bytes(64)), recognised=False
    ),
    "P2TR with an annex": Form(
        p2tr(b"\x07" * 32), witness=(bytes(64), b"\x50 annex"), recognised=False
    ),
    LOOKS_LIKE_P2WPKH: Form(
        p2wsh(DISGUISED), witness=(SIGNATURE, DISGUISED), looks_like=p2wpkh(DISGUISED)
    ),
}

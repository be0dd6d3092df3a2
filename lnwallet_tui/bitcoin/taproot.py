"""Taproot outputs that only a key spends (BIP341, BIP86): from the internal key to the output."""

from __future__ import annotations

from lnwallet_tui.bitcoin.curve import x_only, x_only_secret_add, x_only_tweak_add
from lnwallet_tui.bitcoin.hashes import tagged_hash
from lnwallet_tui.bitcoin.script import p2tr


def tap_tweak(internal_key: bytes, merkle_root: bytes = b"") -> bytes:
    """What is added to the internal key (32 bytes). No merkle root: there is no script.

    BIP341: "If the spending conditions do not require a script path, the output key should commit
    to an unspendable script path instead of having no script path."
    """
    return tagged_hash("TapTweak", internal_key + merkle_root)


def output_key(internal_key: bytes, merkle_root: bytes = b"") -> bytes:
    """The key in the output."""
    return x_only_tweak_add(internal_key, tap_tweak(internal_key, merkle_root))


def output_secret(secret: bytes, internal_key: bytes, merkle_root: bytes = b"") -> bytes:
    """The secret of that key; `secret` is the internal key's."""
    return x_only_secret_add(secret, tap_tweak(internal_key, merkle_root))


def p2tr_of(pubkey: bytes) -> bytes:
    """The output script of a public key (33 bytes) that alone spends it (BIP86)."""
    return p2tr(output_key(x_only(pubkey)))

"""Invoices of the tests' own, signed by a known key, and the tools to damage them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bech32 import bech32_encode

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice.bolt11 import Invoice
from lnwallet_tui.invoice.groups import from_bytes, from_int
from lnwallet_tui.wire.features import Features

VECTORS: Any = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "bolts" / "bolt11.json").read_text()
)
KEY = bytes.fromhex(VECTORS["private_key"])
NODE = curve.public_key(KEY)
NODE_ID = NODE.hex()


def sign(digest: bytes) -> tuple[bytes, int]:
    return curve.sign_recoverable(KEY, digest)


def invoice(**changes: Any) -> Invoice:
    """A regtest invoice with these changes."""
    fields: dict[str, Any] = {
        "network": Network.REGTEST,
        "payee": NODE,
        "payment_hash": bytes(range(32)),
        "payment_secret": bytes([0x11]) * 32,
        "timestamp": 1_496_314_658,
        "amount": Msat(250_000),
        "description": Untrusted("coffee"),
        "min_final_cltv_expiry_delta": 144,
        "features": Features({8, 14}),
    }
    return Invoice(**{**fields, **changes})


LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def field(letter: str, data: bytes | list[int], length: int | None = None) -> list[int]:
    """A tagged field; `length` lies about it."""
    groups = from_bytes(data) if isinstance(data, bytes) else data
    stated = len(groups) if length is None else length
    return [LETTERS.index(letter), *from_int(stated, 2), *groups]


P = field("p", bytes(range(32)))
S = field("s", bytes([0x11]) * 32)
D = field("d", b"coffee")


def raw(
    *fields: list[int],
    prefix: str = "lnbcrt2500n",
    signer: Callable[[bytes], tuple[bytes, int]] = sign,
) -> str:
    """An invoice with exactly these fields, its checksum and signature right."""
    body = from_int(1_496_314_658, 7) + [group for one in fields for group in one]
    bits = "".join(f"{group:05b}" for group in body)
    bits += "0" * (-len(bits) % 8)
    signed = prefix.encode() + int("1" + bits, 2).to_bytes(len(bits) // 8 + 1, "big")[1:]
    signature, recovery_id = signer(sha256(signed))
    text: str = bech32_encode(prefix, body + from_bytes(signature + bytes([recovery_id])))
    return text

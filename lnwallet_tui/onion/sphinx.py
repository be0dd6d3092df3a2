"""Onion packets (BOLT 4, version 0): wrapped by who pays, peeled by every hop.

A packet is always 1366 bytes: `version || public_key || hop_payloads || hmac`. Private keys stay
outside: peeling is given a function that does ECDH with our node key, and the ephemeral key for the
next hop needs public operations only.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.hashes import hmac_sha256, sha256
from lnwallet_tui.onion.codes import FailureCode
from lnwallet_tui.onion.stream import apply_stream, generate_key, pseudo_random_stream
from lnwallet_tui.wire.errors import WireError
from lnwallet_tui.wire.reader import Reader, bigsize

VERSION: Final = 0
HOP_PAYLOADS_SIZE: Final = 1300
HMAC_SIZE: Final = 32
PACKET_SIZE: Final = 1 + 33 + HOP_PAYLOADS_SIZE + HMAC_SIZE
_FINAL_HOP: Final = bytes(HMAC_SIZE)

Ecdh = Callable[[bytes], bytes]
"""Public key (33 bytes) to the SHA-256 of the compressed shared point (32 bytes)."""


class OnionError(Exception):
    """An onion that we cannot read, with the failure code that BOLT 4 names for it.

    `shared_secret` is None where there is none to encrypt an answer with: then the code carries
    BADONION and the peer is told with `update_fail_malformed_htlc`.
    """

    def __init__(
        self, failure_code: FailureCode, packet: bytes, shared_secret: bytes | None = None
    ) -> None:
        super().__init__(failure_code.name.lower())
        self.failure_code = failure_code
        self.sha256_of_onion = sha256(packet)
        self.shared_secret = shared_secret


@dataclass(frozen=True, slots=True)
class BuiltOnion:
    """A packet for the first hop, and the secret shared with each hop (first hop first)."""

    packet: bytes
    shared_secrets: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PeeledOnion:
    """What one hop reads: its payload, the packet for the next hop (None: we are the last)."""

    payload: bytes = field(repr=False)
    next_packet: bytes | None
    shared_secret: bytes = field(repr=False)


def shared_secrets(session_key: bytes, pubkeys: Sequence[bytes]) -> tuple[bytes, ...]:
    """The secrets shared with the nodes of a route; with the session key they decode its errors."""
    secrets = []
    ephemeral = session_key
    for pubkey in pubkeys:
        secret = curve.ecdh(ephemeral, pubkey)
        secrets.append(secret)
        blinding = sha256(curve.public_key(ephemeral) + secret)
        ephemeral = curve.secret_mul(ephemeral, blinding)
    return tuple(secrets)


def hop_size(payload: bytes) -> int:
    """The bytes that `payload` takes of the 1300: its length, itself and its HMAC."""
    return len(bigsize(len(payload))) + len(payload) + HMAC_SIZE


def build_onion(
    session_key: bytes, hops: Sequence[tuple[bytes, bytes]], associated_data: bytes
) -> BuiltOnion:
    """Wrap the payloads for `hops`, each (node id, payload without its length), first hop first.

    The session key is 32 fresh random bytes, used once. Raises ValueError where the payloads
    together need more than 1300 bytes, or one is shorter than BOLT 4's two bytes.
    """
    payloads = [payload for _, payload in hops]
    if not payloads or min(map(len, payloads)) < 2:
        raise ValueError("an onion needs a hop, and each hop two bytes of payload")
    if sum(map(hop_size, payloads)) > HOP_PAYLOADS_SIZE:
        raise ValueError("the payloads do not fit into one onion")
    secrets = shared_secrets(session_key, [pubkey for pubkey, _ in hops])
    # Both the filler and the mix-header are obfuscated with each hop's "rho" stream: made once.
    streams = [
        pseudo_random_stream(generate_key("rho", secret), HOP_PAYLOADS_SIZE + hop_size(payload))
        for secret, payload in zip(secrets, payloads, strict=True)
    ]
    filler = _filler(streams)
    # BOLT 4: the "pad" stream of the session key is the starting state of the mix-header.
    mix = pseudo_random_stream(generate_key("pad", session_key), HOP_PAYLOADS_SIZE)
    mac = _FINAL_HOP
    last = len(hops) - 1
    for i in range(last, -1, -1):
        shifted = bigsize(len(payloads[i])) + payloads[i] + mac + mix
        mix = _xor(shifted[:HOP_PAYLOADS_SIZE], streams[i])
        if i == last:
            mix = mix[: HOP_PAYLOADS_SIZE - len(filler)] + filler
        mac = hmac_sha256(generate_key("mu", secrets[i]), mix + associated_data)
    packet = bytes([VERSION]) + curve.public_key(session_key) + mix + mac
    return BuiltOnion(packet, secrets)


def _filler(streams: Sequence[bytes]) -> bytes:
    """The tail that the last hop sees: what each hop before it shifted in, obfuscated by each."""
    filler = b""
    for stream in streams[:-1]:
        start = HOP_PAYLOADS_SIZE - len(filler)
        filler = _xor(filler + bytes(len(stream) - HOP_PAYLOADS_SIZE), stream[start:])
    return filler


def peel_onion(ecdh: Ecdh, packet: bytes, associated_data: bytes) -> PeeledOnion:
    """Take one layer off. `associated_data` is the payment hash; raises `OnionError`."""
    if len(packet) != PACKET_SIZE or packet[0] != VERSION:
        raise OnionError(FailureCode.INVALID_ONION_VERSION, packet)
    public_key, hop_payloads, mac = packet[1:34], packet[34:-HMAC_SIZE], packet[-HMAC_SIZE:]
    try:
        secret = ecdh(public_key)
    except curve.CurveError as error:
        raise OnionError(FailureCode.INVALID_ONION_KEY, packet) from error
    expected = hmac_sha256(generate_key("mu", secret), hop_payloads + associated_data)
    if not hmac.compare_digest(expected, mac):
        raise OnionError(FailureCode.INVALID_ONION_HMAC, packet)
    padded = hop_payloads + bytes(HOP_PAYLOADS_SIZE)
    unwrapped = apply_stream(generate_key("rho", secret), padded)
    try:
        payload, next_mac, rest = _split(unwrapped)
    except WireError as error:
        raise OnionError(FailureCode.INVALID_ONION_PAYLOAD, packet, secret) from error
    if next_mac == _FINAL_HOP:
        return PeeledOnion(payload, None, secret)
    next_key = curve.point_mul(public_key, sha256(public_key + secret))
    next_packet = bytes([VERSION]) + next_key + rest + next_mac
    return PeeledOnion(payload, next_packet, secret)


def _split(unwrapped: bytes) -> tuple[bytes, bytes, bytes]:
    """Payload, next HMAC and the 1300 bytes for the next hop; `WireError` where they are not."""
    reader = Reader(unwrapped)
    length = reader.bigsize()
    # BOLT 4: "length values of 0 and 1 are reserved".
    if length < 2:
        raise WireError("a hop payload has at least two bytes")
    payload, next_mac = reader.take(length), reader.take(HMAC_SIZE)
    return payload, next_mac, reader.take(HOP_PAYLOADS_SIZE)


def _xor(left: bytes, right: bytes) -> bytes:
    size = len(left)
    mixed = int.from_bytes(left, "big") ^ int.from_bytes(right[:size], "big")
    return mixed.to_bytes(size, "big")

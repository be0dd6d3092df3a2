"""Return packets (BOLT 4): a failure wrapped for the way back, and found again by who sent it."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

from lnwallet_tui.bitcoin.hashes import hmac_sha256
from lnwallet_tui.onion.messages import Failure, decode_failure
from lnwallet_tui.onion.stream import apply_stream, generate_key
from lnwallet_tui.wire.errors import WireError
from lnwallet_tui.wire.reader import Reader

MAX_HOPS: Final = 27
"""BOLT 4: "until the loop has been repeated 27 times (maximum route length …)"."""

_HMAC_SIZE: Final = 32
_PADDED_SIZE: Final = 256
_NOBODY: Final = bytes(32)  # a constant secret for the rounds after the last hop


def build_error(shared_secret: bytes, failure: Failure) -> bytes:
    """The return packet of the erring node, for the node that offered it the HTLC.

    `shared_secret` is the one that peeling the HTLC's onion gave.
    """
    message = failure.encode()
    # BOLT 4: "SHOULD set `pad` such that the `failure_len` plus `pad_len` is equal to 256".
    pad = bytes(max(0, _PADDED_SIZE - len(message)))
    body = _with_length(message) + _with_length(pad)
    mac = hmac_sha256(generate_key("um", shared_secret), body)
    return wrap_error(shared_secret, mac + body)


def wrap_error(shared_secret: bytes, packet: bytes) -> bytes:
    """The packet as a hop passes it back: one more layer of its `ammag` stream."""
    return apply_stream(generate_key("ammag", shared_secret), packet)


def decode_error(shared_secrets: Sequence[bytes], packet: bytes) -> tuple[int, Failure] | None:
    """Which hop (0 is the first) returned `packet`, and its failure; None where no hop signed it.

    It takes as many rounds for every sender and every route, so that the erring node cannot learn
    its position from how long we think about it.
    """
    assert len(shared_secrets) <= MAX_HOPS, "no onion has so many hops"
    rounds = (*shared_secrets, *[_NOBODY] * (MAX_HOPS - len(shared_secrets)))
    found: tuple[int, bytes] | None = None
    for hop, secret in enumerate(rounds):
        packet = wrap_error(secret, packet)
        mac, body = packet[:_HMAC_SIZE], packet[_HMAC_SIZE:]
        is_sender = hmac.compare_digest(hmac_sha256(generate_key("um", secret), body), mac)
        if is_sender and found is None and hop < len(shared_secrets):
            found = hop, body
    if found is None:
        return None
    return found[0], decode_failure(_message(found[1]))


def _message(body: bytes) -> bytes:
    """The `failuremsg` of an authentic packet, as far as there is one."""
    reader = Reader(body)
    try:
        return reader.take(reader.uint(2))
    except WireError:
        return b""


def _with_length(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data

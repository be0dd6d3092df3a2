"""What is true to the last byte and hop: found by making it wrong by one."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.hashes import hmac_sha256
from lnwallet_tui.onion.failure import MAX_HOPS, build_error, decode_error, wrap_error
from lnwallet_tui.onion.messages import OtherFailure, TemporaryChannelFailure, TemporaryNodeFailure
from lnwallet_tui.onion.payload import HopPayload, PayloadError, has_path_key
from lnwallet_tui.onion.sphinx import BuiltOnion, PeeledOnion
from lnwallet_tui.onion.stream import generate_key

SECRET = b"\x07" * 32


def test_a_long_failure_has_no_padding() -> None:
    """BOLT 4: "SHOULD set `pad` such that the `failure_len` plus `pad_len` is equal to 256"."""
    for size in (300, 252, 251, 100):
        failure = TemporaryChannelFailure(bytes(size))
        message = failure.encode()
        body = wrap_error(SECRET, build_error(SECRET, failure))[32:]
        pad = body[2 + len(message) :]
        assert body == len(message).to_bytes(2, "big") + message + pad
        wanted = max(0, 256 - len(message))
        assert pad == wanted.to_bytes(2, "big") + bytes(wanted)


def test_no_sender_has_more_hops_than_an_onion() -> None:
    packet = build_error(SECRET, TemporaryNodeFailure())
    assert decode_error([SECRET] * 27, packet) == (0, TemporaryNodeFailure())
    assert MAX_HOPS == 27
    with pytest.raises(AssertionError):
        decode_error([SECRET] * 28, packet)


def test_only_what_signed_the_whole_packet_sent_it() -> None:
    body = build_error(SECRET, TemporaryNodeFailure())
    mac = hmac_sha256(generate_key("um", SECRET), wrap_error(SECRET, body)[33:])
    assert decode_error([SECRET], wrap_error(SECRET, mac + wrap_error(SECRET, body)[32:])) is None


def test_what_is_printed_tells_no_secret() -> None:
    peeled = PeeledOnion(b"the payload", None, SECRET)
    assert repr(peeled) == "PeeledOnion(next_packet=None)"
    built = BuiltOnion(b"", (SECRET,))
    assert repr(SECRET) not in repr(built)


def test_a_failure_that_is_passed_on_keeps_its_code_and_data() -> None:
    """BOLT 2: of `update_fail_malformed_htlc` the code, and behind it `sha256_of_onion`."""
    assert OtherFailure(0xC005, b"\x11" * 32).encode() == b"\xc0\x05" + b"\x11" * 32


def test_a_bad_payload_says_what_is_wrong() -> None:
    with pytest.raises(PayloadError) as caught:
        HopPayload.decode(bytes.fromhex("0205"))
    assert str(caught.value)


@pytest.mark.parametrize(
    ("stream", "is_there"),
    [
        ("0201030c01ff", True),  # BOLT 4: type 12 is `current_path_key`
        ("0201030b01ff", False),
        ("0201030d01ff", False),
        ("0205", False),  # cut short
    ],
)
def test_a_path_key_is_found_by_its_type(stream: str, is_there: bool) -> None:
    assert has_path_key(bytes.fromhex(stream)) is is_there

"""Return packets: BOLT 4's vectors, and answers from hops that do not play by the rules."""

import tracemalloc
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import hmac_sha256
from lnwallet_tui.onion.codes import FailureCode
from lnwallet_tui.onion.failure import MAX_HOPS, build_error, decode_error, wrap_error
from lnwallet_tui.onion.messages import (
    IncorrectOrUnknownPaymentDetails,
    OtherFailure,
    TemporaryNodeFailure,
)
from lnwallet_tui.onion.stream import apply_stream, generate_key
from tests.onion.route import onion_for
from tests.onion.vectors import ERROR, RETURNING

SECRETS = onion_for(*[b"ab"] * 5).shared_secrets


def passed_back(packet: bytes, secrets: tuple[bytes, ...]) -> bytes:
    """What the origin receives when the hops with `secrets` pass the packet back."""
    for secret in reversed(secrets):
        packet = wrap_error(secret, packet)
    return packet


def signed(secret: bytes, body: bytes) -> bytes:
    """A return packet of any form, authentic."""
    return wrap_error(secret, hmac_sha256(generate_key("um", secret), body) + body)


def test_the_error_vector() -> None:
    hops = ERROR["generate"]["hops"]
    secrets = tuple(bytes.fromhex(hop["hop_shared_secret"]) for hop in hops)
    assert [generate_key("ammag", s).hex() for s in secrets] == [h["ammag_key"] for h in hops]
    assert generate_key("um", secrets[-1]).hex() == hops[-1]["um_key"]
    built = build_error(secrets[-1], TemporaryNodeFailure())
    packet = passed_back(built, secrets[:-1])
    assert packet.hex() == ERROR["errorpacket"]
    assert decode_error(secrets, packet) == (4, TemporaryNodeFailure())


def test_the_vector_in_the_text_of_bolt_4() -> None:
    hops = RETURNING["hops"]  # the erring node first
    payload = bytes.fromhex(RETURNING["payload"])
    packet = signed(bytes.fromhex(hops[0]["shared_secret"]), payload)
    assert packet.hex() == hops[0]["error_packet"]
    for hop in hops[1:]:
        packet = wrap_error(bytes.fromhex(hop["shared_secret"]), packet)
        assert packet.hex() == hop["error_packet"]
    secrets = [bytes.fromhex(hop["shared_secret"]) for hop in reversed(hops)]
    assert decode_error(secrets, packet) == (
        4,
        IncorrectOrUnknownPaymentDetails(Msat(100), 800_000),
    )


@pytest.mark.parametrize("hops", [1, 2, 20, 27])
def test_every_position_is_found(hops: int) -> None:
    secrets = onion_for(*[b"ab"] * hops).shared_secrets
    for hop in range(hops):
        packet = passed_back(build_error(secrets[hop], TemporaryNodeFailure()), secrets[:hop])
        assert decode_error(secrets, packet) == (hop, TemporaryNodeFailure())


def test_a_packet_that_somebody_changed_has_no_sender() -> None:
    packet = bytearray(passed_back(build_error(SECRETS[2], TemporaryNodeFailure()), SECRETS[:2]))
    packet[40] ^= 1
    assert decode_error(SECRETS, bytes(packet)) is None


def test_a_packet_of_another_payment_has_no_sender() -> None:
    packet = build_error(bytes(31) + b"\x09", TemporaryNodeFailure())
    assert decode_error(SECRETS, packet) is None


def test_the_constant_secret_of_the_empty_rounds_signs_nothing() -> None:
    packet = passed_back(build_error(bytes(32), TemporaryNodeFailure()), SECRETS)
    assert decode_error(SECRETS, packet) is None


@pytest.mark.parametrize("hops", [1, 5, 27])
@pytest.mark.parametrize("sender", ["first", "last", "nobody"])
def test_the_work_does_not_depend_on_the_sender(
    hops: int, sender: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = onion_for(*[b"ab"] * hops).shared_secrets
    hop = {"first": 0, "last": hops - 1, "nobody": 0}[sender]
    packet = passed_back(build_error(secrets[hop], TemporaryNodeFailure()), secrets[:hop])
    if sender == "nobody":
        packet = bytes(len(packet))
    calls: Counter[str] = Counter()

    def counted(real: Callable[[bytes, bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
        def call(key: bytes, data: bytes) -> bytes:
            calls[real.__name__] += 1
            return real(key, data)

        return call

    monkeypatch.setattr("lnwallet_tui.onion.failure.apply_stream", counted(apply_stream))
    monkeypatch.setattr("lnwallet_tui.onion.failure.hmac_sha256", counted(hmac_sha256))
    decode_error(secrets, packet)
    assert calls == {"apply_stream": MAX_HOPS, "hmac_sha256": MAX_HOPS}


def test_failures_have_256_bytes_whatever_they_say() -> None:
    short = build_error(SECRETS[0], TemporaryNodeFailure())
    long = build_error(SECRETS[0], IncorrectOrUnknownPaymentDetails(Msat(1), 2))
    assert len(short) == len(long) == 32 + 2 + 256 + 2


# ── answers against the rules ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00", id="half a length"),
        pytest.param(b"\x00\x00\x00\x00", id="no message"),
        pytest.param(b"\x00\x01\x20", id="half a code"),
        pytest.param(b"\xff\xff\x20\x02", id="longer than the packet"),
    ],
)
def test_a_signed_packet_without_a_message_still_tells_who(body: bytes) -> None:
    packet = passed_back(signed(SECRETS[3], body), SECRETS[:3])
    assert decode_error(SECRETS, packet) == (3, OtherFailure(0))


def test_vuln_073_every_code_at_every_position() -> None:
    """CLN 25.09 crashed on a malformed-onion failure of the first peer; Eclair trusted an index."""
    for code in [*FailureCode, 0, 16, 17, 0x1234, 0xFFFF]:
        for data in (b"", b"\0", bytes(40), b"\xff" * 60):
            message = code.to_bytes(2, "big") + data
            body = len(message).to_bytes(2, "big") + message
            for hop in (0, 2, 4):
                packet = passed_back(signed(SECRETS[hop], body), SECRETS[:hop])
                decoded = decode_error(SECRETS, packet)
                assert decoded is not None
                assert (decoded[0], decoded[1].code) == (hop, code)


@given(st.binary(max_size=400), st.integers(min_value=0, max_value=27))
@settings(max_examples=50)
def test_vuln_073_any_bytes_for_any_route(packet: bytes, hops: int) -> None:
    """The same class of bug: whatever comes back is classified, never an exception."""
    secrets = [bytes([1, hop]) * 16 for hop in range(hops)]
    assert decode_error(secrets, packet) is None


def test_vuln_065_the_largest_packet_takes_little_memory() -> None:
    """A `reason` has up to 65,535 bytes; the 27 rounds must not keep a copy each."""
    packet = bytes(65_000)
    decode_error(SECRETS, packet)
    tracemalloc.start()
    decode_error(SECRETS, packet)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * len(packet)

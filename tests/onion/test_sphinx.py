"""Onions against BOLT 4's vectors, and against everything that a damaged one can be."""

import tracemalloc
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.hashes import hmac_sha256, sha256
from lnwallet_tui.onion.codes import FailureCode
from lnwallet_tui.onion.sphinx import (
    HOP_PAYLOADS_SIZE,
    OnionError,
    build_onion,
    hop_size,
    peel_onion,
    shared_secrets,
)
from lnwallet_tui.onion.stream import apply_stream, generate_key
from lnwallet_tui.wire.reader import Reader, bigsize
from tests.onion.route import HASH, SESSION_KEY, ecdh_of, onion_for, routes, secret
from tests.onion.vectors import BLINDED, ERROR, ONION

GENERATE = ONION["generate"]
VECTOR_HOPS = [
    (bytes.fromhex(hop["pubkey"]), bytes.fromhex(hop["payload"])) for hop in GENERATE["hops"]
]


def without_length(framed: bytes) -> bytes:
    reader = Reader(framed)
    return reader.take(reader.bigsize())


def test_the_vector_is_built() -> None:
    hops = [(pubkey, without_length(payload)) for pubkey, payload in VECTOR_HOPS]
    built = build_onion(
        bytes.fromhex(GENERATE["session_key"]), hops, bytes.fromhex(GENERATE["associated_data"])
    )
    assert built.packet.hex() == ONION["onion"]
    assert [s.hex() for s in built.shared_secrets] == [
        hop["hop_shared_secret"] for hop in ERROR["generate"]["hops"]
    ]


def test_the_vector_is_peeled_hop_by_hop() -> None:
    packet: bytes | None = bytes.fromhex(ONION["onion"])
    associated_data = bytes.fromhex(GENERATE["associated_data"])
    for key, (_, payload) in zip(ONION["decode"], VECTOR_HOPS, strict=True):
        assert packet is not None
        peeled = peel_onion(partial(curve.ecdh, bytes.fromhex(key)), packet, associated_data)
        assert peeled.payload == without_length(payload)
        packet = peeled.next_packet
    assert packet is None


def test_the_vector_with_a_blinded_path_is_built_and_peeled_to_where_it_begins() -> None:
    """The path itself is not spoken here; the onion around it is the same."""
    generate, (alice, bob, *_) = BLINDED["generate"], BLINDED["decrypt"]["hops"]
    route = generate["full_route"]["hops"]
    hops = [
        (bytes.fromhex(hop["pubkey"]), without_length(bytes.fromhex(hop["payload"])))
        for hop in route
    ]
    associated_data = bytes.fromhex(generate["associated_data"])
    built = build_onion(bytes.fromhex(generate["session_key"]), hops, associated_data)
    assert built.packet.hex() == generate["onion"] == alice["onion"]
    key = bytes.fromhex(alice["node_privkey"])
    peeled = peel_onion(partial(curve.ecdh, key), built.packet, associated_data)
    assert peeled.payload == hops[0][1]
    assert peeled.next_packet == bytes.fromhex(bob["onion"])


@given(routes)
@settings(max_examples=40)
def test_every_hop_reads_its_own_payload(payloads: list[bytes]) -> None:
    built = onion_for(*payloads)
    packet: bytes | None = built.packet
    for hop, payload in enumerate(payloads):
        assert packet is not None
        assert len(packet) == 1366
        peeled = peel_onion(ecdh_of(hop), packet, HASH)
        assert (peeled.payload, peeled.shared_secret) == (payload, built.shared_secrets[hop])
        packet = peeled.next_packet
    assert packet is None


def test_the_session_key_alone_gives_the_secrets_again() -> None:
    pubkeys = [curve.public_key(secret(hop)) for hop in range(3)]
    assert shared_secrets(SESSION_KEY, pubkeys) == onion_for(b"aa", b"bb", b"cc").shared_secrets


@pytest.mark.parametrize("length", [2, 252, 253, 1265])
def test_a_payload_may_fill_the_packet_and_no_more(length: int) -> None:
    payload = bytes(length)
    assert peel_onion(ecdh_of(0), onion_for(payload).packet, HASH).payload == payload
    with pytest.raises(ValueError, match="fit"):
        onion_for(bytes(1266))


def test_27_hops_fit() -> None:
    payload = bytes(HOP_PAYLOADS_SIZE // 27 - 33)
    assert hop_size(payload) * 27 <= HOP_PAYLOADS_SIZE
    packet: bytes | None = onion_for(*[payload] * 27).packet
    for hop in range(27):
        assert packet is not None
        packet = peel_onion(ecdh_of(hop), packet, HASH).next_packet
    assert packet is None


@pytest.mark.parametrize("payloads", [[], [b"\x01"], [b"ab", b""]])
def test_an_onion_without_hops_or_with_a_reserved_length_is_not_built(
    payloads: list[bytes],
) -> None:
    with pytest.raises(ValueError, match="two bytes"):
        onion_for(*payloads)


# ── what cannot be read ──────────────────────────────────────────────────────────────────────────
def refused(packet: bytes, associated_data: bytes = HASH) -> OnionError:
    with pytest.raises(OnionError) as caught:
        peel_onion(ecdh_of(0), packet, associated_data)
    assert caught.value.sha256_of_onion == sha256(packet)
    return caught.value


def test_a_higher_version_is_refused() -> None:
    error = refused(b"\x01" + onion_for(b"ab").packet[1:])
    assert error.failure_code is FailureCode.INVALID_ONION_VERSION
    assert error.shared_secret is None


@pytest.mark.parametrize("key", [bytes(33), b"\x04" + bytes(32), b"\x02" + b"\xff" * 32])
def test_an_ephemeral_key_that_is_no_point_is_refused(key: bytes) -> None:
    packet = onion_for(b"ab").packet
    error = refused(packet[:1] + key + packet[34:])
    assert error.failure_code is FailureCode.INVALID_ONION_KEY
    assert error.shared_secret is None


@given(st.integers(min_value=34, max_value=1365), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_noticed(at: int, change: int) -> None:
    packet = bytearray(onion_for(b"ab", b"cd").packet)
    packet[at] ^= change
    assert refused(bytes(packet)).failure_code is FailureCode.INVALID_ONION_HMAC


def test_another_payment_hash_is_noticed() -> None:
    error = refused(onion_for(b"ab").packet, associated_data=bytes(32))
    assert error.failure_code is FailureCode.INVALID_ONION_HMAC


@pytest.mark.parametrize("length", [0, 1365, 1367])
def test_a_packet_of_another_size_is_refused(length: int) -> None:
    refused((onion_for(b"ab").packet + b"\0")[:length])


def packet_with_plain(plain: bytes) -> bytes:
    """An authentic packet whose unwrapped payloads begin with `plain`."""
    shared = shared_secrets(SESSION_KEY, [curve.public_key(secret(0))])[0]
    payloads = apply_stream(generate_key("rho", shared), plain.ljust(HOP_PAYLOADS_SIZE, b"\0"))
    mac = hmac_sha256(generate_key("mu", shared), payloads + HASH)
    return b"\0" + curve.public_key(SESSION_KEY) + payloads + mac


@pytest.mark.parametrize(
    "length",
    [
        pytest.param(b"\x00", id="0: the legacy format"),
        pytest.param(b"\x01", id="1: reserved"),
        pytest.param(bigsize(1266), id="one byte more than fits"),
        pytest.param(b"\xfd\x00\x05", id="not minimal"),
        pytest.param(bigsize(2**32 - 1), id="4 GiB"),
        pytest.param(bigsize(2**64 - 1), id="2^64 - 1"),
    ],
)
def test_a_length_that_does_not_fit_is_an_invalid_payload(length: bytes) -> None:
    error = refused(packet_with_plain(length))
    assert error.failure_code is FailureCode.INVALID_ONION_PAYLOAD
    assert error.shared_secret is not None  # so the answer can be encrypted for the sender


def test_vuln_065_onion_bomb() -> None:
    """LND before 0.17 allocated as many bytes as the hop's length said, up to 4 GiB."""
    packets = [packet_with_plain(bigsize(2**32 - 1)), packet_with_plain(bigsize(2**64 - 1))]
    for packet in packets:  # once, so that imports and caches are not counted
        refused(packet)
    tracemalloc.start()
    for packet in packets:
        refused(packet)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024

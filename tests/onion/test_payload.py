"""Hop payloads: strict reading, and the position that `invalid_onion_payload` reports."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import MAX_SAT, Msat
from lnwallet_tui.onion.payload import HopPayload, PayloadError, PaymentData
from lnwallet_tui.wire.reader import Reader
from lnwallet_tui.wire.scid import ShortChannelId
from tests.onion.vectors import ONION

amounts = st.integers(min_value=0, max_value=MAX_SAT * 1000).map(Msat)
payloads = st.builds(
    HopPayload,
    amt_to_forward=st.none() | amounts,
    outgoing_cltv_value=st.none() | st.integers(min_value=0, max_value=2**32 - 1),
    short_channel_id=st.none() | st.integers(0, 2**64 - 1).map(ShortChannelId.from_int),
    payment_data=st.none() | st.builds(PaymentData, st.binary(min_size=32, max_size=32), amounts),
    payment_metadata=st.none() | st.binary(max_size=700),
    keysend_preimage=st.none() | st.binary(min_size=32, max_size=32),
)


@given(payloads)
def test_what_was_written_is_read(payload: HopPayload) -> None:
    assert HopPayload.decode(payload.encode()) == payload


def test_the_vector_of_bolt_4() -> None:
    reader = Reader(bytes.fromhex(ONION["generate"]["hops"][0]["payload"]))
    stream = reader.take(reader.bigsize())
    payload = HopPayload.decode(stream)
    assert payload == HopPayload(Msat(15_000), 1500, ShortChannelId(0, 0, 1))
    assert payload.encode() == stream


def test_the_preimage_of_a_keysend_payment_stands_where_lnd_put_it() -> None:
    """bLIP 3: "a TLV record keyed by type `5482373484`", of 32 bytes."""
    stream = bytes.fromhex("020103" + "04010c" + "ff0000000146c6616c" + "20") + bytes(range(32))
    payload = HopPayload(Msat(3), 12, keysend_preimage=bytes(range(32)))
    assert HopPayload.decode(stream) == payload
    assert payload.encode() == stream


def test_unknown_odd_types_are_ignored() -> None:
    assert HopPayload.decode(bytes.fromhex("02010304010cfd012d0101")) == HopPayload(Msat(3), 12)


@pytest.mark.parametrize(
    ("stream", "tlv_type", "offset"),
    [
        pytest.param("0201030a00", 10, 3, id="encrypted_recipient_data: no blinded paths here"),
        pytest.param("0201031200", 18, 3, id="unknown even type"),
        pytest.param("04010c020103", 2, 3, id="types out of order"),
        pytest.param("020103020103", 2, 3, id="a type twice"),
        pytest.param("02020003", 2, 0, id="leading zero"),
        pytest.param("0209010000000000000000", 2, 0, id="more than eight bytes"),
        pytest.param("020107" + "0405" + "01" * 5, 4, 3, id="more than four bytes"),
        pytest.param("02081d24b2dfac520001", 2, 0, id="1 msat more than all bitcoin"),
        pytest.param("0208" + "ff" * 8, 2, 0, id="2^64 - 1 msat"),
        pytest.param("0607" + "00" * 7, 6, 0, id="a short channel id of seven bytes"),
        pytest.param("081f" + "22" * 31, 8, 0, id="a payment secret of 31 bytes"),
        pytest.param(
            "ff0000000146c6616c" + "1f" + "22" * 31, 5_482_373_484, 0, id="a preimage of 31 bytes"
        ),
        pytest.param("0205", 2, 0, id="cut short"),
        pytest.param("02", 2, 0, id="no length"),
        pytest.param("fd0002", 0, 0, id="type not minimal"),
        pytest.param("02ffffffffffffffffff", 2, 0, id="2^64 - 1 bytes"),
    ],
)
def test_a_bad_payload_names_its_type_and_place(stream: str, tlv_type: int, offset: int) -> None:
    with pytest.raises(PayloadError) as caught:
        HopPayload.decode(bytes.fromhex(stream))
    assert (caught.value.tlv_type, caught.value.offset) == (tlv_type, offset)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(stream: bytes) -> None:
    try:
        payload = HopPayload.decode(stream)
    except PayloadError:
        return
    assert HopPayload.decode(payload.encode()) == payload


def test_vuln_065_a_tlv_that_claims_gigabytes() -> None:
    """LND before 0.17 allocated what a length said."""
    stream = bytes.fromhex("10fe7fffffff00")
    tracemalloc.start()
    with pytest.raises(PayloadError):
        HopPayload.decode(stream)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024

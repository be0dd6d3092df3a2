"""What an invoice may and may not be, beyond BOLT 11's own examples."""

import tracemalloc
from functools import partial

import pytest
from bech32 import CHARSET, bech32_encode
from hypothesis import given, settings
from hypothesis import strategies as st

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin import curve, script
from lnwallet_tui.bitcoin.amount import MAX_SAT, Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice.bolt11 import (
    MAX_CHARACTERS,
    HopHint,
    Invoice,
    InvoiceError,
    decode,
    encode,
)
from lnwallet_tui.invoice.groups import from_int
from lnwallet_tui.wire.features import Features
from lnwallet_tui.wire.scid import ShortChannelId
from tests.invoice.invoices import KEY, LETTERS, NODE, D, P, S, field, invoice, raw, sign
from tests.work import steps

HINT = HopHint(NODE, ShortChannelId(1, 2, 3), Msat(1), 20, 3)
ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
ANOTHER_NODE = curve.public_key(bytes(31) + b"\x07")

bytes32 = st.binary(min_size=32, max_size=32)
u32 = st.integers(0, 2**32 - 1)
hops = st.builds(
    HopHint,
    st.just(NODE),
    st.integers(0, 2**64 - 1).map(ShortChannelId.from_int),
    u32.map(Msat),
    u32,
    st.integers(0, 2**16 - 1),
)
fallbacks = st.one_of(
    st.binary(min_size=20, max_size=20).map(script.p2pkh),
    st.binary(min_size=20, max_size=20).map(script.p2sh),
    bytes32.map(lambda program: script.witness_program(0, program)),
    st.binary(min_size=2, max_size=40).map(lambda program: script.witness_program(16, program)),
)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=150).map(Untrusted)
invoices = st.builds(
    invoice,
    network=st.sampled_from(Network),
    payment_hash=bytes32,
    payment_secret=bytes32,
    timestamp=st.integers(0, 2**35 - 1),
    amount=st.none() | st.integers(1, MAX_SAT * 1000).map(Msat),
    description=text,
    expiry=st.integers(0, 2**35 - 1),
    min_final_cltv_expiry_delta=st.integers(0, 0xFFFF),
    features=st.sampled_from([Features(), Features({8, 14}), Features({8, 14, 17, 49, 301})]),
    route_hints=st.lists(st.lists(hops, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
    payment_metadata=st.none() | st.binary(max_size=100),
    fallbacks=st.lists(fallbacks, max_size=2).map(tuple),
)


@given(invoices)
@settings(max_examples=60)
def test_what_was_written_is_read(written: Invoice) -> None:
    encoded = encode(written, sign)
    assert decode(encoded) == written
    assert decode(encoded.upper()) == written


def test_an_invoice_of_ours_is_short() -> None:
    plain = invoice(expiry=3600, min_final_cltv_expiry_delta=18)
    longer = invoice(expiry=3601, min_final_cltv_expiry_delta=144)
    characters = len("lnbcrt2500n1") + 7 + 55 + 55 + (3 + 10) + (3 + 3) + 104 + 6
    assert len(encode(plain, sign)) == characters == 258
    assert len(encode(longer, sign)) == characters + (3 + 3) + (3 + 2)


def test_a_hash_may_stand_for_the_description() -> None:
    hashed = invoice(description=None, description_hash=bytes(32))
    assert decode(encode(hashed, sign)) == hashed


def test_the_writer_must_be_the_payee() -> None:
    with pytest.raises(AssertionError, match="not the payee's key"):
        encode(invoice(payee=ANOTHER_NODE), sign)


def test_expires_counts_from_the_timestamp() -> None:
    assert invoice(timestamp=100, expiry=60).expires == 160


# ── amounts ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("prefix", "msat"),
    [
        ("lnbcrt1", 100_000_000_000),
        ("lnbcrt21000000", MAX_SAT * 1000),
        ("lnbcrt1m", 100_000_000),
        ("lnbcrt1u", 100_000),
        ("lnbcrt1n", 100),
        ("lnbcrt10p", 1),
        ("lnbcrt20000000000000000000p", 2 * 10**18),
        ("lnbcrt2500000u", 250_000_000_000),  # not the shortest form: "parsers should handle them"
    ],
)
def test_every_multiplier_is_exact(prefix: str, msat: int) -> None:
    assert decode(raw(P, S, D, prefix=prefix)).amount == Msat(msat)


@pytest.mark.parametrize(
    ("msat", "prefix"),
    [
        (1, "lnbc10p"),
        (10, "lnbc100p"),
        (100, "lnbc1n"),
        (123_456, "lnbc1234560p"),
        (1_000, "lnbc10n"),
        (100_000, "lnbc1u"),
        (250_000_000, "lnbc2500u"),
        (100_000_000, "lnbc1m"),
        (100_000_000_000, "lnbc1"),
    ],
)
def test_amounts_are_written_as_short_as_possible(msat: int, prefix: str) -> None:
    encoded = encode(invoice(amount=Msat(msat), network=Network.MAINNET), sign)
    assert encoded.startswith(prefix + "1p")


@pytest.mark.parametrize(
    "amount",
    [
        *["0", "0m", "01", "007u", "1p", "11p", "1k", "1m1", "1mm", "1.5m", "-1"],
        *["21000001", "2100000000000000000010p", "9" * 21, "9" * 60],
    ],
)
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    with pytest.raises(InvoiceError):
        decode(raw(P, S, D, prefix="lnbcrt" + amount))


# ── networks ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("network", Network)
def test_the_prefix_tells_the_network(network: Network) -> None:
    for prefix in (network.bolt11_prefix, network.bolt11_prefix + "10u"):
        assert decode(raw(P, S, D, prefix=prefix)).network is network


@pytest.mark.parametrize("prefix", ["lnltc", "lntbx10u", "lnbcr", "ln", "lnbcrtx", "bc", "lno"])
def test_another_currency_is_refused(prefix: str) -> None:
    with pytest.raises(InvoiceError, match=r"currency or network|not a Lightning invoice"):
        decode(raw(P, S, D, prefix=prefix))


# ── fields ───────────────────────────────────────────────────────────────────────────────────────
def test_unknown_fields_and_future_addresses_are_skipped() -> None:
    future = field("f", [19, *[0] * 33])
    assert decode(raw(P, S, D, field("2", [1, 2, 3]), future)) == decode(raw(P, S, D))


def test_of_a_field_given_twice_the_first_counts() -> None:
    assert decode(raw(P, S, D, field("p", bytes(32)), field("d", b"x"))) == decode(raw(P, S, D))


def test_zero_is_written_without_elements_and_read_so() -> None:
    """BOLT 11: "MUST use the minimum `data_length` possible, i.e. no leading 0 field-elements";
    other writers do so, and what they wrote is not "non-minimal (i.e. begins with 0)"."""
    zero = invoice(expiry=0, min_final_cltv_expiry_delta=0, features=Features())
    assert decode(encode(zero, sign)) == zero
    found = decode(raw(P, S, D, field("x", []), field("c", []), field("9", [])))
    assert (found.expiry, found.min_final_cltv_expiry_delta) == (0, 0)
    assert found.features == Features()


def test_a_way_without_channels_is_not_written() -> None:
    with pytest.raises(AssertionError, match="at least one"):
        encode(invoice(route_hints=((),)), sign)


def test_an_empty_description_is_a_description() -> None:
    assert decode(raw(P, S, field("d", []))).description == Untrusted("")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([S, D], "no payment hash"),
        ([P, D], "no payment secret"),
        ([P, S], "exactly one way"),
        ([P, S, D, field("h", bytes(32))], "exactly one way"),
        ([P, S, field("d", b"\xff\xfe")], "not text"),
        ([P, S, D, field("x", [0, 1])], "as the standard asks"),
        ([P, S, D, field("c", [0, 1])], "as the standard asks"),
        ([P, S, D, field("9", [0, 1])], "as the standard asks"),
        ([P, S, D, field("x", [1] * 8)], "absurdly large"),
        ([P, S, D, field("c", [2, 0, 0, 0])], "absurdly large"),
        ([P, S, D, field("x", [1] * 1023)], "absurdly large"),
        ([P, S, D, field("9", [4])], "does not have (bit 2)"),
        ([P, S, D, field("9", from_int(1 << 51))], "contradict each other"),  # zeroconf, no alias
        ([P, S, D, field("9", from_int(Features({8, 14, 24}).mask))], "does not have (bit 24)"),
        ([P, S, D, field("r", [])], "wrong length"),
        ([P, S, D, field("r", bytes(50))], "wrong length"),
        ([P, S, D, field("r", bytes(51))], "begins at no node"),
        ([P, S, D, field("f", [17, *[0] * 16])], "wrong length"),
        ([P, S, D, field("f", [0, *[0] * 40])], "wrong length"),
        ([P, S, D, field("f", [1, 0])], "padded wrongly"),
        ([P, S, field("d", [31])], "padded wrongly"),
        ([P, S, D, field("m", [0, 1])], "padded wrongly"),
        ([P, S, D, field("d", b"x", length=1000)], "in the middle of a field"),
        ([P, S, D, [LETTERS.index("d")]], "in the middle of a field"),
    ],
)
def test_a_bad_field_is_refused(fields: list[list[int]], message: str) -> None:
    with pytest.raises(InvoiceError) as caught:
        decode(raw(*fields))
    assert message in str(caught.value)
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize("letter", "pshn")
@pytest.mark.parametrize("length", [0, 51, 54, 1023])
def test_a_field_of_fixed_length_has_that_length(letter: str, length: int) -> None:
    # BOLT 11: "MUST fail the payment if any field with fixed `data_length` … does not have the
    # correct length", whether or not a good one stands beside it.
    with pytest.raises(InvoiceError, match="wrong length"):
        decode(raw(P, S, D, field(letter, [0] * length)))


# ── signatures ───────────────────────────────────────────────────────────────────────────────────
def high_s(digest: bytes) -> tuple[bytes, int]:
    """The same signature with the other S, and the recovery id that belongs to it."""
    signature, recovery_id = sign(digest)
    flipped = ORDER - int.from_bytes(signature[32:], "big")
    return signature[:32] + flipped.to_bytes(32, "big"), recovery_id ^ 1


def test_a_high_s_is_recovered_where_no_receiver_is_named() -> None:
    assert decode(raw(P, S, D, signer=high_s)).payee == NODE


def test_vuln_085_a_named_receiver_is_verified_and_not_recovered() -> None:
    """LDK before 0.2.3 had two ways to the payee's key, which could differ."""
    named = field("n", NODE)
    assert decode(raw(P, S, D, named)).payee == NODE
    with pytest.raises(InvoiceError, match="not signed by the receiver"):
        decode(raw(P, S, D, field("n", ANOTHER_NODE)))
    with pytest.raises(InvoiceError, match="not signed by the receiver"):
        decode(raw(P, S, D, named, signer=high_s))


@pytest.mark.parametrize("recovery_id", [4, 5, 27, 31, 128, 255])
@pytest.mark.parametrize("named", [[], field("n", NODE)], ids=["recovered", "named"])
def test_vuln_083_a_recovery_id_above_3(recovery_id: int, named: list[int]) -> None:
    """A Core Lightning before 23.11 stopped at an assertion."""
    with pytest.raises(InvoiceError):
        decode(raw(P, S, D, named, signer=lambda digest: (sign(digest)[0], recovery_id)))


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(32) + b"\x01" * 32])
def test_a_signature_that_is_none_is_refused(signature: bytes) -> None:
    with pytest.raises(InvoiceError):
        decode(raw(P, S, D, signer=lambda _: (signature, 0)))


@pytest.mark.parametrize("key", [bytes(33), b"\x05" + bytes(32), b"\x02" + b"\xff" * 32])
def test_vuln_083_a_receiver_that_is_no_key(key: bytes) -> None:
    """A Core Lightning before 23.11 looked at the signature with an invalid key."""
    with pytest.raises(InvoiceError):
        decode(raw(P, S, D, field("n", key)))


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("length", [0, 1, 1023])
def test_vuln_083_every_field_empty_and_full(letter: str, length: int) -> None:
    """Core Lightning before 23.11 failed in five ways at unexpected lengths."""
    for value in (0, 1, 31):
        try:
            decode(raw(P, S, D, field(letter, [value] * length)))
        except InvoiceError as error:
            assert str(error).endswith(".")  # noqa: PT017 - either outcome is right, crashing is not


# ── sizes ────────────────────────────────────────────────────────────────────────────────────────
def test_vuln_086_twenty_ways_and_no_more() -> None:
    """An invoice with thousands of hints takes memory and route searches."""
    twenty = invoice(route_hints=((HINT,),) * 20)
    assert decode(encode(twenty, sign)) == twenty
    with pytest.raises(InvoiceError, match="more than 20"):
        decode(encode(invoice(route_hints=((HINT,),) * 21), sign))


def test_vuln_086_the_longest_text_that_is_read() -> None:
    """LND's reader had no limit: a megabyte of invoice was parsed."""
    full = invoice(payment_metadata=bytes(600), route_hints=((HINT,) * 12,) * 5)
    encoded = encode(full, sign)
    assert len(encoded) <= MAX_CHARACTERS
    assert decode(encoded) == full
    filler = field("2", [0] * (MAX_CHARACTERS // 8 - 60))  # a field of no meaning, eight times
    longest = raw(P, S, D, *[filler] * 8)
    assert MAX_CHARACTERS - 300 < len(longest) <= MAX_CHARACTERS
    assert decode(longest) == decode(raw(P, S, D))
    with pytest.raises(InvoiceError, match="longer than any"):
        decode(raw(P, S, D, *[filler] * 8, field("2", [0] * 300)))
    huge = "lnbc1" + "q" * 1_700_000

    def refuse(text: str) -> None:
        with pytest.raises(InvoiceError, match="longer than any"):
            decode(text)

    tracemalloc.start()
    refuse(huge)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024
    shortest = huge[: MAX_CHARACTERS + 1]
    assert steps(partial(refuse, huge)) == steps(partial(refuse, shortest))


# ── anything at all ──────────────────────────────────────────────────────────────────────────────
@given(st.text(max_size=200))
def test_any_text_is_an_invoice_or_an_invoice_error(anything: str) -> None:
    with pytest.raises(InvoiceError):
        decode(anything)


GOOD = encode(invoice(route_hints=((HINT,),), payment_metadata=b"meta"), sign)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from(CHARSET))
def test_one_wrong_character_is_always_noticed(at: int, letter: str) -> None:
    damaged = GOOD[:at] + letter + GOOD[at + 1 :]
    if damaged != GOOD:
        with pytest.raises(InvoiceError):
            decode(damaged)


@given(st.lists(st.integers(0, 31), max_size=400))
@settings(max_examples=200)
def test_any_data_with_a_right_checksum_is_read_or_refused(groups: list[int]) -> None:
    """Fuzzing that does not repair the checksum never reaches the parser."""
    with pytest.raises(InvoiceError):
        decode(bech32_encode("lnbcrt", groups))


@given(st.lists(st.tuples(st.sampled_from(LETTERS), st.lists(st.integers(0, 31), max_size=120))))
@settings(max_examples=200)
def test_any_signed_fields_are_read_or_refused(fields: list[tuple[str, list[int]]]) -> None:
    parts = [field(letter, data) for letter, data in fields]
    encoded = raw(P, S, D, *parts)
    if len(encoded) > MAX_CHARACTERS:
        return
    try:
        found = decode(encoded)
    except InvoiceError:
        return
    assert decode(encode(found, lambda digest: curve.sign_recoverable(KEY, digest))) == found

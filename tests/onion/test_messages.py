"""Every failure code: its number and data as BOLT 4 lists them, and reading without failing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onion import messages
from lnwallet_tui.onion.codes import FailureCode
from lnwallet_tui.onion.messages import Failure, OtherFailure, decode_failure

ONION_HASH = bytes(range(32))

# Transcribed from the section "Failure Messages" of BOLT 4: code and a message with its data.
LISTED: dict[str, tuple[Failure, str]] = {
    "NODE|2": (messages.TemporaryNodeFailure(), "2002"),
    "PERM|NODE|2": (messages.PermanentNodeFailure(), "6002"),
    "PERM|NODE|3": (messages.RequiredNodeFeatureMissing(), "6003"),
    "BADONION|PERM|4": (messages.InvalidOnionVersion(ONION_HASH), "c004" + ONION_HASH.hex()),
    "BADONION|PERM|5": (messages.InvalidOnionHmac(ONION_HASH), "c005" + ONION_HASH.hex()),
    "BADONION|PERM|6": (messages.InvalidOnionKey(ONION_HASH), "c006" + ONION_HASH.hex()),
    "UPDATE|7": (messages.TemporaryChannelFailure(b"abc"), "10070003616263"),
    "PERM|8": (messages.PermanentChannelFailure(), "4008"),
    "PERM|9": (messages.RequiredChannelFeatureMissing(), "4009"),
    "PERM|10": (messages.UnknownNextPeer(), "400a"),
    "UPDATE|11": (messages.AmountBelowMinimum(Msat(258), b""), "100b00000000000001020000"),
    "UPDATE|12": (messages.FeeInsufficient(Msat(258), b"a"), "100c0000000000000102000161"),
    "UPDATE|13": (messages.IncorrectCltvExpiry(258, b""), "100d000001020000"),
    "UPDATE|14": (messages.ExpiryTooSoon(b""), "100e0000"),
    "PERM|15": (
        messages.IncorrectOrUnknownPaymentDetails(Msat(100), 800_000),
        "400f0000000000000064000c3500",
    ),
    "18": (messages.FinalIncorrectCltvExpiry(258), "001200000102"),
    "19": (messages.FinalIncorrectHtlcAmount(Msat(258)), "00130000000000000102"),
    "UPDATE|20": (messages.ChannelDisabled(0, b""), "101400000000"),
    "21": (messages.ExpiryTooFar(), "0015"),
    "PERM|22": (messages.InvalidOnionPayload(258, 7), "4016fd01020007"),
    "23": (messages.MppTimeout(), "0017"),
    "BADONION|PERM|24": (
        messages.InvalidOnionBlinding(ONION_HASH),
        "c018" + ONION_HASH.hex(),
    ),
}


@pytest.mark.parametrize("listed", LISTED)
def test_code_and_data_are_those_of_the_bolt(listed: str) -> None:
    failure, encoded = LISTED[listed]
    flags = {"BADONION": 0x8000, "PERM": 0x4000, "NODE": 0x2000, "UPDATE": 0x1000}
    assert failure.code == sum(flags.get(part) or int(part) for part in listed.split("|"))
    assert failure.encode().hex() == encoded
    assert decode_failure(bytes.fromhex(encoded)) == failure
    assert failure.is_permanent == ("PERM" in listed)
    assert failure.is_about_node == ("NODE" in listed)
    assert failure.is_bad_onion == ("BADONION" in listed)


def test_every_code_is_declared() -> None:
    assert {failure.code for failure, _ in LISTED.values()} == set(FailureCode)


@pytest.mark.parametrize("listed", LISTED)
def test_extra_bytes_are_ignored(listed: str) -> None:
    failure, encoded = LISTED[listed]
    assert decode_failure(bytes.fromhex(encoded + "fd84d1fd012c80")) == failure


@pytest.mark.parametrize("listed", LISTED)
def test_data_that_is_cut_short_leaves_the_code(listed: str) -> None:
    failure, encoded = LISTED[listed]
    whole = bytes.fromhex(encoded)
    for length in range(2, len(whole)):
        assert decode_failure(whole[:length]) == OtherFailure(failure.code)


def test_an_amount_above_all_bitcoin_leaves_the_code() -> None:
    assert decode_failure(b"\x40\x0f" + b"\xff" * 12) == OtherFailure(0x400F)


@given(st.binary(max_size=80))
def test_any_bytes_are_some_failure(message: bytes) -> None:
    code = int.from_bytes(message[:2], "big") if len(message) >= 2 else 0
    assert decode_failure(message).code == code

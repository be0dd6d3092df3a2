"""Sentences about failures: one for every code at every position, and none with foreign text."""

import re

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onion.codes import FailureCode
from lnwallet_tui.onion.explain import UNREADABLE, explain
from lnwallet_tui.onion.messages import (
    IncorrectOrUnknownPaymentDetails,
    OtherFailure,
    TemporaryChannelFailure,
    UnknownNextPeer,
)

DETAILS = IncorrectOrUnknownPaymentDetails(Msat(1), 2)


@pytest.mark.parametrize("code", FailureCode)
@pytest.mark.parametrize(("hop", "hops"), [(0, 1), (0, 3), (1, 3), (2, 3)])
def test_whole_sentences_that_say_what_to_do(code: FailureCode, hop: int, hops: int) -> None:
    text = explain(OtherFailure(code), hop, hops)
    sentences = re.split(r"(?<=\.) ", text)
    assert len(sentences) == 2
    assert all(re.fullmatch(r"[A-Z][^{}_]*\.", sentence) for sentence in sentences), text
    assert re.match(r"(Try|Ask|Look|Open|Pay|Another way) ", sentences[-1])
    assert "reason unknown to us" not in text  # every code of the BOLT has its own


def test_who_could_not() -> None:
    failure = TemporaryChannelFailure(b"")
    assert explain(failure, 0, 3).startswith("Your channel's peer could not pass")
    assert explain(failure, 1, 3).startswith("A node on the way could not pass")
    assert explain(DETAILS, 2, 3).startswith("The receiver does not accept this payment")


def test_how_much_could_not_pass_and_where() -> None:
    failure, amount = TemporaryChannelFailure(b""), Msat(80_001_999)
    assert explain(failure, 0, 3, amount).startswith(
        "Your channel's peer could not pass 80,001 sat on: the next node may be offline, or the "
        "channel with it cannot take it now."
    )
    assert explain(failure, 1, 3, amount).startswith(
        "A node on the way could not pass 80,001 sat on: the receiver may be offline, or the "
        "channel with it cannot take it now. Try again when it is online;"
    )


def test_a_receiver_that_claims_to_forward_is_not_believed() -> None:
    assert "not its to give" in explain(UnknownNextPeer(), 0, 1)


def test_a_hop_that_claims_to_be_the_receiver_is_not_believed() -> None:
    assert "not its to give" in explain(DETAILS, 0, 2)


def test_an_unknown_code_is_named_and_its_flags_count() -> None:
    assert "(code 16895)" in explain(OtherFailure(0x41FF), 1, 2)
    assert explain(OtherFailure(0x41FF), 1, 2).endswith("Ask the receiver for a new invoice.")
    assert explain(OtherFailure(0x01FF), 1, 2).endswith("Try again in a few minutes.")


def test_an_answer_that_nobody_signed() -> None:
    assert explain(None, 0, 3) == UNREADABLE

"""On the command line a refusal says what to type."""

from __future__ import annotations

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.cli import answers
from lnwallet_tui.cli.hints import with_hint


@pytest.mark.parametrize(
    ("verb", "code", "typed"),
    [
        ("unlock", "passphrase_needed", "--passphrase-file PATH"),
        ("close", "unknown", "lnwallet-tui channels"),
        ("close", "fee_too_high", "--max-fee-sat"),
        ("disconnect", "unknown", "lnwallet-tui peers"),
        ("bump", "unknown", "the txid that send"),
        ("pay", "fee_too_high", "--max-fee-msat"),
        ("pay", "node_gone", "and see: lnwallet-tui payments"),
        ("open", "node_gone", "and see: lnwallet-tui channels"),
        ("send", "node_gone", "and see: lnwallet-tui transactions"),
        ("send", "changed", "lnwallet-tui send once more"),
    ],
)
def test_the_remedy_names_an_option_or_a_verb(verb: str, code: str, typed: str) -> None:
    said = with_hint(verb, answers.failure(code, "So it is.", "Do something."))
    error = said["error"]
    assert isinstance(error, dict)
    assert (error["code"], error["message"]) == (code, "So it is.")
    assert typed in error["remedy"]
    assert "Do something." not in error["remedy"]


def test_what_the_node_said_stays_where_nothing_else_helps() -> None:
    refused = Refused(RefusalCode.IN_FLIGHT, "It is being paid.", "Wait until that has ended.")
    error = with_hint("pay", answers.error(refused))["error"]
    assert isinstance(error, dict)
    assert error["remedy"] == "Wait until that has ended. See how it goes: lnwallet-tui payments"
    other = answers.error(Refused(RefusalCode.DISK, "The disk is full.", "Make room."))
    assert with_hint("pay", other) == other
    paid: answers.Answer = {"status": "paid"}
    assert with_hint("pay", paid) == paid

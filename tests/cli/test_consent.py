"""Who is asked before money moves, and which answers count."""

from __future__ import annotations

import io

import pytest

from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.consent import Consent, NotAgreed

QUOTE: Answer = {"fee_sat": 7}


@pytest.mark.parametrize("answer", ["y\n", "Yes\n", " YES \n"])
def test_only_a_yes_is_one(
    answer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    Consent(given=False, may_ask=True).ask("It costs 7 sat.", QUOTE)
    assert "It costs 7 sat." in capsys.readouterr().err


@pytest.mark.parametrize("answer", ["\n", "", "n\n", "yess\n", "j\n"])
def test_everything_else_is_a_no(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    with pytest.raises(NotAgreed, match="Nothing was done") as error:
        Consent(given=False, may_ask=True).ask("It costs 7 sat.", QUOTE)
    assert error.value.quote == QUOTE
    assert not error.value.remedy  # whoever says no wants no way round it


def test_who_said_yes_before_reads_first_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Consent(given=True, may_ask=False, tells=True).ask("It costs 7 sat.", QUOTE)
    assert capsys.readouterr() == ("", "It costs 7 sat.\n")


def test_what_is_asked_is_broken_between_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "Pay 7 sat, at most 8 sat, locked until block 588. " * 4
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    Consent(given=False, may_ask=True).ask(question, QUOTE)
    *asked, last = capsys.readouterr().err.splitlines()
    assert last == "Do it? [y/N] "
    assert " ".join(asked) == question.strip()
    assert max(map(len, asked)) < 80


def test_a_script_has_said_yes_before_or_is_told_how(capsys: pytest.CaptureFixture[str]) -> None:
    Consent(given=True, may_ask=False).ask("It costs 7 sat.", QUOTE)
    assert capsys.readouterr() == ("", "")
    with pytest.raises(NotAgreed) as error:
        Consent(given=False, may_ask=False).ask("It costs 7 sat.", QUOTE)
    assert "--yes" in error.value.remedy
    assert error.value.quote == QUOTE
    assert capsys.readouterr() == ("", "")


def test_who_cannot_be_asked_reads_all_the_same_what_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(NotAgreed):
        Consent(given=False, may_ask=False, tells=True).ask("It costs 7 sat.", QUOTE)
    assert capsys.readouterr() == ("", "It costs 7 sat.\n")

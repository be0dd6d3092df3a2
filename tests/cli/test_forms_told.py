"""What `--json` prints of each verb is written down, and `--help` ends with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lnwallet_tui import cli
from lnwallet_tui.cli import forms_told
from lnwallet_tui.cli.forms_told import ERROR, Form
from tests.cli.forms import commands, form_of

PLAIN = {"str", "int", "bool"}
WIDTH = 80
UNITS = {
    "_sat": "sat",
    "_msat": "msat",
    "_at": "Unix seconds",
    "_height": "block",
    "_blocks": "blocks",
    "_seconds": "seconds",
    "_ms": "milliseconds",
}


def fields(form: Form) -> Iterator[tuple[str, str, str]]:
    """Of all depths, the name, the type of what is innermost and the meaning."""
    for name, (kind, meaning) in form.items():
        while isinstance(kind, list):
            [kind] = kind
        if isinstance(kind, dict):
            assert kind, name
            yield name, "", meaning
            yield from fields(kind)
        else:
            yield name, kind, meaning


def with_option(option: str) -> set[str]:
    """The verbs that have it; `play`, which tells a story, is none."""
    return {
        verb
        for verb, parser in commands().items()
        if parser.get_default("verb") and option in parser._option_string_actions
    }


def test_every_verb_is_written_down() -> None:
    cases = {tuple(name.partition(".")[::2]) for name in forms_told.names() - {ERROR}}
    assert {verb for verb, case in cases} == with_option("--json")
    assert {verb for verb, case in cases if case == forms_told.QUOTE} == with_option("--yes")


@pytest.mark.parametrize("name", sorted(forms_told.names()))
def test_every_field_has_a_type_and_in_one_line_a_meaning(name: str) -> None:
    for field, kind, meaning in fields(forms_told.form(name)):
        assert not kind or kind.removesuffix(" or null") in PLAIN, field
        assert meaning, field
        assert meaning.isascii(), field
        assert meaning == " ".join(meaning.split()), field
        assert len(meaning) <= WIDTH - len("      "), field
        assert not meaning.endswith("."), field


@pytest.mark.parametrize("name", sorted(forms_told.names()))
def test_what_a_name_and_a_type_leave_open_is_said(name: str) -> None:
    for field, kind, meaning in fields(forms_told.form(name)):
        assert kind.endswith(" or null") == ("null: " in meaning), field
        if kind.startswith("int"):
            [unit] = [unit for end, unit in UNITS.items() if field.endswith(end)] or [""]
            assert unit in meaning, field


def test_the_same_answer_is_told_in_the_same_words() -> None:
    for one, other in (("connect", "disconnect"), ("freeze", "thaw"), ("lock", "unlock")):
        assert form_of(one) == form_of(other)
    for one, of_many in (("connect", "peers"), ("freeze", "coins")):
        assert form_of(of_many)[of_many][0] == [form_of(one)]
    psbt: dict[str, Any] = form_of("export")
    for name in ("sign", "decode.psbt"):
        assert psbt.items() <= form_of(name).items()


def helped(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit):
        cli.main([*words, "--help"])
    return capsys.readouterr().out


def test_the_help_of_a_verb_ends_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert helped(capsys, "stop").endswith(
        "\n\n"
        "With --json it prints one object:\n"
        "  stopped (bool): true: the process has let go of the wallet\n"
        "\n"
        "If it fails: an object with error, as told at the end of lnwallet-tui --help\n"
    )
    send = helped(capsys, "send")
    for line in (
        "  fee_sat (int): sat, its fee, on top of that",
        "  expected_height (int or null):",
        "      block that should have it, about; null: nobody can say",
        "Without a yes nothing is done; beside the error stands quote, an object with:",
        "  pays (list of objects): each address, as it was named",
        "    address (str): Bitcoin address",
        "  as above: amount_sat, fee_sat, expected_height, expected_at",
    ):
        assert f"\n{line}\n" in send
    assert "\nWith --json, of --remind:\n" in helped(capsys, "guard")
    assert "\n  route_hints (list of lists of objects):\n" in helped(capsys, "decode")
    assert send in helped(capsys, "send", "--json")
    assert "With --json it" not in helped(capsys, "doctor")


def test_that_of_the_whole_ends_with_the_errors(capsys: pytest.CaptureFixture[str]) -> None:
    told = helped(capsys)
    assert "\n  error (object): what is wrong\n    code (str): stable, for scripts\n" in told
    assert "stopped" not in told


@pytest.mark.parametrize("verb", ["", *sorted(with_option("--json"))])
def test_it_fits_into_eighty_columns(verb: str) -> None:
    for line in (forms_told.of_verb(verb) if verb else forms_told.of_errors()).splitlines():
        assert len(line) <= WIDTH, line

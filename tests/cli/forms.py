"""Answers beside the forms that come with the program, and the commands that have one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lnwallet_tui import cli
from lnwallet_tui.cli import forms_told


def commands() -> dict[str, argparse.ArgumentParser]:
    """All of them, with their parsers."""
    [found] = [one for one in cli._parser()._actions if isinstance(one, argparse._SubParsersAction)]
    return dict(found.choices)


def form_of(*words: str | Path) -> dict[str, Any]:
    """That of a command: of its verb, or of an option with an answer of its own."""
    verb = str(words[0])
    known = forms_told.names()
    options = (f"{verb}.{one[2:]}" for one in map(str, words[1:]) if one.startswith("--"))
    return dict(forms_told.form(next((one for one in options if one in known), verb)))


def assert_form(value: object, wanted: Any, where: str) -> None:
    """The same fields in the same order, each of its type; an empty list has no elements to ask."""
    match value:
        case dict():
            assert isinstance(wanted, dict), where
            assert list(value) == list(wanted), where
            for name, one in value.items():
                kind, _meaning = wanted[name]
                assert_form(one, kind, f"{where}.{name}")
        case list():
            assert isinstance(wanted, list), where
            for one in value:
                assert_form(one, wanted[0], f"{where}[]")
        case None:
            assert str(wanted).endswith(" or null"), where
        case _:
            assert type(value).__name__ == str(wanted).removesuffix(" or null"), where


def assert_error(error: object) -> None:
    """What stands under that name, whatever failed."""
    assert_form(error, form_of(forms_told.ERROR)["error"][0], "error")


def assert_line(told: dict[str, Any]) -> None:
    """A line of a guard that watches has those of its fields that belong to its type."""
    known = form_of("guard")
    assert_form(told, {name: known[name] for name in known if name in told}, "guard")

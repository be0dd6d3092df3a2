"""Times as they are typed, the same in every country."""

from __future__ import annotations

import calendar
import importlib.util
from datetime import date
from types import ModuleType

import pytest

from lnwallet_tui.api import periods

TODAY = date(2026, 9, 21)
ENGLISH = "January February March April May June July August September October November December"
GERMAN = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"


def loaded_anew() -> ModuleType:
    """As a program that begins now has it; everybody else keeps the one that is there."""
    spec = importlib.util.find_spec(periods.__name__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_month_is_typed_in_the_language_of_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's calendar names months as the locale does, of which few machines have another."""
    monkeypatch.setattr(calendar, "month_name", ["", *GERMAN.split()])
    month = loaded_anew().month
    assert month("may", TODAY) == (date(2026, 5, 1), date(2026, 5, 31))
    assert month("march", TODAY) == (date(2026, 3, 1), date(2026, 3, 31))
    assert month("oct", TODAY) == (date(2025, 10, 1), date(2025, 10, 31))
    assert month("dez", TODAY) is None


@pytest.mark.parametrize(("number", "name"), list(enumerate(ENGLISH.split(), 1)))
def test_each_month_by_its_first_letters(number: int, name: str) -> None:
    for typed in (name, name[:3], name[:3].upper()):
        found = periods.month(typed, TODAY)
        assert found is not None
        assert (found.first.month, found.last.month) == (number, number)

"""Years, months and days as they are typed: `2025`, `2025-01`, `jan`, `last-month`, `yesterday`.

What is relative is so to a day that is given. Days are those of UTC, as all times on the screen.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Final, NamedTuple

_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
"""As they are typed wherever the program runs: the calendar's own follow the locale."""
_SHORTEST: Final = 3  # letters of a month's name


class Period(NamedTuple):
    """From its first day to its last one."""

    first: date
    last: date


def period(typed: str, today: date) -> Period | None:
    """What was typed; None where it is no time. Raises `ValueError` for a day that no calendar
    has."""
    typed = typed.lower()
    if (relative := _relative(typed, today)) is not None:
        return relative
    if (number := _number_of(typed)) is not None:
        return _month(today.year if number <= today.month else today.year - 1, number)
    read = _DATE.fullmatch(typed)
    if read is None:
        return None
    if read[3]:
        day = date(int(read[1]), int(read[2]), int(read[3]))
        return Period(day, day)
    return _month(int(read[1]), int(read[2])) if read[2] else _year(int(read[1]))


def month(typed: str, today: date) -> Period | None:
    """The same where a month is asked for: `last`, `this`, `jan` or `2025-01`."""
    typed = typed.lower()
    if typed in {"last", "this"}:
        return period(f"{typed}-month", today)
    is_month = _MONTH.fullmatch(typed) or _number_of(typed) is not None
    return period(typed, today) if is_month else None


def _relative(typed: str, today: date) -> Period | None:
    match typed:
        case "today":
            return Period(today, today)
        case "yesterday":
            return Period(today - timedelta(1), today - timedelta(1))
        case "this-month":
            return _month(today.year, today.month)
        case "last-month":
            before = today.replace(day=1) - timedelta(1)
            return _month(before.year, before.month)
        case "this-year":
            return _year(today.year)
        case "last-year":
            return _year(today.year - 1)
        case _:
            return None


def _number_of(typed: str) -> int | None:
    """Of a month that is named."""
    if len(typed) < _SHORTEST:
        return None
    return next((n for n, name in enumerate(_MONTHS, 1) if name.startswith(typed)), None)


def _month(year: int, number: int) -> Period:
    first = date(year, number, 1)
    return Period(first, first.replace(day=monthrange(year, number)[1]))


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))

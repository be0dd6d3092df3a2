"""The calendar file is read by somebody else's parser, and is as RFC 5545 wants it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Component, Event

from lnwallet_tui.ui.calendar import escaped, event, folded
from tests.ui import views

UNTIL = views.NOW + 12 * 86_400
NODE = views.STATUS.node_id


def value(found: Component, name: str) -> Any:
    """A property, or what is given for it."""
    return found[name]


def triggers(found: Event) -> list[timedelta]:
    return [value(one, "TRIGGER").dt for one in found.walk("VALARM")]


def parsed(text: str) -> Event:
    calendar = Calendar.from_ical(text)
    assert calendar.errors == []
    [found] = calendar.events
    assert found.errors == []
    return found


def test_the_event_is_what_was_meant() -> None:
    found = parsed(event(UNTIL, views.NOW, NODE))
    assert found.start == datetime.fromtimestamp(UNTIL, tz=UTC)
    assert found.stamp == datetime.fromtimestamp(views.NOW, tz=UTC)
    assert value(found, "SUMMARY") == "Open lnwallet-tui before 3 Oct 14:13 UTC"
    assert "until when the wallet's guard may be off. Start lnwallet-tui" in value(
        found, "DESCRIPTION"
    )
    before = triggers(found)
    assert before == [timedelta(days=-7), timedelta(days=-1), timedelta(hours=-1)]
    assert {value(one, "ACTION") for one in found.walk("VALARM")} == {"DISPLAY"}


def test_a_reminder_whose_time_is_past_is_left_out() -> None:
    found = parsed(event(views.NOW + 2 * 86_400, views.NOW, NODE))
    assert triggers(found) == [
        timedelta(days=-1), timedelta(hours=-1),
    ]  # fmt: skip
    found = parsed(event(views.NOW + 60, views.NOW, NODE))
    assert triggers(found) == [timedelta(hours=-1)]


def test_a_later_date_takes_the_place_of_an_earlier_one_of_the_same_wallet() -> None:
    first, later = (parsed(event(UNTIL, now, NODE)) for now in (views.NOW, views.NOW + 60))
    assert value(first, "UID") == value(later, "UID")
    assert value(first, "SEQUENCE") < value(later, "SEQUENCE")
    assert value(parsed(event(UNTIL, views.NOW, "03" + "aa" * 32)), "UID") != value(first, "UID")


def test_it_names_neither_the_node_nor_amounts_nor_peers() -> None:
    text = event(UNTIL, views.NOW, NODE)
    assert NODE not in text
    assert "sat" not in text.replace("\r\n ", "").lower().split()


def test_lines_end_and_are_folded_as_they_must_be() -> None:
    text = event(UNTIL, views.NOW, NODE)
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")
    assert "\n" not in "".join(lines)
    assert "\r" not in "".join(lines)
    assert max(len(line.encode()) for line in lines) <= 75


@pytest.mark.parametrize("text", ["a" * 75, "é" * 400, "🔥" * 99, "a" * 74 + "é", ""])
def test_no_character_is_cut_in_two(text: str) -> None:
    parts = list(folded(text))
    assert max(len(part.encode()) for part in parts) <= 75
    assert all(part.startswith(" ") for part in parts[1:])
    assert "".join([parts[0], *(part[1:] for part in parts[1:])]) == text
    assert (len(parts) == 1) is (len(text.encode()) <= 75)


def test_what_has_a_meaning_in_a_text_is_escaped() -> None:
    assert escaped("a;b,c\\d\ne\r\nf\rg") == "a\\;b\\,c\\\\d\\ne\\nf\\ng"

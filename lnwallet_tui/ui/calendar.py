"""The date until which one may be away, for a calendar (RFC 5545).

It says when to open the program, and nothing of what is in it: calendars travel.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from lnwallet_tui.bitcoin.hashes import sha256

_LONGEST: Final = 75  # octets of a line, without its end
_DAY: Final = 86_400
_REMINDERS: Final = (("-P7D", 7 * _DAY), ("-P1D", _DAY), ("-PT1H", 3_600))
_WHY: Final = (
    "This is until when the wallet's guard may be off. Start lnwallet-tui before this time and "
    "leave it on until it has read the newest blocks: it watches your channels. It then names a "
    "new date."
)


def event(until: int, now: int, node_id: str) -> str:
    """A calendar with one event. Of the same wallet, a later one takes the place of an earlier.

    A week and a day before it reminds, where there is so much time; an hour before, always.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//lnwallet-tui//guard//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{sha256(b'calendar of ' + node_id.encode()).hex()[:32]}@lnwallet-tui",
        f"SEQUENCE:{now // 60 % 2**31}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(until)}",
        f"SUMMARY:{escaped(f'Open lnwallet-tui before {_time(until)} UTC')}",
        f"DESCRIPTION:{escaped(_WHY)}",
        "TRANSP:TRANSPARENT",
        *(line for trigger, before in _REMINDERS for line in _alarm(trigger, before, until, now)),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _alarm(trigger: str, before: int, until: int, now: int) -> Iterator[str]:
    if until - before > now or before <= 3_600:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{escaped(f'Open lnwallet-tui before {_time(until)} UTC')}"
        yield f"TRIGGER:{trigger}"
        yield "END:VALARM"


def escaped(text: str) -> str:
    """RFC 5545 3.3.11: backslash, semicolon, comma and line break have a backslash in front."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def folded(line: str) -> Iterator[str]:
    """RFC 5545 3.1: "Lines of text SHOULD NOT be longer than 75 octets"; what goes on begins with a
    space. No character is cut in two."""
    part, room = "", _LONGEST
    for character in line:
        size = len(character.encode())
        if size > room:
            yield part
            part, room = " ", _LONGEST - 1
        part += character
        room -= size
    yield part


def _utc(unix: int) -> str:
    return f"{datetime.fromtimestamp(unix, tz=UTC):%Y%m%dT%H%M%SZ}"


def _time(unix: int) -> str:
    """Where the calendar shows another zone's time, this one says which is meant."""
    then = datetime.fromtimestamp(unix, tz=UTC)
    return f"{then.day} {then:%b %H:%M}"

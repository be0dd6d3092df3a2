"""The node's log: what it did, a line each, for a person to read or to send to somebody."""

from __future__ import annotations

import enum
from datetime import UTC, datetime

from lnwallet_tui.api.views import View


class LogLevel(enum.Enum):
    """How much a line matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogLine(View, frozen=True, kw_only=True):
    """One line. `number` goes up by one with each; `area` is the part of the program it is about.

    `text` is printable and without secrets: keys, preimages, invoices and other long words are
    taken out before it is kept, words of others are escaped.
    """

    number: int
    time: int
    level: LogLevel
    area: str
    text: str


def written(line: LogLine) -> str:
    """As it stands in a file, and as it is sent to somebody."""
    when = datetime.fromtimestamp(line.time, tz=UTC)
    return f"{when:%Y-%m-%dT%H:%M:%SZ} {line.level.value} {line.area}: {line.text}"

"""The words of the log's page: how a line looks, and which lines some words mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from textual.content import Content

from lnwallet_tui.api.logs import LogLevel, LogLine
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.last_look import harmless
from lnwallet_tui.ui.needs import Weight
from lnwallet_tui.ui.widgets.words import MUTED

EXAMPLE: Final = "warning   peers   02c65e9a"
NOTHING_YET: Final = "Nothing was written down yet."
NOTHING_FOUND: Final = "No line has all of these words. {everywhere.back} shows all lines again."
_LEVELS: Final = tuple(LogLevel)
_WEIGHTS: Final = {
    LogLevel.INFO: Weight.PLAIN,
    LogLevel.WARNING: Weight.CARE,
    LogLevel.ERROR: Weight.BAD,
}
_COLOURS: Final = {
    LogLevel.INFO: MUTED,
    LogLevel.WARNING: "$warning",
    LogLevel.ERROR: "$error",
}


def meant(lines: Iterable[LogLine], words: str, named: Callable[[LogLine], str]) -> list[LogLine]:
    """The lines of which every word holds: a level means that and worse, any other word is the
    area or stands in the text, as it was written or as it is `named`."""
    asked = words.lower().split()
    return [one for one in lines if all(_holds(one, word, named) for word in asked)]


def _holds(line: LogLine, word: str, named: Callable[[LogLine], str]) -> bool:
    for level in _LEVELS:
        if word == level.value:
            return _LEVELS.index(line.level) >= _LEVELS.index(level)
    return word == line.area.lower() or word in line.text.lower() or word in named(line).lower()


def drawn(line: LogLine, text: str, *, marked: bool) -> Content:
    """A row with that `text`; cut by whoever draws it."""
    return Content.assemble(
        ("▌" if marked else " ", "bold $accent"),
        (f"{datetime.fromtimestamp(line.time, tz=UTC):%H:%M:%S} ", MUTED),
        (f"{_WEIGHTS[line.level].value} ", _COLOURS[line.level]),
        (f"{line.area:<10}", MUTED),
        harmless(text),
    )


def heading(line: LogLine, now: int) -> str:
    """Of the line under the cursor."""
    return (
        f"{line.level.value} · {line.area} · {fmt.clock(line.time, now)} UTC · no. {line.number:,}"
    )


def title(listed: int, kept: int, marked: int) -> str:
    """What stands above the lines."""
    found = fmt.count(kept, "line") if listed == kept else f"{listed:,} of {kept:,} lines"
    return f"Log: {found}" + (f", {marked:,} marked" if marked else "")


def copied(lines: Sequence[LogLine]) -> str:
    """What was done."""
    return f"Copied {fmt.count(len(lines), 'line')}."

"""What is said of notices on the desktop, which remind of the date until which one may be away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lnwallet_tui.api.process import ProcessView
from lnwallet_tui.api.views import GuardView
from lnwallet_tui.ui.needs import Line, Weight


def reminders(
    process: ProcessView | None, guard: GuardView, placed: Callable[[str], str]
) -> Iterator[Line]:
    """Whether one comes before that date, where there is such a date; `process` is None where the
    node has none of its own."""
    if process is None or not guard.may_be_away_until:
        return
    if process.shows_notices:
        how = placed("While it does not run: lnwallet-tui guard --print-reminder.")
        what = "Should the node see no blocks, a desktop notice reminds of that date."
        yield Line(Weight.PLAIN, what, how)
    else:
        yield Line(
            Weight.PLAIN,
            "No desktop is there to remind of that date by a notice; a calendar can.",
            "{guard.calendar} writes it.",
        )

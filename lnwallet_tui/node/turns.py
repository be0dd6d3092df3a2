"""One thing at a time: everything that happens to the node takes its turn in a single line.

A turn is synchronous, from the event through the commit to its effects, so nothing else of the node
runs in between (vulnerability 5: a second connection of a peer in mid step). What an effect causes
is the next turn and not a call inside this one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

Turn = Callable[[], None]


class Turns:
    """The line. A turn that raises is handed to `on_crash`; the line goes on."""

    def __init__(self, on_crash: Callable[[Exception], None]) -> None:
        self._line: deque[Turn] = deque()
        self._running = False
        self._on_crash = on_crash

    def take(self, turn: Turn) -> None:
        """Run `turn` now, or, inside another turn, after all that wait already."""
        self._line.append(turn)
        if self._running:
            return
        self._running = True
        try:
            while self._line:
                self._run(self._line.popleft())
        finally:
            self._running = False

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or waits."""
        return not self._running and not self._line

    def _run(self, turn: Turn) -> None:
        try:
            turn()
        except Exception as error:
            self._on_crash(error)

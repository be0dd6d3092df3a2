"""What is asked for many times before it can be done is done once."""

from __future__ import annotations

from collections.abc import Callable


class Once:
    """Call it to have `do` done when `schedule` says; a call before that adds nothing."""

    def __init__(
        self, schedule: Callable[[Callable[[], None]], object], do: Callable[[], object]
    ) -> None:
        self._schedule, self._do = schedule, do
        self._will = False

    def __call__(self) -> None:
        if not self._will:
            self._will = True
            self._schedule(self._now)

    def _now(self) -> None:
        self._will = False
        self._do()

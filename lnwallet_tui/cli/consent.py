"""Before money moves somebody has to agree: the one at the terminal, or a script with `--yes`."""

from __future__ import annotations

import sys
from typing import Final

_YES: Final = ("y", "yes")


class NotAgreed(Exception):
    """Nobody agreed, and nothing was done."""

    remedy = "With --yes it is done without a question."


class Consent:
    """Whether it was given before (`--yes`), and whether there is somebody to ask."""

    def __init__(self, *, given: bool, may_ask: bool) -> None:
        self._given, self._may_ask = given, may_ask

    def ask(self, question: str) -> None:
        """Have somebody agree to `question`, which names costs and dates. Raises `NotAgreed`."""
        if self._given:
            return
        if not self._may_ask:
            raise NotAgreed("This moves money, and there is no terminal to ask at.")
        sys.stderr.write(f"{question}\nDo it? [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in _YES:
            raise NotAgreed("Nothing was done.")

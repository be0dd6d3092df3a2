"""Before money moves somebody has to agree: the one at the terminal, or a script with `--yes`."""

from __future__ import annotations

import sys
from typing import Final

from lnwallet_tui.cli import told

_YES: Final = ("y", "yes")
_WITH_YES: Final = "With --yes it is done without a question."


class NotAgreed(Exception):
    """Nobody agreed, and nothing was done. `remedy`: what helps who cannot be asked."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Consent:
    """Whether it was given before (`--yes`), and whether there is somebody to ask. `tells`: who
    said yes before reads what it was said to, before it is done."""

    def __init__(self, *, given: bool, may_ask: bool, tells: bool = False) -> None:
        self._given, self._may_ask, self._tells = given, may_ask, tells

    def ask(self, question: str) -> None:
        """Have somebody agree to `question`, which names costs and dates. Raises `NotAgreed`."""
        if self._given:
            if self._tells:
                sys.stderr.write(told.question(question))
                sys.stderr.flush()
            return
        if not self._may_ask:
            raise NotAgreed("This moves money, and there is no terminal to ask at.", _WITH_YES)
        sys.stderr.write(f"{told.question(question)}Do it? [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in _YES:
            raise NotAgreed("Nothing was done.")

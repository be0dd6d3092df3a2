"""Before money moves somebody has to agree: the one at the terminal, or a script with `--yes`."""

from __future__ import annotations

import sys
from typing import Final

from lnwallet_tui.cli import told
from lnwallet_tui.cli.answers import Answer

_YES: Final = ("y", "yes")
_WITH_YES: Final = "With --yes it is done without a question."


class NotAgreed(Exception):
    """Nobody agreed to `quote`, and nothing was done. `remedy`: what helps who cannot be asked."""

    def __init__(self, message: str, quote: Answer, remedy: str = "") -> None:
        super().__init__(message)
        self.quote, self.remedy = quote, remedy


class Consent:
    """Whether it was given before (`--yes`), and whether there is somebody to ask. `tells`: who
    said yes before, or cannot be asked, reads what it is about all the same."""

    def __init__(self, *, given: bool, may_ask: bool, tells: bool = False) -> None:
        self._given, self._may_ask, self._tells = given, may_ask, tells

    def ask(self, question: str, quote: Answer) -> None:
        """Have somebody agree to `question`, which names costs and dates; `quote` says the same to
        a program. Raises `NotAgreed`."""
        asks = self._may_ask and not self._given
        if asks or self._tells:
            sys.stderr.write(f"{told.question(question)}{'Do it? [y/N] ' if asks else ''}")
            sys.stderr.flush()
        if self._given:
            return
        if not asks:
            nobody = "This moves money, and there is no terminal to ask at."
            raise NotAgreed(nobody, quote, _WITH_YES)
        if sys.stdin.readline().strip().lower() not in _YES:
            raise NotAgreed("Nothing was done.", quote)

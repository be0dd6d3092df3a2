"""Tells the user of rows of the wallet's file that are damaged.

Each is told once, not with every start: what was said of it stays in the inbox.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lnwallet_tui.node.words import damage_words
from lnwallet_tui.store.damage import Damaged, Kind

if TYPE_CHECKING:
    from lnwallet_tui.node.shell import Shell


class DamagedRows:
    """Those that are met while the node is made are told when it starts."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._met = dict[Damaged, None]()  # a set that keeps its order
        self._is_started = False

    def met(self, row: Damaged) -> None:
        """One was come across."""
        if row in self._met:
            return
        self._met[row] = None
        if self._is_started:
            self._shell.turns.take(partial(self._tell, row))

    def start(self) -> None:
        """Tell of those, and from now on of each that is met."""
        self._is_started = True
        for row in self._met:
            self._shell.turns.take(partial(self._tell, row))

    def has(self, *kinds: Kind) -> bool:
        """Whether any of these kinds was met."""
        return any(row.kind in kinds for row in self._met)

    def was_told(self, row: Damaged) -> bool:
        """Whether the inbox says so, be it since an earlier start."""
        text, _ = damage_words.told(row)
        return self._shell.herald.inbox.about(text) is not None

    def _tell(self, row: Damaged) -> None:
        if not self.was_told(row):
            text, remedy = damage_words.told(row)
            self._shell.notice(text, remedy, urgent=True)

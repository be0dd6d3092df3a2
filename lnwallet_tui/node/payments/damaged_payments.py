"""Payments whose rows in the wallet's file are damaged: nothing is known of them but the name.

What chain and peers tell of one is heard by nobody, and holds up nothing else. Whoever asks for one
by its name is told why there is no answer, so that it is not paid again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store.errors import RowDamaged

T = TypeVar("T")


class DamagedPayments:
    """Tells the user of each, once in a run."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._told = set[bytes]()

    def read(self, find: Callable[[bytes], T | None], payment_hash: bytes) -> T | None:
        """What `find` has; None where that cannot be read."""
        try:
            return find(payment_hash)
        except RowDamaged:
            self.met(payment_hash)
            return None

    def met(self, payment_hash: bytes) -> None:
        """One was come across."""
        if payment_hash not in self._told:
            self._told.add(payment_hash)
            self._shell.turns.take(partial(self._tell, payment_hash))

    def _tell(self, payment_hash: bytes) -> None:
        self._shell.notice(
            f"What the wallet's file holds of the payment {payment_hash.hex()[:8]} is damaged. "
            "The wallet does nothing more for this payment; everything else goes on.",
            RowDamaged.remedy,
            urgent=True,
        )

"""The onions that were passed on, so that none passes twice.

BOLT 4: "if the onion is for a payment: if `hmac` has previously been received: […] MUST abort
processing the packet and fail". Who sees an onion could else send it once more, to find out where
its payment goes. An onion is known by the secret that it shares with us. It fixes the expiry of the
HTLC that leaves: from that block on it is refused for being late, and need not be remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TypeVar

from lnwallet_tui.payment.records import HtlcName
from lnwallet_tui.payment.relay import Forward
from lnwallet_tui.store import forwards as stored
from lnwallet_tui.store.db import Transaction

Key = TypeVar("Key")


class PassedOnions:
    """Of the payments that can still be sent again. What they are on disk is their payments."""

    def __init__(self, forwards: Iterable[Forward]) -> None:
        self._until = {one.shared_secret: one.outgoing_expiry for one in forwards}
        self._unpaid: dict[HtlcName, int] = {}  # over and of no other use on disk
        self._height = -1

    def __contains__(self, shared_secret: bytes) -> bool:
        return shared_secret in self._until

    def add(self, tx: Transaction, forward: Forward) -> None:
        """This one passes now."""
        self._until[forward.shared_secret] = forward.outgoing_expiry
        tx.undo(partial(_drop, self._until, forward.shared_secret))

    def keep(self, tx: Transaction, forward: Forward) -> None:
        """Nothing was earned with it: the disk keeps it for its onion alone."""
        self._unpaid[forward.incoming] = forward.outgoing_expiry
        tx.undo(partial(_drop, self._unpaid, forward.incoming))

    def forget_old(self, tx: Transaction, height: int) -> None:
        """Let go of those whose time is over."""
        if height == self._height:
            return
        until, unpaid, self._height = self._until, self._unpaid, height
        tx.undo(partial(self._restore, until, unpaid))
        self._until = {secret: end for secret, end in until.items() if end > height}
        self._unpaid = {name: end for name, end in unpaid.items() if end > height}
        for name in unpaid.keys() - self._unpaid.keys():
            stored.forget(tx, name)

    def _restore(self, until: dict[bytes, int], unpaid: dict[HtlcName, int]) -> None:
        self._until, self._unpaid, self._height = until, unpaid, -1


def _drop(table: dict[Key, int], key: Key) -> None:
    table.pop(key, None)

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

from msgspec.structs import replace

from lnwallet_tui.payment.records import HtlcName
from lnwallet_tui.payment.relay import Forward
from lnwallet_tui.policy import MOST_UNPAID_ONIONS
from lnwallet_tui.store import forwards as stored
from lnwallet_tui.store.db import Transaction

Key = TypeVar("Key")
Value = TypeVar("Value")


class PassedOnions:
    """Of the payments that can still be sent again. What they are on disk is their payments."""

    def __init__(self, forwards: Iterable[Forward]) -> None:
        self._until = {one.shared_secret: one.outgoing_expiry for one in forwards}
        self._unpaid: dict[HtlcName, bytes] = {}  # on disk for nothing else
        self._height = -1

    def __contains__(self, shared_secret: bytes) -> bool:
        return shared_secret in self._until

    def add(self, tx: Transaction, forward: Forward) -> None:
        """This one passes now."""
        self._until[forward.shared_secret] = forward.outgoing_expiry
        tx.undo(partial(_drop, self._until, forward.shared_secret))

    def keep(self, tx: Transaction, forward: Forward) -> None:
        """Nothing was earned with it: the disk keeps it for its onion alone, without the words of
        the refusal."""
        if forward.reason:
            stored.save(tx, replace(forward, reason=b""))
        self._unpaid[forward.incoming] = forward.shared_secret
        tx.undo(partial(_drop, self._unpaid, forward.incoming))
        if len(self._unpaid) > MOST_UNPAID_ONIONS:
            self._forget(tx, next(iter(self._unpaid)))

    def forget_old(self, tx: Transaction, height: int) -> None:
        """Let go of those whose time is over."""
        if height == self._height:
            return
        tx.undo(partial(self._look_again, self._height))
        self._height = height
        for name, secret in tuple(self._unpaid.items()):
            if self._until.get(secret, 0) <= height:
                self._forget(tx, name)
        old = {secret: end for secret, end in self._until.items() if end <= height}
        for secret in old:
            del self._until[secret]
        tx.undo(partial(self._until.update, old))

    def _forget(self, tx: Transaction, name: HtlcName) -> None:
        secret = self._unpaid.pop(name)
        tx.undo(partial(self._unpaid.update, {name: secret}))
        until = self._until.pop(secret, None)
        if until is not None:
            tx.undo(partial(self._until.update, {secret: until}))
        stored.forget(tx, name)

    def _look_again(self, height: int) -> None:
        self._height = height


def _drop(table: dict[Key, Value], key: Key) -> None:
    table.pop(key, None)

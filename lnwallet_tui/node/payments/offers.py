"""Whose HTLC a channel was asked to add, until it has answered.

A channel answers a command by its number. What was asked is not stored: after a start, whoever has
something to offer asks anew.
"""

from __future__ import annotations

from functools import partial
from typing import Generic, TypeVar

from lnwallet_tui.store.db import Transaction

Name = TypeVar("Name")


class Offers(Generic[Name]):
    """The offers that wait for their channel's answer, each by the name of what it is for."""

    def __init__(self) -> None:
        self._names: dict[int, Name] = {}

    def remember(self, number: int, name: Name) -> None:
        """The answer to command `number` is about `name`."""
        self._names[number] = name

    def answered(self, tx: Transaction, number: int) -> Name | None:
        """What the answer to command `number` is about, which is forgotten with the commit; None
        where it is not about an offer."""
        name = self._names.get(number)
        if name is not None:
            tx.after(partial(self._forget, number))
        return name

    def _forget(self, number: int) -> None:
        self._names.pop(number, None)

"""What payments ask of channels: in the transaction of its cause, so that both are durable, or
neither, and the disk is waited for once.

After a start each is a turn of its own instead: a disk that is full, or a bug of ours, keeps nobody
from the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Generic, Protocol, TypeVar

from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import StoreError

E = TypeVar("E")
Asked = TypeVar("Asked", contravariant=True)


class Asker(Protocol[Asked]):
    """Whose effects they are."""

    def perform(self, effect: Asked) -> None:
        """Carry it out. Raises `StoreError`."""
        ...

    def is_wanted(self, effect: Asked) -> bool:
        """Whether it is still to be carried out, after some time."""
        ...


class Asking(Generic[E]):
    """Schedules effects: `together` or `later`."""

    def __init__(self, shell: Shell, asker: Asker[E]) -> None:
        self._shell, self._asker = shell, asker

    def together(self, tx: Transaction, effects: Iterable[E]) -> None:
        """As parts of this transaction. A bug of ours in one takes back only that one."""
        for effect in effects:
            self._shell.also(tx, partial(self._asker.perform, effect))

    def later(self, tx: Transaction, effects: Iterable[E]) -> None:
        """Each as a turn of its own, after the commit."""
        for effect in effects:
            tx.after(partial(self._shell.turns.take, partial(self._turn, effect)))

    def again(self, effect: E) -> None:
        """The disk did not take it, so nothing of it has happened. Without this a payment would
        stand still, or be taken to chain for its preimage, until the next start."""
        self._shell.tasks.start(self._again(effect), "payment, again")

    def _turn(self, effect: E) -> None:
        try:
            self._asker.perform(effect)
        except StoreError:
            self.again(effect)
            raise

    async def _again(self, effect: E) -> None:
        await self._shell.a_moment()
        if self._asker.is_wanted(effect):
            self._shell.turns.take(partial(self._turn, effect))

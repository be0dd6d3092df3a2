"""Payments that begin at the same moment share a transaction, so that the disk is waited for once.

Whoever pays alone waits for nobody: what has been asked for is begun as soon as the loop is free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.payment.command import PayCommand, SpontaneousCommand
from lnwallet_tui.payment.records import OutgoingPayment
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import StoreError

Command = PayCommand | SpontaneousCommand
Begun = OutgoingPayment | Refused
_Waiting = tuple[Command, "asyncio.Future[Begun]"]


class Beginnings:
    """Those who wait. `start` begins one payment as a part of a transaction."""

    def __init__(self, shell: Shell, start: Callable[[Transaction, Command], Begun]) -> None:
        self._shell, self._start = shell, start
        self._waiting: list[_Waiting] = []

    async def begin(self, command: Command) -> Begun:
        """The payment once it is durable. Raises what kept it from that."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._shell.turns.take, self._begin_all)
        answer: asyncio.Future[Begun] = loop.create_future()
        self._waiting.append((command, answer))
        return await answer

    def _begin_all(self) -> None:
        together, self._waiting = self._waiting, []
        try:
            with self._shell.store.transaction() as tx:
                for command, answer in together:
                    if not answer.done():  # whoever asked may have given up
                        self._begin(tx, command, answer)
        except Exception as error:
            unanswered = [answer for _, answer in together if not answer.done()]
            for answer in unanswered:
                answer.set_exception(error)
            if not unanswered:
                raise

    def _begin(self, tx: Transaction, command: Command, answer: asyncio.Future[Begun]) -> None:
        """A bug of ours in one keeps nobody else from paying."""
        try:
            with self._shell.store.transaction():
                begun = self._start(tx, command)
        except StoreError:
            raise
        except Exception as error:
            tx.after(partial(_answer, answer, error))
        else:
            tx.after(partial(_answer, answer, begun))


def _answer(answer: asyncio.Future[Begun], told: Begun | Exception) -> None:
    if answer.done():
        return
    if isinstance(told, Exception):
        answer.set_exception(told)
    else:
        answer.set_result(told)

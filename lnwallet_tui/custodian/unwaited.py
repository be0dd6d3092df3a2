"""Work in a thread that nobody has to wait for.

A keyring may ask its owner for a password, in a window that nobody sees, or never answer at all;
Argon2id takes a second. Who gives up goes on at once, and the program can end. What such a thread
finds out later is dropped, and it writes no file.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class Question:
    """Asked of a keyring; whoever asked may give up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given_up = False

    def give_up(self) -> None:
        """Nobody waits for the answer any more."""
        with self._lock:
            self._given_up = True

    def go_on(self) -> None:
        """Raises `_GivenUp` where nobody waits."""
        with self._lock:
            if self._given_up:
                raise _GivenUp


class _GivenUp(Exception):
    """What was asked for is not wanted any more."""


async def ask(work: Callable[[Question], T]) -> T:
    """The result of `work`, or what it raised, from a thread that nothing waits for."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()
    question = Question()

    def settle(deliver: Callable[[], None]) -> None:
        if not answer.done():
            deliver()

    def run() -> None:
        try:
            result = work(question)
        except _GivenUp:
            return
        except Exception as error:  # whatever it is: it is raised where it was asked for
            deliver = partial(answer.set_exception, error)
        else:
            deliver = partial(answer.set_result, result)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, deliver)

    threading.Thread(target=run, name="custody", daemon=True).start()
    try:
        return await answer
    except asyncio.CancelledError:
        question.give_up()
        raise

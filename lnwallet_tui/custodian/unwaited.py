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
        self._given_up = self._goes_on = False
        self.tell: Callable[[], None] = lambda: None
        """Whoever waits still hears that it was given up."""

    def give_up(self) -> bool:
        """The answer is not wanted any more. False: what comes of it is being written already, so
        the answer is waited for still."""
        with self._lock:
            if self._goes_on:
                return False
            self._given_up = True
        self.tell()
        return True

    def go_on(self) -> None:
        """Behind this it cannot be given up any more. Raises `GivenUp` where it was."""
        with self._lock:
            if self._given_up:
                raise GivenUp
            self._goes_on = True


class GivenUp(Exception):
    """What was asked for is not wanted any more."""


async def ask(work: Callable[[Question], T], question: Question | None = None) -> T:
    """The result of `work`, or what it raised, from a thread that nothing waits for. Raises
    `GivenUp` where the question was given up by others than whoever waits here."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()
    question = question or Question()

    def settle(deliver: Callable[[], None]) -> None:
        if not answer.done():
            deliver()

    def run() -> None:
        try:
            result = work(question)
        except GivenUp:
            return  # who waits was told
        except Exception as error:  # whatever it is: it is raised where it was asked for
            deliver = partial(answer.set_exception, error)
        else:
            deliver = partial(answer.set_result, result)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, deliver)

    question.tell = lambda: settle(partial(answer.set_exception, GivenUp()))
    threading.Thread(target=run, name="custody", daemon=True).start()
    try:
        return await answer
    except asyncio.CancelledError:
        question.give_up()
        raise

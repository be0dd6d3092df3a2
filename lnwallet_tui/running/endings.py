"""How a process of ours is ended by others: in order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_ENDINGS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def heeded(end: Callable[[], None]) -> Iterator[None]:
    """Who ends the process has `end` called. A terminal that is closed does not where somebody said
    so before (nohup)."""
    loop = asyncio.get_running_loop()
    numbers = [one for one in _ENDINGS if signal.getsignal(one) is not signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)

"""Who ends a process of ours ends it in order; a terminal that is closed does not after nohup."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress

import pytest

from lnwallet_tui.running import endings


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_each_way_of_ending_is_heeded(number: signal.Signals) -> None:
    # whoever started this run may have it go on when the terminal is closed
    before, asked = signal.signal(number, signal.SIG_DFL), asyncio.Event()
    with endings.heeded(asked.set):
        os.kill(os.getpid(), number)
        await asked.wait()
    assert signal.getsignal(number) is not signal.SIG_IGN
    with suppress(TypeError):  # of one that Python did not set
        signal.signal(number, before)


async def test_a_closed_terminal_ends_nothing_that_was_told_so() -> None:
    before, asked = signal.signal(signal.SIGHUP, signal.SIG_IGN), asyncio.Event()
    try:
        with endings.heeded(asked.set):
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
            await asked.wait()
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)

"""Turns and tasks: order, reentrance, crashes, the end."""

from __future__ import annotations

import asyncio

from lnwallet_tui.node.tasks import Tasks
from lnwallet_tui.node.turns import Turns


def test_a_turn_inside_a_turn_waits_in_line() -> None:
    turns = Turns(on_crash=lambda error: None)
    seen: list[str] = []

    def outer() -> None:
        seen.append("outer begins")
        turns.take(lambda: seen.append("inner"))
        assert not turns.idle
        seen.append("outer ends")

    turns.take(outer)
    assert seen == ["outer begins", "outer ends", "inner"]
    assert turns.idle


def test_a_turn_that_crashes_is_told_and_the_line_goes_on() -> None:
    crashes: list[Exception] = []
    turns = Turns(crashes.append)
    seen: list[str] = []

    def crash() -> None:
        turns.take(lambda: seen.append("after"))
        raise ZeroDivisionError

    turns.take(crash)
    assert seen == ["after"]
    assert [type(error) for error in crashes] == [ZeroDivisionError]


async def test_no_task_survives_the_stop_and_a_crash_is_told() -> None:
    crashes: list[Exception] = []
    tasks = Tasks(crashes.append)
    seen: list[str] = []

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("ended")

    async def crash() -> None:
        raise ZeroDivisionError

    tasks.start(wait_for_ever(), "waits")
    failing = tasks.start(crash(), "crashes")
    await asyncio.wait([failing])
    await tasks.stop()
    assert seen == ["ended"]
    assert [type(error) for error in crashes] == [ZeroDivisionError]

"""The world's time passes only when asked, and in the same order every time."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from lnwallet_tui.playground import clock as clock_module
from lnwallet_tui.playground.clock import START_OF_TIME, WorldClock, WorldIsRestless

START_MS = START_OF_TIME * 1000


async def sleeper(clock: WorldClock, at_ms: int, log: list[str], name: str) -> None:
    await clock.sleep_until(START_MS + at_ms)
    log.append(f"{name} at {clock.now_ms() - START_MS}")


async def test_time_stands_still_while_nobody_lets_it_pass() -> None:
    clock, log = WorldClock(), list[str]()
    task = asyncio.create_task(sleeper(clock, 1_000, log, "alarm"))
    await clock.rest()
    assert (clock.now_ms(), log, task.done()) == (START_MS, [], False)
    await clock.pass_by(999)
    assert log == []
    await clock.pass_by(1)
    assert log == ["alarm at 1000"]


async def test_the_world_does_not_rest_before_everything_has_arrived() -> None:
    clock, log = WorldClock(), list[str]()

    def answer() -> None:
        log.append("asked")
        clock.call_later(40, lambda: log.append("answered"))

    clock.call_later(40, answer)
    await clock.rest()
    assert log == ["asked", "answered"]
    assert clock.now_ms() == START_MS + 80


async def test_what_is_due_at_one_moment_happens_in_the_order_asked() -> None:
    clock, log = WorldClock(), list[str]()
    for name in ("a", "b", "c"):
        clock.call_later(5, partial(log.append, name))
    await clock.rest()
    assert log == ["a", "b", "c"]


async def test_alarms_before_a_delivery_ring_before_it() -> None:
    clock, log = WorldClock(), list[str]()
    task = asyncio.create_task(sleeper(clock, 10, log, "alarm"))
    clock.call_later(20, lambda: log.append("bytes"))
    await clock.rest()
    assert log == ["alarm at 10", "bytes"]
    assert task.done()


async def test_a_long_time_passes_at_once_and_alarms_ring_in_their_order() -> None:
    clock, log = WorldClock(), list[str]()
    tasks = [asyncio.create_task(sleeper(clock, at, log, str(at))) for at in (300, 100, 200)]
    await clock.pass_by(1_000)
    assert log == ["100 at 1000", "200 at 1000", "300 at 1000"]
    assert all(task.done() for task in tasks)


async def test_waiting_for_something_goes_from_alarm_to_alarm() -> None:
    clock, log = WorldClock(), list[str]()
    tasks = [asyncio.create_task(sleeper(clock, at, log, str(at))) for at in (300, 100, 200)]
    assert await clock.wait_for(lambda: len(log) == 2, most_ms=1_000)
    assert log == ["100 at 100", "200 at 200"]
    assert not await clock.wait_for(lambda: len(log) == 4, most_ms=1_000)
    assert log[-1] == "300 at 300"
    assert all(task.done() for task in tasks)


async def test_waiting_gives_up_before_an_alarm_that_is_too_far() -> None:
    clock, log = WorldClock(), list[str]()
    task = asyncio.create_task(sleeper(clock, 5_000, log, "far"))
    assert not await clock.wait_for(lambda: bool(log), most_ms=4_999)
    assert clock.now_ms() == START_MS
    task.cancel()


async def test_a_cancelled_alarm_is_gone() -> None:
    clock, log = WorldClock(), list[str]()
    task = asyncio.create_task(sleeper(clock, 100, log, "gone"))
    await clock.rest()
    task.cancel()
    assert not await clock.wait_for(lambda: bool(log), most_ms=1_000)
    assert (log, clock.now_ms()) == ([], START_MS)


async def test_what_is_under_way_arrives_without_anybody_asking() -> None:
    clock = WorldClock()
    postman = asyncio.create_task(clock.keep_delivering())
    for _ in range(3):
        arrived = asyncio.Event()
        clock.call_later(10, arrived.set)
        await arrived.wait()
    assert clock.now_ms() == START_MS + 30
    postman.cancel()


async def test_only_some_of_what_is_under_way_arrives() -> None:
    clock, log = WorldClock(), list[str]()
    for name in ("a", "b", "c"):
        clock.call_later(5, partial(log.append, name))
    await clock.deliver(2)
    assert log == ["a", "b"]
    await clock.deliver(5)
    assert log == ["a", "b", "c"]


async def test_two_may_drive_at_once() -> None:
    clock, log = WorldClock(), list[str]()
    clock.call_later(10, lambda: log.append("arrived"))
    await asyncio.gather(clock.rest(), clock.pass_by(1_000), clock.rest())
    assert log == ["arrived"]
    assert clock.now_ms() == START_MS + 1_010


async def test_a_world_that_never_rests_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_module, "_MOST_TURNS", 50)
    clock = WorldClock()

    loop = asyncio.get_running_loop()
    awake = True

    def spin() -> None:
        if awake:
            loop.call_soon(spin)

    spin()
    with pytest.raises(WorldIsRestless):
        await clock.rest()
    awake = False

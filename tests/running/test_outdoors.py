"""The machine's clock and dice, as a node needs them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from lnwallet_tui.running.outdoors import MachineClock, SystemDice


@dataclass
class Machine:
    """Its two clocks, in milliseconds."""

    of_day: int = 1_000_000
    booted: int = 5_000

    def clock(self) -> MachineClock:
        return MachineClock(lambda: self.of_day, lambda: self.booted)

    def passes(self, milliseconds: int) -> None:
        self.of_day += milliseconds
        self.booted += milliseconds


def test_it_is_the_time_of_day() -> None:
    machine = Machine()
    clock = machine.clock()
    assert clock.now_ms() == 1_000_000
    machine.passes(250)
    assert clock.now_ms() == 1_000_250


def test_a_clock_that_is_put_forward_is_followed_and_one_that_is_put_back_is_not() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.of_day += 60_000
    assert clock.now_ms() == 1_060_000
    machine.of_day -= 3_600_000
    assert clock.now_ms() == 1_060_000
    machine.passes(10)
    assert clock.now_ms() == 1_060_010


async def test_what_is_past_is_not_waited_for() -> None:
    clock = MachineClock()
    now = clock.now_ms()
    await clock.sleep_until(now - 1)
    await clock.sleep_until(now + 2)
    assert clock.now_ms() >= now + 2


async def test_who_slept_with_the_machine_looks_at_the_clock_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The loop's own time stands still while a lid is shut; naps are short, whatever is awaited."""
    machine = Machine()
    clock = machine.clock()
    naps: list[float] = []
    nap = asyncio.sleep

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        machine.passes(86_400_000)  # the lid was shut for a day
        await nap(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await clock.sleep_until(clock.now_ms() + 3_600_000)
    assert naps == [10.0]


def test_dice_fall_otherwise_each_time() -> None:
    dice = SystemDice()
    assert len(dice.bytes(32)) == 32
    assert dice.bytes(32) != dice.bytes(32)

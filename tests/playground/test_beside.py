"""Threads in the world: time waits for them, and how long they take changes nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.node.offload import Threads
from lnwallet_tui.playground.beside import Beside
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.people import RELAY
from lnwallet_tui.playground.world import World


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    threads = Threads()
    yield threads
    threads.close()


async def test_the_world_does_not_rest_before_a_thread_has_done_its_work(threads: Threads) -> None:
    clock, log = WorldClock(), list[str]()
    before = clock.now_ms()

    async def ask(name: str, number: int) -> None:
        thread = await Beside(clock, threads).run(threading.get_ident)
        assert thread != threading.get_ident()
        log.append(f"{name} {number}, {clock.now_ms() - before} ms")

    async def chatter() -> None:
        for _ in range(1_000):
            await asyncio.sleep(0)
        log.append("the others are quiet")

    clock.call_later(5, lambda: log.append(f"bytes, {clock.now_ms() - before} ms"))
    asking = [asyncio.create_task(ask("asked", number)) for number in range(3)]
    talking = asyncio.create_task(chatter())
    await clock.rest()
    await asyncio.gather(talking, *asking)
    assert log == [
        "the others are quiet",
        "asked 0, 0 ms",
        "asked 1, 0 ms",
        "asked 2, 0 ms",
        "bytes, 5 ms",
    ]


async def test_who_only_delivers_waits_too(threads: Threads) -> None:
    clock = WorldClock()
    postman = asyncio.create_task(clock.keep_delivering())
    assert await Beside(clock, threads).run(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await Beside(clock, threads).run(lambda: 1 // 0)
    postman.cancel()


async def test_a_payment_is_the_same_with_a_thread_and_without(
    tmp_path: Path, threads: Threads
) -> None:
    folders = [tmp_path / name for name in ("alone", "once", "again")]
    for folder in folders:
        folder.mkdir()
    seen = [
        await _pay(folders[0], None),
        await _pay(folders[1], threads),
        await _pay(folders[2], threads),
    ]
    assert seen[0] == seen[1] == seen[2]


async def _pay(folder: Path, beside: Threads | None) -> tuple[object, ...]:
    """Some channels, a payment over one of them, and what the payer and its clock say then."""
    world = await World.begin(1, folder, beside)
    await world.fund()
    relay = next(one for one in world.people() if one.role == RELAY)
    opened = await world.carry_out(world.you.node.open_channel(relay.uri, 500_000))
    assert not isinstance(opened, Refused), opened
    await world.mine(6)
    invoice = await world.residents[relay.name].node.create_invoice(20_000_000, "same")
    assert not isinstance(invoice, Refused), invoice
    paid = await world.carry_out(world.you.node.pay(invoice.invoice))
    assert not isinstance(paid, Refused), paid
    assert paid.status is PaymentStatus.PAID
    told = paid, await world.you.node.balance(), world.clock.now_ms(), world.regtest.blocks_hex()
    await world.close()
    return told

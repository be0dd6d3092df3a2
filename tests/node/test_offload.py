"""Heavy work is never done on the loop: every search for ways, every graph that is put together for
one and every check of gossip's signatures is counted, with the thread that does it."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.node.offload import Inline, Threads
from lnwallet_tui.node.payments import routes
from lnwallet_tui.node.peers import hearing
from lnwallet_tui.payment.ways import find_ways
from lnwallet_tui.routing import known
from lnwallet_tui.routing.known import redrawn
from lnwallet_tui.routing.network import are_valid
from lnwallet_tui.store import db
from lnwallet_tui.store.reader import Reader
from tests.node.town import Town

AMOUNT = 50_000_000
T = TypeVar("T")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, bool]]:
    """How often what was called, and whether on the loop's thread."""
    counted, loop = Counter[tuple[str, bool]](), threading.get_ident()

    def count(name: str, work: Callable[..., T]) -> Callable[..., T]:
        def call(*arguments: Any) -> T:
            counted[name, threading.get_ident() == loop] += 1
            return work(*arguments)

        return call

    monkeypatch.setattr(routes, "find_ways", count("find_ways", find_ways))
    monkeypatch.setattr(hearing, "are_valid", count("are_valid", are_valid))
    monkeypatch.setattr(known, "redrawn", count("redrawn", redrawn))
    return counted


@pytest.fixture
async def offload() -> AsyncIterator[Threads]:
    threads = Threads()
    yield threads
    threads.close()


async def test_what_is_looked_for_in_all_payments_is_read_beside_the_loop(
    tmp_path: Path, offload: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(tmp_path, offload=offload)
    await town.begin("ada")
    ada = town.nodes["ada"]
    await town.do(ada.create_invoice(1_000, "a rare word"))
    asked, read = Counter[int](), Reader.read

    def counted(reader: Reader, sql: str, values: Sequence[db.Value] = ()) -> list[db.Row]:
        asked[threading.get_ident()] += 1
        return read(reader, sql, values)

    monkeypatch.setattr(Reader, "read", counted)
    monkeypatch.setattr(ada._store, "read", None)  # the loop's own connection is not asked
    found = await ada.search_payments("rare")
    assert not isinstance(found, Refused)
    assert len(found) == 1
    assert list(asked.values()) == [2]  # among the newest, then everywhere
    assert threading.get_ident() not in asked
    monkeypatch.undo()
    await town.end()


class Hurry:
    """Runs commands while the thread works: the town's time stands still for that."""

    def __init__(self, town: Town, offload: Threads) -> None:
        self._town, self._offload = town, offload

    async def do(self, command: Coroutine[Any, Any, T | Refused]) -> T:
        """A command that must be carried out."""
        task = asyncio.create_task(command)
        while not task.done():
            await self.rest()
        result = task.result()
        assert not isinstance(result, Refused), result
        return result

    async def rest(self) -> None:
        """Until nobody has anything to do, the thread included: it works in the order given."""
        await self._town.clock.rest()
        await self._offload.run(lambda: None)
        await self._town.clock.rest()


async def test_gossip_is_verified_and_ways_are_found_beside_the_loop(
    tmp_path: Path, calls: Counter[tuple[str, bool]], offload: Threads
) -> None:
    town = Town(tmp_path, relays=("ben", "cyd"), offload=offload)
    hurry = Hurry(town, offload)
    await town.begin("ada", "ben", "cyd", "dan")
    await town.open("ben", "cyd", 500_000)
    await town.open("ada", "ben", 400_000)
    await town.open("cyd", "dan", 450_000)
    await town.mine(3)
    await hurry.rest()
    ada, dan = town.nodes["ada"], town.nodes["dan"]
    assert len(ada._board.network._known) == 1
    invoice = await hurry.do(dan.create_invoice(AMOUNT, "far away"))
    quote = await hurry.do(ada.quote_payment(invoice.invoice))
    assert len(quote.route) == 3
    paid = await hurry.do(ada.pay(invoice.invoice))
    assert paid.status is PaymentStatus.PAID
    asleep = await hurry.do(dan.create_invoice(AMOUNT, "asleep"))
    await town.stop("dan")
    failed = await hurry.do(ada.pay(asleep.invoice))
    assert failed.status is PaymentStatus.FAILED
    await town.end()
    assert calls["find_ways", False] >= 4  # quoted, paid, tried, tried another way
    assert calls["are_valid", False] >= 8
    assert calls["redrawn", False] >= 1
    assert calls["find_ways", True] == calls["are_valid", True] == calls["redrawn", True] == 0


async def test_the_count_would_notice(tmp_path: Path, calls: Counter[tuple[str, bool]]) -> None:
    town = Town(tmp_path, relays=("ben", "cyd"), offload=Inline())
    await town.begin("ada", "ben", "cyd")
    await town.open("ada", "ben", 400_000)
    await town.open("ben", "cyd", 450_000)
    await town.mine(3)
    await town.pay("ada", "cyd", AMOUNT)
    await town.end()
    assert calls["find_ways", True] == calls["redrawn", True] == 1


async def test_what_the_thread_raises_comes_back() -> None:
    threads = Threads()
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)
    assert await threads.run(threading.get_ident) != threading.get_ident()
    threads.close()

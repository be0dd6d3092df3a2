"""The link in memory: latency by a clock that only the test moves, order, closing, a cut cable."""

import asyncio
from collections.abc import AsyncIterator, Callable
from heapq import heappop, heappush

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.net.link import MOST_READ, Link, MemoryLink, in_memory_pair


class VirtualTime:
    """Callbacks by their moment, those of one moment in the order asked."""

    def __init__(self) -> None:
        self.now_ms = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._asked = 0

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> None:
        self._asked += 1
        heappush(self._due, (self.now_ms + delay_ms, self._asked, callback))

    def pass_by(self, milliseconds: int) -> None:
        end = self.now_ms + milliseconds
        while self._due and self._due[0][0] <= end:
            self.now_ms, _, callback = heappop(self._due)
            callback()
        self.now_ms = end


def waiting(link: Link) -> asyncio.Task[bytes]:
    return asyncio.create_task(link.read())


async def settled(task: asyncio.Task[bytes]) -> bytes | None:
    """What a reader has read; None while it waits."""
    for _ in range(3):
        await asyncio.sleep(0)
    return task.result() if task.done() else None


async def test_bytes_arrive_after_the_latency() -> None:
    time = VirtualTime()
    one, other = in_memory_pair(time, latency_ms=40)
    reader = waiting(other)
    one.write(b"hello")
    time.pass_by(39)
    assert await settled(reader) is None
    time.pass_by(1)
    assert await settled(reader) == b"hello"


async def test_both_directions_are_apart() -> None:
    time = VirtualTime()
    one, other = in_memory_pair(time)
    one.write(b"there")
    other.write(b"back")
    time.pass_by(0)
    assert (await one.read(), await other.read()) == (b"back", b"there")


@given(st.lists(st.binary(max_size=5), max_size=20), st.integers(0, 50))
def test_bytes_arrive_whole_and_in_order(writes: list[bytes], latency_ms: int) -> None:
    async def carry() -> bytes:
        time = VirtualTime()
        one, other = in_memory_pair(time, latency_ms)
        for data in writes:
            one.write(data)
            time.pass_by(1)
        one.close()
        time.pass_by(latency_ms)
        return b"".join([part async for part in parts(other)])

    assert asyncio.run(carry()) == b"".join(writes)


async def parts(link: MemoryLink) -> AsyncIterator[bytes]:
    while data := await link.read():
        yield data


async def test_one_read_is_bounded() -> None:
    time = VirtualTime()
    one, other = in_memory_pair(time)
    one.write(bytes(3 * MOST_READ + 1))
    time.pass_by(0)
    assert [len(await other.read()) for _ in range(4)] == [MOST_READ] * 3 + [1]


async def test_closing_comes_after_what_was_written() -> None:
    time = VirtualTime()
    one, other = in_memory_pair(time, latency_ms=10)
    mine, theirs = waiting(one), waiting(other)
    one.write(b"bye")
    one.close()
    one.close()
    one.write(b"too late")
    assert await settled(mine) == b""
    assert await settled(theirs) is None
    time.pass_by(10)
    assert await settled(theirs) == b"bye"
    assert [await other.read(), await other.read()] == [b"", b""]
    other.write(b"into the void")
    time.pass_by(10)
    assert await one.read() == b""


async def test_a_cut_cable_loses_what_was_under_way() -> None:
    time = VirtualTime()
    one, other = in_memory_pair(time, latency_ms=10)
    theirs = waiting(other)
    one.write(b"lost")
    other.cut()
    assert await settled(theirs) == b""
    time.pass_by(10)
    assert [await one.read(), await other.read()] == [b"", b""]


async def test_a_cancelled_reader_loses_nothing() -> None:
    time = VirtualTime()
    one, other = in_memory_pair(time)
    reader = waiting(other)
    assert await settled(reader) is None
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    one.write(b"still here")
    time.pass_by(0)
    assert await other.read() == b"still here"


async def test_two_readers_are_our_bug() -> None:
    _, other = in_memory_pair(VirtualTime())
    first, second = waiting(other), waiting(other)
    await settled(first)
    with pytest.raises(AssertionError):
        await second
    other.close()
    assert await first == b""

"""Who reaches whom, how fast, and what a pulled cable does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from lnwallet_tui.net.link import Link
from lnwallet_tui.node.ports import DialFailed
from lnwallet_tui.playground.clock import START_OF_TIME, WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.wires import Wires

NOBODY = bytes(33)
Result = TypeVar("Result")


class Net:
    """Wires with a shop that answers and remembers its ends."""

    def __init__(self, seed: bytes = b"wires") -> None:
        self.clock = WorldClock()
        self.wires = Wires(self.clock, SeededDice(seed, "wires"))
        self.answered: list[Link] = []
        self.wires.listen("shop", "shop.play:9735", self.answered.append)

    async def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        task = asyncio.create_task(work)
        await self.clock.rest()
        assert task.done(), "the world rests, and this still waits"
        return task.result()

    async def dial(self, name: str = "you", address: str = "shop.play:9735") -> Link:
        return await self.run(self.wires.dialer(name).dial(NOBODY, address))

    def passed_ms(self) -> int:
        return self.clock.now_ms() - START_OF_TIME * 1000


async def test_bytes_go_both_ways_and_take_their_time() -> None:
    net = Net()
    ours = await net.dial()
    (theirs,) = net.answered
    distance = net.passed_ms()
    assert 5 <= distance <= 120
    ours.write(b"hello")
    assert await net.run(theirs.read()) == b"hello"
    assert net.passed_ms() == 2 * distance
    theirs.write(b"world")
    assert await net.run(ours.read()) == b"world"


async def test_distances_come_from_the_seed() -> None:
    async def distance(seed: bytes) -> int:
        net = Net(seed)
        await net.dial()
        return net.passed_ms()

    found = [await distance(seed) for seed in (b"1", b"1", b"2", b"3")]
    assert found[0] == found[1]
    assert len(set(found)) > 1


async def test_nobody_answers_at_a_wrong_address() -> None:
    with pytest.raises(DialFailed, match=r"Nobody answers at nobody\.play:9735\."):
        await Net().dial(address="nobody.play:9735")


async def test_a_pulled_cable_ends_links_and_loses_what_was_under_way() -> None:
    net = Net()
    ours = await net.dial()
    (theirs,) = net.answered
    ours.write(b"lost")
    net.wires.vanish("shop", gone=True)
    assert await net.run(theirs.read()) == b""
    assert await net.run(ours.read()) == b""


@pytest.mark.parametrize("gone", ["shop", "you"])
async def test_who_has_vanished_cannot_be_reached_and_reaches_nobody(gone: str) -> None:
    net = Net()
    net.wires.vanish(gone, gone=True)
    with pytest.raises(DialFailed):
        await net.dial()
    net.wires.vanish(gone, gone=False)
    await net.dial()
    assert len(net.answered) == 1


async def test_who_vanishes_while_being_dialled_is_not_reached() -> None:
    net = Net()
    dialling = asyncio.create_task(net.wires.dialer("you").dial(NOBODY, "shop.play:9735"))
    await asyncio.sleep(0)
    net.wires.vanish("shop", gone=True)
    await net.clock.rest()
    with pytest.raises(DialFailed):
        dialling.result()


async def test_hanging_up_closes_links_of_one_and_leaves_those_of_others() -> None:
    net = Net()
    neighbours: list[Link] = []
    net.wires.listen("neighbour", "neighbour.play:9735", neighbours.append)
    to_shop, to_neighbour = await net.dial(), await net.dial(address="neighbour.play:9735")
    net.wires.hang_up("shop")
    assert await net.run(to_shop.read()) == b""
    neighbours[0].write(b"still here")
    assert await net.run(to_neighbour.read()) == b"still here"
    with pytest.raises(DialFailed):
        await net.dial()

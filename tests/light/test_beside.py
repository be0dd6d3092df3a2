"""Old blocks are read once more beside the new ones, which are heard at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.p2p.compact_filters import GetCFilters
from lnwallet_tui.store.errors import DiskFull, HeadersDamaged
from lnwallet_tui.store.look_behind import load_place
from tests.light.bitcoin_nodes import BitcoinNode, Visit
from tests.light.test_gap import FAR, FARTHER, NEAR, PAID_SAT, lost_with
from tests.light.town import LightTown, Reader
from tests.node.town import MINUTE_MS


class Withheld:
    """Once Ada has read all blocks, no node answers a question for filters of blocks from `first`
    on that were mined by now; `asked` are the first heights of such questions."""

    def __init__(self, town: LightTown, first: int) -> None:
        self._town, self._first, self._last = town, first, town.regtest.chain.height
        self.asked: list[int] = []
        self.is_over = False
        for node in town.bitcoin.nodes:
            self._stop_ears(node)

    def _stop_ears(self, node: BitcoinNode) -> None:
        hear = node._hear

        def choose(visit: Visit, message: object) -> None:
            if isinstance(message, GetCFilters) and self._is_of_old(message.start_height):
                self.asked.append(message.start_height)
                if message.start_height >= self._first and not self.is_over:
                    return
            hear(visit, message)  # type: ignore[arg-type]  # as heard

        node._hear = choose  # type: ignore[method-assign]  # it withholds some

    def _is_of_old(self, height: int) -> bool:
        return height <= self._last <= self._town.nodes["ada"]._board.chain.height


async def looking_behind(town: LightTown, first: int) -> Withheld:
    """Ada is restored and has read all blocks; some of the second reading are withheld."""
    withheld = Withheld(town, first)
    chain = (await town.start("ada"))._board.chain
    assert await town.clock.wait_for(lambda: bool(withheld.asked), MINUTE_MS)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert chain.height == town.regtest.chain.height
    assert chain.looks_behind
    return withheld


async def test_a_new_block_is_heard_while_old_ones_are_read(tmp_path: Path) -> None:
    town, had = await lost_with(tmp_path, FARTHER, FAR, NEAR)
    withheld = await looking_behind(town, 0)
    chain = town.nodes["ada"]._board.chain
    for _ in range(3):
        await town.mine()
        assert chain.height == town.regtest.chain.height
    assert chain.looks_behind
    await town.regtest.reorganise(2)
    await town.mine()
    assert chain.height == town.regtest.chain.height
    assert await town.total_sat("ada") == had + PAID_SAT
    withheld.is_over = True
    await town.clock.wait_for(lambda: not chain.looks_behind, 5 * MINUTE_MS)
    assert await town.total_sat("ada") == had + 3 * PAID_SAT
    assert not town.complaints
    await town.end()


async def test_a_start_goes_on_where_the_second_reading_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("node.blocks.looking_behind.KEPT_EVERY", "chain.sync_blocks.FILTERS_ASKED"):
        monkeypatch.setattr(f"lnwallet_tui.{name}", 5)
    monkeypatch.setattr("lnwallet_tui.node.blocks.looking_behind._DEEP", 10)
    town, had = await lost_with(tmp_path, FAR, NEAR)
    await town.mine(30)
    first, height = town._birthday, town.regtest.chain.height
    withheld = await looking_behind(town, height - 10)
    assert min(withheld.asked) <= first
    place = load_place(town.nodes["ada"]._store)
    assert place is not None
    assert first < place.height < height - 10
    assert len(place.found) == 1  # what was paid to FAR
    withheld.asked.clear()
    withheld.is_over = True
    await town.restart("ada")
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    asked = withheld.asked[:3]  # then once more from the first on, for what FAR has moved
    assert min(asked) == place.height + 1
    assert await town.total_sat("ada") == had + 2 * PAID_SAT
    assert load_place(town.nodes["ada"]._store) is None
    assert not town.complaints
    await town.end()


async def test_a_disk_that_takes_nothing_costs_time_only(tmp_path: Path) -> None:
    town, had = await lost_with(tmp_path, FAR, NEAR)
    withheld = await looking_behind(town, 0)
    node = town.nodes["ada"]
    node._store._failed = DiskFull("full")
    withheld.is_over = True
    await town.clock.wait_for(lambda: False, 2 * MINUTE_MS)
    assert node._board.chain.looks_behind
    assert await town.total_sat("ada") == had + PAID_SAT
    node._store._failed = None
    await town.clock.wait_for(lambda: not node._board.chain.looks_behind, MINUTE_MS)
    assert await town.total_sat("ada") == had + 2 * PAID_SAT
    await town.end()


async def test_headers_that_were_damaged_are_mended_first(tmp_path: Path) -> None:
    reader = await Reader.begun(LightTown(tmp_path), blocks=20)
    town, light = reader.town, reader.light
    with (town._stores["reader"].folder / "headers").open("r+b") as file:
        file.seek(90 * HEADER_SIZE + 40)
        file.write(b"damage")

    async def read_beside() -> None:
        async with aclosing(light.read_beside((), frozenset())) as events:
            async for event in events:
                if event.height == town.regtest.chain.height:
                    return

    with pytest.raises(HeadersDamaged):
        await read_beside()
    await town.clock.wait_for(lambda: False, 10_000)  # what was damaged came anew
    again = asyncio.create_task(read_beside())
    await town.clock.wait_for(again.done, MINUTE_MS)
    await again
    assert len(town.complaints) == 1
    assert not light._besides
    await reader.end()

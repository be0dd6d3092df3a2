"""An address that was paid while it was still beyond the gap is found by a second reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.coins.coin import KeyPath, script_at
from lnwallet_tui.node.coins.scripts import ADDRESS_GAP
from tests.light.town import LightTown
from tests.node.town import MINUTE_MS

NEAR = ADDRESS_GAP // 2  # looked for from the first block on
FAR = ADDRESS_GAP + 5  # once NEAR was paid
FARTHER = FAR + ADDRESS_GAP  # once FAR was found
PAID_SAT = 10_000
KEEPERS = (
    "chain.watch", "chain.sync_blocks", "chain.settled_filters", "light.reading",
    "light.header_keeper", "store.chain",
)  # fmt: skip


async def lost_with(folder: Path, *indexes: int) -> tuple[LightTown, int]:
    """A town in which Ada's folder is gone, each of these was paid in a block of its own, and what
    she had before."""
    town = LightTown(folder)
    town._behind = True
    await town.begin("ada")
    account, had = town.nodes["ada"]._shell.keys.account(), await town.total_sat("ada")
    await town.lose("ada")
    for index in indexes:
        script = script_at(account, KeyPath(change=False, index=index))
        town.regtest.give([TxOut(Sat(PAID_SAT), script)])
        await town.mine()
    await town.mine(3)
    return town, had


async def restored(town: LightTown) -> int:
    """What Ada has once everything was read."""
    node = await town.start("ada")
    height = town.regtest.chain.height
    assert await town.clock.wait_for(lambda: node._board.chain.height == height, MINUTE_MS)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert node._board.chain.height == height
    return await town.total_sat("ada")


@pytest.mark.parametrize("indexes", [(FAR, NEAR), (FARTHER, FAR, NEAR)])
async def test_what_was_paid_before_it_was_looked_for_is_found(
    tmp_path: Path, indexes: tuple[int, ...]
) -> None:
    town, had = await lost_with(tmp_path, *indexes)
    assert await restored(town) == had + len(indexes) * PAID_SAT
    board = town.nodes["ada"]._board
    assert board.chain._behind.scripts == ()
    await town.regtest.reorganise(2)  # what was found is of deeper blocks, and stays
    await town.mine(3)
    assert await town.total_sat("ada") == had + len(indexes) * PAID_SAT
    await town.restart("ada")
    assert await town.total_sat("ada") == had + len(indexes) * PAID_SAT
    assert not town.complaints
    await town.end()


async def test_deeper_than_headers_are_held_the_second_reading_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in KEEPERS:
        monkeypatch.setattr(f"lnwallet_tui.{module}.BLOCKS_KEPT", 10)
    town, had = await lost_with(tmp_path, FAR, NEAR)
    await town.mine(30)
    assert await restored(town) == had + 2 * PAID_SAT
    await town.mine(2)
    assert town.nodes["ada"]._board.chain.height == town.regtest.chain.height
    assert not town.complaints
    await town.end()


async def test_beyond_the_gap_nobody_looks(tmp_path: Path) -> None:
    town, had = await lost_with(tmp_path, FAR, ADDRESS_GAP // 4 - 1)
    assert await restored(town) == had + PAID_SAT
    await town.end()


async def test_a_crash_before_the_second_reading_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, had = await lost_with(tmp_path, FAR, NEAR)
    with monkeypatch.context() as patched:
        start = "lnwallet_tui.node.blocks.looking_behind.LookingBehind.start"
        patched.setattr(start, lambda _: None)
        assert await restored(town) == had + PAID_SAT
        await town.stop("ada")
    await town.start("ada")  # no new block is waited for
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert await town.total_sat("ada") == had + 2 * PAID_SAT
    await town.end()

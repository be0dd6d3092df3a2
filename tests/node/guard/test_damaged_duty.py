"""A row of the wallet's file is damaged while only the guard runs: a cheat is punished all the
same, unless it is in the very channel whose row that is, and then the guard says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.node.guard.test_guard_duty import FUNDED_SAT, is_taken
from tests.node.night_watch import NightWatch
from tests.node.test_cheats import LENT_MSAT, old_state
from tests.node.test_damaged_rows import ROWS, damage, of_table
from tests.node.town import Town

TOO_SMALL_SAT = LENT_MSAT // 1_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def test_the_others_are_guarded(town: Town, tmp_path: Path) -> None:
    await town.open("ada", "ben", TOO_SMALL_SAT)
    second = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, second)
    await town.stop("ada")
    damage(tmp_path / "ada", ROWS["channel"].sql)
    damage(tmp_path / "ada", ROWS["held HTLC"].sql)
    damage(tmp_path / "ada", ROWS["watch"].sql)
    watch = NightWatch(town, "ada")
    await watch.begin()
    ben = town.nodes["ben"].node_id.hex()[:8]
    assert watch.texts() == [
        f"What the wallet's file holds of the channel with {ben} is damaged, and the guard can do "
        "nothing there. Open the wallet: lnwallet-tui, or lnwallet-tui node."
    ]
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_taken(town, old)
    await watch.end()


@pytest.mark.parametrize("kind", ["fact", "close"])
async def test_what_the_wallet_had_begun_goes_on(town: Town, tmp_path: Path, kind: str) -> None:
    """The cheat stands in a block, and nothing that was done about it has got out."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    assert town.regtest.publish(old.tx) is None
    town.nodes["ada"]._board.publish = lambda *_: None  # type: ignore[method-assign]  # lost on its way
    await town.mine()
    await town.stop("ada")
    damage(tmp_path / "ada", ROWS[kind].sql)
    watch = NightWatch(town, "ada")
    await watch.begin()
    assert not is_taken(town, old)
    await town.mine(3)
    assert is_taken(town, old)
    await watch.end()


@pytest.mark.parametrize("height", ["min(height)", "max(height)"], ids=["first", "last"])
async def test_what_had_come_home_already_is_learned_again(
    town: Town, tmp_path: Path, height: str
) -> None:
    """Else the guard would take for ever what is taken, and remind of dates that are none."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_taken(town, old)
    await town.stop("ada")
    whole = NightWatch(town, "ada").read().follower
    damage(tmp_path / "ada", of_table("facts", f"height = (SELECT {height} FROM facts)"))
    watch = NightWatch(town, "ada")
    await watch.begin()
    root = watch.charges.charges[0].facts.ours.funding_outpoint
    assert watch.charges.follower.spends_of(root) == whole.spends_of(root)
    assert watch.duty.height == whole.height
    await town.mine()
    assert watch.duty.away() is None
    await watch.end()

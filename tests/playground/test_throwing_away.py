"""A world is thrown away: all of it, nothing else, and never half of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lnwallet_tui.playground import throwing_away
from lnwallet_tui.playground.diary import DiaryUnreadable
from lnwallet_tui.playground.throwing_away import throw_away
from lnwallet_tui.playground.world import World
from lnwallet_tui.store.errors import WalletInUse

LOCK = "wallet.lock"


def left_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


async def lived_in(folder: Path, seed: int = 5) -> tuple[str, ...]:
    """A world with coins and a note; who lives there."""
    world = await World.begin(seed, folder)
    await world.fund()
    world.note(frozenset({"open"}))
    names = tuple(one.name for one in world.people())
    await world.close()
    return names


async def test_another_begins_where_it_began(tmp_path: Path) -> None:
    people = await lived_in(tmp_path)
    assert throw_away(tmp_path) == 5
    assert left_in(tmp_path) == {LOCK}
    world = await World.begin(5, tmp_path)
    assert world.is_new
    assert tuple(one.name for one in world.people()) == people
    assert world.notes() == frozenset()
    assert (await world.you.node.balance()).total_msat == 0
    await world.close()


async def test_what_the_world_did_not_write_stays(tmp_path: Path) -> None:
    await lived_in(tmp_path)
    (tmp_path / "diary of mine.txt").write_text("dear diary")
    (tmp_path / "photos").mkdir()
    throw_away(tmp_path)
    assert left_in(tmp_path) == {LOCK, "diary of mine.txt", "photos"}


async def test_what_was_cut_short_is_ended_by_the_next_who_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lived_in(tmp_path)
    removed: list[Path] = []

    def cut(folder: Path) -> None:
        if removed:
            raise KeyboardInterrupt
        removed.append(folder)
        shutil.rmtree(folder)

    monkeypatch.setattr(throwing_away, "shutil", type("", (), {"rmtree": staticmethod(cut)}))
    with pytest.raises(KeyboardInterrupt):
        throw_away(tmp_path)
    monkeypatch.undo()
    world = await World.begin(6, tmp_path)
    assert world.is_new
    assert world.seed == (6).to_bytes(8, "big")
    assert (await world.you.node.balance()).total_msat == 0
    await world.close()
    again = await World.begin(6, tmp_path)
    assert not again.is_new
    await again.close()


async def test_not_while_somebody_lives_in_it(tmp_path: Path) -> None:
    world = await World.begin(5, tmp_path)
    with pytest.raises(WalletInUse):
        throw_away(tmp_path)
    await world.close()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text('{"hello": "world"}')
    with pytest.raises(DiaryUnreadable):
        throw_away(tmp_path)
    assert (tmp_path / "world.json").exists()


def test_where_nothing_is_nothing_goes(tmp_path: Path) -> None:
    assert throw_away(tmp_path) is None


async def test_notes_are_found_again(tmp_path: Path) -> None:
    await lived_in(tmp_path)
    world = await World.begin(5, tmp_path)
    assert world.notes() == {"open"}
    await world.close()

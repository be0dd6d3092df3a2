"""What the lives are made of breaks as it says; and what is broken in our own code is noticed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lnwallet_tui.onchain import resolve
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import DiskFailed, DiskFull, StoreError
from tests.sim.disk import BadDisk
from tests.sim.life import Life
from tests.sim.light_life import LightLife
from tests.sim.links import BadLink, BadWires
from tests.sim.run import run_seed
from tests.sim.tally import Fault

REVOKED_SEED = 8


# -- disks
class Notes:
    """A store of one's own on a bad disk."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.store = folder, Store(folder)
        self.disk = BadDisk(self.store._connection, self.store.path, SeededDice(b"disk", str(seed)))
        self.store._connection = self.disk  # type: ignore[assignment]  # passes on what is asked of it

    def write(self, word: str) -> None:
        with self.store.transaction() as tx:
            tx.write("CREATE TABLE IF NOT EXISTS words (word TEXT)")
            tx.write("INSERT INTO words VALUES (?)", (word,))

    def words_after_a_start(self) -> list[str]:
        self.store.close()
        if self.disk.image is not None:
            self.disk.lay_down()
        with Store(self.folder) as again:
            return [str(word) for (word,) in again.read("SELECT word FROM words ORDER BY rowid")]


def test_a_power_cut_takes_at_most_the_commit_that_it_came_in(tmp_path: Path) -> None:
    kinds = set()
    for seed in range(40):
        notes = Notes(tmp_path / str(seed), seed)
        notes.write("one")
        notes.write("two")
        notes.disk.power_fails_in = 0
        with pytest.raises(DiskFailed):
            notes.write("three")
        assert notes.disk.image is not None
        words, found = notes.disk.image.words, notes.words_after_a_start()
        assert found == ["one", "two", "three"][: 3 if words == "all of it" else 2]
        kinds.add(words)
    assert kinds == {"nothing of it", "a part of it", "all of it"}


def test_nothing_is_written_without_power(tmp_path: Path) -> None:
    notes = Notes(tmp_path, 1)
    notes.write("one")
    notes.disk.power_fails_in = 0
    for _ in range(3):
        with pytest.raises(StoreError):
            notes.write("two")
    assert notes.words_after_a_start() in (["one"], ["one", "two"])


def test_a_full_disk_takes_nothing_until_there_is_room(tmp_path: Path) -> None:
    notes = Notes(tmp_path, 1)
    notes.write("one")
    notes.disk.is_full = True
    with pytest.raises(DiskFull):
        notes.write("two")
    notes.disk.is_full = False
    notes.write("three")
    assert notes.words_after_a_start() == ["one", "three"]


def test_after_a_sync_that_failed_nobody_knows_and_nothing_more_is_written(tmp_path: Path) -> None:
    ends = set()
    for seed in range(12):
        notes = Notes(tmp_path / str(seed), seed)
        notes.write("one")
        notes.disk.fails_to_sync_in = 0
        for _ in range(2):
            with pytest.raises(DiskFailed):
                notes.write("two")
        ends.add(tuple(notes.words_after_a_start()))
    assert ends == {("one",), ("one", "two")}


# -- wires
async def wire() -> tuple[WorldClock, BadWires, BadLink, BadLink]:
    clock = WorldClock()
    wires = BadWires(clock, SeededDice(b"wires", "test"))
    answered: list[object] = []
    wires.listen("ben", "ben.play:9735", answered.append)
    dialling = asyncio.create_task(wires.connect("ada", "ben.play:9735"))
    await clock.rest()
    ours, [theirs] = dialling.result(), answered
    assert isinstance(ours, BadLink)
    assert isinstance(theirs, BadLink)
    return clock, wires, ours, theirs


async def test_a_torn_frame_is_half_of_it_and_the_end() -> None:
    clock, wires, ours, theirs = await wire()
    ours.tears = True
    ours.write(b"frame!")
    reading = asyncio.create_task(theirs.read())
    await clock.rest()
    assert reading.result() == b"fra"
    assert await theirs.read() == b""
    assert wires.happened[Fault.PARTIAL] == 1


async def test_a_blackhole_swallows_one_direction() -> None:
    clock, wires, ours, theirs = await wire()
    ours.is_blackhole = True
    ours.write(b"lost")
    theirs.write(b"heard")
    await clock.rest()
    assert await ours.read() == b"heard"
    assert not theirs._arrived
    assert wires.happened[Fault.BLACKHOLE] == 1


async def test_what_is_held_back_comes_later_in_its_order() -> None:
    clock, wires, ours, theirs = await wire()
    ours.is_held = True
    ours.write(b"one ")
    ours.write(b"two")
    await clock.rest()
    assert not theirs._arrived
    ours.let_go()
    await clock.rest()
    assert await theirs.read() == b"one two"
    assert wires.happened[Fault.DELAY] == 1


# -- controls: our own rules, broken
def test_a_wallet_that_does_not_punish_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_seed(REVOKED_SEED).tally.closes["revoked"]
    monkeypatch.setattr(resolve, "penalties", lambda *_: ())
    verdict = run_seed(REVOKED_SEED)
    assert any("and must have" in words or "not settled" in words for words in verdict.wrongs)


async def test_who_has_less_than_the_model_is_noticed(tmp_path: Path) -> None:
    life = Life(3, tmp_path)
    life.model.balances["ada"] += 20_000_000
    await life.whole()
    [words] = life.wrongs
    assert words.startswith("ada has ")


async def test_a_revoked_state_of_ours_on_its_way_out_is_noticed(tmp_path: Path) -> None:
    life = Life(REVOKED_SEED, tmp_path)
    await life.whole()
    assert not life.wrongs
    assert life.adversary is not None
    name, kept = life.adversary.name, life.adversary.revoked()
    life.checks.publishes(name, kept.tx)
    assert not life.checks.broken  # of a cheat it was to be expected
    life.checks.cheats.clear()
    life.checks.publishes(name, kept.tx)
    assert list(life.checks.broken) == [f"{name} publishes its revoked commitment {kept.number}"]


async def test_where_all_nodes_lie_about_filters_it_is_noticed(tmp_path: Path) -> None:
    life = LightLife(1, tmp_path, liars=3)
    try:
        await life.whole()
    except AssertionError:
        return  # not even the first coins were seen
    assert life.wrongs


async def test_a_life_is_long_enough(tmp_path: Path) -> None:
    life = Life(3, tmp_path)
    await life.whole()
    assert not life.wrongs
    assert life.tally.is_long_enough

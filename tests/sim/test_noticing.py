"""Controls of those who look on at the end of a life: each notices what is made wrong for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sim import books
from tests.sim.life import Life
from tests.sim.tally import Fault

CHEATED = 1
"""A life in which a revoked state is in the chain at the end."""


async def lived(seed: int, folder: Path) -> Life:
    life = Life(seed, folder)
    await life.whole()
    assert not life.wrongs
    return life


async def test_what_a_cheat_keeps_is_noticed(tmp_path: Path) -> None:
    life = await lived(CHEATED, tmp_path)
    spoils = life._spoils()
    [(victim, _)] = spoils.revoked()
    assert victim not in life.checks.cheats
    [cheat] = life.checks.cheats
    his = {script: cheat for script, name in spoils.owners.items() if name == victim}
    taken = replace(spoils, owners={**spoils.owners, **his})
    assert any(words.startswith(f"{cheat} has ") for words in taken.wrongs())
    unknown = replace(spoils, owners={})
    assert any("left where they are" in words for words in unknown.wrongs())


async def test_coins_that_are_counted_wrongly_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = await lived(CHEATED, tmp_path)
    [name] = [name for name in life.names if name not in life.checks.cheats]
    wallet = life.town.nodes[name]._board.wallet
    assert not list(books._coins(name, life))
    coins = wallet.coins()
    monkeypatch.setattr(wallet, "coins", lambda: coins[1:])
    assert list(books._coins(name, life)) == [
        f"{name} counts 0 coins that are spent, and does not count 1"
    ]


async def test_what_came_later_happens(tmp_path: Path) -> None:
    happened: Counter[Fault] = Counter()
    for seed in (CHEATED, 30, 34):
        happened += (await lived(seed, tmp_path / str(seed))).faults.happened
    assert happened[Fault.HIGH_S]
    assert happened[Fault.SILENT]
    assert happened[Fault.BRIBE]

"""One chain for the room: coins on it are spent in mempools of each test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lnwallet_tui.playground.engine import Engine
from tests.coins.wallet import Purse
from tests.playground.bench import Bench

# From dust to riches, with twins; 49 coins.
VALUES = [294, 300, 546, 700, 999, 1_000, 1_000, 2_500, 5_000, 10_000, 10_000, 20_000, 50_000]
VALUES += [100_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000]
VALUES += [3_000 + 777 * at for at in range(30)]


@pytest.fixture(scope="session")
def rich() -> Iterator[Purse]:
    """A wallet with many confirmed coins; nobody mines or spends them for good."""
    with Engine() as engine:
        purse = Purse(Bench(engine))
        purse.receive(*VALUES)
        yield purse


@pytest.fixture
def purse() -> Iterator[Purse]:
    """An empty wallet and a chain of its own."""
    with Engine() as engine:
        yield Purse(Bench(engine))

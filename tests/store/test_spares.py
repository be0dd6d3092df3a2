"""Keys that are lent: what is used, or was used in an earlier life, is lent no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lnwallet_tui.coins.coin import KeyPath
from lnwallet_tui.store import channels, coins, spares
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.spares import SpareNumber, SpareScript

PATHS = tuple(KeyPath(change, at) for change in (False, True) for at in range(4))
PEER = b"\x02" * 33


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            spares.save_scripts(tx, map(SpareScript, PATHS))
            spares.save_numbers(tx, (SpareNumber(at, PEER) for at in range(4)))
        yield store


def test_what_is_used_is_lent_no_more(store: Store) -> None:
    with store.transaction() as tx:
        spares.use_scripts(tx, PATHS[:2])
        spares.use_numbers(tx, [1])
    assert [one.path for one in spares.spare_scripts(store)] == [*PATHS[2:]]
    assert [one.number for one in spares.spare_numbers(store)] == [0, 2, 3]


def test_nor_is_what_an_earlier_life_had(store: Store) -> None:
    """It may have told its addresses to somebody, and had channels with those numbers."""
    with store.transaction() as tx:
        coins.give_below(tx, 3, change=True, taproot=False)
        channels.skip_numbers(tx, 2)
    assert [one.path for one in spares.spare_scripts(store)] == [*PATHS[:4], PATHS[7]]
    assert [one.number for one in spares.spare_numbers(store)] == [2, 3]


def test_a_damaged_row_is_as_none(store: Store) -> None:
    with store.transaction() as tx:
        tx.write("UPDATE singles SET body = ? WHERE name LIKE 'spare%'", (b"\x01torn",))
    assert spares.spare_scripts(store) == ()
    assert spares.spare_numbers(store) == ()

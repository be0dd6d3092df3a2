"""Old states are kept packed, each once, and come back by their numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.commitment import CommitmentSpec
from lnwallet_tui.channel.old_states import OldState
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.kit import forget_kit, load_kits, save_kit
from lnwallet_tui.store.rows import expect_known
from lnwallet_tui.store.states import forget_states, load_states, save_state


def at(number: int) -> CommitmentSpec:
    return CommitmentSpec(number, 1_000 + number, Msat(number * 7), Msat(1))


@pytest.mark.parametrize(("first", "last"), [(0, 200), (63, 65), (1_000, 1_130)])
def test_all_that_were_signed_since_come_back(tmp_path: Path, first: int, last: int) -> None:
    with Store(tmp_path) as store:
        for number in range(first, last + 1):
            with store.transaction() as tx:
                save_state(tx, 3, at(number))
                save_state(tx, 3, at(number))  # sent once more
        found = load_states(store, 3)
        assert list(found) == list(range(first, last + 1))
        assert all(
            state == OldState(1_000 + number, Msat(number * 7)) for number, state in found.items()
        )
        assert load_states(store, 33) == {}
        with store.transaction() as tx:
            save_state(tx, 33, at(5))
            forget_states(tx, 3)
        assert load_states(store, 3) == {}
        assert list(load_states(store, 33)) == [5]


def test_the_rows_of_the_key_kit(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            for number in (0, 1, 10):
                save_kit(tx, number, bytes([number]))
            save_kit(tx, 1, b"again")
            forget_kit(tx, 10)
        assert load_kits(store) == {0: b"\0", 1: b"again"}


def test_a_database_of_a_newer_program_is_not_read(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        expect_known(store)
        store._connection.execute("PRAGMA user_version = 99")
        with pytest.raises(StoreError):
            expect_known(store)

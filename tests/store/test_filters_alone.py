"""What one node alone said of filters outlives the program."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from lnwallet_tui.chain.settled_filters import Alone
from lnwallet_tui.store import filters_alone
from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.db import Store

KEPT: Final = tuple(Alone(at, bytes((at,)) * 32, bytes((at + 100,)) * 32) for at in range(7, 10))


def test_they_are_there_after_a_restart(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        assert filters_alone.load(store) == ()
        with store.transaction() as tx:
            filters_alone.save(tx, KEPT)
    with Store(tmp_path) as store:
        assert filters_alone.load(store) == KEPT
        with store.transaction() as tx:
            filters_alone.save(tx, ())
        assert filters_alone.load(store) == ()


@pytest.mark.parametrize("body", [b"", encode(("of", "another", "kind"))])
def test_what_cannot_be_read_is_forgotten(tmp_path: Path, body: bytes) -> None:
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            tx.write("INSERT INTO singles VALUES ('filters alone', ?)", (body,))
        assert filters_alone.load(store) == ()

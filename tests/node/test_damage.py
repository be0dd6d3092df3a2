"""A wallet whose file cannot be read: nothing of it stays open."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lnwallet_tui.store.db import DATABASE_NAME
from lnwallet_tui.store.errors import WalletCorrupt
from tests.node.town import Town


def write(folder: Path, sql: str) -> None:
    raw = sqlite3.connect(folder / DATABASE_NAME)
    raw.execute(sql)
    raw.commit()
    raw.close()


async def test_a_node_that_cannot_begin_gives_its_wallet_free(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 500_000)
    await town.stop("ada")
    write(tmp_path / "ada", "UPDATE channels SET body = CAST(x'00' || body AS BLOB)")
    with pytest.raises(WalletCorrupt):
        await town.start("ada")
    write(tmp_path / "ada", "UPDATE channels SET body = substr(body, 2)")
    await town.start("ada")
    assert len(await town.nodes["ada"].channels()) == 1
    await town.end()

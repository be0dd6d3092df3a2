"""A whole node's wallet through a day, as one more thing that a power cut may hit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from lnwallet_tui.store import db
from lnwallet_tui.store.db import Store
from tests.crash.digest import digest
from tests.crash.platter import Recorder
from tests.node.town import Town

WHO: Final = "ada"
GIFT_MSAT, CHANGE_MSAT = 90_000_000, 20_000_000


class NodeDay:
    """Ada opens a channel, pays, is paid, is started again, and closes."""

    name = "a node's wallet"

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}

    def live(self, folder: Path, recorder: Recorder) -> None:
        recorder.only = folder / WHO
        asyncio.run(self._live(folder, recorder))

    async def _live(self, folder: Path, recorder: Recorder) -> None:
        perform = db._perform

        def reported(
            effects: Sequence[Callable[[], None]], on_crash: Callable[[Exception], None]
        ) -> None:
            """Something is durable: it may be this wallet's, and is about to leave."""
            recorder.left += 1
            self._known[digest(folder / WHO)] = recorder.left
            perform(effects, on_crash)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(db, "_perform", reported)
            town = Town(folder, backs_up=True)
            await town.begin(WHO, "ben")
            channel_id = await town.open(WHO, "ben", 500_000)
            await town.pay(WHO, "ben", GIFT_MSAT)
            await town.pay("ben", WHO, CHANGE_MSAT)
            await town.restart(WHO)
            await town.do(town.nodes[WHO].close(channel_id))
            await town.mine(2)
            await town.end()

    def found(self, folder: Path) -> int:
        with Store(folder / WHO) as store:
            tables = store.read("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not any(store.read(f"SELECT 1 FROM {name!s} LIMIT 1") for (name,) in tables):
                return 0
            return self._known[digest(folder / WHO)]

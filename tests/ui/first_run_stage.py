"""The wallet's screen, or the one before its door, with a real custodian behind it and a keyring
in memory."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.custodian.custodian import Custodian
from lnwallet_tui.keys import custody, seed_file
from lnwallet_tui.keys.envelope import Way
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import SeedWords, words_of
from lnwallet_tui.ui.first_run_door import DoorApp
from tests.keys.moody_keyring import MoodyKeyring
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import SMALL, Stage, on_stage

WORDS = words_of(bytes(32))  # of BIP39's own vectors: abandon abandon … art
PHRASE = "correct horse battery staple"


class Asked(Custodian):
    """Asks the same three words back each time."""

    def questions(self) -> tuple[int, ...]:
        return (4, 11, 24)


class Home:
    """Somebody's folder and keyring."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keyring = MoodyKeyring()

    @property
    def file(self) -> Path:
        return self.folder / seed_file.SEED_FILE

    def custodian(self, lives_on: str = "") -> Asked:
        return Asked(
            self.folder,
            Network.REGTEST,
            lives_on=lives_on,
            open_vault=self.keyring.vault,
            find_backend=self.keyring.find,
        )

    def keep(
        self, way: Way = Way.KEYRING, words: SeedWords = WORDS, *, verified: bool = False
    ) -> None:
        """As an earlier run of the program did."""
        custody.create(
            self.folder,
            words,
            [way],
            network=Network.REGTEST,
            words_verified=verified,
            passphrase=Secret(PHRASE.encode()),
            open_vault=self.keyring.vault,
            random=os.urandom,
        )


@asynccontextmanager
async def on_first_run(
    home: Home, size: tuple[int, int] = SMALL, custodian: Custodian | None = None
) -> AsyncIterator[Stage]:
    """The page, found by its name."""
    asked = custodian or home.custodian()
    async with on_stage(ScriptedNode(), ScriptedWorld(), size, custody=asked) as stage:
        await open_page(stage)
        yield stage


async def open_page(stage: Stage) -> None:
    """By the palette, as its user does."""
    await stage.press("colon")
    await stage.type("first run")
    await stage.shows("Words of your own")
    await stage.press("enter")
    for _ in range(100):
        if stage.place == "FirstRunScreen":
            return
        await stage.rest()
    raise AssertionError(f"the page did not open:\n{stage.text}")


@asynccontextmanager
async def at_the_door(
    custodian: Custodian,
    size: tuple[int, int] = SMALL,
    *,
    opened_elsewhere: Callable[[], Awaitable[bool]] | None = None,
) -> AsyncIterator[Stage]:
    """What a user sees before the wallet is open."""
    app = DoorApp(custodian, opened_elsewhere=opened_elsewhere)
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(cast("Any", app), pilot)
        await stage.rest()
        yield stage

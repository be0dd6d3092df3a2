"""The disk is full, or takes nothing at all, while somebody cheats: the guard answers."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.store import ballast
from lnwallet_tui.store.ballast import Ballast
from lnwallet_tui.store.db import DATABASE_NAME, Store
from lnwallet_tui.store.errors import DiskFull, StoreError
from tests.crash.calls import Call, Kind
from tests.crash.sqlite_layer import WHY_NOT
from tests.crash.system_calls import watching
from tests.node.guard.test_guard_duty import is_taken
from tests.node.night_watch import NightWatch
from tests.node.test_cheats import is_punished, old_state
from tests.node.town import COINS_SAT, MINUTE_MS, Town

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

NUMBERS = pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EROFS, errno.EIO], ids=["full", "read-only", "failing"]
)
SMALL = 1 << 16
FEES_SAT = 10_000


class Disk:
    """Says no to every call of one wallet that changes something, as long as it is told to."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.says = folder, 0
        self.room = 1 << 60

    def __call__(self, call: Call) -> int:
        if not call.path.startswith(str(self._folder)) or not self.says:
            return 0
        if call.kind is Kind.DELETE:
            self.room += SMALL
            return 0
        self.room -= len(call.data)
        is_refused = call.kind is not Kind.SYNC or self.says == errno.EIO
        return self.says if self.room < 0 and is_refused else 0

    def say(self, number: int) -> None:
        """From now on; what little room there was is used up."""
        self.says, self.room = number, -1


@NUMBERS
@pytest.mark.parametrize("anchors", [True, False], ids=["anchors", "static_remotekey"])
async def test_a_cheat_is_punished(tmp_path: Path, number: int, anchors: bool) -> None:
    disk = Disk(tmp_path / "ada")
    with watching(disk):
        town = Town(tmp_path, anchors=anchors)
        await town.begin("ada", "ben")
        channel_id = await town.open("ada", "ben", 300_000)
        old = await old_state(town, channel_id)
        disk.say(number)
        assert town.regtest.publish(old.tx) is None
        await town.mine(3)
        assert is_punished(town, old.tx)
        disk.say(0)
        if number != errno.ENOSPC:
            await town.restart("ada")
        await town.clock.wait_for(lambda: False, MINUTE_MS)
        assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
        await town.mine(3)
        balance = await town.nodes["ada"].balance()
        assert balance.onchain_confirmed_sat > sum(COINS_SAT) - FEES_SAT
        await town.end()


@NUMBERS
async def test_the_guard_alone_punishes_it(tmp_path: Path, number: int) -> None:
    """The wallet is closed; neither its file nor the guard's journal can be written."""
    disk = Disk(tmp_path / "ada")
    with watching(disk):
        town = Town(tmp_path)
        await town.begin("ada", "ben")
        channel_id = await town.open("ada", "ben", 300_000)
        old = await old_state(town, channel_id)
        await town.stop("ada")
        watch = NightWatch(town, "ada")
        await watch.begin()
        disk.say(number)
        assert town.regtest.publish(old.tx) is None
        await town.mine(3)
        assert is_taken(town, old)
        assert any("cannot write its journal" in text for text in watch.texts())
        await watch.end()
        disk.say(0)
        await town.start("ada")
        await town.mine(3)
        assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
        balance = await town.nodes["ada"].balance()
        assert balance.onchain_confirmed_sat > sum(COINS_SAT) - FEES_SAT
        await town.end()


# -- the ballast
@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen million bytes are many for a test."""
    monkeypatch.setattr(ballast, "SIZE", SMALL)
    monkeypatch.setattr(Ballast.__init__, "__defaults__", (SMALL,))


def put(store: Store, name: bytes) -> None:
    with store.transaction() as tx:
        tx.write("INSERT INTO peers VALUES (?, ?)", (name, bytes(9_000)))


@pytest.mark.usefixtures("small")
def test_the_ballast_goes_when_the_disk_is_full_and_comes_back(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "wallet")
    file = tmp_path / "wallet" / ballast.NAME
    with watching(disk), Store(tmp_path / "wallet", has_ballast=True) as store:
        assert file.stat().st_size == SMALL
        assert file.stat().st_mode & 0o077 == 0
        disk.say(errno.ENOSPC)
        with pytest.raises(DiskFull):
            put(store, b"a")
        assert not file.exists()
        put(store, b"a")  # into the room that it left
        put(store, b"b")
        disk.say(0)
        assert store.has_room()
        assert file.exists()


@pytest.mark.usefixtures("small")
def test_without_plenty_of_room_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ballast, "_PLENTY", 1 << 62)
    with Store(tmp_path, has_ballast=True) as store:
        assert not store.has_room()
        assert not (tmp_path / ballast.NAME).exists()
        put(store, b"a")


def test_a_wallet_of_its_own_process_keeps_it_and_no_other() -> None:
    assert not NodeConfig.__dataclass_fields__["keeps_room"].default


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


@pytest.mark.usefixtures("small")
async def test_it_is_not_called_mended_before_the_disk_has_room(tmp_path: Path, town: Town) -> None:
    ada = town.nodes["ada"]
    ada._store._ballast = Ballast(tmp_path / "ada")
    assert ada._store.has_room()
    said: list[str] = []
    ada._shell.herald._said = lambda entry: said.append(entry.text)  # type: ignore[method-assign]  # overheard
    ada._store._remember(DiskFull("full"))
    ada._shell.herald.disk_failed(DiskFull("full"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ballast, "_PLENTY", 1 << 62)
        await town.clock.wait_for(lambda: False, MINUTE_MS)
        assert said == ["full"]
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert said[-1] == DiskFull.mended
    assert (await town.channel("ada", await town.open("ada", "ben", 300_000))).state is (
        ChannelState.READY
    )


@pytest.mark.parametrize("anchors", [True, False], ids=["anchors", "static_remotekey"])
async def test_what_the_disk_does_not_give_keeps_no_answer_back(
    tmp_path: Path, anchors: bool
) -> None:
    """The wallet's file is gone under a node that runs, so nothing can be read either."""
    town = Town(tmp_path, anchors=anchors)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal"):
        os.truncate(tmp_path / "ada" / name, 0)
    ada = town.nodes["ada"]
    ada._store._connection.execute("PRAGMA shrink_memory")  # what SQLite has read is forgotten
    with pytest.raises(StoreError):
        ada._store.read("SELECT body FROM held_htlcs")
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_taken(town, old)
    await town.end()

"""A signature bundle alone, on a machine that knows nothing else, punishes a cheat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node.guard import bundling
from lnwallet_tui.node.guard.bundle_duty import LIMITS, BundleDuty, standing
from lnwallet_tui.node.guard.bundling import Exported
from lnwallet_tui.node.guard.following import Outlook
from lnwallet_tui.store.bundle_file import Bundle
from lnwallet_tui.store.db import DATABASE_NAME
from lnwallet_tui.store.reader import reading
from tests.node.guard.test_guard_duty import FUNDED_SAT, is_taken, old_state_with_a_payment
from tests.node.night_watch import NightWatch
from tests.node.test_cheats import FEES_SAT, newest, old_state
from tests.node.town import COINS_SAT, DELAY, Town


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


class FarWatch:
    """Has a file, and sees the chain."""

    def __init__(self, town: Town, file: Path) -> None:
        self.town, self.said = town, list[GuardEntry]()
        self.bundle = Bundle(file)
        outlook = Outlook(town.regtest.source(0), town.clock)
        self.duty = BundleDuty(self.bundle, outlook, self.said.append)

    async def begin(self) -> None:
        self._task = asyncio.create_task(self.duty.run(), name="far watch")
        await self.town.clock.rest()

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.bundle.close()

    def texts(self) -> list[str]:
        return [entry.text for entry in self.said]


def exported(town: Town, file: Path) -> Exported:
    """Of Ada's wallet, whose node may run."""
    key = NightWatch(town, "ada").key
    with reading(town._folder / "ada" / DATABASE_NAME) as rows:
        return bundling.export(rows, key, Network.REGTEST, 0, file)


async def test_it_punishes_all_that_an_old_state_would_give(town: Town, tmp_path: Path) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old, _ = await old_state_with_a_payment(town, channel_id)
    done = exported(town, tmp_path / "bundle")
    [channel] = done.header.channels
    assert channel.states == channel.revoked > old.number
    await town.stop("ada")
    watch = FarWatch(town, tmp_path / "bundle")
    await watch.begin()
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_taken(town, old)
    left = [
        vout
        for vout in range(len(old.tx.outputs))
        if town.regtest.chain.coin(old.tx.outpoint(vout)) is not None
    ]
    anchors_and_ours = 3 if channel.anchors else 1
    assert len(left) == anchors_and_ours
    assert any("CHEATED" in text for text in watch.texts())
    await watch.end()
    await town.start("ada")
    await town.mine(2)
    assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
    balance = await town.nodes["ada"].balance()
    assert balance.closing_msat == 0
    assert balance.onchain_confirmed_sat > sum(COINS_SAT) - FEES_SAT


async def test_what_is_newer_than_it_it_does_not_know_and_says_so(
    town: Town, tmp_path: Path
) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    first = await old_state(town, channel_id)
    exported(town, tmp_path / "bundle")
    await town.pay("ada", "ben", 50_000_000)
    later = newest(town, channel_id)
    await town.pay("ben", "ada", 40_000_000)
    assert first.number < later.number
    watch = FarWatch(town, tmp_path / "bundle")
    await town.stop("ada")
    await watch.begin()
    assert town.regtest.publish(later.tx) is None
    await town.mine(2)
    [told] = watch.texts()
    assert "nothing that this bundle can punish" in told
    await watch.end()
    await town.start("ada")
    await town.mine(3)
    assert is_taken(town, later)


async def test_it_pays_more_as_the_delay_runs_out(town: Town, tmp_path: Path) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    exported(town, tmp_path / "bundle")
    await town.stop("ada")
    watch = FarWatch(town, tmp_path / "bundle")
    await watch.begin()
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    town.regtest.mempool.floor = 10**9  # nothing is taken any more
    for _ in range(DELAY - 2):
        town.regtest.mempool._entries.clear()
        await town.mine()
    fees = [text for text in watch.texts() if text.startswith("The guard takes")]
    assert len(fees) >= 4
    town.regtest.mempool.floor = 0
    await town.mine(2)
    assert is_taken(town, old)
    await watch.end()
    await town.start("ada")


async def test_it_says_what_it_covers_and_what_it_cannot_do(town: Town, tmp_path: Path) -> None:
    await old_state(town, await town.open("ada", "ben", FUNDED_SAT))
    with town.nodes["ada"]._store.transaction() as tx:
        tx.write("DELETE FROM singles WHERE name GLOB 'states *'")
    await town.pay("ada", "ben", 1_000_000)
    await town.pay("ada", "ben", 1_000_000)
    header = exported(town, tmp_path / "bundle").header
    [said] = standing(header)
    assert "older ones are not in it" in said
    none = replace(header.channels[0], states=0, newest=-1, revoked=0)
    [said] = standing(replace(header, channels=(none,)))
    assert said.endswith(": no revoked state: there is nothing to punish in it yet.")
    for words in ("second stage", "150 sat", "deadline", "newer"):
        assert words in LIMITS

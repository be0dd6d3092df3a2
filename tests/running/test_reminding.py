"""Real nodes, real guards and a real desktop bus: who is reminded of what, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli import answers
from lnwallet_tui.policy import AWAY_NOTICES, SUREST_AWAY_NOTICE
from lnwallet_tui.running import away_date, reminding
from lnwallet_tui.running.away_date import AwayDate
from lnwallet_tui.running.guard_front import GuardFront
from lnwallet_tui.running.outdoors import MachineClock
from lnwallet_tui.running.reminder import Reminder
from lnwallet_tui.running.reminding import Keeper, Sight, of_guard, of_node
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.running.wanted import Wanted
from lnwallet_tui.store.lock import FolderLock
from tests.node.night_watch import NightWatch
from tests.node.test_cheats import old_state
from tests.node.test_htlcs_on_chain import hang
from tests.node.town import Town
from tests.running.notices import Notices, session
from tests.running.test_guard_process import guarding, prepared, quick
from tests.running.test_process import cheap, make, running
from tests.running.test_process_alive import Chain, chain

__all__ = ["chain", "cheap", "quick"]

BLIND = "The regtest wallet sees no new blocks. Check the connection: it must read them before "
OPEN = "Open the regtest wallet before "
CHEAT = "The guard answers a cheat. Open the regtest wallet."


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notices]:
    with session(monkeypatch) as running:
        yield running.begin()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def ada(town: Town) -> WalletFolder:
    return WalletFolder.at(town._folder / "ada", Network.REGTEST)


async def nobody() -> bool:
    return False


async def look(keeper: Keeper, times: int) -> None:
    for _ in range(times):
        await keeper.look()


async def test_a_node_that_sees_no_blocks_reminds_before_the_date(
    town: Town, notices: Notices
) -> None:
    await town.open("ada", "ben", 300_000)
    await town.pay("ada", "ben", 10_000_000)
    node, wallet = town.nodes["ada"], ada(town)
    keeper = Keeper(wallet, town.clock, partial(of_node, cast("NodeApi", node)))
    await keeper.look()
    assert keeper.shows
    until = (await node.guard()).may_be_away_until
    now = town.clock.now()
    assert away_date.read_date(wallet.path) == AwayDate(until, now)
    await look(keeper, reminding._BLIND_LOOKS - 1)
    await town.mine()  # it does see them
    await look(keeper, reminding._BLIND_LOOKS)
    assert (await node.guard()).may_be_away_until != until
    await look(keeper, 2)
    assert notices.shown().startswith(BLIND)
    await town.clock.pass_by(24 * 3_600_000)  # of silence
    await keeper.look()
    assert "Check the connection now: it had to read them" in notices.shown()
    await look(keeper, 3)
    assert notices.end() == []  # each once


async def test_a_guard_keeps_the_date_and_reminds_of_what_only_the_wallet_can_do(
    town: Town, notices: Notices
) -> None:
    channel_id = await town.open("ada", "ben", 300_000, push_msat=150_000_000)
    old = await old_state(town, channel_id)
    await hang(town, "ben", "ada")
    until = (await town.nodes["ada"].guard()).may_be_away_until
    await town.stop("ada")
    watch, wallet = NightWatch(town, "ada"), ada(town)
    await watch.begin()

    async def sight() -> Sight:
        return of_guard(watch.duty, away_date.read_date(wallet.path), town.clock.now())

    keeper = Keeper(wallet, town.clock, sight)
    front = GuardFront(Network.REGTEST, town.clock, by_hand=True, node_waits=nobody)
    front.begin(watch.duty, town.regtest.source(0))
    assert (await sight()).until is None  # without a block there is nothing to reckon from
    with pytest.raises(WalletShut):
        await front.guard()
    told = answers.status(await front.status())  # of what the node had read before
    assert told["height"] == watch.duty.height == town.regtest.chain.height
    assert told["tip_time"] is not None
    await town.mine()
    seen, view = await sight(), await front.guard()
    assert (view.may_be_away_until, view.funding_outputs_watched) == (seen.until, 1)
    assert "It watches 1 channel with " in (await front.status()).waiting_for
    assert seen.until is not None
    assert seen.until >= until
    assert seen.wallet_by is not None
    early = of_guard(watch.duty, None, watch.duty.time - 7_200)  # a block may be of a later time
    assert early.until == seen.until - 7_200
    assert early.wallet_by is not None
    assert early.wallet_by.until == seen.wallet_by.until - 7_200
    await keeper.look()
    assert away_date.read_date(wallet.path) == AwayDate(seen.until, town.clock.now())
    assert seen.wallet_by.until - town.clock.now() < AWAY_NOTICES[0]
    assert notices.shown().startswith(OPEN)
    while (by := (await sight()).wallet_by) is not None:
        await keeper.look()
        if by.until - town.clock.now() <= SUREST_AWAY_NOTICE:
            break
        await town.mine()  # each moves the date, and reminds nobody anew
    assert notices.shown().startswith(OPEN)
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    await look(keeper, 2)
    assert notices.shown() == CHEAT
    assert (await sight()).wallet_by is None  # its channel is closed
    assert "It watches 1 close, and" in (await front.status()).waiting_for
    await watch.end()
    assert notices.end() == []


async def test_a_guard_that_begins_after_a_close_knows_that_no_date_limits_it(
    town: Town, notices: Notices
) -> None:
    """The date of before it stands beside the wallet until somebody writes another there."""
    channel_id = await town.open("ada", "ben", 300_000)
    await town.pay("ada", "ben", 10_000_000)
    assert (await town.nodes["ada"].guard()).may_be_away_until
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine(2)
    await town.stop("ada")
    watch = NightWatch(town, "ada")
    await watch.begin()  # and reads no block: there is none
    seen = of_guard(watch.duty, None, town.clock.now_ms() // 1000)
    assert (seen.until, seen.wallet_by) == (0, None)
    await watch.end()
    assert notices.end() == []


async def test_a_node_tells_of_a_cheat_until_somebody_has_read_of_it(
    town: Town, notices: Notices
) -> None:
    old = await old_state(town, await town.open("ada", "ben", 300_000))
    node = town.nodes["ada"]
    keeper = Keeper(ada(town), town.clock, partial(of_node, cast("NodeApi", node)))
    await keeper.look()
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    await look(keeper, 2)
    assert notices.shown() == CHEAT
    await node.mark_read(tuple(one.number for one in await node.inbox()))
    assert (await of_node(cast("NodeApi", node))).cheats == frozenset()
    assert notices.end() == []


async def test_where_nobody_watches_a_process_that_waits_reminds(
    town: Town, notices: Notices, tmp_path: Path
) -> None:
    wallet = WalletFolder.at(tmp_path / "alone", Network.REGTEST)
    wallet.make()
    now = town.clock.now()
    away_date.note_date(wallet.path, AwayDate(now + 3_600, now - 86_400 * 9))

    async def nothing() -> None:
        return None

    keeper = Keeper(wallet, town.clock, nothing)
    lock = FolderLock(wallet.path)
    await look(keeper, reminding._ALONE_LOOKS + 2)
    lock.release()  # until now somebody watched
    await keeper.look()
    assert notices.shown().startswith(OPEN)
    await keeper.look()
    assert notices.end() == []


async def test_what_could_not_be_shown_is_shown_later(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wallet = WalletFolder.at(tmp_path, Network.REGTEST)
    now = town.clock.now()
    need = away_date.Need(now, now)
    reminder = Reminder(wallet)
    with session(monkeypatch) as desktop:
        assert await reminder.remind(need, now) is False
        desktop.begin()
        assert await reminder.remind(need, now) is True
        assert "now" in desktop.shown()
        assert await reminder.remind(need, now) is None
        assert await Reminder(wallet).remind(need, now) is None  # after a restart


async def test_a_date_of_the_last_time_is_not_told_once_the_wallet_is_open(
    tmp_path: Path, notices: Notices, chain: Chain
) -> None:
    async with running(tmp_path, Wanted(), chain.outdoors) as visitor:
        away_date.note_date(tmp_path, AwayDate(4_000_000_000, 0))
        await make(visitor)
        noted = away_date.read_date(tmp_path)
    assert noted is not None
    assert noted.until == 0  # without a channel
    assert notices.end() == []


async def test_what_another_process_has_noted_since_is_not_left_there(tmp_path: Path) -> None:
    """A node runs and ends between two looks of a guard, which knows what it knew before."""

    async def sight() -> Sight:
        return Sight(7, 0)

    wallet = WalletFolder.at(tmp_path, Network.REGTEST)
    keeper = Keeper(wallet, MachineClock(), sight)
    await keeper.note()
    away_date.note_date(tmp_path, AwayDate(4_000_000_000, 0))
    await keeper.note()
    noted = away_date.read_date(tmp_path)
    assert noted is not None
    assert noted.until == 0


async def test_a_process_says_whether_notices_are_shown_and_notes_the_date_at_its_end(
    tmp_path: Path, notices: Notices, chain: Chain
) -> None:
    async with running(tmp_path, Wanted(), chain.outdoors) as visitor:
        await make(visitor)
        while not (await visitor.process.look()).shows_notices:
            pass  # its first look is under way
    noted = away_date.read_date(tmp_path)
    assert noted is not None
    assert noted.until == 0  # without a channel
    assert notices.end() == []


async def test_a_guards_process_looks_too(tmp_path: Path, notices: Notices, chain: Chain) -> None:
    await prepared(tmp_path, chain)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        await chain.regtest.mine()
        while (seen := await guard.process._sight()) is None or seen.until is None:
            await guard.lets_go()  # a visit, in which it reads the block
        assert (seen.until, seen.wallet_by, seen.cheats) == (0, None, frozenset())
        await guard.process._keeper.look()
        assert (await guard.process.look()).shows_notices
    assert await guard.process._sight() is None
    assert notices.end() == []


async def test_a_guard_notes_the_date_at_its_end(tmp_path: Path, chain: Chain) -> None:
    """Its next look would have been within a minute."""
    await prepared(tmp_path, chain)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        away_date.note_date(tmp_path, AwayDate(1_796_335_500, 1_796_335_400))  # as a node has it
    noted = away_date.read_date(tmp_path)
    assert noted is not None
    assert noted.until == 0  # without a channel

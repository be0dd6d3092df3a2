"""Peers who open channels that they never pay for, or that are somebody else's."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.net.link import in_memory_pair
from lnwallet_tui.policy import MOST_GUESTS, MOST_PENDING, MOST_STRANGERS, MOST_UNPAID
from lnwallet_tui.wire.bolt1 import Error, Ping, Warning_
from lnwallet_tui.wire.codec import Unknown
from lnwallet_tui.wire.features import DUAL_FUND, OUR_INIT_FEATURES
from tests.node.stranger import Stranger
from tests.node.town import MINUTE_MS, POLICY, Town
from tests.sampling import FULL

FAKES = 10_000 if FULL else 200
ABANDONED = 1_000 if FULL else 40
WAITS = 10  # blocks for a funding


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def met(town: Town, number: int = 1) -> Stranger:
    stranger = Stranger(town, "ada", number)
    await stranger.meet()
    return stranger


def nowhere(number: int) -> OutPoint:
    """An output that no block will ever have."""
    return OutPoint(bytes([number + 1]) * 32, 0)


async def test_a_funding_output_cannot_be_claimed_for_a_second_channel(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    [channel] = town.nodes["ada"].channel_states()
    stranger = await met(town)
    assert not await stranger.open(channel.funding.outpoint, funding_sat=500_000)
    assert isinstance(stranger.heard[-1], Error)
    view = await town.channel("ada", channel_id)
    assert (view.peer_id, view.state) == (town.nodes["ben"].node_id.hex(), ChannelState.READY)
    await town.pay("ada", "ben", 1_000_000)


async def test_channels_that_nobody_pays_for_are_few(town: Town) -> None:
    one = await met(town)
    assert [await one.open(nowhere(at), at) for at in range(3)] == [True, False, False]
    others = [await met(town, 2 + at) for at in range(MOST_PENDING)]
    opened = [await other.open(nowhere(10 + at)) for at, other in enumerate(others)]
    assert opened == [True] * (MOST_PENDING - 1) + [False]
    assert len(town.nodes["ada"].channel_states()) == MOST_PENDING


async def test_what_is_paid_for_makes_room(town: Town) -> None:
    await town.open("ben", "ada", 300_000)
    strangers = [await met(town, 1 + at) for at in range(MOST_PENDING)]
    assert all([await one.open(nowhere(at)) for at, one in enumerate(strangers)])


async def test_a_peer_that_gave_up_may_try_again_but_not_for_ever(town: Town) -> None:
    stranger = await met(town)
    opened = 0
    while await stranger.open(nowhere(opened), opened):
        opened += 1
        await stranger.say(Error(bytes(32), b"given up"))
    assert opened == MOST_UNPAID
    assert len(town.nodes["ada"].channel_states()) == MOST_UNPAID


async def test_strangers_who_only_connect_are_few_and_forgotten(town: Town) -> None:
    peers = town.nodes["ada"]._board.peers
    strangers = [Stranger(town, "ada", 1 + at) for at in range(MOST_GUESTS + 3)]
    for stranger in strangers[:MOST_GUESTS]:
        await stranger.meet()
    for stranger in strangers[MOST_GUESTS:]:
        with pytest.raises(AssertionError):
            await stranger.meet()
        assert not stranger.is_open
    await town.do(town.nodes["ada"].connect(town.uri("ben")))  # whom the owner wants comes in
    await strangers[0].say(Warning_(bytes(32), b"remember me"))
    for stranger in strangers:
        stranger.hang_up()
    await town.clock.rest()
    assert [view.node_id for view in peers.views()] == [town.nodes["ben"].node_id.hex()]
    rows = town.nodes["ada"]._store.read("SELECT node_id FROM peers")
    assert rows == [(town.nodes["ben"].node_id,)]


async def test_links_that_never_shake_hands_are_few_and_end(town: Town) -> None:
    peers = town.nodes["ada"]._board.peers
    for _ in range(3 * MOST_STRANGERS):
        _ours, theirs = in_memory_pair(town.clock, 1)
        town.nodes["ada"].accept(theirs)
    assert len(peers._strangers) == MOST_STRANGERS
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert not peers._strangers


async def test_proposals_that_come_to_nothing_use_up_no_keys(town: Town) -> None:
    stranger = await met(town)
    before = len(town.nodes["ada"].wallet_scripts())
    for at in range(10):
        assert not await stranger.open(nowhere(at), at, funding_sat=15_000)
        assert isinstance(stranger.heard[-1], Error)
    assert await stranger.open(nowhere(10), 10)
    assert len(town.nodes["ada"].wallet_scripts()) == before + 1
    other = await met(town, 2)
    assert await other.open(nowhere(11), 11)
    scripts = [channel.shutdown_script for channel in town.nodes["ada"].channel_states()]
    assert len(set(scripts)) == 2


async def test_a_flood_of_complaints_stops_nothing(town: Town) -> None:
    await town.open("ada", "ben", 500_000)
    stranger = await met(town)
    for at in range(100):
        await stranger.say(
            Warning_(bytes(32), b"%d" % at * 20_000),
            Error(bytes(32), bytes([at]) * 65_000),
            Ping(num_pong_bytes=65_000),
        )
    assert stranger.is_open
    assert len(repr(await town.nodes["ada"].peers())) < 20_000
    await town.pay("ada", "ben", 1_000_000)


async def test_vuln_002_fake_channels_fill_neither_disk_nor_memory(town: Town) -> None:
    """Peers opened channels that nobody paid for, each under a key of its own, and every one took
    rows, memory and time at each block. Here few are taken in all, whoever asks."""
    ada = town.nodes["ada"]
    scripts = len(ada._board.chain._follower.watched_scripts())
    for number in range(1, FAKES + 1):
        if number == FAKES // 2:  # by then all that are taken are there
            gc.collect()
            tracemalloc.start()
        stranger = await met(town, number)
        await stranger.open(nowhere(number % 250), number)
        stranger.hang_up()
        await town.clock.rest()
    del stranger
    gc.collect()
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 1 << 20
    assert len(ada.channel_states()) == MOST_UNPAID
    assert ada._store.read("SELECT COUNT(*) FROM channels") == [(MOST_UNPAID,)]
    assert len(ada._store.read("SELECT node_id FROM peers")) <= MOST_UNPAID
    # What each block is looked through for.
    watched = len(ada._board.chain._follower.watched_scripts())
    assert watched <= scripts + 2 * MOST_UNPAID
    await town.mine()
    assert (await ada.status()).height == town.regtest.chain.height


async def test_vuln_004_openings_that_came_to_nothing_leave_nothing(tmp_path: Path) -> None:
    """Channels that were never funded were watched for ever: what would have ended them waited for
    the funding."""
    town = Town(tmp_path, policy=replace(POLICY, funding_timeout=WAITS))
    await town.begin("ada", "ben")
    ada, abandoned = town.nodes["ada"], 0
    count = "SELECT COUNT(*) FROM watches"
    watches = ada._store.read(count)
    while abandoned < ABANDONED:
        for _ in range(MOST_UNPAID):
            abandoned += 1
            stranger = await met(town, abandoned)
            assert await stranger.open(nowhere(abandoned % 250), abandoned)
            stranger.hang_up()
            await town.clock.rest()
        assert ada._store.read("SELECT COUNT(*) FROM channels") == [(MOST_UNPAID,)]
        await town.mine(WAITS + 1)
        assert ada._store.read("SELECT COUNT(*) FROM channels") == [(0,)]
        assert not ada.channel_states()
    assert ada._store.read(count) == watches
    assert len(ada._board.chain._follower.watches) == watches[0][0]
    await town.end()


RACE = ("old meets", "old opens", "new meets", "new opens", "old hangs up")
ORDERS = [
    order
    for order in permutations(RACE)
    if order.index("old meets") < min(order.index("old opens"), order.index("old hangs up"))
    and order.index("new meets") < order.index("new opens")
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: ", ".join(order))
async def test_vuln_005_whoever_connects_again_while_it_opens_confuses_nobody(
    town: Town, order: tuple[str, ...]
) -> None:
    """A second connection of the same peer began a channel beside the one that was being opened,
    and the process ended at its own assertion. All that a peer says is taken in one line here: what
    was signed is a channel, once, and the node goes on."""
    links: dict[str, Stranger] = {}
    opened = 0
    for act in order:
        who, _, what = act.partition(" ")
        if what == "meets":
            links[who] = await met(town, 77)
        elif what == "hangs up":
            links[who].hang_up()
            await town.clock.rest()
        elif links[who].is_open:
            opened += await links[who].open(nowhere(9 if who == "old" else 10), 1)
    channels = town.nodes["ada"].channel_states()
    assert opened == len(channels) == len({channel.funding.outpoint for channel in channels})
    await town.open("ada", "ben", 300_000)


async def test_vuln_013_dual_funding_is_not_spoken(town: Town) -> None:
    """Coins of ours could be locked by a peer that never completes what both pay into: none are
    offered, and `open_channel2` ends the connection, as everything even that is not known."""
    assert not {DUAL_FUND, DUAL_FUND + 1} & set(OUR_INIT_FEATURES)
    before = await town.nodes["ada"].balance()
    stranger = await met(town)
    await stranger.say(Unknown(64, bytes(400)))
    assert not stranger.is_open
    assert await town.nodes["ada"].balance() == before
    assert not town.nodes["ada"].channel_states()

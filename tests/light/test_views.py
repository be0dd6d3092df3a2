"""What a node tells of the chain that it follows by itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from lnwallet_tui.api.chain import ChainStage, ChainView
from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.questions import Failure, Fault, Refusal
from lnwallet_tui.chain.sync import Wait
from lnwallet_tui.light.pace import Pace
from lnwallet_tui.light.useless import KEPT, LATELY_MS, Remembered
from lnwallet_tui.light.views import DOUBTS_SHOWN, chain_view
from lnwallet_tui.light.words import of_no_use, waiting_for
from lnwallet_tui.playground.clock import WorldClock
from tests.light.test_words import NOW, SYNCED
from tests.light.town import LightTown, These
from tests.node.town import MINUTE_MS, Town


async def view(town: LightTown) -> ChainView:
    return await town.nodes["ada"].chain()


async def test_who_is_up_to_date_says_by_whose_word(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada")
    chain = town.regtest.chain
    seen = await view(town)
    assert (seen.stage, seen.waiting_for) == (ChainStage.CAUGHT_UP, "")
    assert (seen.height, seen.tip_time) == (chain.height, chain.tip.time)
    assert (seen.headers, seen.filter_headers, seen.filters) == (chain.height,) * 3
    assert (seen.verified_by, seen.wanted, len(seen.nodes)) == (3, 4, 3)
    assert seen.source == "3 nodes of the Bitcoin network"
    assert {one.address.raw() for one in seen.nodes} == set(town.bitcoin.addresses)
    assert all(one.agrees and one.height == chain.height for one in seen.nodes)
    assert all(0 <= one.latency_ms < 60_000 for one in seen.nodes)
    assert all(0 < one.since <= seen.now for one in seen.nodes)
    assert (seen.useless, seen.doubted) == ((), ())
    await town.end()


async def test_who_is_not_reached_is_named_and_why(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    for node in town.bitcoin.nodes:
        town.wires.vanish(node.name, gone=True)
    await town.regtest.begin()
    await town.start("ada")
    await town.clock.rest()
    seen = await view(town)
    assert (seen.stage, seen.nodes, seen.verified_by) == (ChainStage.NODES, (), 0)
    assert {one.address.raw() for one in seen.useless} == set(town.bitcoin.addresses)
    assert {one.why for one in seen.useless} == {"Nobody answered there."}
    for node in town.bitcoin.nodes:
        town.wires.vanish(node.name, gone=False)
    height = town.regtest.chain.height
    ada = town.nodes["ada"]
    assert await town.clock.wait_for(lambda: ada._board.chain.height == height, 3 * MINUTE_MS)
    assert await town.clock.wait_for(
        lambda: len(town.lights["ada"].view().nodes) == 3, 3 * MINUTE_MS
    )
    assert (await view(town)).useless == ()  # they are of use now
    await town.end()


async def test_others_have_their_turn_when_the_user_says_so(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=8)
    await town.begin("ada")
    before = {one.address.raw() for one in (await view(town)).nodes}
    assert len(before) == 4
    assert not isinstance(await town.nodes["ada"].try_other_nodes(), Refused)
    await town.clock.wait_for(lambda: len(town.lights["ada"].view().nodes) == 4, MINUTE_MS)
    after = {one.address.raw() for one in (await view(town)).nodes}
    assert len(after) == 4
    assert not before & after
    assert (await view(town)).useless == ()  # they were sent away, not found wanting
    await town.end()


async def test_where_there_is_nobody_else_the_same_come_back(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=1)
    await town.regtest.begin()
    await town.start("ada")
    light = town.lights["ada"]
    height = town.regtest.chain.height
    assert await town.clock.wait_for(lambda: light.view().height == height, MINUTE_MS)
    await town.nodes["ada"].try_other_nodes()
    assert await town.clock.wait_for(lambda: bool(light.view().nodes), 10_000)
    await town.regtest.mine()
    assert await town.clock.wait_for(lambda: light.view().height == height + 1, 2 * MINUTE_MS)
    await town.end()


async def test_a_node_tells_while_it_follows_and_not_too_often(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.regtest.begin()
    for node in town.bitcoin.nodes:
        town.wires.vanish(node.name, gone=True)
    ada = await town.start("ada")
    told: list[tuple[int, str]] = []
    feed = ada.feed()

    async def listen() -> None:
        async for item in feed:
            if isinstance(item.event, StatusChanged):
                told.append((town.clock.now_ms(), item.event.status.waiting_for))

    listening = asyncio.create_task(listen())
    assert await town.clock.wait_for(lambda: bool(told), MINUTE_MS)
    assert told[0][1].endswith("is reached yet: the first are dialled.")

    def nobody() -> bool:
        return told[-1][1].startswith("No node of the Bitcoin network is reached.")

    assert await town.clock.wait_for(nobody, MINUTE_MS)
    for node in town.bitcoin.nodes:
        town.wires.vanish(node.name, gone=False)
    assert await town.clock.wait_for(lambda: told[-1][1] == "", 3 * MINUTE_MS)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    quiet = len(told)
    await town.clock.wait_for(lambda: False, 10 * MINUTE_MS)
    assert len(told) - quiet < 10 * 60  # at most once a second, whatever nodes say
    listening.cancel()
    assert not town.complaints
    await town.end()


async def test_the_simulated_chain_has_no_nodes(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada")
    seen = await town.nodes["ada"].chain()
    assert (seen.wanted, seen.nodes, seen.height) == (0, (), town.regtest.chain.height)
    assert seen.source.startswith("the playground's simulated chain")
    refused = await town.nodes["ada"].try_other_nodes()
    assert isinstance(refused, Refused)
    assert "no nodes to choose among" in refused.message
    await town.end()


def test_every_ending_is_a_sentence() -> None:
    endings = [None, *Refusal, *Failure, *Fault]
    said = [of_no_use(why) for why in endings]
    assert len(set(said)) == len(endings)
    assert all(one[0].isupper() and one.endswith(".") for one in said)
    assert "peerblockfilters=1" in of_no_use(Refusal.NO_FILTERS)


async def test_the_last_twenty_are_remembered_each_once() -> None:
    whom = These(["a:1"])
    remembered = Remembered(whom, WorldClock())
    for number in range(KEPT + 5):
        remembered.failed(f"h{number}:1")
    remembered.ended("h24:1", Failure.SILENT)
    newest = remembered.newest()
    assert len(newest) == KEPT
    assert (newest[0].address, newest[0].why) == ("h24:1", Failure.SILENT)
    assert len({one.address for one in newest}) == KEPT
    assert len(whom.in_vain) == KEPT + 5
    assert whom.ends == [("h24:1", Failure.SILENT)]
    assert remembered.refusal() is None
    remembered.met("h24:1", 9, 20)
    assert remembered.newest()[0].address == "h23:1"
    assert await remembered.next(()) == "a:1"


async def test_why_the_last_was_of_no_use_is_known_for_a_while() -> None:
    clock = WorldClock()
    remembered = Remembered(These(["a:1"]), clock)
    remembered.ended("a:1", Refusal.NO_FILTERS)
    remembered.failed("b:1")
    assert remembered.refusal() is Refusal.NO_FILTERS
    await clock.pass_by(LATELY_MS + 1)
    assert remembered.refusal() is None


def test_nodes_that_were_reached_and_are_of_no_use_are_not_called_unreached() -> None:
    nobody = replace(SYNCED, waits_for=Wait.PEERS)
    assert waiting_for(nobody, NOW).startswith("No node of the Bitcoin network is reached.")
    assert waiting_for(nobody, NOW, Refusal.NO_FILTERS).startswith(
        "No node of the Bitcoin network that was reached is of use; of the last: it serves no "
        "compact block filters. Others are looked for"
    )


async def test_a_chain_that_stood_still_while_we_were_away_is_not_called_fresh(
    tmp_path: Path,
) -> None:
    """The age is the block's, not that of what we know."""
    town = LightTown(tmp_path)
    await town.begin("ada")
    await town.stop("ada")
    tip = town.regtest.chain.tip.time
    await town.clock.pass_by((tip + 3 * 3_600 - town.clock.now()) * 1_000)
    await town.start("ada")
    await town.clock.wait_for(lambda: bool(town.lights["ada"].view().nodes), MINUTE_MS)
    await town.clock.rest()
    seen = await view(town)
    assert (seen.stage, seen.is_stale) == (ChainStage.CAUGHT_UP, True)
    assert ", 3 hours ago." in seen.waiting_for
    await town.end()


def test_no_more_nodes_are_wanted_than_the_user_named() -> None:
    many = tuple(f"node{number}:18444" for number in range(5))
    for named, wanted in (((), 4), (many[:1], 1), (many[:2], 2), (many, 4)):
        for progress in (None, SYNCED):
            seen = chain_view(Network.REGTEST, progress, (), (), None, named, Pace(), NOW)
            assert seen.wanted == wanted


def test_one_who_disagrees_about_each_block_fills_no_screen() -> None:
    doubted = dict.fromkeys(range(2000), 2)
    progress = replace(SYNCED, doubted=doubted)
    seen = chain_view(Network.MAINNET, progress, (), (), None, (), Pace(), NOW)
    assert [one.height for one in seen.doubted] == list(range(1_999, 1_999 - DOUBTS_SHOWN, -1))

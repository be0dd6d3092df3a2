"""The node's view of the chain: nothing is missed, whatever the chain does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent
from lnwallet_tui.node.ports import ChainSource
from lnwallet_tui.playground.chain_source import FeeWeather, SimChainSource
from tests.playground.bench import HOME, Bench, output_of, paid


def source(bench: Bench, birthday: int = 0) -> SimChainSource:
    view = SimChainSource(bench.chain, bench.mempool, FeeWeather(), birthday)
    view.watch(frozenset({HOME}))
    return view


def a_port(view: SimChainSource) -> ChainSource:
    return view


async def read(events: AsyncIterator[ChainEvent], count: int) -> list[ChainEvent]:
    return [await anext(events) for _ in range(count)]


def places(events: list[ChainEvent]) -> list[tuple[str, int, bytes]]:
    return [
        ("+" if isinstance(event, BlockConnected) else "-", event.height, event.block_hash)
        for event in events
    ]


async def test_from_the_birthday_on(bench: Bench) -> None:
    events = a_port(source(bench, birthday=120)).follow(())
    seen = await read(events, bench.chain.height - 119)
    assert places(seen) == [
        ("+", at, bench.chain.at(at).hash) for at in range(120, bench.chain.height + 1)
    ]
    newest = seen[-1]
    assert isinstance(newest, BlockConnected)
    assert newest.previous_hash == bench.chain.at(newest.height - 1).hash
    assert newest.time == bench.now


async def test_a_block_brings_its_transactions_with_their_places(bench: Bench) -> None:
    tx = paid(bench.coin())
    tip = bench.chain.tip
    events = source(bench).follow([(tip.height, tip.hash)])
    waiting = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    assert not waiting.done()
    bench.mempool.submit(tx)
    bench.mine()
    connected = await waiting
    assert isinstance(connected, BlockConnected)
    assert connected.txs == tuple(enumerate(bench.chain.tip.block.transactions))
    assert connected.txs[1] == (1, tx)


async def test_only_blocks_that_touch_what_is_watched_are_delivered_whole(bench: Bench) -> None:
    tip = bench.chain.tip
    view = SimChainSource(bench.chain, bench.mempool, FeeWeather())
    events = view.follow([(tip.height, tip.hash)])
    coin = bench.coin()
    view.watch(frozenset({HOME}))
    bench.mine()
    elsewhere = TxOut(Sat(99_000), p2wsh(b""))
    bench.mempool.submit(paid(coin, outputs=[elsewhere]))
    bench.mine()
    sizes = [len(event.txs) for event in await read(events, 3) if isinstance(event, BlockConnected)]
    assert sizes == [2, 0, 2], "paid to, untouched, spent from"


async def test_a_reorganisation_comes_newest_block_first(bench: Bench) -> None:
    tip = bench.chain.tip
    view = source(bench)
    events = view.follow([(tip.height, tip.hash)])
    bench.mine(3)
    old = places(await read(events, 3))
    bench.miner.reorganise(3)
    assert places(await read(events, 3)) == [("-", *place[1:]) for place in reversed(old)]
    new = places(await read(events, 4))
    assert new == [
        ("+", at, bench.chain.at(at).hash) for at in range(tip.height + 1, tip.height + 5)
    ]


async def test_a_follower_that_slept_through_a_reorganisation(bench: Bench) -> None:
    """`known` may have holes, as an older block is not kept for ever."""
    stale = [bench.chain.at(bench.chain.height - depth) for depth in range(4)]
    known = [(stale[0].height, stale[0].hash), (100, bench.chain.at(100).hash)]
    bench.miner.reorganise(4)
    seen = places(await read(source(bench).follow(known), 9))
    assert seen[:4] == [("-", block.height, block.hash) for block in stale]
    assert [place[1] for place in seen[4:]] == list(range(stale[3].height, stale[0].height + 2))


async def test_a_follower_that_stands_on_a_chain_nobody_knows(bench: Bench) -> None:
    height = bench.chain.height
    known = [(height, b"\x01" * 32), (height - 1, bench.chain.at(height - 1).hash)]
    seen = await read(source(bench).follow(known), 2)
    assert seen[0] == BlockDisconnected(height, b"\x01" * 32)
    assert places(seen[1:]) == [("+", height, bench.chain.tip.hash)]
    strange = await read(source(bench, birthday=130).follow(known[:1]), 2)
    assert [event.height for event in strange] == [height, 130]


async def test_two_followers_of_one_source(bench: Bench) -> None:
    tip = bench.chain.tip
    view = source(bench)
    followers = [view.follow([(tip.height, tip.hash)]) for _ in range(2)]
    tasks = [asyncio.ensure_future(anext(events)) for events in followers]
    await asyncio.sleep(0)
    bench.mine()
    one, other = await asyncio.gather(*tasks)
    assert one == other


async def test_publishing(bench: Bench) -> None:
    view = source(bench)
    parent = paid(bench.coin())
    child = paid(output_of(parent))
    for _ in range(2):
        results = await view.broadcast((parent, child))
        assert [(result.txid, result.accepted) for result in results] == [
            (parent.txid, True),
            (child.txid, True),
        ]
    poor = paid(bench.coin(), fee=1)
    (refused,) = await view.broadcast((poor,))
    assert (refused.txid, refused.accepted) == (poor.txid, False)
    assert refused.reason == "min relay fee not met (1 < 11 sat)"
    assert await view.broadcast(()) == ()


async def test_publishing_what_is_no_package(bench: Bench) -> None:
    one, two = (paid(coin) for coin in bench.coins(2))
    bad = paid(bench.coin(), version=9)
    results = await source(bench).broadcast((one, bad, two))
    assert [result.accepted for result in results] == [True, False, True]


async def test_publishing_a_package_in_a_crowd(bench: Bench) -> None:
    bench.mempool.floor = 5_000
    parent = paid(bench.coin(), fee=110)
    child = paid(output_of(parent), fee=3_000)
    results = await source(bench).broadcast((parent, child))
    assert all(result.accepted for result in results)


async def test_feerates_are_in_sat_per_kiloweight(bench: Bench) -> None:
    view = source(bench)
    assert [view.feerate_per_kw(target) for target in (1, 6, 144, 1_008)] == [
        2_500,
        2_500,
        1_000,
        275,
    ]
    assert view.verified_by() == 1

"""Peers that lie, withhold, flood or are of no use: what they do, and that the wallet's own machine
sees it over real connections. What takes minutes is tried in simulated time (`tests.chain`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.consensus import rules_of
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.chain.headers import HeaderTree, extend
from lnwallet_tui.chain.questions import Ending, Failure, Fault, FloorTold, Refusal, TxsAnnounced
from lnwallet_tui.net.tcp import dial
from lnwallet_tui.p2p.compact_filters import BASIC, CFilter, GetCFilters
from lnwallet_tui.p2p.control import Ping, Version
from lnwallet_tui.p2p.inventory import (
    MOST_HEADERS,
    GetData,
    GetHeaders,
    Headers,
    Item,
    ItemKind,
    RawBlock,
)
from tests.bitcoin_node.behaviour import HONEST, MAX_MONEY, Behaviour, Flood
from tests.bitcoin_node.light_wallet import LightWallet
from tests.bitcoin_node.node import BitcoinNode
from tests.bitcoin_node.raw_peer import RawPeer, version
from tests.bitcoin_node.test_sync import OURS, at_tip

GENESIS = Network.REGTEST.chain_hash
OTHERS = p2wsh(b"others")


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (Behaviour(omits=(OURS.hex(),)), Fault.LIE),
        (Behaviour(false_hash_at=7), Fault.FALSE_FILTER),
        (Behaviour(floods="inv"), Fault.FLOOD),
        (Behaviour(floods="addr"), Fault.FLOOD),
        (Behaviour(floods="ping"), Fault.FLOOD),
        (Behaviour(no_filters=True), Refusal.NO_FILTERS),
        (Behaviour(pruned=True), Refusal.PRUNED),
        (Behaviour(network="mainnet", speaks_first=True), Refusal.OTHER_CHAIN),
        (Behaviour(network="mainnet"), Failure.GONE),
    ],
    ids=str,
)
async def test_one_among_three(tmp_path: Path, behaviour: Behaviour, why: Ending) -> None:
    async with BitcoinNode.started(tmp_path, behaviour, HONEST, HONEST) as node:
        txid = await node.pay(OURS, 70_000)
        await node.mine(20)
        wallet = LightWallet([OURS])
        bad, *_ = [await wallet.join(address) for address in node.addresses]
        await wallet.until(lambda: bad in wallet.ended)
        await at_tip(wallet, node)
        assert [fact.tx.txid for fact in wallet.payments] == [txid]
        assert wallet.ended == {bad: why}
        await wallet.close()


async def test_who_contradicts_itself_is_seen_with_the_next_block(tmp_path: Path) -> None:
    bad_one = Behaviour(false_previous=True)
    async with BitcoinNode.started(tmp_path, bad_one, HONEST, HONEST) as node:
        wallet = LightWallet([OURS])
        bad, *_ = [await wallet.join(address) for address in node.addresses]
        await at_tip(wallet, node)
        await node.mine()
        await wallet.until(lambda: bad in wallet.ended)
        await at_tip(wallet, node)
        assert wallet.ended == {bad: Fault.CONTRADICTION}
        await wallet.close()


async def test_one_that_downloads_the_chain_yet(tmp_path: Path) -> None:
    late = Behaviour(in_download=True)
    async with BitcoinNode.started(tmp_path, late, HONEST, HONEST, blocks=160) as node:
        wallet = LightWallet([OURS])
        for address in node.addresses[1:]:
            await wallet.join(address)
        await at_tip(wallet, node)
        number = await wallet.join(node.addresses[0])
        await wallet.until(lambda: number in wallet.ended)
        assert wallet.ended == {number: Refusal.BEHIND}
        await wallet.close()
        async with RawPeer.connected(node.addresses[0]) as peer:
            peer.say(GetHeaders(70016, (GENESIS,)))
            assert await peer.hear(Headers) == Headers(())


async def test_a_feefilter_of_all_the_money_there_is(tmp_path: Path) -> None:
    greedy = Behaviour(feefilter=MAX_MONEY)
    async with BitcoinNode.started(tmp_path, greedy, HONEST) as node:
        wallet = LightWallet([OURS])
        told = {await wallet.join(one, relay=True): one for one in node.addresses}
        await at_tip(wallet, node)
        await wallet.until(lambda: len(wallet.heard) == 4)  # two introductions, two floors
        floors = [(number, what) for number, what in wallet.heard if isinstance(what, FloorTold)]
        assert sorted(floors, key=str) == sorted(
            [(1, FloorTold(MAX_MONEY)), (2, FloorTold(100))], key=str
        )
        assert set(told) == {1, 2}
        await wallet.close()


async def test_a_fork_with_less_work_moves_nothing(tmp_path: Path) -> None:
    fork = Behaviour(invents=60, invents_from=100)
    async with BitcoinNode.started(tmp_path, fork, HONEST, HONEST, blocks=170) as node:
        wallet = LightWallet([OURS])
        liar = await wallet.join(node.addresses[0])
        await wallet.until(lambda: wallet.sync.progress().headers == 160)
        for address in node.addresses[1:]:
            await wallet.join(address)
        await at_tip(wallet, node)
        assert wallet.sync.progress().verified_by == 2
        assert liar in wallet.ended  # it has no filters of blocks that nobody has
        told = len(wallet.told)
        again = await wallet.join(node.addresses[0])
        await wallet.until(lambda: reach(wallet, again) == 100)
        assert wallet.sync.progress().headers == 170
        assert len(wallet.told) == told
        await wallet.close()


def reach(wallet: LightWallet, number: int) -> int:
    """Up to where a peer has the blocks of our chain."""
    return {one.number: one.reach for one in wallet.sync.peers()}.get(number, -1)


async def test_invented_headers_are_as_good_as_others(tmp_path: Path) -> None:
    count = 2 * MOST_HEADERS + 5
    async with BitcoinNode.started(tmp_path, Behaviour(invents=count)) as node:
        tip = await node.tip()
        tree = HeaderTree.begin(rules_of(Network.REGTEST))
        async with RawPeer.connected(node.addresses[0]) as peer:
            for some in (MOST_HEADERS, MOST_HEADERS, 5, 0):
                peer.say(GetHeaders(70016, (tree.tip, GENESIS)))
                headers = (await peer.hear(Headers)).headers
                assert len(headers) == some
                if headers:
                    tree = extend(tree, b"".join(headers), tip.time).tree
        assert tree.height == count


async def test_one_that_is_stuck_and_one_that_tells_nothing(tmp_path: Path) -> None:
    stuck, quiet = Behaviour(stuck_at=100), Behaviour(tells_no_news=True)
    async with BitcoinNode.started(tmp_path, stuck, quiet, HONEST, HONEST) as node:
        wallet = LightWallet([OURS])
        numbers = [await wallet.join(address, relay=True) for address in node.addresses]
        await at_tip(wallet, node)
        await wallet.until(lambda: reach(wallet, numbers[0]) == 100)
        await node.pay(OURS, 70_000)
        await node.mine()
        await at_tip(wallet, node)
        assert wallet.ended == {}
        said = {number for number, what in wallet.heard if isinstance(what, TxsAnnounced)}
        assert said == set(numbers) - {numbers[1]}
        await wallet.close()


async def test_what_is_withheld_and_what_is_not(tmp_path: Path) -> None:
    withholds = Behaviour(withholds_blocks=True, ignores=("getheaders",))
    async with BitcoinNode.started(tmp_path, withholds, Behaviour(pruned=True), blocks=300) as node:
        wanted = GetData((Item(ItemKind.WITNESS_BLOCK, await node.block_hash(5)),))
        async with RawPeer.connected(node.addresses[0]) as peer:
            peer.say(wanted)
            peer.say(GetHeaders(70016, (GENESIS,)))
            await peer.in_step()
            assert not [one for one in peer.said if isinstance(one, RawBlock | Headers)]
            peer.say(GetCFilters(BASIC, 300, await node.block_hash(300)))
            await peer.hear(CFilter)
        async with RawPeer.connected(node.addresses[1]) as peer:
            peer.say(GetData((Item(ItemKind.WITNESS_BLOCK, await node.block_hash(13)),)))
            assert sha256d((await peer.hear(RawBlock)).data[:80]) == await node.block_hash(13)
            peer.say(wanted)
            await peer.is_left()


async def test_a_silent_one_says_nothing_at_all(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, Behaviour(silent=True)) as node:
        peer = RawPeer(await dial(node.addresses[0]))
        for message in (version(), Ping(1)):
            peer.say(message)
        await node.wait_for_message(Ping)
        assert await node.heard(Version) == [version()]
        await node.shut()
        await peer.is_left()
        assert peer.said == []
        peer.close()


async def test_a_slow_one_answers_in_the_end(tmp_path: Path) -> None:
    async with (
        BitcoinNode.started(tmp_path, Behaviour(slow_ms=5)) as node,
        RawPeer.connected(node.addresses[0]) as peer,
    ):
        peer.say(GetHeaders(70016, (GENESIS,)))
        assert len((await peer.hear(Headers)).headers) == 110


@pytest.mark.parametrize("kind", ["inv", "addr", "ping"])
async def test_a_flood_goes_on_for_as_long_as_somebody_reads(tmp_path: Path, kind: Flood) -> None:
    async with (
        BitcoinNode.started(tmp_path, Behaviour(floods=kind)) as node,
        RawPeer.connected(node.addresses[0]) as peer,
    ):
        while len(peer.said) < 2_000:
            await peer.in_step()
        assert len(peer.said) >= 2_000


async def test_a_door_changes_its_ways(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path) as node:
        await node.behave(0, Behaviour(no_filters=True))
        address = await node.open()
        wallet = LightWallet([OTHERS])
        refused = await wallet.join(node.addresses[0])
        await wallet.until(lambda: refused in wallet.ended)
        await wallet.join(address)
        await wallet.until(lambda: wallet.sync.progress().peers == 1)
        assert wallet.ended == {refused: Refusal.NO_FILTERS}
        await wallet.close()

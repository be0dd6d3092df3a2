"""What the node answers to questions about its chain, and when it hangs up."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from lnwallet_tui.bitcoin.block import BlockHeader
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress, Service
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.compact_filters import (
    BASIC,
    CFCheckpt,
    CFHeaders,
    CFilter,
    GetCFCheckpt,
    GetCFHeaders,
    GetCFilters,
)
from lnwallet_tui.p2p.control import (
    Addr,
    AddrV2,
    FeeFilter,
    GetAddr,
    SendAddrV2,
    SendHeaders,
    Version,
    WtxidRelay,
)
from lnwallet_tui.p2p.inventory import (
    MOST_HEADERS,
    GetData,
    GetHeaders,
    Headers,
    Inv,
    Item,
    ItemKind,
    NotFound,
    RawBlock,
)
from tests.bitcoin_node.answers import Known
from tests.bitcoin_node.node import BitcoinNode
from tests.bitcoin_node.raw_peer import RawPeer

GENESIS = Network.REGTEST.chain_hash
OURS = p2wsh(b"a script of ours")
BLOCKS = 2_100


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BitcoinNode]:
    async with BitcoinNode.started(tmp_path_factory.mktemp("node"), blocks=BLOCKS) as running:
        yield running


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(peer: RawPeer, question: Message, kind: type[Message]) -> Message:
    peer.say(question)
    return await peer.hear(kind)


async def test_it_introduces_itself_as_core_does(node: BitcoinNode) -> None:
    async with RawPeer.connected(node.addresses[0]) as peer:
        said = [type(message) for message in peer.said]
        assert said[:4] == [Version, WtxidRelay, SendAddrV2, type(peer.said[3])]
        version = peer.said[0]
        assert isinstance(version, Version)
        assert version.services & Service.COMPACT_FILTERS
        assert version.start_height == await node.height()
        assert FeeFilter(100) in peer.said
        (known,) = await node.peers()
        assert (known.user_agent, known.wtxid_relay, known.addr_v2) == ("/test/", True, True)


async def test_headers_come_2000_at_a_time_and_link(node: BitcoinNode) -> None:
    async with RawPeer.connected(node.addresses[0]) as peer:
        peer.say(GetHeaders(70016, (b"\x09" * 32, GENESIS)))
        first = (await peer.hear(Headers)).headers
        assert len(first) == MOST_HEADERS
        peer.say(GetHeaders(70016, (sha256d(first[-1]),)))
        headers = [*first, *(await peer.hear(Headers)).headers]
        assert len(headers) == await node.height()
        parents = [GENESIS, *map(sha256d, headers)]
        assert [BlockHeader.parse(one).previous for one in headers] == parents[:-1]
        assert parents[-1] == await node.block_hash(await node.height())
        peer.say(GetHeaders(70016, (parents[-1],)))
        assert (await peer.hear(Headers)).headers == ()


async def test_filters_their_hashes_and_checkpoints_are_of_one_piece(node: BitcoinNode) -> None:
    tip = await node.block_hash(await node.height())
    early = await node.block_hash(1_500)
    async with RawPeer.connected(node.addresses[0]) as peer:
        peer.say(GetCFHeaders(BASIC, 0, early))
        told = await peer.hear(CFHeaders)
        assert told.previous_filter_header == bytes(32)
        header = bytes(32)
        headers = [header := sha256d(one + header) for one in told.filter_hashes]
        peer.say(GetCFCheckpt(BASIC, tip))
        checkpoints = (await peer.hear(CFCheckpt)).filter_headers
        assert len(checkpoints) == 2
        assert checkpoints[0] == headers[1_000]
        peer.say(GetCFHeaders(BASIC, 1_501, tip))
        assert (await peer.hear(CFHeaders)).previous_filter_header == headers[-1]
        peer.say(GetCFilters(BASIC, 501, early))
        for height in range(501, 1_501):
            one = await peer.hear(CFilter)
            assert BasicFilter(one.block_hash, one.filter).hash == told.filter_hashes[height]


async def test_a_filter_matches_what_a_block_pays_and_spends(node: BitcoinNode) -> None:
    txid = await node.pay(OURS, 50_000)
    height = await node.mine()
    found = await node.transaction(txid)
    assert found is not None
    assert found[1] == height
    block_hash = await node.block_hash(height)
    async with RawPeer.connected(node.addresses[0]) as peer:
        peer.say(GetCFilters(BASIC, height, block_hash))
        one = await peer.hear(CFilter)
        assert BasicFilter(block_hash, one.filter).matches(frozenset({OURS}))
        assert not BasicFilter(block_hash, one.filter).matches(frozenset({p2wsh(b"others")}))
        peer.say(GetData((Item(ItemKind.WITNESS_BLOCK, block_hash),)))
        block = (await peer.hear(RawBlock)).parse()
        block.check_commitments()
        assert txid in [tx.txid for tx in block.transactions]


async def test_transactions_that_it_lacks_are_said_to_be_lacking(node: BitcoinNode) -> None:
    async with RawPeer.connected(node.addresses[0]) as peer:
        item = Item(ItemKind.WTX, b"\x01" * 32)
        peer.say(GetData((item,)))
        assert await peer.hear(NotFound) == NotFound((item,))


@pytest.mark.parametrize(
    "question",
    [
        GetCFilters(BASIC, 0, b"\x05" * 32),
        GetCFilters(1, 0, GENESIS),
        GetCFHeaders(BASIC, 1, GENESIS),
        WtxidRelay(),
    ],
    ids=["of an unknown block", "of an unknown type", "backwards", "too late"],
)
async def test_it_hangs_up_where_core_does(node: BitcoinNode, question: Message) -> None:
    async with RawPeer.connected(node.addresses[0]) as peer:
        peer.say(question)
        await peer.is_left()


async def test_more_filters_than_1000_are_not_to_be_had(node: BitcoinNode) -> None:
    async with RawPeer.connected(node.addresses[0]) as peer:
        peer.say(GetCFilters(BASIC, 1, await node.block_hash(1_001)))
        await peer.is_left()


async def test_new_blocks_are_announced_in_the_way_that_was_asked_for(node: BitcoinNode) -> None:
    async with (
        RawPeer.connected(node.addresses[0]) as plain,
        RawPeer.connected(node.addresses[0]) as other,
    ):
        other.say(SendHeaders())
        await other.in_step()
        height = await node.mine(2)
        tip = await node.block_hash(height)
        assert await plain.hear(Inv) == Inv((Item(ItemKind.BLOCK, tip),))
        assert [sha256d(one) for one in (await other.hear(Headers)).headers] == [
            await node.block_hash(height - 1),
            tip,
        ]
        assert await node.reorganise(2) == height + 1
        assert len((await other.hear(Headers)).headers) == 3
        await node.mine(9)
        assert isinstance(await other.hear(Inv), Inv)


async def test_addresses_are_told_in_both_forms(node: BitcoinNode) -> None:
    await node.tell_of(0, Known("127.0.0.2", 18444, 65))
    expected = PeerAddress(0, 65, NetworkId.IPV4, bytes((127, 0, 0, 2)), 18444)
    async with RawPeer.connected(node.addresses[0]) as peer:
        peer.say(GetAddr())
        assert await peer.hear(AddrV2) == AddrV2((expected,))
    async with RawPeer.connected(node.addresses[0], wtxid_relay=False) as peer:
        peer.say(GetAddr())
        assert await peer.hear(Addr) == Addr((expected,))
    await node.tell_of(0)


async def test_what_peers_said_is_remembered(node: BitcoinNode) -> None:
    before = len(await node.heard(GetHeaders))
    async with RawPeer.connected(node.addresses[0]) as peer:
        peer.say(GetHeaders(70016, (GENESIS,)))
        await node.wait_for_message(GetHeaders, before + 1)
        assert (await node.heard(GetHeaders))[-1] == GetHeaders(70016, (GENESIS,))
        await node.hang_up()
        await peer.is_left()
    await node.wait_for_peers(0)

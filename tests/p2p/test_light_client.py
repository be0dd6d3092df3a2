"""The messages, the filters and their headers together: what a light node asks peers of Core's
chain, over framed bytes, and how it finds out who lies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lnwallet_tui.bitcoin.block import BlockError, BlockHeader
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.chain.filter_conflicts import Lie, judge
from lnwallet_tui.chain.filter_headers import (
    Batch,
    first_conflict,
    misfit,
)
from lnwallet_tui.chain.filters import BasicFilter, matching
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
from lnwallet_tui.p2p.control import Ping, Pong, Verack
from lnwallet_tui.p2p.frame import Deframer, frame
from lnwallet_tui.p2p.inventory import (
    GetData,
    GetHeaders,
    Headers,
    Item,
    ItemKind,
    NotFound,
    RawBlock,
)
from lnwallet_tui.playground.engine import Engine
from tests.bip158_encoder import BEFORE_GENESIS, encode_filter, scripts_of
from tests.p2p.full_node import FullNode, spent_by
from tests.playground.bench import START, Bench

OURS = p2wsh(b"a script of ours")
OTHERS = p2wsh(b"a script of others")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Engine() as engine:
        bench = Bench(engine)
        bench.coin(OTHERS)
        bench.coin(OURS)
        bench.mine(3)
        yield bench


def ask(node: FullNode, message: Message) -> list[Message]:
    """Over two connections' worth of bytes."""
    there, back = Deframer(Network.REGTEST), Deframer(Network.REGTEST)
    there.feed(frame(Network.REGTEST, message))
    heard = there.next_message()
    assert heard is not None
    back.feed(b"".join(frame(Network.REGTEST, answer) for answer in node.answer(heard)))
    return list(iter(back.next_message, None))


def headers_of(node: FullNode) -> list[BlockHeader]:
    (answer,) = ask(node, GetHeaders(70016, (Network.REGTEST.chain_hash,)))
    assert isinstance(answer, Headers)
    return [BlockHeader.parse(header) for header in answer.headers]


def batch_of(node: FullNode, tip: bytes) -> Batch:
    (answer,) = ask(node, GetCFHeaders(BASIC, 0, tip))
    assert isinstance(answer, CFHeaders)
    return Batch(0, answer.previous_filter_header, answer.filter_hashes)


def filters_of(node: FullNode, start: int, stop: bytes) -> list[BasicFilter]:
    answers = ask(node, GetCFilters(BASIC, start, stop))
    told = [one for one in answers if isinstance(one, CFilter)]
    assert len(told) == len(answers)
    return [BasicFilter(one.block_hash, one.filter) for one in told]


def test_hands_are_shaken(bench: Bench) -> None:
    node = FullNode(bench.chain)
    assert ask(node, node.version(START)) == [Verack()]
    assert ask(node, Ping(7)) == [Pong(7)]


def test_the_block_that_pays_us_is_found_among_all(bench: Bench) -> None:
    node = FullNode(bench.chain)
    headers = headers_of(node)
    tip = headers[-1].hash
    assert len(headers) == bench.chain.height
    batch = batch_of(node, tip)
    assert misfit(batch, stop=len(headers), previous=BEFORE_GENESIS) is None
    filters = filters_of(node, 0, tip)
    assert [one.hash for one in filters] == list(batch.hashes)
    assert [one.block_hash for one in filters[1:]] == [header.hash for header in headers]
    found = matching(filters, [OURS])
    (answer,) = ask(node, GetData(tuple(Item(ItemKind.WITNESS_BLOCK, h) for h in found)))
    assert isinstance(answer, RawBlock)
    block = answer.parse()
    block.check_commitments()
    assert answer.hash == block.hash
    assert any(out.script_pubkey == OURS for tx in block.transactions for out in tx.outputs)


def test_the_filter_header_chain_is_the_one_that_is_served(bench: Bench) -> None:
    node = FullNode(bench.chain)
    batch = batch_of(node, bench.chain.tip.hash)
    assert batch.headers()[-1] == node.filter_header(bench.chain.height)
    (answer,) = ask(node, GetCFCheckpt(BASIC, bench.chain.tip.hash))
    assert answer == CFCheckpt(BASIC, bench.chain.tip.hash, ())


def test_who_hides_our_block_is_found_out(bench: Bench) -> None:
    """Two of three peers lie."""
    tip, height = bench.chain.tip.hash, bench.chain.height
    honest = FullNode(bench.chain)
    (ours,) = matching(filters_of(honest, 0, tip), [OURS])
    hidden = bench.chain.known(ours)
    assert hidden is not None
    held = scripts_of(hidden.block, spent_by(hidden)) - {OURS}
    liar = FullNode(bench.chain, {hidden.height: encode_filter(ours, held)})
    peers = {"m1": liar, "alice": honest, "m2": liar}
    batches = {peer: batch_of(node, tip) for peer, node in peers.items()}
    for batch in batches.values():
        assert misfit(batch, stop=height, previous=BEFORE_GENESIS) is None
    conflict = first_conflict(batches)
    assert conflict is not None
    assert conflict.height == hidden.height
    filters = [
        filters_of(peers[side.peers[0]], conflict.height, ours)[0] for side in conflict.sides
    ]
    (answer,) = ask(honest, GetData((Item(ItemKind.WITNESS_BLOCK, ours),)))
    assert isinstance(answer, RawBlock)
    judged = judge(conflict, answer.parse(), filters, {})
    assert judged.banned == ("m1", "m2")
    assert judged.lies[0].lie is Lie.LACKS_OUTPUT
    assert judged.settled == batches["alice"].hashes[hidden.height]


def test_no_filter_of_cores_chain_is_ever_called_a_lie(bench: Bench) -> None:
    """Beside a liar of whom each block convicts, for each block of the chain."""
    node, tip = FullNode(bench.chain), bench.chain.tip.hash
    nothing = FullNode(bench.chain, dict.fromkeys(range(bench.chain.height + 1), b"\0"))
    for honest, false in zip(filters_of(node, 0, tip), filters_of(nothing, 0, tip), strict=True):
        block = bench.chain.known(honest.block_hash)
        assert block is not None
        conflict = first_conflict(
            {
                "alice": Batch(block.height, bytes(32), (honest.hash,)),
                "m": Batch(block.height, bytes(32), (false.hash,)),
            }
        )
        assert conflict is not None
        judged = judge(conflict, block.block, [honest, false], {})
        assert judged.banned == ("m",)
        assert judged.settled == honest.hash


def test_what_a_node_has_not_is_said(bench: Bench) -> None:
    item = Item(ItemKind.WITNESS_BLOCK, b"\x01" * 32)
    assert ask(FullNode(bench.chain), GetData((item,))) == [NotFound((item,))]


def test_a_block_without_its_witnesses_is_not_believed(bench: Bench) -> None:
    """Who does not ask for them gets none; the coinbase says that there are some."""
    tip = bench.chain.tip.hash
    (answer,) = ask(FullNode(bench.chain), GetData((Item(ItemKind.BLOCK, tip),)))
    assert isinstance(answer, RawBlock)
    assert answer.hash == tip
    with pytest.raises(BlockError):
        answer.parse().check_commitments()

"""Transactions between the node and its peers: fetched, judged by Core's policy, passed on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.p2p.control import FeeFilter
from lnwallet_tui.p2p.inventory import GetData, Inv, Item, ItemKind, NotFound, RawTx
from lnwallet_tui.playground.policy_rejection import Reason
from tests.bitcoin_node.behaviour import HONEST, Behaviour
from tests.bitcoin_node.node import BitcoinNode
from tests.bitcoin_node.raw_peer import RawPeer
from tests.playground.bench import HOME, Coin, output_of, paid


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[BitcoinNode]:
    async with BitcoinNode.started(tmp_path, HONEST, HONEST) as running:
        yield running


async def coin(node: BitcoinNode) -> Coin:
    txid = await node.pay(HOME, 100_000)
    await node.mine()
    return OutPoint(txid, 0), TxOut(Sat(100_000), HOME)


def named(tx: Tx) -> Item:
    return Item(ItemKind.WTX, tx.wtxid)


async def offer(peer: RawPeer, *txs: Tx) -> None:
    """Announce, and hand over what is asked for, as wallets do."""
    peer.say(Inv(tuple(map(named, txs))))
    wanted = (await peer.hear(GetData)).items
    assert wanted == tuple(map(named, txs))
    for tx in txs:
        peer.say(RawTx(tx.serialize()))


async def test_a_transaction_goes_from_one_peer_to_the_others(node: BitcoinNode) -> None:
    tx = paid(await coin(node))
    async with (
        RawPeer.connected(node.addresses[0]) as from_us,
        RawPeer.connected(node.addresses[1]) as other,
        RawPeer.connected(node.addresses[1], wtxid_relay=False) as old,
        RawPeer.connected(node.addresses[1], relay=False) as deaf,
    ):
        await offer(from_us, tx)
        assert await node.wait_for_tx(tx.txid) == ""
        assert await other.hear(Inv) == Inv((named(tx),))
        assert await old.hear(Inv) == Inv((Item(ItemKind.TX, tx.txid),))
        other.say(GetData((named(tx),)))
        assert (await other.hear(RawTx)).parse() == tx
        old.say(GetData((Item(ItemKind.TX, tx.txid),)))
        assert (await old.hear(RawTx)).data == tx.serialize_base()
        await from_us.in_step()
        await deaf.in_step()
        assert not [one for one in (*from_us.said, *deaf.said) if isinstance(one, Inv)]
        from_us.say(Inv((named(tx),)))
        await from_us.in_step()  # it is not asked for again
        assert sum(isinstance(one, GetData) for one in from_us.said) == 1
    assert await node.mempool() == (tx.txid,)
    height = await node.mine()
    assert await node.transaction(tx.txid) == (tx, height)


async def test_who_announced_it_too_does_not_hear_of_it(node: BitcoinNode) -> None:
    """So a wallet that tells all of its peers sees it come back from none."""
    tx = paid(await coin(node))
    async with (
        RawPeer.connected(node.addresses[0]) as one,
        RawPeer.connected(node.addresses[1]) as other,
    ):
        other.say(Inv((named(tx),)))
        assert (await other.hear(GetData)).items == (named(tx),)
        await offer(one, tx)
        assert await node.wait_for_tx(tx.txid) == ""
        for peer in (one, other):
            await peer.in_step()
            assert not [said for said in peer.said if isinstance(said, Inv)]


async def test_what_pays_too_little_is_refused_and_not_asked_for_again(node: BitcoinNode) -> None:
    tx = paid(await coin(node), fee=1)
    async with RawPeer.connected(node.addresses[0]) as peer:
        await offer(peer, tx)
        refused = await node.wait_for_tx(tx.txid)
        assert refused.startswith(Reason.MIN_RELAY_FEE.value)
        peer.say(Inv((named(tx),)))
        await peer.in_step()
        assert sum(isinstance(one, GetData) for one in peer.said) == 1
        await node.mine()
        await offer(peer, tx)  # a new block, a new chance
    assert await node.mempool() == ()
    assert {one.refused[:3] for one in await node.verdicts() if one.source > 0} == {"min"}


async def test_a_child_pays_for_its_parent(node: BitcoinNode) -> None:
    """As nodes do it: the parent is refused, the child an orphan, and so the parent is asked for
    once more, by its txid."""
    parent = paid(await coin(node), fee=0, version=3)
    child = paid(output_of(parent), fee=5_000, version=3)
    async with (
        RawPeer.connected(node.addresses[0]) as peer,
        RawPeer.connected(node.addresses[1]) as other,
        RawPeer.connected(node.addresses[1]) as choosy,
    ):
        choosy.say(FeeFilter(1_000))
        await choosy.in_step()
        await offer(peer, parent, child)
        again = Item(ItemKind.WITNESS_TX, parent.txid)
        assert await peer.hear(GetData) == GetData((again,))
        peer.say(RawTx(parent.serialize()))
        assert await other.hear(Inv) == Inv((named(parent),))
        assert await other.hear(Inv) == Inv((named(child),))
        assert await choosy.hear(Inv) == Inv((named(child),))
    assert set(await node.mempool()) == {parent.txid, child.txid}
    await node.mine()
    assert await node.mempool() == ()


async def test_an_orphan_waits_for_its_parent(node: BitcoinNode) -> None:
    parent = paid(await coin(node))
    child = paid(output_of(parent))
    async with RawPeer.connected(node.addresses[0]) as peer:
        await offer(peer, child)
        assert (await peer.hear(GetData)).items == (Item(ItemKind.WITNESS_TX, parent.txid),)
        assert await node.mempool() == ()
        peer.say(RawTx(parent.serialize()))
        assert await node.wait_for_tx(child.txid) == ""
    assert await node.mempool() == (parent.txid, child.txid)


async def test_what_is_not_handed_over_is_asked_for_the_next_time(node: BitcoinNode) -> None:
    tx = paid(await coin(node))
    async with RawPeer.connected(node.addresses[0]) as peer:
        peer.say(Inv((named(tx),)))
        wanted = (await peer.hear(GetData)).items
        peer.say(NotFound(wanted))
        await offer(peer, tx)
        assert await node.wait_for_tx(tx.txid) == ""


async def test_a_replacement_and_a_double_spend(node: BitcoinNode) -> None:
    spent = await coin(node)
    first, poorer, richer = (paid(spent, fee=fee) for fee in (1_000, 1_001, 9_000))
    async with RawPeer.connected(node.addresses[0]) as peer:
        for tx in (first, poorer, richer):
            await offer(peer, tx)
        assert await node.wait_for_tx(richer.txid) == ""
        assert (await node.wait_for_tx(poorer.txid)).startswith(Reason.INSUFFICIENT_FEE.value)
    assert await node.mempool() == (richer.txid,)


async def test_a_crowded_mempool_says_so(node: BitcoinNode) -> None:
    tx = paid(await coin(node), fee=150)
    async with RawPeer.connected(node.addresses[0]) as peer:
        await node.floor(5_000)
        assert await peer.hear(FeeFilter) == FeeFilter(5_000)
        await offer(peer, tx)
        assert (await node.wait_for_tx(tx.txid)).startswith(Reason.MEMPOOL_MIN_FEE.value)
    assert (await node.submit(tx))[0].startswith(Reason.MEMPOOL_MIN_FEE.value)
    await node.floor(0)
    assert await node.submit(tx) == ("",)


async def test_one_that_swallows_what_it_fetches(tmp_path: Path) -> None:
    async with BitcoinNode.started(tmp_path, Behaviour(swallows=True), HONEST) as node:
        tx = paid(await coin(node))
        async with (
            RawPeer.connected(node.addresses[0]) as peer,
            RawPeer.connected(node.addresses[1]) as other,
        ):
            await offer(peer, tx)
            await peer.in_step()
            await other.in_step()
            assert not [one for one in other.said if isinstance(one, Inv)]
        assert await node.mempool() == ()

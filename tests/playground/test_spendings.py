"""What is seen in the mempool of the wallet's channels, whosever it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.spending import Sending
from lnwallet_tui.api.world import Spending
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.playground.people import CHEAT, NEIGHBOUR
from lnwallet_tui.playground.world import World
from tests.playground.test_world import granted, have_open, have_pay, name_of


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await World.begin(1, tmp_path)
    await world.fund()
    yield world
    await world.close()


def seen(world: World) -> list[tuple[str, Spending]]:
    return [(one.peer, one.what) for one in world.spendings()]


def of_channel(world: World, channel_id: str) -> set[Spending]:
    return {one.what for one in world.spendings() if one.channel_id == channel_id}


async def test_a_cheat_and_what_punishes_it(world: World) -> None:
    cheat = name_of(world, CHEAT)
    channel_id = await have_open(world, cheat)
    await have_pay(world, cheat)
    assert world.spendings() == ()
    txid = granted(await world.have_them_cheat(cheat))
    [sight] = world.spendings()
    assert (sight.txid, sight.channel_id) == (txid, channel_id)
    assert seen(world) == [(cheat, Spending.CHEAT)]
    await world.mine()
    assert set(seen(world)) == {(cheat, Spending.PENALTY)}
    await world.mine()
    assert world.spendings() == ()


async def test_closes_of_ours_of_theirs_and_of_both(world: World) -> None:
    friend = name_of(world, NEIGHBOUR)
    for closing, kind in (
        (world.you.node.close, Spending.CLOSE),
        (world.residents[friend].node.force_close, Spending.THEIR_CLOSE),
        (world.you.node.force_close, Spending.CLOSE),
    ):
        channel_id = await have_open(world, friend)
        await have_pay(world, friend)
        granted(await world.carry_out(closing(channel_id)))
        assert of_channel(world, channel_id) == {kind}
        await world.mine()
        assert of_channel(world, channel_id) <= {Spending.HOME, Spending.THEIRS}
    await world.mine(granted(await world.you.node.channel(channel_id)).our_delay_blocks - 1)
    assert of_channel(world, channel_id) == {Spending.HOME}


async def test_what_the_wallet_pays_is_no_claim_to_a_channel(world: World) -> None:
    """Also what it spends again once a close is home; and what others are paid is not seen."""
    friend = name_of(world, NEIGHBOUR)
    channel_id = await have_open(world, friend)
    await have_pay(world, friend)
    granted(await world.carry_out(world.you.node.close(channel_id)))
    await world.mine(10)
    world.regtest.give([TxOut(Sat(50_000), await world.fresh_script(friend))])
    to = granted(await world.residents[friend].node.address()).address
    granted(await world.carry_out(world.you.node.send(Sending(((to, 0),), everything=True))))
    assert len(world.regtest.mempool.entries()) == 2
    assert seen(world) == [("", Spending.COINS)]
    height = world.height()
    assert await world.mine_until_something_happens(20) == height + 1


async def test_a_funding_is_told_by_its_depth(world: World) -> None:
    uri = world.residents[name_of(world, NEIGHBOUR)].uri
    granted(await world.carry_out(world.you.node.open_channel(uri, 400_000)))
    assert len(world.regtest.mempool.entries()) == 1
    assert world.spendings() == ()


async def test_mining_stops_where_a_block_takes_what_waited(world: World) -> None:
    """Also where nothing of the wallet changes: of what a peer takes for itself."""
    friend = name_of(world, NEIGHBOUR)
    channel_id = await have_open(world, friend)
    await have_pay(world, friend)
    granted(await world.carry_out(world.you.node.force_close(channel_id)))
    await world.mine()
    assert of_channel(world, channel_id) == {Spending.THEIRS}
    height = world.height()
    assert await world.mine_until_something_happens(20) == height + 1

"""What the history has in it adds up to what the wallet has: to the thousandth, at every block, and
whatever came before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.spending import Sending
from tests.node.bookkeeping import check_changes
from tests.node.coins.test_coin_views import history
from tests.node.payments.test_activity import entries
from tests.node.town import DELAY, Town

GIVEN_MSAT = 100_000_500


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param, looks_behind=True, backs_up=True)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def add_up(town: Town) -> None:
    for node in town.nodes.values():
        await check_changes(node)


async def mine(town: Town, blocks: int = 1) -> None:
    """With the books closed at each of them."""
    for _ in range(blocks):
        await add_up(town)
        await town.mine()
        await town.clock.rest()
    await add_up(town)


async def to_ada(town: Town, amount_sat: int, *, everything: bool = False) -> str:
    payouts = (((await town.do(town.nodes["ada"].address())).address, amount_sat),)
    return (await town.do(town.nodes["ben"].send(Sending(payouts, everything=everything)))).txid


@pytest.mark.parametrize("by_force", [True, False], ids=["alone", "agreed"])
async def test_what_a_former_peer_pays_is_received(town: Town, by_force: bool) -> None:
    """With the very coins that it had from the close: of the channel nothing more is ours."""
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    address = (await town.do(ada.address())).address
    await town.do(ben.send(Sending(((address, 0),), everything=True)))
    await mine(town)
    channel_id = await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 200_000_001)
    if by_force:
        await town.do(ada.force_close(channel_id))
    else:
        await town.do(ada.close(channel_id))
    await town.mine(4)
    txid = await to_ada(town, 0, everything=True)
    await mine(town, 2)
    [told] = [one for one in await history(ada) if one.txid == txid]
    assert (told.kind, told.fee_sat, told.channel_id) == (TxKind.RECEIVED, 0, "")
    assert told.amount_sat > 190_000
    await mine(town, DELAY + 2)


async def test_what_is_given_at_an_opening_stands_in_both_books(town: Town) -> None:
    ada = town.nodes["ada"]
    channel_id = await town.open("ada", "ben", 400_000, push_msat=GIVEN_MSAT)
    for name in ("ada", "ben"):
        [entry] = await entries(town.nodes[name], "gift")
        assert entry.gift is not None
        assert (entry.gift.outgoing, entry.gift.amount_msat) == (name == "ada", GIVEN_MSAT)
        assert (entry.gift.channel_id, entry.place) == (
            channel_id,
            f"{entry.gift.time}.0.{channel_id}",
        )
        assert entry in await entries(town.nodes[name], "in" if name == "ben" else "out 100000")
        every = await entries(town.nodes[name])
        assert entry in every
        count = await town.nodes[name].count_activity("")
        assert not isinstance(count, Refused)
        assert (count.gifts, count.total) == (1, len(every))
    opening = next(one for one in await history(ada) if one.kind is TxKind.OPENING)
    assert "100,000.500 sat of that were given to the peer with it." in opening.explanation
    await mine(town)
    await town.pay("ben", "ada", 30_000_001)
    await add_up(town)
    await town.do(ada.force_close(channel_id))
    await mine(town, DELAY + 3)

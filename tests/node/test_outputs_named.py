"""A peer names the output that is to pay for a channel it proposes: it may be anybody's, and what
spends it then is no close of that channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.spending import Sending, WantedFee
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.state import Phase
from tests.node.stranger import Stranger
from tests.node.test_words_alone import FEES_SAT, PAID_MSAT, pass_by, with_a_channel
from tests.node.town import Town

SENT_SAT = 40_000


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param, looks_behind=True)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def met(town: Town, name: str) -> Stranger:
    stranger = Stranger(town, name)
    await stranger.meet()
    return stranger


async def pay_on_chain(town: Town) -> OutPoint:
    """Ada pays somebody from her wallet; a coin that this takes."""
    address = (await town.do(town.nodes["ben"].address())).address
    sending = Sending(((address, SENT_SAT),), fee=WantedFee(feerate_per_kw=1_000))
    await town.do(town.nodes["ada"].send(sending))
    [waits] = [entry.tx for entry in town.regtest.mempool.entries()]
    return waits.inputs[0].outpoint


@pytest.mark.parametrize("is_spent", [False, True], ids=["before", "after"])
async def test_what_spends_a_coin_of_ours_closes_no_channel(town: Town, *, is_spent: bool) -> None:
    ada = town.nodes["ada"]
    coin = await pay_on_chain(town)
    await town.mine(is_spent)
    assert await (await met(town, "ada")).open(coin)
    await town.mine(110)
    assert await ada.inbox() == ()
    assert (await ada.guard()).log == ()
    page = await town.do(ada.transactions())
    assert [one.kind for one in page.transactions if one.amount_sat < 0] == [TxKind.SENT]
    states = [one.phase for one in ada.channel_states()]
    assert states == ([Phase.FUNDING] if is_spent else [])  # nothing will show it for what it is


@pytest.mark.parametrize("is_spent", [False, True], ids=["before", "after"])
async def test_what_a_lost_channel_left_is_brought_home(town: Town, *, is_spent: bool) -> None:
    """The wallet knows its words alone, and whoever knows the lost channel names its output."""
    await with_a_channel(town)
    [lost] = town.nodes["ben"].channel_states()
    await town.lose("ben")
    ben = await town.start("ben")
    await pass_by(town)
    before = await town.total_sat("ben")
    stranger = await met(town, "ben")
    await town.mine(is_spent)
    assert await stranger.open(lost.funding.outpoint)
    if is_spent:
        town.regtest.mempool._entries.clear()  # the sweep may wait for long
    await town.mine(5)
    gained = await town.total_sat("ben") - before
    assert PAID_MSAT // 1000 - FEES_SAT < gained < PAID_MSAT // 1000
    assert not [one.text for one in await ben.inbox() if "unknown" in one.text]

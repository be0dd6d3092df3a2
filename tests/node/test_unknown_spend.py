"""Something spends a funding output that nobody ever signed for us to know: the user is warned of
lost funds, and whatever of it pays the wallet is the wallet's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import copy
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.transactions import signed_by_both
from tests.node.test_htlcs_on_chain import hang
from tests.node.town import COINS_SAT, Town

FUNDED_SAT, BACK_SAT = 400_000, 150_000
STRANGE = b"\x00\x14" + b"\x77" * 20


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def spend(town: Town) -> Tx:
    """As if the keys of both had leaked: to a stranger, and in part to an address of Ada's."""
    address = (await town.do(town.nodes["ada"].address())).address
    [channel] = town.nodes["ada"].channel_states()
    params = channel.params(Side.US)
    outputs = (
        TxOut(Sat(FUNDED_SAT - BACK_SAT - 1_000), STRANGE),
        TxOut(Sat(BACK_SAT), address_to_script(address, Network.REGTEST)),
    )
    tx = Tx(2, (TxIn(channel.funding.outpoint),), outputs)
    ours, theirs = (
        copy(town.nodes[name].channel_signer(channel.channel_id)).sign_closing(
            tx, params.funding_input
        )
        for name in ("ada", "ben")
    )
    return signed_by_both(params, tx, ours, theirs)


async def test_the_user_is_warned_and_what_pays_the_wallet_is_counted(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await hang(town, "ada", "ben")
    before = (await town.nodes["ada"].balance()).onchain_confirmed_sat
    assert before < sum(COINS_SAT)
    assert town.regtest.publish(await spend(town)) is None
    await town.mine()
    told = [one for one in await town.nodes["ada"].inbox() if one.channel_id == channel_id]
    assert [one.urgent for one in told] == [True]
    assert "Something unknown closed the channel" in told[0].text
    assert "Money of yours may be lost" in told[0].text
    view = await town.channel("ada", channel_id)
    assert view.closing_kind == "unknown"
    assert (await town.nodes["ada"].balance()).onchain_confirmed_sat == before + BACK_SAT
    await town.mine(110)
    assert [one.urgent for one in await town.nodes["ada"].inbox() if one.channel_id] == [True]

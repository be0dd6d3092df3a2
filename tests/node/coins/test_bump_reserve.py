"""Coins that stay for closes: opening is refused below, they are shown, and only closes spend
them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.node.node import Node
from lnwallet_tui.onchain.reserve import bump_reserve
from lnwallet_tui.policy import POLICY
from tests.node.test_htlc_fees import empty_block
from tests.node.town import DELAY, Town

RESERVE_SAT = bump_reserve(POLICY).value


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def with_coins(town: Town, name: str, *values: int) -> Node:
    node = await town.start(name)
    outputs = []
    for value in values:
        address = await town.do(node.address())
        outputs.append(TxOut(Sat(value), address_to_script(address, Network.REGTEST)))
    town.regtest.give(outputs)
    await town.mine()
    return node


async def test_opening_is_refused_below_it_and_the_most_that_works_does(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 200_000)
    refused = await town.run(cyd.quote_open(town.uri("ben"), 180_000))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.MUST_STAY
    assert f"{RESERVE_SAT:,} sat" in refused.message
    most = int("".join(filter(str.isdigit, refused.remedy)))
    quote = await town.do(cyd.quote_open(town.uri("ben"), most))
    assert quote.must_stay_sat == RESERVE_SAT
    assert quote.change_sat > RESERVE_SAT
    await town.open("cyd", "ben", most)
    balance = await cyd.balance()
    assert (balance.bump_reserve_sat, balance.bump_reserve_missing_sat) == (RESERVE_SAT, 0)
    again = await town.run(cyd.quote_open(town.uri("ada"), 20_000))
    assert isinstance(again, Refused)
    assert again.code is RefusalCode.MUST_STAY
    assert f"{2 * RESERVE_SAT:,} sat" in again.message


async def test_a_channel_that_a_peer_opened_says_what_is_missing(town: Town) -> None:
    cyd = await town.start("cyd")
    await town.open("ada", "cyd", 500_000)
    balance = await cyd.balance()
    assert (balance.bump_reserve_sat, balance.bump_reserve_missing_sat) == (0, RESERVE_SAT)


async def test_a_close_spends_it_and_then_it_is_free(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 200_000)
    channel_id = await town.open("cyd", "ben", 120_000)
    before = (await cyd.balance()).onchain_confirmed_sat
    town.regtest.storm()
    await town.do(cyd.force_close(channel_id))
    await empty_block(town)
    await town.mine(2)
    balance = await cyd.balance()
    assert balance.onchain_confirmed_sat < before
    assert balance.bump_reserve_sat == 0
    town.regtest.calm()
    await town.mine(DELAY + 5)
    await town.open("cyd", "ben", 120_000)

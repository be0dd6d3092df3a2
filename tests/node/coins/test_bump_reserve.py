"""Coins that stay for closes: opening is refused below, they are shown, and only closes spend
them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.holdings import HoldingKind
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import Sending
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
        address = (await town.do(node.address())).address
        outputs.append(TxOut(Sat(value), address_to_script(address, Network.REGTEST)))
    town.regtest.give(outputs)
    await town.mine()
    return node


async def spendable(node: Node) -> int:
    """What the page of satoshis says of coins that can be spent now."""
    nodes = [(await node.holdings()).total]
    for one in nodes:
        nodes.extend(one.children)
    return sum(one.amount_msat for one in nodes if one.kind is HoldingKind.COIN) // 1000


async def test_opening_is_refused_below_it_and_the_most_that_works_does(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 200_000)
    refused = await town.run(cyd.quote_open(town.uri("ben"), 180_000))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.MUST_STAY
    assert f"{RESERVE_SAT:,} sat" in refused.message
    most = int("".join(filter(str.isdigit, refused.remedy)))
    quote = await town.do(cyd.quote_open(town.uri("ben"), most))
    assert quote.must_stay_sat == RESERVE_SAT
    assert quote.change_sat == RESERVE_SAT  # kept, and no satoshi beside it that nothing can spend
    await town.open("cyd", "ben", most)
    assert await spendable(cyd) == 0
    balance = await cyd.balance()
    assert (balance.bump_reserve_sat, balance.bump_reserve_missing_sat) == (RESERVE_SAT, 0)
    again = await town.run(cyd.quote_open(town.uri("ada"), 20_000))
    assert isinstance(again, Refused)
    assert again.code is RefusalCode.MUST_STAY
    assert f"{2 * RESERVE_SAT:,} sat" in again.message


async def test_what_can_be_spent_goes_but_for_the_fee(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 120_000, 30_000, 30_000)
    await town.open("cyd", "ben", 30_000)
    left = await spendable(cyd)
    assert left > 0
    ben, also_ben = [(await town.do(town.nodes["ben"].address())).address for _ in range(2)]
    everything = Sending(((ben, 0),), everything=True)
    quote = await town.do(cyd.quote_send(everything))
    assert quote.amount_sat + quote.fee_sat == left
    two = Sending(((ben, left), (also_ben, left)))
    refused = await town.run(cyd.quote_send(two))
    assert isinstance(refused, Refused)
    most = int("".join(filter(str.isdigit, refused.remedy)))
    two = Sending(((ben, most - 1_000), (also_ben, 1_000)))
    assert (await town.do(cyd.quote_send(two))).change_sat == RESERVE_SAT
    await town.do(cyd.send(everything))
    await town.mine()
    assert await spendable(cyd) == 0
    page = await cyd.onchain()
    assert (page.reserve_sat, page.confirmed_sat) == (RESERVE_SAT, RESERVE_SAT)


async def test_what_is_missing_is_there_once_it_came(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 12_000)
    await town.open("ada", "cyd", 500_000)
    missing = (await cyd.balance()).bump_reserve_missing_sat
    address = (await town.do(cyd.address())).address
    script = address_to_script(address, Network.REGTEST)
    town.regtest.give([TxOut(Sat(missing), script)])
    await town.mine()
    assert (await cyd.balance()).bump_reserve_missing_sat == 0


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

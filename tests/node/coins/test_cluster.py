"""Where as many transactions hang together as nodes pass on, none is added by whatever way, and
what is said to help does."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpWay, Sending, WantedFee
from lnwallet_tui.node.node import Node
from lnwallet_tui.policy import MOST_WAITING_TOGETHER
from tests.node.coins.test_bump_reserve import with_coins
from tests.node.coins.test_spending import to_ben, waiting
from tests.node.test_htlc_fees import empty_block
from tests.node.town import POLICY, Town

BUMP, FEE = 4, WantedFee(feerate_per_kw=300)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ben")
    yield town
    await town.end()


async def in_a_row(town: Town, count: int) -> tuple[Node, list[str]]:
    """Cyd has one coin, and pays again and again from what comes back."""
    cyd, payouts = await with_coins(town, "cyd", 1_000_000), await to_ben(town, 10_000)
    sent = [await town.do(cyd.send(Sending(payouts, fee=FEE))) for _ in range(count)]
    return cyd, [one.txid for one in sent]


async def refused_by(town: Town, command: Coroutine[Any, Any, object]) -> Refused:
    refused = await town.run(command)
    assert isinstance(refused, Refused), refused
    return refused


async def test_what_is_said_to_help_does(town: Town) -> None:
    cyd, row = await in_a_row(town, MOST_WAITING_TOGETHER)
    refused = await refused_by(town, cyd.quote_send(Sending(await to_ben(town, 10_000))))
    assert refused.code is RefusalCode.NOT_READY
    first, newest = row[0], row[-1]
    assert f"Wait until {first} is in a block, or hurry {newest}:" in refused.remedy
    quote = await town.do(cyd.quote_bump(newest, WantedFee(feerate_per_kw=1_000)))
    assert quote.way is BumpWay.REPLACE
    await town.do(cyd.bump(newest, WantedFee(feerate_per_kw=1_000)))
    assert len(waiting(town)) == MOST_WAITING_TOGETHER
    paid = sum(entry.fee for entry in town.regtest.mempool.entries())
    vsize = sum(entry.vsize for entry in town.regtest.mempool.entries())
    assert paid * 250 >= quote.feerate_per_kw * vsize, "it pays for all of them"


async def test_a_transaction_that_others_could_have_signed_too_is_counted(town: Town) -> None:
    cyd, row = await in_a_row(town, MOST_WAITING_TOGETHER - 2)
    own = (await town.do(cyd.address())).address
    split = await town.do(cyd.send(Sending(((own, 200_000),), fee=FEE)))
    one, other = (str(coin.outpoint) for coin in cyd._board.wallet.coins())
    payouts = await to_ben(town, 10_000)
    made = await town.do(cyd.export_send(Sending(payouts, coins=(one,))))
    last = await town.do(cyd.send(Sending(payouts, coins=(other,), fee=FEE)))
    refused = await refused_by(town, cyd.sign_psbt(made.psbt))
    assert f"Wait until {row[0]} is in a block, or hurry {last.txid}:" in refused.remedy
    assert waiting(town) == [*row, split.txid, last.txid]
    await town.mine()
    assert (await town.do(cyd.sign_psbt(made.psbt))).sent


async def test_a_child_is_counted(town: Town) -> None:
    cyd, row = await in_a_row(town, MOST_WAITING_TOGETHER - 1)
    hasty = replace(POLICY, funding_bump=BUMP)
    cyd._shell.config = dataclasses.replace(cyd._shell.config, policy=hasty)  # type: ignore[misc]  # a hundred blocks would say no more
    await town.do(cyd.open_channel(town.uri("ben"), 300_000))
    *_, opening = waiting(town)
    refused = await refused_by(town, cyd.bump(opening))
    assert refused.remedy == f"Wait until {row[0]} is in a block."
    town.regtest.weather.change((40_000, 40_000, 40_000))  # now the wallet would make one by itself
    for _ in range(BUMP + 1):
        await empty_block(town)
    assert len(waiting(town)) == MOST_WAITING_TOGETHER

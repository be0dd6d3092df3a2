"""Coins that were chosen by hand are spent, all of them, and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import Sending, WantedFee
from lnwallet_tui.bitcoin.tx import Tx
from tests.node.coins.test_coin_views import coins, expect_sums, freeze
from tests.node.coins.test_spending import to_ben
from tests.node.town import Town

SLOW = 500
SLOWLY = WantedFee(feerate_per_kw=SLOW)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def spent(town: Town) -> set[str]:
    """By what waits for a block."""
    [entry] = town.regtest.mempool.entries()
    return {str(txin.outpoint) for txin in entry.tx.inputs}


def outputs(town: Town) -> list[int]:
    [entry] = town.regtest.mempool.entries()
    tx: Tx = entry.tx
    return sorted(output.value.value for output in tx.outputs)


async def chosen(town: Town, *amounts: int) -> tuple[str, ...]:
    known = await coins(town.nodes["ada"])
    return tuple(one.coin for one in known if one.amount_sat in amounts)


async def test_they_pay_several_and_the_rest_comes_back(town: Town) -> None:
    ada, picked = town.nodes["ada"], await chosen(town, 500_000, 1_500_000)
    payouts = await to_ben(town, 40_000, 60_000)
    quote = await town.do(ada.quote_send(Sending(payouts, coins=picked, fee=SLOWLY)))
    assert (quote.inputs, quote.amount_sat) == (2, 100_000)
    assert quote.left_alone_sat == 0  # what was not chosen could be spent
    sent = await town.do(ada.send(Sending(payouts, coins=picked, fee=SLOWLY)))
    assert sent.fee_sat == quote.fee_sat
    assert spent(town) == set(picked)
    assert outputs(town) == [40_000, 60_000, 2_000_000 - 100_000 - quote.fee_sat]
    await town.mine()
    await expect_sums(ada)


async def test_all_that_they_hold_goes_to_one(town: Town) -> None:
    ada, picked = town.nodes["ada"], await chosen(town, 500_000)
    to = await to_ben(town, 0)
    sent = await town.do(ada.send(Sending(to, everything=True, coins=picked, fee=SLOWLY)))
    assert spent(town) == set(picked)
    assert outputs(town) == [500_000 - sent.fee_sat]
    assert sent.amount_sat == 500_000 - sent.fee_sat


async def test_unsigned_it_spends_the_same(town: Town) -> None:
    ada, picked = town.nodes["ada"], await chosen(town, 500_000)
    made = await town.do(ada.export_send(Sending(await to_ben(town, 10_000), coins=picked)))
    signed = await town.do(ada.sign_psbt(made.psbt))
    assert signed.sent
    assert spent(town) == set(picked)


async def test_what_cannot_be_chosen_is_refused(town: Town) -> None:
    ada, [small] = town.nodes["ada"], await chosen(town, 500_000)

    async def refusal(sat: int, *picked: str) -> Refused:
        asked = ada.quote_send(Sending(await to_ben(town, sat), coins=picked, fee=SLOWLY))
        refused = await town.run(asked)
        assert isinstance(refused, Refused), refused
        return refused

    for name in ("", "x", f"{'0' * 64}:0", f"{small}0"):
        assert (await refusal(10_000, small, name)).code is RefusalCode.UNKNOWN
    few = await refusal(500_000, small)
    assert (few.code, "that you chose" in few.message) == (RefusalCode.NOT_ENOUGH, True)
    most = int(few.remedy.split("at most ")[1].split(" sat")[0].replace(",", ""))
    quote = await town.do(
        ada.quote_send(Sending(await to_ben(town, most), coins=(small,), fee=SLOWLY))
    )
    assert quote.change_sat == 0
    await freeze(ada, small)
    frozen = await refusal(10_000, small)
    assert (frozen.code, "frozen" in frozen.message) == (RefusalCode.NOT_READY, True)


async def test_what_closes_need_stays_beside_them(town: Town) -> None:
    ada = town.nodes["ada"]
    await town.open("ada", "ben", 500_000)
    known = await coins(ada)
    everything = tuple(one.coin for one in known if one.spendable)
    asked = ada.quote_send(
        Sending(
            await to_ben(town, 0),
            everything=True,
            coins=everything,
            fee=SLOWLY,
        )
    )
    refused = await town.run(asked)
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.MUST_STAY
    most = int(refused.remedy.split("works now is ")[1].split(" sat")[0].replace(",", ""))
    just = Sending(await to_ben(town, most), coins=everything, fee=SLOWLY)
    quote = await town.do(ada.quote_send(just))
    assert quote.change_sat == quote.must_stay_sat
    more = Sending(await to_ben(town, most + 1), coins=everything, fee=SLOWLY)
    again = await town.run(ada.quote_send(more))
    assert isinstance(again, Refused)
    assert again.remedy == refused.remedy

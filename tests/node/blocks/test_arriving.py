"""Payments that are in no block yet, as the playground's wallets hear of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.spending import Sending, WantedFee
from lnwallet_tui.node.blocks.arriving import MOST_SECONDS
from tests.node.town import Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def paid(town: Town, sat: int, *, listens: bool) -> str:
    """To an address that is shown now."""
    address = (await town.do(town.nodes["ada"].address())).address
    if listens:
        await town.nodes["ada"].listen_for_payments(60)
    sending = town.nodes["ben"].send(
        Sending(((address, sat),), fee=WantedFee(feerate_per_kw=1_000))
    )
    return (await town.do(sending)).txid


async def test_what_comes_while_somebody_waits_is_shown_until_a_block_has_it(town: Town) -> None:
    ada = town.nodes["ada"]
    await paid(town, 30_000, listens=False)
    assert await ada.listen_for_payments(60) == ()  # it was sent before
    before = await ada.balance()
    txid = await paid(town, 40_000, listens=True)
    (one,) = await ada.listen_for_payments(60)
    assert (one.txid, one.amount_sat, one.nodes) == (txid, 40_000, 1)
    assert "seen by 1 node, in no block yet" in one.explanation
    assert await ada.balance() == before
    await town.mine()
    assert await ada.listen_for_payments(60) == ()


async def test_a_payment_of_our_own_to_ourselves_is_no_news(town: Town) -> None:
    ada = town.nodes["ada"]
    await ada.listen_for_payments(60)
    address = (await town.do(ada.address())).address
    await town.do(ada.send(Sending(((address, 50_000),), fee=WantedFee(feerate_per_kw=1_000))))
    assert await ada.listen_for_payments(60) == ()


async def test_it_ends_by_itself(town: Town) -> None:
    ada = town.nodes["ada"]
    await paid(town, 20_000, listens=True)
    assert len(await ada.listen_for_payments(10**9)) == 1
    await town.mine()
    await town.clock.wait_for(lambda: False, MOST_SECONDS * 1_000 + 1)
    await paid(town, 40_000, listens=False)
    assert await ada.listen_for_payments(0) == ()
    assert await ada.listen_for_payments(-5) == ()


async def test_an_address_that_was_given_out_meanwhile_is_listened_for_when_asked_again(
    town: Town,
) -> None:
    ada = town.nodes["ada"]
    await ada.listen_for_payments(60)
    address = (await town.do(ada.address(taproot=True))).address
    await ada.listen_for_payments(60)
    sent = await town.do(
        town.nodes["ben"].send(Sending(((address, 20_000),), fee=WantedFee(feerate_per_kw=1_000)))
    )
    assert [one.txid for one in await ada.listen_for_payments(60)] == [sent.txid]

"""Payments to a wallet over the Bitcoin network, before a block has them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.spending import Sending, WantedFee
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.node.blocks.arriving import MOST_SECONDS
from lnwallet_tui.p2p.codec import Unknown
from lnwallet_tui.p2p.inventory import GetData, Inv, Item, ItemKind, RawTx
from tests.light.bitcoin_nodes import Visit
from tests.light.town import LightTown
from tests.node.town import MINUTE_MS


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[LightTown]:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()
    assert not town.complaints


async def a_while(town: LightTown, ms: int = 20_000) -> None:
    await town.clock.wait_for(lambda: False, ms)


def lines_for_transactions(town: LightTown) -> list[Visit]:
    return [visit for node in town.bitcoin.nodes for visit in node.open_visits if visit.relays]


async def ben_pays(town: LightTown, sat: int = 250_000) -> str:
    address = (await town.do(town.nodes["ada"].address())).address
    await town.do(town.nodes["ada"].listen_for_payments(60))
    await a_while(town)
    sent = await town.do(
        town.nodes["ben"].send(Sending(((address, sat),), fee=WantedFee(feerate_per_kw=1_000)))
    )
    await a_while(town)
    return sent.txid


async def test_a_payment_is_shown_before_a_block_has_it_and_counts_for_nothing(
    town: LightTown,
) -> None:
    ada = town.nodes["ada"]
    balance, coins = await ada.balance(), await ada.coins()
    txid = await ben_pays(town)
    (one,) = await ada.listen_for_payments(60)
    assert (one.txid, one.amount_sat) == (txid, 250_000)
    assert one.nodes > 1
    assert one.explanation == (
        f"250,000 sat to you: seen by {one.nodes} nodes, in no block yet. It can still be "
        "replaced or never confirm, and cannot be spent before."
    )
    assert await ada.balance() == balance
    assert await ada.coins() == coins
    await town.mine()
    assert await ada.listen_for_payments(0) == ()
    confirmed = (await ada.balance()).onchain_confirmed_sat
    assert confirmed == balance.onchain_confirmed_sat + 250_000


async def test_who_does_not_ask_again_is_listened_for_no_longer(town: LightTown) -> None:
    ada = town.nodes["ada"]
    await ada.listen_for_payments(10_000)  # as much as there is
    await a_while(town)
    assert len(lines_for_transactions(town)) == 3
    await a_while(town, MOST_SECONDS * 1_000)
    assert lines_for_transactions(town) == []


async def test_it_ends_when_it_is_said_and_what_was_heard_stays(town: LightTown) -> None:
    txid = await ben_pays(town)
    assert [one.txid for one in await town.nodes["ada"].listen_for_payments(0)] == [txid]
    await a_while(town, 5 * MINUTE_MS)
    assert lines_for_transactions(town) == []
    assert [one.txid for one in await town.nodes["ada"].listen_for_payments(0)] == [txid]
    await a_while(town, 24 * 60 * MINUTE_MS)
    assert await town.nodes["ada"].listen_for_payments(0) == ()


async def test_a_replacement_is_heard_instead(town: LightTown) -> None:
    txid = await ben_pays(town)
    again = await town.do(town.nodes["ben"].bump(txid, WantedFee(feerate_per_kw=4_000)))
    await a_while(town)
    heard = await town.nodes["ada"].listen_for_payments(60)
    assert [one.txid for one in heard] == [again.txid]


async def test_nobody_is_asked_for_anything_of_ours_alone(town: LightTown) -> None:
    await town.do(town.nodes["ada"].listen_for_payments(60))
    await a_while(town)
    await town.do(
        town.nodes["ben"].send(
            Sending(
                (((await town.do(town.nodes["ben"].address())).address, 70_000),),
                fee=WantedFee(feerate_per_kw=1_000),
            )
        )
    )
    await a_while(town)
    asked = [
        item
        for visit in lines_for_transactions(town)
        for message in visit.heard
        if isinstance(message, GetData)
        for item in message.items
    ]
    assert len(asked) >= 1  # what pays others is fetched as well
    assert await town.nodes["ada"].listen_for_payments(0) == ()


# -- peers that do what they should not
def invented(number: int, outputs: int = 1) -> Tx:
    txin = TxIn(OutPoint(number.to_bytes(32, "big"), 0), b"", 0xFFFFFFFD, (b"\x01",))
    paid = TxOut(Sat(1_000), b"\x00\x14" + bytes(20))
    return Tx(version=2, inputs=(txin,), outputs=(paid,) * outputs, locktime=0)


def name(visit: Visit, *wtxids: bytes) -> None:
    visit.say(Inv(tuple(Item(ItemKind.WTX, one) for one in wtxids)))


async def foe(town: LightTown) -> Visit:
    await town.do(town.nodes["ada"].listen_for_payments(60))
    await a_while(town)
    return lines_for_transactions(town)[0]


async def is_left_alone_by(town: LightTown, visit: Visit) -> None:
    """It is hung up on, and what others tell is heard."""
    assert await town.clock.wait_for(lambda: visit not in visit.node.open_visits, MINUTE_MS), (
        "the connection goes on"
    )
    txid = await ben_pays(town)
    assert [one.txid for one in await town.nodes["ada"].listen_for_payments(0)] == [txid]


async def test_a_transaction_that_was_not_asked_for_costs_the_connection(town: LightTown) -> None:
    visit = await foe(town)
    visit.say(RawTx(invented(1).serialize()))
    await is_left_alone_by(town, visit)


async def test_another_transaction_than_was_asked_for_costs_the_connection(
    town: LightTown,
) -> None:
    visit = await foe(town)
    name(visit, invented(1).wtxid)
    await town.clock.rest()
    visit.say(RawTx(invented(2).serialize()))
    await is_left_alone_by(town, visit)


async def test_what_is_no_transaction_costs_the_connection(town: LightTown) -> None:
    visit, garbage = await foe(town), b"\x02\x00\x00\x00\x00\x01\xff\xff"
    name(visit, sha256d(garbage))
    await town.clock.wait_for(lambda: False, 1_000)
    visit.say(RawTx(garbage))
    await is_left_alone_by(town, visit)


async def test_a_huge_transaction_costs_the_connection(town: LightTown) -> None:
    visit, huge = await foe(town), invented(1, outputs=13_500)
    name(visit, huge.wtxid)
    await town.clock.wait_for(lambda: False, 1_000)
    visit.say(Unknown("tx", huge.serialize()))
    await is_left_alone_by(town, visit)


async def test_a_flood_of_names_hides_nothing_that_others_tell(town: LightTown) -> None:
    visit = await foe(town)
    name(visit, *(number.to_bytes(32, "big") for number in range(40_000)))
    name(visit, *(number.to_bytes(32, "big") for number in range(40_000, 80_000)))
    await is_left_alone_by(town, visit)

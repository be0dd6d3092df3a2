"""What it costs to take a payment home from our own commitment on anchors, and who pays for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint, TxOut
from lnwallet_tui.playground.cheating import kept_state
from lnwallet_tui.playground.policy_cluster import Entry
from tests.node.test_htlcs_on_chain import (
    AMOUNT_SAT,
    FUNDED_SAT,
    gained,
    hang,
    less_fees,
    status,
)
from tests.node.town import DELAY, MINUTE_MS, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def empty_block(town: Town) -> None:
    """A miner who takes nothing."""
    await town.clock.pass_by(10 * MINUTE_MS)
    town.regtest.chain.extend(())
    await town.clock.rest()


def second_stages(town: Town, name: str) -> dict[OutPoint, Entry]:
    """What waits in the mempool, by the output of this node's commitment that it spends."""
    closing = {
        fact.tx.txid
        for channel in town.nodes[name].channel_states()
        for fact in town.nodes[name]._board.chain.spends_of(channel)
        if fact.outpoint == channel.funding.outpoint
    }
    return {
        entry.tx.inputs[0].outpoint: entry
        for entry in town.regtest.mempool.entries()
        if entry.tx.inputs[0].outpoint.txid in closing and len(entry.tx.inputs) > 1
    }


def notices(town: Town, name: str) -> list[str]:
    """What the user is told urgently from now on."""
    told: list[str] = []
    herald = town.nodes[name]._shell.herald
    herald._said = lambda entry: told.extend([entry.text] if entry.urgent else [])  # type: ignore[method-assign]  # overheard
    return told


async def test_without_a_coin_the_user_is_asked_for_one_once(town: Town) -> None:
    cyd = await town.start("cyd")  # who has nothing
    channel_id = await town.open("ada", "cyd", FUNDED_SAT)
    name = await hang(town, "ada", "cyd")
    told = notices(town, "cyd")
    await town.do(cyd.force_close(channel_id))
    await town.mine(5)
    cyd = await town.restart("cyd")
    told_again = notices(town, "cyd")
    await town.mine(5)
    assert len(told) == 1
    assert f"no coin for the fee that brings {AMOUNT_SAT:,} sat" in told[0]
    assert not told_again
    address = (await town.do(cyd.address())).address
    town.regtest.give([TxOut(Sat(10_000), address_to_script(address, Network.REGTEST))])
    await town.mine(3)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    await town.mine(DELAY + 10)
    balance = await cyd.balance()
    assert balance.onchain_confirmed_sat in less_fees(10_000 + AMOUNT_SAT)


async def test_one_coin_serves_one_after_the_other(town: Town) -> None:
    cyd = await town.start("cyd")
    address = (await town.do(cyd.address())).address
    town.regtest.give([TxOut(Sat(20_000), address_to_script(address, Network.REGTEST))])
    channel_id = await town.open("ada", "cyd", FUNDED_SAT)
    sent = [await hang(town, "ada", "cyd", sat) for sat in (20_000, 30_000, 25_000)]
    told = notices(town, "cyd")
    await town.do(cyd.force_close(channel_id))
    await town.mine()
    assert len(second_stages(town, "cyd")) == 1
    await town.mine(DELAY + 14)
    assert [await status(town, "ada", name) for name in sent] == [PaymentStatus.PAID] * 3
    assert told == []
    balance = await cyd.balance()
    assert balance.onchain_confirmed_sat in range(75_000, 95_000)


async def test_the_fee_grows_as_the_deadline_comes(town: Town) -> None:
    """Nobody mines what is offered; each offer replaces the one before, with coins of its own."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await hang(town, "ada", "ben", 20_000)
    await hang(town, "ada", "ben", 30_000)
    [channel] = town.nodes["ben"].channel_states()
    first = min(channel.ledger.htlcs, key=lambda htlc: htlc.cltv_expiry)
    deadline = first.cltv_expiry + 1
    await town.stop("ada")
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine()
    fees: dict[OutPoint, list[int]] = {outpoint: [] for outpoint in second_stages(town, "ben")}
    assert len(fees) == 2
    for _ in range(deadline - 2 - town.regtest.chain.height):
        await empty_block(town)
        if town.regtest.chain.height % 40 == 0:
            await town.restart("ben")
        waiting = second_stages(town, "ben")
        spent = [txin.outpoint for entry in waiting.values() for txin in entry.tx.inputs]
        assert len(spent) == len(set(spent)), "a coin is used twice"
        for outpoint, entry in waiting.items():
            fees[outpoint].append(entry.fee)
    # The other one's deadline is later, by how much is chance: it may not have come near yet.
    assert max(offered[-1] for offered in fees.values()) > 3_000
    for outpoint, offered in fees.items():
        assert offered == sorted(offered)
        assert offered[0] < 3_000
        coin = town.regtest.chain.coin(outpoint)
        assert coin is not None
        if coin.output.value == first.amount.floor_sat():  # the next block is its last
            assert coin.output.value.value * 9 // 10 < offered[-1] < coin.output.value.value
    assert not town.crashes
    await town.mine(DELAY + 10)
    paid = sum(offered[-1] for offered in fees.values())
    assert await gained(town, "ben") in less_fees(50_000 - paid + 2_000)
    await town.start("ada")


async def test_a_storm_is_outbid(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine()
    [calm] = second_stages(town, "ben").values()
    town.regtest.storm()
    await empty_block(town)
    [stormy] = second_stages(town, "ben").values()
    assert stormy.fee > calm.fee
    assert calm.txid not in town.regtest.mempool
    await town.mine(2)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    town.regtest.calm()
    await town.mine(DELAY + 10)
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)


async def test_the_coins_are_free_again_where_the_peer_was_first(town: Town) -> None:
    """The payment came back to us in the end, was about to be taken, and was paid after all."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.stop("ben")
    await town.do(town.nodes["ada"].force_close(channel_id))
    [htlc] = town.nodes["ada"].channel_states()[0].ledger.htlcs
    await town.mine(htlc.cltv_expiry - town.regtest.chain.height)
    [(outpoint, _)] = second_stages(town, "ada").items()
    town.regtest.mempool._entries.clear()  # somebody's mempool, which never heard of it
    await town.start("ben")
    assert await status(town, "ada", name) is PaymentStatus.STUCK
    await town.mine(2)
    assert town.regtest.chain.coin(outpoint) is None
    assert await status(town, "ada", name) is PaymentStatus.PAID
    assert town.nodes["ada"]._board.wallet.waiting_for(outpoint) is None
    await town.mine(DELAY + 10)
    assert await gained(town, "ada") in less_fees(-AMOUNT_SAT)
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)


async def test_the_coins_are_free_again_where_another_commitment_confirms(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    [channel] = ada.channel_states()
    hers = kept_state(channel, ada.channel_signer(channel.channel_id)).tx
    await town.do(ben.force_close(channel_id))
    await town.mine()
    [outpoint] = second_stages(town, "ben")
    assert ben._board.wallet.waiting_for(outpoint) is not None
    town.regtest.chain.drop(1)
    town.regtest.mempool._entries.clear()
    assert town.regtest.publish(hers) is None
    await town.mine(2)
    assert (await town.channel("ben", channel_id)).closing_kind == "theirs"
    assert ben._board.wallet.waiting_for(outpoint) is None
    await town.mine(DELAY + 10)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)
    assert await gained(town, "ada") in less_fees(-AMOUNT_SAT)


async def test_the_commitment_waits_again_and_its_child_needs_the_only_coin(town: Town) -> None:
    cyd = await town.start("cyd")
    address = (await town.do(cyd.address())).address
    town.regtest.give([TxOut(Sat(20_000), address_to_script(address, Network.REGTEST))])
    channel_id = await town.open("ada", "cyd", FUNDED_SAT)
    name = await hang(town, "ada", "cyd")
    await town.stop("ada")
    await town.do(cyd.force_close(channel_id))
    await town.mine()
    [outpoint] = second_stages(town, "cyd")
    town.regtest.chain.drop(1)
    town.regtest.mempool._entries.clear()
    town.regtest.storm()
    await empty_block(town)
    await empty_block(town)
    assert cyd._board.wallet.waiting_for(outpoint) is None
    assert outpoint.txid in town.regtest.mempool
    await town.mine(DELAY + 10)
    town.regtest.calm()
    await town.mine(DELAY + 10)
    await town.start("ada")
    await town.mine()
    assert await status(town, "ada", name) is PaymentStatus.PAID
    balance = await cyd.balance()
    assert balance.onchain_confirmed_sat in range(52_000, 70_000)  # a storm is dear

"""Payments under way when a channel goes to chain, in whole nodes: everybody gets what is due."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus, PaymentView
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.policy import POLICY
from tests.node.test_cheats import newest
from tests.node.test_troubles import lock
from tests.node.town import COINS_SAT, DELAY, MINUTE_MS, Town

AMOUNT_SAT, FUNDED_SAT = 50_000, 500_000
FEES_SAT = 12_000
LONGEST = 144 + 36 + 10  # blocks until the payment has expired


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def hold(town: Town, name: str) -> None:
    """This node decides to take payments, and does not say so to its peer."""
    town.nodes[name]._board.desk.settle = lambda effect: None  # type: ignore[method-assign]  # says nothing of it


def taken(town: Town, name: str, payment_hash: bytes) -> bytes | None:
    """The preimage of a payment that a node has decided to take."""
    board = town.nodes[name]._board
    for channel in town.nodes[name].channel_states():
        for preimage in board.preimages(channel).values():
            if sha256(preimage) == payment_hash:
                return preimage
    return None


async def hang(
    town: Town, payer: str, payee: str, amount_sat: int = AMOUNT_SAT, *, amount_msat: int = 0
) -> str:
    """A payment that the payee holds; returns its hash."""
    amount_msat = amount_msat or amount_sat * 1000
    invoice = await town.do(town.nodes[payee].create_invoice(amount_msat, "held"))
    hold(town, payee)
    name = bytes.fromhex(invoice.payment_hash)
    await town.run(
        town.nodes[payer].pay(invoice.invoice), until=lambda: taken(town, payee, name) is not None
    )
    assert taken(town, payee, name) is not None
    await town.clock.rest()
    return invoice.payment_hash


async def payment(town: Town, name: str, payment_hash: str) -> PaymentView:
    view = await town.nodes[name].payment(payment_hash)
    assert not isinstance(view, Refused), view
    return view


async def status(town: Town, name: str, payment_hash: str) -> PaymentStatus:
    return (await payment(town, name, payment_hash)).status


async def mine_until_failed(town: Town, name: str, payment_hash: str) -> None:
    for _ in range(LONGEST + POLICY.timeout_patience):
        await town.mine()
        if await status(town, name, payment_hash) is PaymentStatus.FAILED:
            return
    raise AssertionError("it never failed")


async def gained(town: Town, name: str) -> int:
    """What a node has more on chain than at the beginning, all of it confirmed."""
    balance = await town.nodes[name].balance()
    assert balance.onchain_pending_sat == 0
    assert balance.closing_msat == 0
    return balance.onchain_confirmed_sat - sum(COINS_SAT)


def less_fees(sat: int) -> range:
    return range(sat - FEES_SAT, sat + 1)


async def test_our_close_with_an_outgoing_one_that_nobody_takes(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.stop("ben")
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine(20)
    await town.restart("ada")
    await mine_until_failed(town, "ada", name)
    [expiry] = {h.cltv_expiry for c in town.nodes["ada"].channel_states() for h in c.ledger.htlcs}
    assert town.regtest.chain.height == expiry + 1 + 5  # timed out, and buried
    assert (await payment(town, "ada", name)).by_chain
    assert not (await town.channel("ada", channel_id)).htlcs
    await town.mine(DELAY + 3)
    assert await gained(town, "ada") in less_fees(0)
    await town.start("ben")
    await town.mine(110)
    assert (await town.channel("ada", channel_id)).state is ChannelState.CLOSED
    assert await gained(town, "ben") == 0


async def test_our_close_with_an_outgoing_one_that_the_peer_takes(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.do(town.nodes["ada"].force_close(channel_id))
    assert len((await town.channel("ada", channel_id)).htlcs) == 1
    await town.mine(3)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    assert not (await town.channel("ada", channel_id)).htlcs  # that is decided
    await town.mine(DELAY + 10)
    assert await status(town, "ben", name) is PaymentStatus.PAID
    went = f"Yours were {FUNDED_SAT:,} sat; {AMOUNT_SAT:,} sat of them went to whom you paid. What"
    assert went in (await town.channel("ada", channel_id)).explanation
    came = (
        f"Yours were 0 sat; {AMOUNT_SAT:,} sat came from who paid you. What that leaves you is in"
    )
    assert came in (await town.channel("ben", channel_id)).explanation
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)
    assert await gained(town, "ada") in less_fees(-AMOUNT_SAT)


async def test_our_close_with_an_incoming_one(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine()
    await town.restart("ben")
    await town.mine(2)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    await town.mine(DELAY + 10)
    assert await status(town, "ben", name) is PaymentStatus.PAID
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)
    assert await gained(town, "ada") in less_fees(-AMOUNT_SAT)


async def test_their_close_with_an_outgoing_one_that_nobody_takes(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.stop("ben")
    await mine_until_failed(town, "ada", name)
    await town.mine(3)
    assert await gained(town, "ada") in less_fees(0)
    await town.start("ben")
    await town.mine(110)
    assert (await town.channel("ben", channel_id)).state is ChannelState.CLOSED
    assert await gained(town, "ben") == 0


@pytest.mark.parametrize("closer", ["ada", "ben"])
async def test_reorganisations_and_restarts_on_the_way(town: Town, closer: str) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.do(town.nodes[closer].force_close(channel_id))
    for depth in (1, 2, 3, 4, 2):
        await town.mine()
        await town.regtest.reorganise(depth)
        await town.restart("ben")
        hold(town, "ben")
    await town.mine(DELAY + 12)
    for side in ("ada", "ben"):
        assert await status(town, side, name) is PaymentStatus.PAID
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)
    assert await gained(town, "ada") in less_fees(-AMOUNT_SAT)


async def test_a_timeout_that_is_reorganised_away_has_not_failed(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.stop("ben")
    await town.do(town.nodes["ada"].force_close(channel_id))
    [htlc] = town.nodes["ada"].channel_states()[0].ledger.htlcs
    await town.mine(htlc.cltv_expiry + 1 - town.regtest.chain.height)
    await town.mine(3)
    assert await status(town, "ada", name) is PaymentStatus.STUCK
    town.regtest.chain.drop(4)
    town.regtest.mempool._entries.clear()  # the timeout as if nobody had heard of it
    await town.start("ben")  # and takes the payment, late as he is
    await town.mine(3)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    await town.mine(DELAY + 10)
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)
    assert await gained(town, "ada") in less_fees(-AMOUNT_SAT)


async def test_several_at_once(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT, push_msat=200_000_000)
    sent = [await hang(town, "ada", "ben", sat) for sat in (20_000, 30_000)]
    got = [await hang(town, "ben", "ada", sat) for sat in (15_000, 25_000)]
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine(DELAY + 16)
    for name in sent:
        assert await status(town, "ada", name) is PaymentStatus.PAID
        assert await status(town, "ben", name) is PaymentStatus.PAID
    for name in got:
        assert await status(town, "ada", name) is PaymentStatus.PAID
        assert await status(town, "ben", name) is PaymentStatus.PAID
    assert await gained(town, "ben") in less_fees(200_000 + 50_000 - 40_000)
    assert await gained(town, "ada") in less_fees(-200_000 - 50_000 + 40_000)


@pytest.mark.parametrize("fails_after", [0, 1])
async def test_payments_are_taken_without_a_disk(town: Town, fails_after: int) -> None:
    """With coins, too, of which nothing could be written down; it is once the disk is back."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    names = [await hang(town, "ada", "ben", AMOUNT_SAT // 2) for _ in range(2)]
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine(fails_after)
    lock(town, "ben", locked=True)
    await town.mine(3)
    for name in names:
        assert await status(town, "ada", name) is PaymentStatus.PAID
    lock(town, "ben", locked=False)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert not town.nodes["ben"]._board.wallet.waiting()
    await town.mine(DELAY + 10)
    for name in names:
        assert await status(town, "ben", name) is PaymentStatus.PAID
    assert await gained(town, "ben") in less_fees(AMOUNT_SAT)


@pytest.mark.parametrize("payer", ["ada", "ben"])
async def test_an_old_state_with_a_payment_in_it(town: Town, payer: str) -> None:
    """Ben publishes it, and takes the payment to the second stage where he can: Ada has it all."""
    payee = "ben" if payer == "ada" else "ada"
    channel_id = await town.open("ada", "ben", FUNDED_SAT, push_msat=200_000_000)
    settled = await hang(town, payer, payee)
    old = newest(town, channel_id)
    assert len(old.tx.outputs) == (5 if town.nodes["ben"].channel_states()[0].anchors else 3)
    await town.restart(payee)
    assert await status(town, payer, settled) is PaymentStatus.PAID
    held = await hang(town, "ada", "ben", 20_000)
    await town.stop("ben")
    assert town.regtest.publish(old.tx) is None
    await town.mine(8)
    assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
    assert await status(town, "ada", held) is PaymentStatus.FAILED  # it is not in that state
    assert await gained(town, "ada") in less_fees(0)
    await town.start("ben")


@pytest.mark.parametrize("taken", [True, False])
async def test_a_frozen_channel_with_an_outgoing_one(town: Town, taken: bool) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    ada = town.nodes["ada"]
    held = ada._board.channels.find(bytes.fromhex(channel_id))
    assert held is not None
    held.frozen = "AssertionError"
    if not taken:
        await town.stop("ben")
    await town.do(ada.force_close(channel_id))
    assert await status(town, "ada", name) is PaymentStatus.STUCK
    if taken:
        await town.mine(3)
        assert await status(town, "ada", name) is PaymentStatus.PAID
    else:
        await mine_until_failed(town, "ada", name)
        await town.start("ben")
    await town.mine(DELAY + 10)
    assert await gained(town, "ada") in less_fees(-AMOUNT_SAT if taken else 0)

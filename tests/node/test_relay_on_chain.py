"""A relay whose channels go to chain with a payment in them: it never pays for others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.node.config import RelayTerms
from lnwallet_tui.payment.forwarding import nearest_outgoing
from lnwallet_tui.payment.relay import OfferForward
from lnwallet_tui.playground.chain_source import CALM
from tests.node.test_cheats import newest
from tests.node.test_htlc_fees import empty_block, second_stages
from tests.node.test_htlcs_on_chain import (
    AMOUNT_SAT,
    FEES_SAT,
    FUNDED_SAT,
    LONGEST,
    gained,
    hang,
    hold,
    less_fees,
    mine_until_failed,
    payment,
    status,
    taken,
)
from tests.node.town import DELAY, MINUTE_MS, Town
from tests.node.twins import fee_msat, offer_part
from tests.sim.costs import Accountant, Costs, Funded

FEE_SAT = 6


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """Ada and Cyd have channels with Ben, who relays."""
    town = Town(tmp_path, anchors=request.param, relays=("ben",))
    await town.begin("ada", "ben", "cyd")
    yield town
    await town.end()


async def channels(town: Town) -> tuple[str, str]:
    """Ada's with Ben, and Ben's with Cyd."""
    first = await town.open("ada", "ben", FUNDED_SAT)
    return first, await town.open("ben", "cyd", FUNDED_SAT)


def with_ada(town: Town) -> int:
    """What Ben has in his channel with Ada, in msat."""
    return town.nodes["ben"].channel_states()[0].ledger.ours.value


def costs(town: Town, *channels: tuple[str, str, str]) -> Costs:
    """What the blocks took from each of these nodes: of channels with funder and peer."""
    states = {one.channel_id.hex(): one for n in town.nodes.values() for one in n.channel_states()}
    funded = []
    for channel_id, funder, peer in channels:
        funding = states[channel_id].funding
        funded.append(Funded(funding.outpoint, funding.value.value, funder, (funder, peer)))
    found = Accountant.of(town, funded, CALM[0]).costs()
    assert not found.absurd
    assert not found.dropped
    return found


@pytest.mark.parametrize("closer", ["ben", "cyd"])
async def test_a_preimage_from_the_chain_is_passed_on(town: Town, closer: str) -> None:
    _, second = await channels(town)
    name = await hang(town, "ada", "cyd")
    await town.do(town.nodes[closer].force_close(second))
    await town.mine()
    await town.restart("ben")
    await town.mine(3)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    await town.mine(DELAY + 10)
    assert await status(town, "cyd", name) is PaymentStatus.PAID
    assert await gained(town, "cyd") in less_fees(AMOUNT_SAT)
    assert with_ada(town) == AMOUNT_SAT * 1000 + FEE_SAT * 1000


@pytest.mark.parametrize("upstream", ["ada", "ben"])
@pytest.mark.parametrize("downstream", ["ben", "cyd"])
async def test_a_preimage_from_the_chain_is_used_on_the_chain(
    town: Town, upstream: str, downstream: str
) -> None:
    first, second = await channels(town)
    name = await hang(town, "ada", "cyd")
    await town.do(town.nodes[upstream].force_close(first))
    await town.mine(2)
    await town.do(town.nodes[downstream].force_close(second))
    await town.mine(2)
    await town.regtest.reorganise(2)
    await town.restart("ben")
    await town.mine(DELAY + 16)
    due = {"ada": -AMOUNT_SAT - FEE_SAT, "ben": FEE_SAT, "cyd": AMOUNT_SAT}
    spent = costs(town, (first, "ada", "ben"), (second, "ben", "cyd"))
    for side, sat in due.items():
        assert spent.fees[side] < FEES_SAT
        assert await gained(town, side) == sat - spent.fees[side]
    for side in ("ada", "cyd"):
        assert await status(town, side, name) is PaymentStatus.PAID


async def test_a_payment_in_an_old_state_may_be_paid_further_on(town: Town) -> None:
    """All that is in it is Ada's, the HTLC, too; and Cyd may still have it of Ben."""
    first, _ = await channels(town)
    await town.pay("ada", "ben", 20_000_000)
    old = newest(town, first)
    await town.pay("ben", "ada", 10_000_000)
    name = await hang(town, "ada", "cyd")
    [ours] = town.nodes["ada"].channel_states()[0].ledger.htlcs
    [theirs] = town.nodes["cyd"].channel_states()[0].ledger.htlcs
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    until = f"until block {theirs.cltv_expiry:,}"
    assert until in (await payment(town, "ada", name)).reason
    [told] = [one for one in await town.nodes["ada"].inbox() if one.payment_hash == name]
    assert until in told.text
    assert not (await town.channel("ada", first)).htlcs  # nothing of it is Ben's to take
    await town.mine(12)
    await town.restart("ada")
    stuck = await payment(town, "ada", name)
    assert (stuck.status, until in stuck.reason) == (PaymentStatus.STUCK, True)
    await town.mine(theirs.cltv_expiry - town.regtest.chain.height - 1)
    assert await status(town, "ada", name) is PaymentStatus.STUCK
    await town.mine()
    assert theirs.cltv_expiry < ours.cltv_expiry
    ended = await payment(town, "ada", name)
    assert (ended.status, ended.may_be_paid) == (PaymentStatus.FAILED, True)
    [told] = [one for one in await town.nodes["ada"].inbox() if one.payment_hash == name]
    assert "may have been paid" in told.text


@pytest.mark.parametrize("upstream", ["ada", "ben"])
async def test_a_preimage_is_used_in_the_very_block_that_shows_it(
    town: Town, upstream: str
) -> None:
    """What is claimed a block late can come too late: the payer may time it out from then on."""
    first, second = await channels(town)
    name = bytes.fromhex(await hang(town, "ada", "cyd"))
    await town.do(town.nodes[upstream].force_close(first))
    await town.mine(2)
    await town.do(town.nodes["cyd"].force_close(second))
    preimage = None
    for _ in range(4):
        await town.mine()
        preimage = taken(town, "ben", name)
        if preimage is not None:
            break
    assert preimage is not None
    waiting = [txin.witness for e in town.regtest.mempool.entries() for txin in e.tx.inputs]
    assert any(preimage in witness for witness in waiting)


async def test_who_is_in_front_learns_in_time_that_nobody_took_it(town: Town) -> None:
    first, second = await channels(town)
    name = await hang(town, "ada", "cyd")
    await town.stop("cyd")
    await mine_until_failed(town, "ada", name)
    assert (await town.channel("ben", second)).state is not ChannelState.READY
    assert (await town.channel("ada", first)).state is ChannelState.READY
    assert with_ada(town) == 0
    await town.mine(DELAY + 6)
    assert await gained(town, "ben") in less_fees(0)
    assert town.regtest.chain.height < 300 + LONGEST
    await town.start("cyd")


async def test_a_timeout_is_paid_for_while_there_is_time_in_front(tmp_path: Path) -> None:
    """Who is behind may show the preimage as long as our timeout is in no block. So the fee has
    climbed by the height at which the payment in front would have to be taken to chain."""
    town = Town(tmp_path, relays=("ben",))
    await town.begin("ada", "ben", "cyd")
    await channels(town)
    await hang(town, "ada", "cyd")
    await town.stop("cyd")
    ben = town.nodes["ben"]
    [incoming], [outgoing] = (one.ledger.htlcs for one in ben.channel_states())
    policy = ben._shell.config.policy
    assert incoming.cltv_expiry - outgoing.cltv_expiry == RelayTerms().cltv_expiry_delta
    await town.mine(outgoing.cltv_expiry + policy.timeout_grace - town.regtest.chain.height)
    assert ben.channel_states()[1].publication is not None
    await town.mine()
    offered = []
    while town.regtest.chain.height < incoming.cltv_expiry - policy.fulfilment_deadline:
        await empty_block(town)
        [timeout] = second_stages(town, "ben").values()
        offered.append(timeout.fee)
    assert offered[0] < AMOUNT_SAT // 10
    assert AMOUNT_SAT // 2 < offered[-1] <= AMOUNT_SAT
    await town.mine(DELAY + 10)
    assert with_ada(town) == 0
    await town.start("cyd")
    await town.end()


async def test_an_offer_that_waited_for_a_disk_is_not_made_too_late(town: Town) -> None:
    """What is offered near its end may be taken when the HTLC in front can be taken back."""
    await channels(town)
    ben = town.nodes["ben"]
    begun: list[OfferForward] = []
    ben._board.desk.forward = lambda effect: begun.append(effect)  # type: ignore[method-assign]  # it waits
    invoice = await town.do(town.nodes["cyd"].create_invoice(AMOUNT_SAT * 1000, "late"))
    await town.run(town.nodes["ada"].pay(invoice.invoice), until=lambda: bool(begun))
    del ben._board.desk.forward
    [effect] = begun
    too_late = effect.cltv_expiry - nearest_outgoing(ben._shell.config.policy)
    await town.mine(too_late - town.regtest.chain.height)
    assert ben._board.relay is not None
    ben._shell.turns.take(partial(ben._board.relay.perform, effect))
    await town.clock.rest()
    assert await status(town, "ada", invoice.payment_hash) is PaymentStatus.FAILED
    first, second = (channel.ledger for channel in ben.channel_states())
    assert not first.htlcs
    assert second.our_next_id == 0  # it was never offered


async def test_whose_upstream_is_gone_claims_there_what_it_learns_in_the_channel(
    town: Town,
) -> None:
    first, second = await channels(town)
    name = await hang(town, "ada", "cyd")
    await town.stop("ada")
    await town.do(town.nodes["ben"].force_close(first))
    await town.mine(2)
    await town.restart("cyd")  # who now says what she knows
    await town.mine(DELAY + 10)
    await town.start("ada")
    await town.mine(2)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    assert (await town.channel("ben", second)).state is ChannelState.READY
    assert await gained(town, "ben") in less_fees(-FUNDED_SAT + AMOUNT_SAT + FEE_SAT)


async def test_what_is_too_small_for_an_output_comes_back_once_the_close_is_buried(
    town: Town,
) -> None:
    _, second = await channels(town)
    name = await hang(town, "ada", "cyd", 300)
    await town.stop("cyd")
    await town.do(town.nodes["ben"].force_close(second))
    await town.mine(5)
    assert await status(town, "ada", name) is PaymentStatus.IN_FLIGHT
    await town.mine()
    assert await status(town, "ada", name) is PaymentStatus.FAILED
    assert with_ada(town) == 0
    await town.mine(DELAY)
    assert await gained(town, "ben") in less_fees(0)
    await town.start("cyd")


async def test_what_has_no_output_is_paid_for_where_another_part_showed_the_preimage(
    town: Town,
) -> None:
    """BOLT 5: "for any committed HTLC that does NOT have an output in this commitment transaction:
    if the payment preimage is known: MUST fulfill the corresponding incoming HTLC"."""
    _, second = await channels(town)
    await town.open("ben", "cyd", FUNDED_SAT)
    small, large = 300, AMOUNT_SAT
    invoice = await town.do(town.nodes["cyd"].create_invoice((small + large) * 1000, "in parts"))
    name = bytes.fromhex(invoice.payment_hash)
    hold(town, "cyd")
    await offer_part(town, ("ada", "ben", "cyd"), invoice.invoice, small * 1000, behind=0)
    await offer_part(town, ("ada", "ben", "cyd"), invoice.invoice, large * 1000, behind=1)
    await town.clock.wait_for(lambda: taken(town, "cyd", name) is not None, MINUTE_MS)
    await town.stop("cyd")
    await town.do(town.nodes["ben"].force_close(second))
    await town.mine()
    await town.start("cyd")  # who now says what she knows, in the other channel
    await town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
    earned = large * 1000 + fee_msat(large * 1000)
    assert with_ada(town) == earned
    await town.restart("ben")
    await town.mine(5)
    assert with_ada(town) == earned + small * 1000 + fee_msat(small * 1000)

"""Quotes held against what then happens: on a chain with Core's consensus, to the satoshi."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.api.coins import TransactionView, TxKind
from lnwallet_tui.api.costs import OutputKind, OutputView, Pace, Whose
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import (
    AttemptStage,
    ChannelState,
    CloseQuote,
    OpenQuote,
)
from lnwallet_tui.node.node import Node
from lnwallet_tui.policy import POLICY, RETRY_LOCK, SHADOW_BLOCKS
from tests.node.bookkeeping import check_changes
from tests.node.test_htlcs_on_chain import LONGEST, hang
from tests.node.town import DELAY, Town

FUNDED_SAT = 500_000


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def quote_close(town: Town, name: str, channel_id: str) -> CloseQuote:
    return await town.do(town.nodes[name].quote_close(channel_id))


async def total(town: Town, name: str) -> int:
    """Everything of a node that is on chain, confirmed."""
    return await town.total_sat(name)


def sums_up(outputs: tuple[OutputView, ...], total_sat: int) -> bool:
    return sum(one.amount_sat for one in outputs) == total_sat


# -- opening
async def opened(town: Town, quote: OpenQuote) -> TransactionView:
    """Open as quoted; the funding transaction as the wallet has it."""
    view = await town.do(
        town.nodes["ada"].open_channel(
            town.uri("ben"),
            quote.capacity_sat,
            feerate_per_kw=quote.feerate_per_kw,
            most_fee_sat=quote.onchain_fee_sat,
        )
    )
    history = await transactions(town, "ada")
    return next(one for one in history if one.txid == view.funding_txid)


async def transactions(town: Town, name: str) -> tuple[TransactionView, ...]:
    return (await town.do(town.nodes[name].transactions(limit=200))).transactions


@pytest.mark.parametrize("pace", list(Pace))
async def test_the_way_back_is_quoted_before_an_opening_as_after_it(town: Town, pace: Pace) -> None:
    ada = town.nodes["ada"]
    first = await town.do(ada.quote_open(town.uri("ben"), FUNDED_SAT))
    cost = next(one for one in first.rates if one.pace is pace)
    before = await town.do(ada.quote_open(town.uri("ben"), FUNDED_SAT, cost.feerate_per_kw))
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    after = await quote_close(town, "ada", channel_id)
    assert before.force_close_fee_sat == after.force_fee_sat
    assert before.cooperative_close_fee_sat == after.cooperative_fee_sat
    await town.pay("ada", "ben", 100_000_123)
    shared = await quote_close(town, "ada", channel_id)
    assert before.shared_close_fee_sat == shared.cooperative_fee_sat > after.cooperative_fee_sat


@pytest.mark.parametrize("short_msat", [1, 0])
async def test_what_is_pushed_is_the_peers_output_from_the_first_moment(
    town: Town, short_msat: int
) -> None:
    ada, push_msat = town.nodes["ada"], POLICY.dust_limit.value * 1000 - short_msat
    quote = await town.do(ada.quote_open(town.uri("ben"), FUNDED_SAT, push_msat=push_msat))
    channel_id = await town.open("ada", "ben", FUNDED_SAT, push_msat=push_msat)
    after = await quote_close(town, "ada", channel_id)
    assert quote.cooperative_close_fee_sat == after.cooperative_fee_sat
    assert bool(quote.shared_close_fee_sat) == bool(short_msat)  # else there is no later


def relay_from(node: Node, per_kw: int) -> None:
    """As if all nodes relayed from this on."""
    chain = node._shell.ports.chain
    usual = chain.feerate_per_kw

    def asked(target_blocks: int) -> int:
        return usual(target_blocks) if target_blocks else per_kw

    chain.feerate_per_kw = asked  # type: ignore[method-assign]


async def test_a_quote_knows_what_nodes_relay_from(town: Town) -> None:
    """On days when they ask for more than the least, the commitment pays it, too."""
    ada = town.nodes["ada"]
    relay_from(ada, 1_000)
    quote = await town.do(ada.quote_open(town.uri("ben"), FUNDED_SAT))
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    view = await town.channel("ada", channel_id)
    assert view.can_send_msat == quote.can_send_after_msat
    after = await quote_close(town, "ada", channel_id)
    assert quote.force_close_fee_sat == after.force_fee_sat


@pytest.mark.parametrize("pace", list(Pace))
@pytest.mark.parametrize("amount_sat", [FUNDED_SAT, 1_200_000, 2_400_000])
async def test_an_opening_costs_what_was_quoted(town: Town, pace: Pace, amount_sat: int) -> None:
    ada = town.nodes["ada"]
    town.regtest.storm()
    first = await town.do(ada.quote_open(town.uri("ben"), amount_sat))
    assert [one.pace for one in first.rates] == list(Pace)
    cost = next(one for one in first.rates if one.pace is pace)
    quote = await town.do(ada.quote_open(town.uri("ben"), amount_sat, cost.feerate_per_kw))
    assert quote.onchain_fee_sat == cost.fee_sat
    assert quote.rates == first.rates
    funding = await opened(town, quote)
    assert funding.fee_sat == cost.fee_sat
    assert funding.amount_sat == -amount_sat - cost.fee_sat
    by_kind = {one.kind: one.amount_sat for one in quote.outputs}
    assert by_kind[OutputKind.CHANNEL] == amount_sat
    assert by_kind[OutputKind.FEE] == cost.fee_sat
    assert by_kind.get(OutputKind.CHANGE, 0) == quote.change_sat
    assert quote.can_be_hurried == (quote.change_sat > 0)
    usable = town.regtest.chain.height + cost.blocks
    by_block = {one.kind: one.spendable_height for one in quote.outputs}
    assert by_block.get(OutputKind.CHANGE, usable) == usable  # as late as its feerate lets expect
    assert by_block[OutputKind.CHANNEL] == usable - 1 + quote.confirmations_needed
    town.regtest.calm()


async def test_a_pace_is_as_fast_as_the_chain_says_of_its_feerate(town: Town) -> None:
    """What a page about fees says of a feerate, a quote says of it, too."""
    ada = town.nodes["ada"]
    fees = (await ada.fees()).fees
    said = {one.feerate_per_kw: one.target_blocks for one in fees}
    assert sorted(said.values()) == [6, 144, 1_008]
    opening = await town.do(ada.quote_open(town.uri("ben"), FUNDED_SAT))
    assert [one.blocks for one in opening.rates] == [144, 6, 6]
    assert all(said[one.feerate_per_kw] == one.blocks for one in opening.rates)


async def test_an_opening_that_became_dearer_is_refused(town: Town) -> None:
    ada = town.nodes["ada"]
    quote = await town.do(ada.quote_open(town.uri("ben"), FUNDED_SAT))
    opening = ada.open_channel(
        town.uri("ben"),
        FUNDED_SAT,
        feerate_per_kw=quote.feerate_per_kw,
        most_fee_sat=quote.onchain_fee_sat - 1,
    )
    refused = await town.run(opening)
    assert isinstance(refused, Refused)
    assert "Nothing was sent." in refused.remedy
    assert await ada.channels() == ()


# -- closing
async def used(town: Town) -> str:
    """A channel with money of both in it, in odd thousandths."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await town.pay("ada", "ben", 100_000_123)
    return channel_id


def soon(quote: CloseQuote) -> int:
    """Within how many blocks the feerate of a close together should confirm."""
    [blocks] = [one.blocks for one in quote.force_rates if one.pace is Pace.FAST]
    return blocks


@pytest.mark.parametrize("closer", ["ada", "ben"])
async def test_together_what_was_quoted_comes_back(town: Town, closer: str) -> None:
    channel_id = await used(town)
    before, quote = await total(town, closer), await quote_close(town, closer, channel_id)
    assert sums_up(quote.cooperative_outputs, FUNDED_SAT)
    assert bool(quote.cooperative_rates) == (closer == "ada")
    outcome = quote.cooperative_outcome
    # what an opening at the same feerate promises
    assert outcome.about_height == town.regtest.chain.height + soon(quote)
    await town.do(town.nodes[closer].close(channel_id))
    await town.mine()
    back = await total(town, closer) - before
    assert outcome.worst_sat <= back == outcome.about_sat
    assert back in [one.amount_sat for one in quote.cooperative_outputs]
    assert town.regtest.chain.height <= outcome.about_height


async def test_together_once_a_payment_has_arrived_the_peer_has_an_output(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await hang(town, "ada", "ben")
    before, quote = await total(town, "ada"), await quote_close(town, "ada", channel_id)
    expected = quote.cooperative_receives_sat - quote.outgoing_sat
    assert quote.cooperative_arrived_sat < expected  # a larger transaction costs more
    await town.restart("ben")  # who takes it now
    await town.do(town.nodes["ada"].close(channel_id))
    await town.mine()
    assert await total(town, "ada") - before == quote.cooperative_arrived_sat


@pytest.mark.parametrize("closer", ["ada", "ben"])
@pytest.mark.parametrize("weather", ["calm", "storm", "storm later"])
async def test_alone_what_comes_back_lies_between(town: Town, closer: str, weather: str) -> None:
    channel_id = await used(town)
    if weather == "storm":
        town.regtest.storm()
    before, quote = await total(town, closer), await quote_close(town, closer, channel_id)
    outcome = quote.force_outcome
    assert sums_up(quote.force_outputs, FUNDED_SAT)
    fee = next(one for one in quote.force_outputs if one.kind is OutputKind.FEE)
    assert fee.amount_sat == quote.force_commitment_fee_sat + 1  # of two broken satoshis
    if closer == "ada":  # who opened it: with the fee and both anchors that is all of its side
        paid = [one.amount_sat for one in quote.force_outputs if one.kind is OutputKind.ANCHOR]
        paid += [
            one.amount_sat
            for one in quote.force_outputs
            if (one.kind, one.whose) == (OutputKind.BALANCE, Whose.YOURS)
        ]
        assert sum(paid) + quote.force_commitment_fee_sat == quote.ours_msat // 1000
    if weather == "storm later":
        town.regtest.storm()
    await town.do(town.nodes[closer].force_close(channel_id))
    while (await town.channel(closer, channel_id)).state is not ChannelState.CLOSED:
        await town.mine()
        assert town.regtest.chain.height <= outcome.worst_height
    back = await total(town, closer) - before
    assert 0 < outcome.worst_sat <= back <= quote.ours_msat // 1000
    if (await town.channel(closer, channel_id)).closing_kind == "ours":
        assert back <= outcome.about_sat
    if weather == "calm":
        assert town.regtest.chain.height == outcome.about_height  # it holds the sweep
        child_sat = sum(
            one.fee_sat for one in await transactions(town, closer) if one.kind is TxKind.FEE
        )
        assert back == outcome.about_sat or child_sat
    town.regtest.calm()


@pytest.mark.parametrize("comes_back", [True, False])
async def test_with_a_payment_under_way_the_bounds_are_wider(town: Town, comes_back: bool) -> None:
    channel_id = await used(town)
    await hang(town, "ada", "ben")
    before, quote = await total(town, "ada"), await quote_close(town, "ada", channel_id)
    [payment] = [one for one in quote.force_outputs if one.kind is OutputKind.PAYMENT_OUT]
    assert (payment.whose, payment.amount_sat) == (Whose.UNDECIDED, 50_000)
    assert sums_up(quote.force_outputs, FUNDED_SAT)
    [htlc] = (await town.channel("ada", channel_id)).htlcs
    assert quote.cooperative_outcome.about_height == htlc.expiry_height + soon(quote)
    outcome = quote.force_outcome
    assert outcome.about_height == payment.spendable_height
    mine = sum(one.amount_sat for one in quote.force_outputs if one.whose is Whose.YOURS)
    anchor_sat = sum(o.amount_sat for o in quote.force_outputs if o.kind is OutputKind.ANCHOR) // 2
    [sweep_sat] = [one.fee_sat for one in quote.force_rates if one.pace is Pace.SLOW]
    home_sat = mine - anchor_sat + payment.amount_sat  # every fee that is named is reckoned with
    assert outcome.about_sat == home_sat - sweep_sat - quote.force_payments_fee_sat
    if comes_back:
        await town.stop("ben")
    await town.do(town.nodes["ada"].force_close(channel_id))
    assert (await town.nodes["ada"].onchain()).closing_until_height == 0  # no block has it yet
    await town.mine()
    view = await town.channel("ada", channel_id)
    assert view.available_height == outcome.about_height  # one and the same calculation
    on_chain = await town.nodes["ada"].onchain()
    assert on_chain.closing_until_height == outcome.about_height
    assert outcome.worst_height == outcome.about_height + 2 * POLICY.no_hurry
    if comes_back:
        [balance] = [
            one
            for one in quote.force_outputs
            if (one.kind, one.whose) == (OutputKind.BALANCE, Whose.YOURS)
        ]
        for home in (balance, payment):
            assert f"{home.amount_sat:,} sat" in view.explanation
            assert f"block {home.spendable_height:,} " in view.explanation
    await town.mine(LONGEST)
    while (await town.channel("ada", channel_id)).state is not ChannelState.CLOSED:
        await town.mine()
    back = await total(town, "ada") - before
    assert outcome.worst_sat <= back <= outcome.about_sat
    # Not a satoshi was forgotten, of what coins of the wallet pay, too.
    assert back == (outcome.about_sat if comes_back else quote.force_arrived_sat)
    assert town.regtest.chain.height <= outcome.worst_height
    await check_changes(town.nodes["ada"])
    if comes_back:
        await town.start("ben")


# -- on record
async def test_both_sides_keep_how_it_ended_over_a_restart(town: Town) -> None:
    channel_id = await used(town)
    await town.do(town.nodes["ada"].force_close(channel_id))
    height = town.regtest.chain.height
    await town.restart("ada")
    await town.mine(2)
    [ours] = (await town.channel("ada", channel_id)).closes
    told, theirs = (await town.channel("ben", channel_id)).closes
    assert (ours.began, ours.height, ours.peer_online) == (CloseBegan.COMMAND, height, True)
    assert (told.began, told.height) == (CloseBegan.PEER_ERROR, height)
    assert told.said == Untrusted("force close: the user said so")
    assert (theirs.began, theirs.height) == (CloseBegan.THEY_ALONE, height + 1)
    assert (ours.ours_msat, ours.theirs_msat) == (399_999_877, 100_000_123)
    assert (theirs.ours_msat, theirs.theirs_msat) == (ours.theirs_msat, ours.ours_msat)
    assert ours.revoked_number >= 0


async def test_a_deadline_is_kept_with_its_payment(town: Town) -> None:
    channel_id = await used(town)
    await hang(town, "ada", "ben")
    [htlc] = (await town.channel("ben", channel_id)).htlcs
    await town.mine(LONGEST)
    step = (await town.channel("ben", channel_id)).closes[0]
    assert (step.began, step.deadline_htlc_id) == (CloseBegan.DEADLINE, htlc.htlc_id)
    assert (step.deadline_outgoing, step.deadline_amount_msat) == (False, 50_000_000)
    assert step.height < step.deadline_expiry == htlc.expiry_height


async def test_a_frozen_channel_is_put_down_too(town: Town) -> None:
    channel_id = await used(town)
    board = town.nodes["ada"]._board
    held = board.channels.find(bytes.fromhex(channel_id))
    assert held is not None
    held.frozen = "AssertionError"
    await town.do(town.nodes["ada"].force_close(channel_id))
    [step] = (await town.channel("ada", channel_id)).closes
    assert step.began is CloseBegan.COMMAND


async def test_a_quote_of_what_is_too_much_is_refused(town: Town) -> None:
    refused = await town.run(town.nodes["ada"].quote_open(town.uri("ben"), 20_000_000))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.NOT_ENOUGH


async def test_the_limits_of_both_sides_are_each_others_mirror(town: Town) -> None:
    channel_id = await used(town)
    await hang(town, "ada", "ben")
    mine, theirs = [await town.channel(name, channel_id) for name in ("ada", "ben")]
    assert mine.our_limits == theirs.their_limits
    assert mine.their_limits == theirs.our_limits
    assert mine.our_limits is not None
    assert (mine.our_limits.htlcs, mine.our_limits.in_flight_msat) == (1, 50_000_000)
    assert mine.our_limits.reserve_sat == mine.our_reserve_sat


async def test_what_comes_home_is_known_before_and_after_the_block(town: Town) -> None:
    channel_id = await used(town)
    quote = await quote_close(town, "ada", channel_id)
    [mine] = [
        one.amount_sat
        for one in quote.force_outputs
        if (one.kind, one.whose) == (OutputKind.BALANCE, Whose.YOURS)
    ]
    view = await town.do(town.nodes["ada"].force_close(channel_id))
    assert view.coming_home_sat == mine
    await town.mine()
    assert (await town.channel("ada", channel_id)).coming_home_sat == mine


async def test_what_comes_home_and_what_came_are_told_apart_while_payments_wait(
    town: Town,
) -> None:
    """A payment that may come back comes home too; what has come went to no fee."""
    channel_id = await used(town)
    await hang(town, "ada", "ben", 20_000)
    quote = await quote_close(town, "ada", channel_id)
    mine = (OutputKind.BALANCE, Whose.YOURS), (OutputKind.PAYMENT_OUT, Whose.UNDECIDED)
    main, payment = [
        sum(o.amount_sat for o in quote.force_outputs if (o.kind, o.whose) == one) for one in mine
    ]
    await town.stop("ben")
    view = await town.do(town.nodes["ada"].force_close(channel_id))
    assert (view.coming_home_sat, view.came_home_sat) == (main + payment, 0)
    await town.mine()
    view = await town.channel("ada", channel_id)
    assert (view.coming_home_sat, view.came_home_sat) == (main + payment, 0)
    await town.mine(DELAY + 2)
    view = await town.channel("ada", channel_id)
    [sweep] = [one for one in await transactions(town, "ada") if one.kind is TxKind.SWEEP]
    assert sweep.height
    assert sweep.amount_sat + sweep.fee_sat == main
    assert (view.coming_home_sat, view.came_home_sat) == (payment, sweep.amount_sat)
    await town.start("ben")


# -- paying
async def test_a_quote_names_its_ways_and_a_payment_how_far_it_is(town: Town) -> None:
    channel_id = await used(town)
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(10_000_000, "quoted"))
    quote = await town.do(ada.quote_payment(invoice.invoice))
    [way] = quote.ways
    assert (way.first_peer, way.hops) == (ben.node_id.hex(), 1)
    assert (way.amount_msat, way.fee_msat) == (10_000_000, 0)
    payment_hash = await hang(town, "ada", "ben")
    [attempt] = await town.do(ada.attempts(payment_hash))
    assert attempt.stage is AttemptStage.COMMITTED
    assert attempt.expiry_height < quote.locked_until_height
    payment = town.nodes["ada"]._board.payments.sent(bytes.fromhex(payment_hash))
    assert payment is not None
    assert payment.latest_expiry == quote.locked_until_height  # told before, kept by every try
    assert (await town.channel("ada", channel_id)).htlcs[0].state == "locked in"


async def test_a_payment_keeps_to_the_last_block_that_was_agreed_on(town: Town) -> None:
    await used(town)
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(10_000_000, "in time"))
    for asked, amount_msat in ((invoice.invoice, None), (ben.node_id.hex(), 10_000_000)):
        quote = await town.do(ada.quote_payment(asked, amount_msat))
        soonest = quote.locked_until_height - RETRY_LOCK - SHADOW_BLOCKS
        pay = partial(ada.pay, asked, amount_msat=amount_msat)
        for latest in (-1, town.regtest.chain.height, soonest - 1):
            refused = await town.run(pay(locked_until_height=latest))
            assert isinstance(refused, Refused)
            assert "could lock the payment for 147 blocks or longer" in refused.message
        paid = await town.do(pay(locked_until_height=soonest))
        [attempt] = await town.do(ada.attempts(paid.payment_hash))
        assert attempt.expiry_height == soonest

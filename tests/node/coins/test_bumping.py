"""Hurrying what waits: a payment is made again, what opens a channel gets a child, and the wallet
is right whichever of them a miner takes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.holdings import HoldingKind
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpWay, Sending, WantedFee
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.tx import txid_from_hex
from lnwallet_tui.cli.consent import Consent
from lnwallet_tui.cli.listing import transactions
from lnwallet_tui.cli.spending import hurries
from lnwallet_tui.node.node import Node
from lnwallet_tui.onchain.reserve import bump_reserve
from lnwallet_tui.policy import POLICY
from lnwallet_tui.ui.format import parse_feerate
from tests.node.coins.test_bump_reserve import with_coins
from tests.node.coins.test_coin_views import coins, expect_sums, freeze, history
from tests.node.coins.test_spending import to_ben, waiting
from tests.node.test_htlc_fees import empty_block
from tests.node.town import Town
from tests.relay_rules import OldRules

RESERVE_SAT = bump_reserve(POLICY).value
SLOW = 300
SLOWLY = WantedFee(feerate_per_kw=SLOW)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def refusal(town: Town, name: str, txid: str, feerate: int | None = None) -> Refused:
    refused = await town.run(town.nodes[name].bump(txid, WantedFee(feerate_per_kw=feerate)))
    assert isinstance(refused, Refused), refused
    asked = await town.run(town.nodes[name].quote_bump(txid, WantedFee(feerate_per_kw=feerate)))
    assert asked == refused
    return refused


# -- a payment of ours


async def test_a_payment_is_made_again_for_more(town: Town) -> None:
    ada, ben, rules = town.nodes["ada"], town.nodes["ben"], OldRules(town.regtest.mempool)
    before = (await ben.balance()).onchain_confirmed_sat
    first = await town.do(ada.send(Sending(await to_ben(town, 250_000), fee=SLOWLY)))
    await town.do(ada.set_transaction_note(first.txid, "the rent"))
    await empty_block(town)
    quote = await town.do(ada.quote_bump(first.txid))
    assert (quote.way, quote.amount_sat, quote.txid) == (BumpWay.REPLACE, 250_000, first.txid)
    assert quote.added_fee_sat == quote.fee_sat - first.fee_sat > 0
    again = await town.do(ada.bump(first.txid, WantedFee(most_sat=quote.fee_sat)))
    assert (again.fee_sat, again.amount_sat) == (quote.fee_sat, 250_000)
    assert waiting(town) == [again.txid] != [first.txid]
    assert (rules.replacements, rules.broken) == (1, [])
    told = (await history(ada))[0]
    assert (told.txid, told.kind, told.fee_sat) == (again.txid, TxKind.SENT, again.fee_sat)
    assert told.note == Untrusted("the rent")
    change = (await coins(ada))[0]
    assert (change.spendable, change.height) == (False, 0)
    assert "made again for a higher fee" in change.explanation
    await expect_sums(ada)
    third = await town.do(ada.bump(again.txid, WantedFee(feerate_per_kw=8_000)))
    assert (waiting(town), rules.broken) == ([third.txid], [])
    refused = await refusal(town, "ada", first.txid)
    assert refused.message == f"It was replaced by {third.txid}, which waits for a block."
    assert refused.remedy == f"Hurry that one instead: {third.txid}."
    await town.mine()
    height = town.regtest.chain.height
    refused = await refusal(town, "ada", again.txid)
    assert refused.message == f"In its place {third.txid} was taken, in block {height:,}."
    assert refused.remedy == "There is nothing to hurry."
    assert (await ben.balance()).onchain_confirmed_sat == before + 250_000
    assert all(one.spendable for one in await coins(ada))
    assert (await history(ada))[0].confirmations == 1
    await expect_sums(ada)


async def test_the_first_version_is_taken_after_all_and_a_block_leaves(town: Town) -> None:
    ada = town.nodes["ada"]
    first = await town.do(ada.send(Sending(await to_ben(town, 250_000), fee=SLOWLY)))
    [original] = town.regtest.mempool.entries()
    again = await town.do(ada.bump(first.txid))
    town.regtest.chain.extend((original.tx,))
    await town.clock.rest()
    told = (await history(ada))[0]
    assert (told.txid, told.kind, told.confirmations) == (first.txid, TxKind.SENT, 1)
    assert all(one.spendable for one in await coins(ada))
    assert waiting(town) == []
    await expect_sums(ada)
    await town.regtest.reorganise(1)
    told = (await history(ada))[0]
    assert (told.txid, told.kind) == (first.txid, TxKind.SENT)
    await expect_sums(ada)
    refused = await refusal(town, "ada", again.txid)
    assert refused.message.startswith(f"In its place {first.txid} was taken, in block ")


async def test_after_a_restart_the_newest_version_is_offered(town: Town) -> None:
    ada = town.nodes["ada"]
    first = await town.do(ada.send(Sending(await to_ben(town, 250_000), fee=SLOWLY)))
    ada._board.publish = lambda *_: None  # type: ignore[method-assign]  # lost on its way
    again = await town.do(ada.bump(first.txid))
    assert waiting(town) == [first.txid]
    ada = await town.restart("ada")
    assert waiting(town) == [again.txid]
    await town.mine()
    await expect_sums(ada)


async def test_without_change_another_coin_pays(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 60_000, 80_000)
    payouts = await to_ben(town, 60_000 - 140)
    first = await town.do(cyd.send(Sending(payouts, fee=WantedFee(feerate_per_kw=253))))
    [entry] = town.regtest.mempool.entries()
    assert len(entry.tx.outputs) == 1
    again = await town.do(cyd.bump(first.txid, WantedFee(feerate_per_kw=2_000)))
    [entry] = town.regtest.mempool.entries()
    assert (len(entry.tx.inputs), len(entry.tx.outputs)) == (2, 2)
    await town.mine()
    assert (await cyd.balance()).onchain_confirmed_sat == 140_000 - 59_860 - again.fee_sat
    await expect_sums(cyd)


async def test_of_everything_less_arrives(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 60_000, 80_000)
    first = await town.do(cyd.send(Sending(await to_ben(town, 0), everything=True, fee=SLOWLY)))
    quote = await town.do(cyd.quote_bump(first.txid, WantedFee(feerate_per_kw=2_000)))
    assert quote.amount_sat == first.amount_sat - quote.added_fee_sat == 140_000 - quote.fee_sat
    again = await town.do(cyd.bump(first.txid, WantedFee(feerate_per_kw=2_000)))
    assert waiting(town) == [again.txid]
    await town.mine()
    assert await coins(cyd) == ()


async def test_a_payment_of_what_a_close_brought_is_made_again(town: Town) -> None:
    ada = town.nodes["ada"]
    channel_id = await town.open("ada", "ben", 500_000)
    await town.do(ada.close(channel_id))
    await town.mine(6)
    payouts = await to_ben(town, 0)
    first = await town.do(ada.send(Sending(payouts, everything=True, fee=SLOWLY)))
    assert (await history(ada))[0].kind is TxKind.SENT
    again = await town.do(ada.bump(first.txid))
    assert waiting(town) == [again.txid]
    await town.mine()
    await expect_sums(ada)


async def test_what_closes_need_stays_when_a_payment_is_hurried(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 300_000)
    await town.open("cyd", "ben", 100_000)
    first = await town.do(cyd.send(Sending(await to_ben(town, 0), everything=True, fee=SLOWLY)))
    await town.do(cyd.bump(first.txid, WantedFee(feerate_per_kw=2_000)))
    await town.mine()
    balance = await cyd.balance()
    assert balance.onchain_confirmed_sat == balance.bump_reserve_sat == RESERVE_SAT
    assert balance.bump_reserve_missing_sat == 0
    ada_coin = await with_coins(town, "dan", 300_000)
    await town.open("dan", "ben", 100_000)
    there = (await ada_coin.balance()).onchain_confirmed_sat
    refused = await town.run(ada_coin.quote_send(Sending(await to_ben(town, there))))
    assert isinstance(refused, Refused)
    most = int("".join(filter(str.isdigit, refused.remedy.partition(":")[0])))
    quote = await town.do(ada_coin.quote_send(Sending(await to_ben(town, most - 3_000))))
    assert quote.change_sat > RESERVE_SAT
    slow = await town.do(ada_coin.send(Sending(await to_ben(town, most), fee=SLOWLY)))
    too_much = await refusal(town, "dan", slow.txid, 12_000)
    assert too_much.code is RefusalCode.MUST_STAY


async def test_too_little_is_refused_with_the_least_that_works(town: Town) -> None:
    ada = town.nodes["ada"]
    first = await town.do(ada.send(Sending(await to_ben(town, 250_000), fee=SLOWLY)))
    refused = await refusal(town, "ada", first.txid, SLOW + 10)
    assert (await refusal(town, "ada", first.txid, 125)).remedy == refused.remedy
    told = refused.remedy.removeprefix("The least that works is ").removesuffix(" sat/vB.")
    least = parse_feerate(told)
    assert least is not None
    await refusal(town, "ada", first.txid, least - 1)
    rules = OldRules(town.regtest.mempool)
    again = await town.do(ada.bump(first.txid, WantedFee(feerate_per_kw=least)))
    assert (waiting(town), rules.broken) == ([again.txid], [])


async def test_what_hangs_on_it_is_hurried_and_pays_for_both(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 500_000)
    first = await town.do(cyd.send(Sending(await to_ben(town, 50_000), fee=SLOWLY)))
    second = await town.do(cyd.send(Sending(await to_ben(town, 60_000), fee=SLOWLY)))
    refused = await refusal(town, "cyd", first.txid)
    assert second.txid in refused.remedy
    told = {one.txid: one.explanation for one in await history(cyd)}
    assert f"to hurry both, hurry that one: {second.txid}." in told[first.txid]
    assert "You can hurry it" not in told[first.txid]
    assert "You can hurry it for a higher fee." in told[second.txid]
    quote = await town.do(cyd.quote_bump(second.txid, WantedFee(feerate_per_kw=4_000)))
    assert quote.feerate_per_kw == 4_000
    own = quote.fee_sat * 1_000 // quote.alone_feerate_per_kw
    assert quote.alone_feerate_per_kw > 4_000
    assert 0 <= own - town.regtest.mempool.entries()[1].tx.weight < 8  # of whole vB
    assert "sat/vB. It pays for what waits before it, too: 16 sat/vB for all" in hurries(quote)
    await town.do(cyd.bump(second.txid, WantedFee(feerate_per_kw=4_000)))
    entries = town.regtest.mempool.entries()
    weight = sum(entry.tx.weight for entry in entries)
    assert len(entries) == 2
    assert sum(entry.fee for entry in entries) * 1_000 >= 4_000 * weight
    await town.mine()
    assert waiting(town) == []
    await expect_sums(cyd)


# -- what only a child hurries


async def test_a_funding_is_never_made_again(town: Town) -> None:
    """The first commitment is signed over its txid."""
    ada = town.nodes["ada"]
    opening = ada.open_channel(town.uri("ben"), 300_000, feerate_per_kw=SLOW)
    view = await town.do(opening)
    quote = await town.do(ada.quote_bump(view.funding_txid, WantedFee(feerate_per_kw=2_000)))
    assert quote.way is BumpWay.CHILD
    rules = OldRules(town.regtest.mempool)
    child = await town.do(ada.bump(view.funding_txid, WantedFee(feerate_per_kw=2_000)))
    assert waiting(town) == [view.funding_txid, child.txid]
    entries = town.regtest.mempool.entries()
    paid, weight = sum(one.fee for one in entries), sum(one.tx.weight for one in entries)
    assert paid * 1_000 >= 2_000 * weight
    told = next(one for one in await history(ada) if one.txid == child.txid)
    assert (told.kind, told.channel_id) == (TxKind.FEE, view.channel_id)
    parent = next(one for one in await history(ada) if one.txid == view.funding_txid)
    assert (
        f"is hurried: a second transaction spends the change of it and pays {child.fee_sat:,} "
        "sat for both." in parent.explanation
    )
    await expect_sums(ada)
    too_little = await refusal(town, "ada", view.funding_txid, 2_050)
    assert too_little.code is RefusalCode.FEE_TOO_LOW
    assert f"pays {child.fee_sat:,} sat hurries it already" in too_little.message
    again = await town.do(
        ada.bump(child.txid, WantedFee(feerate_per_kw=4_000))
    )  # the child's name will do
    assert waiting(town) == [view.funding_txid, again.txid]
    assert (rules.replacements, rules.broken) == (1, [])
    ada = await town.restart("ada")
    assert waiting(town) == [view.funding_txid, again.txid]
    await town.mine(4)
    assert (await town.channel("ada", view.channel_id)).state is ChannelState.READY
    assert not ada._board.wallet.waiting()
    await expect_sums(ada)


async def test_who_names_no_feerate_gets_a_child_that_helps(town: Town) -> None:
    """Also where the funding pays what blocks ask by itself, and where a child is there."""
    ada = town.nodes["ada"]
    opening = ada.open_channel(town.uri("ben"), 300_000, feerate_per_kw=20_000)
    funding = (await town.do(opening)).funding_txid
    itself = await refusal(town, "ada", funding, 19_000)
    assert (itself.code, itself.message) == (
        RefusalCode.FEE_TOO_LOW,
        "It pays that much by itself already.",
    )
    rules = OldRules(town.regtest.mempool)
    quote = await town.do(ada.quote_bump(funding))
    assert quote.way is BumpWay.CHILD
    assert quote.feerate_per_kw > 20_000
    child = await town.do(ada.bump(funding, WantedFee(most_sat=quote.fee_sat)))
    second = await town.do(ada.quote_bump(child.txid))
    assert [quote.replaces_child, second.replaces_child] == [False, True]
    again = await town.do(ada.bump(funding))
    assert again.fee_sat > child.fee_sat
    assert waiting(town) == [funding, again.txid]
    assert (rules.replacements, rules.broken) == (1, [])


async def test_a_child_is_offered_again_with_what_it_hurries(town: Town) -> None:
    """Both together: alone the first would not be taken by a mempool that is full."""
    ada = town.nodes["ada"]
    view = await town.do(ada.open_channel(town.uri("ben"), 300_000, feerate_per_kw=SLOW))
    child = await town.do(ada.bump(view.funding_txid, WantedFee(feerate_per_kw=10_000)))
    town.regtest.mempool._entries.clear()
    town.regtest.storm()
    await empty_block(town)
    assert waiting(town) == [view.funding_txid, child.txid]


async def test_an_opening_with_everything_says_before_that_it_cannot_be_hurried(
    tmp_path: Path,
) -> None:
    town = Town(tmp_path, anchors=False)
    await town.begin("ada", "ben")
    ada = town.nodes["ada"]
    most = (await ada.onchain()).can_open_sat
    quote = await town.do(ada.quote_open(town.uri("ben"), most))
    assert (quote.can_be_hurried, quote.change_sat) == (False, 0)
    view = await town.do(ada.open_channel(town.uri("ben"), most))
    refused = await refusal(town, "ada", view.funding_txid)
    assert refused.message.startswith("It cannot be hurried")
    assert waiting(town) == [view.funding_txid]
    await town.end()


async def test_what_somebody_else_pays_us(town: Town) -> None:
    ada = town.nodes["ada"]
    [gift] = await history(ada)
    with ada._store.transaction() as tx:
        ada._board.wallet.forget_block(tx, ada._board.chain.height)
    quote = await town.do(ada.quote_bump(gift.txid, WantedFee(feerate_per_kw=1_000)))
    assert (quote.way, quote.fee_sat) == (BumpWay.CHILD, quote.added_fee_sat)
    assert not quote.fee_of_parent_known
    bounded = ada.quote_bump(gift.txid, WantedFee(feerate_per_kw=1_000, most_sat=quote.fee_sat - 1))
    refused = await town.run(bounded)
    assert isinstance(refused, Refused)
    assert f"more than {quote.fee_sat - 1:,} sat" in refused.message
    child = await town.do(ada.bump(gift.txid, WantedFee(feerate_per_kw=1_000)))
    assert waiting(town) == [child.txid]
    told = next(one for one in await history(ada) if one.txid == child.txid)
    assert told.kind is TxKind.FEE
    assert "to hurry a transaction that paid you" in told.explanation
    await expect_sums(ada)


async def listed(node: Node) -> list[dict[str, object]]:
    """What `lnwallet-tui transactions` lists."""
    options = Namespace(limit=20, json=True)
    answer = await transactions(node, options, Consent(given=False, may_ask=False))
    assert isinstance(answer, dict)
    return cast("list[dict[str, object]]", answer["transactions"])


async def test_an_agreed_close_is_hurried_by_a_child_and_its_fee_is_known(town: Town) -> None:
    ada, channel_id = town.nodes["ada"], await town.open("ada", "ben", 500_000)
    await town.do(ada.close(channel_id))
    [closing] = waiting(town)
    [told] = (await listed(ada))[:1]  # no part of the history yet, but somebody may look for it
    assert (told["txid"], told["kind"], told["height"]) == (closing, "close", None)
    quote = await town.do(ada.quote_bump(closing, WantedFee(feerate_per_kw=5_000)))
    assert (quote.way, quote.fee_of_parent_known) == (BumpWay.CHILD, True)
    before = await ada.balance()
    child = await town.do(ada.bump(closing, WantedFee(feerate_per_kw=5_000)))
    assert waiting(town) == [closing, child.txid]
    assert [one["txid"] for one in await listed(ada)].count(closing) == 1
    after = await ada.balance()  # it is counted once
    assert after.closing_msat == 0 < before.closing_msat
    sums = [one.closing_msat // 1_000 + one.onchain_pending_sat for one in (before, after)]
    assert sums[0] - sums[1] == child.fee_sat
    await expect_sums(ada)
    again = await town.do(ada.bump(closing, WantedFee(feerate_per_kw=9_000)))
    assert waiting(town) == [closing, again.txid]
    ada = await town.restart("ada")
    assert waiting(town) == [closing, again.txid]
    entries = town.regtest.mempool.entries()
    paid, weight = sum(one.fee for one in entries), sum(one.tx.weight for one in entries)
    assert 9_000 * weight <= paid * 1_000 <= 9_100 * weight
    await town.mine()
    await expect_sums(ada)
    [costs] = (await ada.holdings()).written_off.children
    by_kind = {leaf.kind: leaf.amount_msat for leaf in costs.children}
    assert by_kind[HoldingKind.FEE_BY_COINS] == again.fee_sat * 1_000


# -- what cannot be


async def test_what_needs_no_hurry_is_refused(town: Town) -> None:
    ada = town.nodes["ada"]
    [gift] = await history(ada)
    assert (await refusal(town, "ada", gift.txid)).message == "It is in a block already."
    for name in ("", "x", "0" * 64, "é" * 64, gift.txid + "0"):
        assert (await refusal(town, "ada", name)).code is RefusalCode.UNKNOWN


async def test_a_frozen_change_pays_for_no_child(town: Town) -> None:
    ada = town.nodes["ada"]
    view = await town.do(ada.open_channel(town.uri("ben"), 300_000, feerate_per_kw=SLOW))
    change = next(one for one in await coins(ada) if one.kind is TxKind.OPENING)
    await freeze(ada, change.coin)
    assert (await refusal(town, "ada", view.funding_txid)).remedy == "Thaw it first."
    await freeze(ada, change.coin, frozen=False)
    later = await town.do(ada.send(Sending(await to_ben(town, 2_600_000))))
    assert txid_from_hex(view.funding_txid) in {
        txin.outpoint.txid for txin in town.regtest.mempool.entries()[-1].tx.inputs
    }
    assert later.txid in (await refusal(town, "ada", view.funding_txid)).remedy


# -- what a close left


async def swept(town: Town, push_sat: int = 100_000) -> str:
    """Ben closed alone, and Ada's sweep of what is hers waits."""
    channel_id = await town.open("ada", "ben", 500_000, push_sat * 1_000)
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine()
    await empty_block(town)
    [sweep] = waiting(town)
    return sweep


async def test_a_sweep_is_made_again_for_more(town: Town) -> None:
    ada, rules = town.nodes["ada"], OldRules(town.regtest.mempool)
    first = await swept(town)
    quote = await town.do(ada.quote_bump(first, WantedFee(feerate_per_kw=5_000)))
    assert (quote.way, quote.amount_sat) == (BumpWay.REPLACE, quote.to_us_sat)
    assert (quote.txid, quote.feerate_per_kw) == (first, 5_000)
    assert 0 < quote.added_fee_sat < quote.fee_sat
    again = await town.do(ada.bump(first, WantedFee(feerate_per_kw=5_000, most_sat=quote.fee_sat)))
    assert waiting(town) == [again.txid]
    assert not rules.broken
    await empty_block(town)  # and the guard stays with it
    assert waiting(town) == [again.txid]
    await town.restart("ada")
    await empty_block(town)
    assert waiting(town) == [again.txid]
    assert (await refusal(town, "ada", first)).code is RefusalCode.UNKNOWN
    more = await town.do(town.nodes["ada"].bump(again.txid))  # as much as is needed
    assert more.fee_sat > again.fee_sat
    before = await town.total_sat("ada")
    await town.mine()
    assert await town.total_sat("ada") == before + more.amount_sat
    assert (await refusal(town, "ada", more.txid)).message == "It is in a block already."


async def test_a_sweep_is_not_hurried_beyond_reason(town: Town) -> None:
    first = await swept(town, 480_000)
    assert "must pay at least" in (await refusal(town, "ada", first, SLOW)).message
    refused = await refusal(town, "ada", first, 22_000)
    assert refused.code is RefusalCode.NOT_ENOUGH
    capped = await town.run(
        town.nodes["ada"].bump(first, WantedFee(feerate_per_kw=5_000, most_sat=300))
    )
    assert isinstance(capped, Refused)
    assert "more than 300 sat" in capped.message
    assert waiting(town) == [first]

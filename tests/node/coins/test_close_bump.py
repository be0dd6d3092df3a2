"""Hurrying our commitment by hand: a child pays for both, and the guard goes on from there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.refusals import RefusalCode
from lnwallet_tui.api.spending import BumpQuote, BumpWay, WantedFee
from tests.node.coins.test_bumping import refusal
from tests.node.coins.test_coin_views import history
from tests.node.coins.test_spending import waiting
from tests.node.test_htlc_fees import empty_block
from tests.node.town import COINS_SAT, DELAY, Town
from tests.relay_rules import OldRules

FUNDED_SAT = 500_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def closed_alone(town: Town) -> str:
    """Ada's commitment, which waits."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await town.do(town.nodes["ada"].force_close(channel_id))
    return (await town.channel("ada", channel_id)).published_txid


async def test_our_commitment_is_hurried_by_a_child(town: Town) -> None:
    """BOLT 5: "MUST spend any `to_local_anchor` output, providing sufficient fees as incentive to
    include the commitment transaction in a block"."""
    ada, rules = town.nodes["ada"], OldRules(town.regtest.mempool)
    commitment = await closed_alone(town)
    quote = await town.do(ada.quote_bump(commitment, WantedFee(feerate_per_kw=5_000)))
    assert isinstance(quote, BumpQuote)
    assert (quote.way, quote.txid) == (BumpWay.CHILD, commitment)
    assert (quote.amount_sat, quote.feerate_per_kw, quote.by_coins) == (0, 5_000, True)
    assert (quote.from_anchor_sat, quote.replaces_child) == (330, False)
    before = (await ada.balance()).total_msat
    child = await town.do(
        ada.bump(commitment, WantedFee(feerate_per_kw=5_000, most_sat=quote.fee_sat))
    )
    assert child.fee_sat == quote.fee_sat == quote.added_fee_sat + 330
    assert before - (await ada.balance()).total_msat == quote.added_fee_sat * 1000
    assert sorted(waiting(town)) == sorted([commitment, child.txid])
    pays = sum(entry.fee for entry in town.regtest.mempool.entries())
    weight = sum(entry.tx.weight for entry in town.regtest.mempool.entries())
    assert 5_000 <= pays * 1000 / weight < 5_100
    await empty_block(town)
    await town.restart("ada")
    await empty_block(town)
    assert child.txid in waiting(town)
    listed = (await history(town.nodes["ada"]))[0]
    assert (listed.kind, listed.height, listed.txid) == (TxKind.FEE, 0, child.txid)
    assert listed.fee_sat == -listed.amount_sat == quote.added_fee_sat
    assert f"Its whole fee is {quote.fee_sat:,} sat, 330 sat of it from the anchor" in (
        listed.explanation
    )
    more = await town.do(town.nodes["ada"].quote_bump(child.txid))
    assert (more.replaces_child, more.added_fee_sat) == (True, more.fee_sat - child.fee_sat)
    again = await town.do(town.nodes["ada"].bump(child.txid))  # as much as it takes
    assert again.fee_sat > child.fee_sat
    assert (await refusal(town, "ada", commitment, 5_000)).code is RefusalCode.FEE_TOO_LOW
    assert sorted(waiting(town)) == sorted([commitment, again.txid])
    assert not rules.broken
    await town.mine()
    assert not waiting(town)
    assert (await refusal(town, "ada", again.txid)).message == "It is in a block already."


async def test_who_was_given_up_is_told_what_hurrying_would_do(town: Town) -> None:
    """Ada's commitment lets Ben have his balance at once, his own has him wait."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT, push_msat=200_000_000)
    await town.do(town.nodes["ada"].force_close(channel_id))
    hers, his = await town.channel("ada", channel_id), await town.channel("ben", channel_id)
    assert his.published_txid != hers.published_txid  # BOLT 5: "MUST broadcast"
    assert waiting(town) == [hers.published_txid]
    wait = f"if it is yours, it waits {DELAY} blocks."
    assert "The peer gave the channel up with an error, at block " in his.explanation
    assert f"If it is the peer's, your balance is free at once; {wait}" in his.explanation
    assert "hurry yours only if no block takes either" in his.explanation
    assert " is refused by the network now, " in his.explanation
    assert "\nThe network says: “" in his.explanation
    assert "is published and waits for a block." in hers.explanation
    quoted = await town.do(
        town.nodes["ben"].quote_bump(his.published_txid, WantedFee(feerate_per_kw=5_000))
    )
    assert quoted.caution.endswith(f"{wait} Hurried, yours is likely to be the one.")
    quoted = await town.do(
        town.nodes["ada"].quote_bump(hers.published_txid, WantedFee(feerate_per_kw=5_000))
    )
    assert not quoted.caution
    await town.mine(2)
    assert (await town.channel("ben", channel_id)).closing_kind == "theirs"
    assert await town.total_sat("ben") > sum(COINS_SAT) + 199_000  # less the sweep


async def test_what_hurries_a_commitment_is_within_bounds(town: Town) -> None:
    commitment = await closed_alone(town)
    told = (await refusal(town, "ada", commitment, 253)).message
    least = told.rpartition("pays at least ")[2]
    assert (
        await refusal(town, "ada", commitment, 125)
    ).remedy == f"The least that works is {least}"
    refused = await refusal(town, "ada", commitment, 50_000)
    assert "more than 50,000 sat" in refused.message, "a tenth of what comes home"
    capped = await town.run(
        town.nodes["ada"].bump(commitment, WantedFee(feerate_per_kw=5_000, most_sat=300))
    )
    assert "more than 300 sat" in str(capped)
    assert commitment in waiting(town)


async def test_a_commitment_without_an_anchor_cannot_be_hurried(tmp_path: Path) -> None:
    town = Town(tmp_path, anchors=False)
    await town.begin("ada", "ben")
    commitment = await closed_alone(town)
    assert "static_remotekey" in (await refusal(town, "ada", commitment)).message
    await town.end()

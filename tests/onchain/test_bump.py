"""The anchor child: a commitment that pays too little is mined for its child's sake."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, whole_vbytes
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.coins.weights import tx_weight
from lnwallet_tui.onchain.bump import AnchorChild, NotEnoughCoins, anchor_child, fee_of, our_anchor
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.report import Fate, Part
from lnwallet_tui.playground.policy_package import submit_package
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import QUIET, Duel
from tests.onchain.guard import Guard
from tests.onchain.wallet import CHANGE, coins_of, sign_coins
from tests.playground.bench import Bench

POOR = replace(QUIET, feerate=253)
CROWDED = 20_000  # sat/kvB, so 5,000 sat/kw


def child_of(
    duel: Duel, parent: Tx, feerate: int, *coins: int
) -> AnchorChild | NotEnoughCoins | None:
    return anchor_child(duel.facts(), parent, coins_of(duel.bench, *coins), CHANGE, feerate)


def signed(duel: Duel, child: AnchorChild | NotEnoughCoins | None) -> Tx:
    assert isinstance(child, AnchorChild)
    return sign_coins(child.sign(duel.alice), child.funded)


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_the_child_pays_for_both(bench: Bench, whose: str) -> None:
    duel = Duel(bench, [POOR])
    parent = (
        our_commitment(duel.facts(), duel.alice) if whose == "ours" else duel.bobs_commitment(0)
    )
    child = signed(duel, child_of(duel, parent, 5_000, 100_000))
    bench.mempool.floor = CROWDED
    with pytest.raises(Rejection) as refused:
        bench.mempool.submit(parent)
    assert refused.value.reason is Reason.MEMPOOL_MIN_FEE
    assert [outcome.refused for outcome in submit_package(bench.mempool, (parent, child))] == [
        None
    ] * 2
    fees = sum(entry.fee for entry in bench.mempool.entries())
    assert 5_000 <= fees * 1_000 / (parent.weight + child.weight) < 5_050
    bench.mine()
    assert bench.chain.height_of(parent.txid) == bench.chain.height
    anchor = next(o for o in Guard(duel).look().outputs if o.part is Part.OUR_ANCHOR)
    assert anchor.fate is Fate.TAKEN


def test_a_child_is_replaced_by_one_that_pays_more(bench: Bench) -> None:
    duel = Duel(bench, [POOR])
    parent, coins = our_commitment(duel.facts(), duel.alice), coins_of(bench, 100_000)
    children = [
        signed(duel, anchor_child(duel.facts(), parent, coins, CHANGE, feerate))
        for feerate in (2_000, 4_000)
    ]
    for child in children:
        assert [o.refused for o in submit_package(bench.mempool, (parent, child))] == [None] * 2
    assert children[0].txid not in bench.mempool
    assert children[1].txid in bench.mempool


def test_a_child_that_replaces_pays_what_the_other_did_and_for_its_own_relay(bench: Bench) -> None:
    """BIP125: "3. The replacement transaction pays an absolute fee of at least the sum paid by the
    original transactions. 4. The replacement transaction must also pay for its own bandwidth"."""
    duel = Duel(bench, [POOR])
    parent, coins = our_commitment(duel.facts(), duel.alice), coins_of(bench, 100_000)
    dear = Sat(40_000)
    child = anchor_child(duel.facts(), parent, coins, CHANGE, 1_000, replaced=dear)
    assert isinstance(child, AnchorChild)
    weight = whole_vbytes(tx_weight(1, (CHANGE,)) + child.anchor.input_weight)
    assert child.funded.fee == dear + fee_at_least(POLICY.replacement_step, weight)


def test_a_commitment_that_pays_enough_needs_no_child(bench: Bench) -> None:
    duel = Duel(bench, [QUIET])
    parent = our_commitment(duel.facts(), duel.alice)
    assert fee_of(duel.facts(), parent) == Sat(1_124)
    assert child_of(duel, parent, 1_000, 100_000) is None
    assert child_of(duel, parent, 1_100, 100_000) is not None


def test_without_anchors_there_is_no_child(bench: Bench) -> None:
    duel = Duel(bench, [POOR], anchors=False)
    assert child_of(duel, our_commitment(duel.facts(), duel.alice), 5_000, 100_000) is None


def test_as_few_coins_as_are_needed(bench: Bench) -> None:
    duel = Duel(bench, [POOR])
    parent = our_commitment(duel.facts(), duel.alice)
    child = child_of(duel, parent, 5_000, 3_000, 9_000, 100_000)
    assert isinstance(child, AnchorChild)
    assert [coin.value for coin in child.funded.coins] == [Sat(3_000), Sat(9_000)]
    assert signed(duel, child).outputs[0].value + child.funded.fee == Sat(12_330)


def test_what_is_missing_is_said(bench: Bench) -> None:
    duel = Duel(bench, [POOR])
    parent = our_commitment(duel.facts(), duel.alice)
    short = child_of(duel, parent, 5_000, 1_000)
    assert isinstance(short, NotEnoughCoins)
    enough = child_of(duel, parent, 5_000, 1_000, short.missing.value)
    assert isinstance(enough, AnchorChild)
    assert isinstance(child_of(duel, parent, 5_000, 1_000, short.missing.value - 1), NotEnoughCoins)
    assert isinstance(child_of(duel, parent, 5_000), NotEnoughCoins)


def test_no_more_than_half_of_what_it_saves(bench: Bench) -> None:
    poor = replace(POOR, ours=Msat(20_000_000), theirs=Msat(980_000_000))
    duel = Duel(bench, [poor], we_fund=False)
    parent = our_commitment(duel.facts(), duel.alice)
    child = child_of(duel, parent, 100_000, 1_000_000)
    assert isinstance(child, AnchorChild)
    paid = child.funded.fee + fee_of(duel.facts(), parent)
    assert Sat(8_000) < paid <= Sat(10_600)


def test_our_anchor_is_known_by_its_script_wherever_it_stands(bench: Bench) -> None:
    duel = Duel(bench, [QUIET])
    parent = our_commitment(duel.facts(), duel.alice)
    turned = replace(parent, outputs=parent.outputs[::-1])
    anchors = [our_anchor(duel.facts(), tx) for tx in (parent, turned)]
    places = [anchor.outpoint.vout for anchor in anchors if anchor is not None]
    assert sum(places) == len(parent.outputs) - 1

"""No close depends on package relay: our commitment is relayed by itself as long as nodes ask for
no more than the cap allows, and a rise of a quarter since the peer was last there changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.env import Feerates
from lnwallet_tui.channel.feerates import proposed_feerate
from lnwallet_tui.onchain.bump import AnchorChild, anchor_child
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.playground.policy_package import submit_package
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import QUIET, Duel, Payment
from tests.onchain.wallet import CHANGE, coins_of, sign_coins
from tests.playground.bench import Bench

CAP = POLICY.max_anchors_feerate * 4  # sat/kvB


def proposed(floor: int) -> int:
    """With anchors, where nodes relay from this feerate (sat/kvB) on."""
    feerates = Feerates(floor, floor, POLICY.min_feerate, -(-floor // 4))
    return proposed_feerate(True, feerates, POLICY)


def closing(bench: Bench, feerate: int, payments: int) -> Duel:
    state = replace(QUIET, feerate=feerate)
    for number in range(payments):
        expiry = bench.chain.height + 100
        state = state.offering(Payment(number, number % 2 == 0, Msat(20_000_000), expiry))
    return Duel(bench, [state])


@pytest.mark.parametrize("payments", [0, 7])
@pytest.mark.parametrize("floor", [1_000, 1_400, 3_000, CAP * 4 // 5])
def test_what_we_propose_is_relayed_alone_when_the_floor_rises(
    bench: Bench, floor: int, payments: int
) -> None:
    duel = closing(bench, proposed(floor), payments)
    bench.mempool.floor = floor * 5 // 4 - 20  # rates are whole sat/kw, and weights are rounded up
    bench.mempool.submit(our_commitment(duel.facts(), duel.alice))


def test_above_the_cap_only_its_child_brings_it_in(bench: Bench) -> None:
    """10 sat/vB, as LND has it: at 50 a commitment of 30 payments would bind 78,000 sat for ever.
    What is asked beyond it is a matter of a child, and of nodes that look at both together."""
    assert proposed(50_000) * 4 == CAP
    duel = closing(bench, POLICY.max_anchors_feerate, 7)
    parent = our_commitment(duel.facts(), duel.alice)
    bench.mempool.floor = 50_000
    with pytest.raises(Rejection) as refused:
        bench.mempool.submit(parent)
    assert refused.value.reason is Reason.MEMPOOL_MIN_FEE
    child = anchor_child(duel.facts(), parent, coins_of(bench, 400_000), CHANGE, 12_600)
    assert isinstance(child, AnchorChild)
    signed = sign_coins(child.sign(duel.alice), child.funded)
    assert [one.refused for one in submit_package(bench.mempool, (parent, signed))] == [None, None]

"""Who bids against a penalty, takes its inputs one by one, or has miners leave it out: the fee of
what is left never falls, it is offered again in the same block, and in time it is worth more than
any bribe."""

from __future__ import annotations

from random import Random

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.transactions import ToLocal
from lnwallet_tui.coins.weights import dust_threshold
from lnwallet_tui.onchain.report import Fate
from lnwallet_tui.onchain.sweep_groups import Offer
from tests.onchain.duel import BOBS_DELAY, OUR_HOME, QUIET, Duel, Payment, State
from tests.onchain.guard import Guard
from tests.playground.bench import Bench
from tests.sampling import sampled

BLOCKS = 40
OUTPUT = dust_threshold(OUR_HOME).value


def crowd(height: int) -> State:
    """Twenty payments each way, too small for a transaction each."""
    state = QUIET
    for number in range(BLOCKS // 2):
        for from_us in (True, False):
            amount = Msat(1_300_000 + 10_000 * number)
            state = state.offering(Payment(number, from_us, amount, height))
    return state


def offered_in_mempool(guard: Guard) -> set[OutPoint]:
    entries = guard.bench.mempool.entries()
    return {txin.outpoint for entry in entries for txin in entry.tx.inputs}


def is_all_that_it_bears(guard: Guard, offer: Offer) -> bool:
    """Half of what it takes; more was offered together with what a rival has taken since."""
    claims = {claim.outpoint: claim.value.value for claim in guard.look().claims}
    [sweep] = [one for one in guard.bench.mempool.entries() if one.txid == offer.txid]
    brings = sum(claims[txin.outpoint] for txin in sweep.tx.inputs) - OUTPUT
    a_feerate = sweep.tx.weight // 1_000 + 1  # one sat/kw more would be above the half
    return brings // 2 - a_feerate <= offer.fee.value <= brings // 2


@pytest.mark.parametrize("seed", sampled("inputs taken one by one", range(4), 1))
def test_vuln_046_an_input_is_taken_in_each_of_forty_blocks(bench: Bench, seed: int) -> None:
    """LND began anew with the fee, and a block later, whenever a batch lost an input."""
    dice = Random(seed)
    duel = Duel(bench, [QUIET, crowd(bench.chain.height), QUIET])
    duel.bobs_coins = bench.coins(BLOCKS)
    feerate = [2_000]
    guard, left = Guard(duel, estimate=lambda _: feerate[0]), list(duel.theirs(1).htlc_transactions)
    bench.put(duel.bobs_commitment(1))
    fees: dict[OutPoint, int] = {}
    for _ in range(BLOCKS):
        feerate[0] = max(300, feerate[0] * dice.choice((60, 90, 120, 150)) // 100)
        guard.act()
        assert guard.refused == []
        for outpoint, offer in guard.offers.items():
            fell = offer.feerate_per_kw < fees.get(outpoint, 0)
            assert not fell or is_all_that_it_bears(guard, offer)
            fees[outpoint] = offer.feerate_per_kw
        written_off = {claim.outpoint for claim in guard.plan().written_off}
        ready = {
            claim.outpoint
            for claim in guard.look().claims
            if claim.earliest <= bench.chain.height + 1 and claim.outpoint not in written_off
        }
        assert ready <= offered_in_mempool(guard), "in the very block that took one from it"
        htlc = left.pop(dice.randrange(len(left)))
        bench.put(*duel.bobs_second_stages(1, htlc))
    assert max(len(entry.tx.inputs) for entry in bench.mempool.entries()) > 1
    bench.mine()
    assert guard.look().total(Fate.LOST).value == 0


@pytest.mark.parametrize("percent", [1, 5, 50, 90])
def test_vuln_050_miners_who_are_bribed_to_leave_a_penalty_out(bench: Bench, percent: int) -> None:
    """Core Lightning's penalties had a fixed fee. Who cheats can promise a part of his loot to
    whoever lets him have it; what he can promise is less than what we can pay."""
    duel = Duel(bench, [QUIET] * 2)
    guard = Guard(duel)
    commitment = duel.bobs_commitment(0)
    bench.put(commitment)
    built = duel.theirs(0)
    vout = next(at for at, role in enumerate(built.outputs) if isinstance(role, ToLocal))
    loot = commitment.outpoint(vout)
    bribe = commitment.outputs[vout].value.value * percent // 100
    last = bench.chain.height + BOBS_DELAY - 1  # the block before he can take it
    while bench.chain.coin(loot) is not None:
        assert bench.chain.height < last, "he has it"
        guard.act()
        assert guard.refused == []
        left_out = [
            entry.txid
            for entry in bench.mempool.entries()
            if any(txin.outpoint == loot for txin in entry.tx.inputs) and entry.fee <= bribe
        ]
        bench.now += 600
        bench.miner.mine(left_out)
    [taken] = [output for output in guard.look().outputs if output.outpoint == loot]
    assert taken.fate is Fate.TAKEN
    assert taken.spent is not None
    assert taken.spent.height <= last
    fee = guard.paid[taken.spent.tx.txid].value
    assert bribe < fee <= taken.value.value
    assert fee <= max(4 * bribe, taken.value.value // 50) or percent > 20

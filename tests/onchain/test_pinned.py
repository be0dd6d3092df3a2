"""A pin: before we have read the block, the cheat takes HTLCs of his old state in one transaction
that is so large that nobody mines it soon, and so dear as a whole that nothing of ours is worth
pushing it out. It holds what it spends, and nothing else; in the end all is ours, or his fee."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.channel.transactions import HtlcTransaction, ToLocal
from lnwallet_tui.onchain.report import Fate
from lnwallet_tui.playground.policy_rejection import Reason
from tests.onchain.duel import BOBS_DELAY, BOBS_HOME, QUIET, Duel, Payment, State
from tests.onchain.guard import Guard
from tests.playground.bench import Bench, Coin, sign_home

PINNED, FREE, INPUTS = 3, 3, 200
RATE = 2  # sat/vB that the pin pays


def with_payments(height: int) -> State:
    state = QUIET
    for number in range(PINNED + FREE):
        state = state.offering(Payment(number, True, Msat(12_000_000 + number * 1000), height))
    return state


def pin(duel: Duel, htlcs: list[HtlcTransaction]) -> Tx:
    """All of these in one transaction, with many coins of his beside them."""
    coins = duel.bench.coins(INPUTS, value=2_000)
    outputs = [htlc.tx.outputs[0] for htlc in htlcs]
    worth = sum(coin[1].value.value for coin in coins)
    vsize = 68 * INPUTS + 180 * len(htlcs) + 100
    tx = Tx(
        version=2,
        inputs=(
            *(htlc.tx.inputs[0] for htlc in htlcs),
            *(TxIn(one, sequence=1) for one, _ in coins),
        ),
        outputs=(*outputs, TxOut(Sat(worth - RATE * vsize), BOBS_HOME)),
        locktime=htlcs[0].tx.locktime,
    )
    nothing: Coin = (htlcs[0].tx.inputs[0].outpoint, TxOut(Sat(0), b""))
    return sign_home(duel._signed(1, tx, htlcs), *[nothing] * len(htlcs), *coins)


@pytest.mark.parametrize("end", ["it is mined after all", "he gives it up"])
def test_a_pin_holds_what_it_spends_and_nothing_else(bench: Bench, end: str) -> None:
    duel = Duel(bench, [QUIET, with_payments(bench.chain.height), QUIET])
    guard, commitment = Guard(duel), duel.bobs_commitment(1)
    htlcs = list(duel.theirs(1).htlc_transactions)[:PINNED]
    pinned = pin(duel, htlcs)
    bench.put(commitment)
    bench.mempool.submit(pinned)
    for _ in range(10):
        guard.act()
        bench.now += 600
        bench.miner.mine([pinned.txid])
    assert set(guard.refused) <= {Reason.INSUFFICIENT_FEE, Reason.REPLACEMENT_FAILED}
    assert guard.refused, "each of these three is less than what the pin pays"
    resolution = guard.look()
    held = {claim.outpoint for claim in resolution.claims}
    assert held == {txin.outpoint for txin in pinned.inputs[:PINNED]}
    assert resolution.total(Fate.TAKEN) == guard.home() + guard.fees_mined()
    to_local = [at for at, role in enumerate(duel.theirs(1).outputs) if isinstance(role, ToLocal)]
    assert [resolution.outputs[at].fate for at in to_local] == [Fate.TAKEN]
    guard.refused.clear()
    if end == "he gives it up":
        bench.mempool._entries.clear()  # his transaction is dropped, as after two weeks
    else:
        bench.mine()
        assert bench.chain.height_of(pinned.txid)
    bench.mine(BOBS_DELAY - 20)
    guard.act()
    bench.mine()
    assert guard.refused == []
    resolution = guard.look()
    assert resolution.claims == ()
    assert resolution.total(Fate.LOST) == Sat(0)
    assert resolution.total(Fate.TAKEN) == guard.home() + guard.fees_mined()

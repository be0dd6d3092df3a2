"""Replacement cycling: who knows the preimage of an HTLC of ours pushes our timeout out of all
mempools with it, and takes that back at once by paying more for something else; block after block,
until whoever is in front of us takes its own HTLC back. Each round costs him more than we offered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.signing import SpentOutput
from lnwallet_tui.channel.transactions import HtlcOutput
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.node.config import RelayTerms
from lnwallet_tui.playground.policy_cluster import Entry
from lnwallet_tui.policy import POLICY
from tests.keys.pair import keys_of
from tests.onchain.duel import BOBS_HOME, QUIET, Duel, Payment
from tests.onchain.purse import Closing, Purse, crowded_block
from tests.playground.bench import Bench, Coin, paid, sign_home

AMOUNT = 100_000
OURS = RelayTerms().cltv_expiry_delta - POLICY.fulfilment_deadline
"""Blocks that a relay of ours has for its timeout, when it asks for what it asks for by default."""


@dataclass
class Cycler:
    """Bob, who has not been paid yet for what he knows. `budget` is what he may spend, in sat."""

    duel: Duel
    payment: Payment
    coins: list[Coin]
    budget: int
    spent: int = 0
    rounds: int = 0

    def push_out(self) -> bool:
        """Get our timeout out of the mempool, and himself; False where he cannot any more."""
        mempool = self.duel.bench.mempool
        timeout = self._timeout()
        if timeout is None:
            return True
        coin = self.coins[-1]
        first = self._with_preimage(coin, timeout.fee + 300)
        entry = mempool.examine(first)
        second = paid(coin, fee=timeout.fee + 300 + entry.vsize)
        cost = timeout.fee + 300 + entry.vsize
        if self.spent + cost > self.budget:
            return False
        mempool.submit(first)
        mempool.submit(second)
        assert timeout.txid not in mempool
        assert first.txid not in mempool
        self.coins.pop()
        self.spent += cost
        self.rounds += 1
        return True

    def _timeout(self) -> Entry | None:
        spends = [
            entry
            for entry in self.duel.bench.mempool.entries()
            if entry.tx.inputs[0].outpoint == self._outpoint()
        ]
        return spends[0] if spends else None

    def _outpoint(self) -> OutPoint:
        built = self.duel.ours(1)
        [vout] = [at for at, role in enumerate(built.outputs) if isinstance(role, HtlcOutput)]
        return built.tx.outpoint(vout)

    def _with_preimage(self, coin: Coin, fee: int) -> Tx:
        built, outpoint = self.duel.ours(1), self._outpoint()
        output, role = built.tx.outputs[outpoint.vout], built.outputs[outpoint.vout]
        assert isinstance(role, HtlcOutput)
        value = output.value + coin[1].value - Sat(fee)
        inputs = TxIn(outpoint, sequence=1), TxIn(coin[0], sequence=0xFFFFFFFD)
        tx = Tx(2, inputs, (TxOut(value, BOBS_HOME),))
        spent = SpentOutput(0, role.witness_script, output.value, SIGHASH_ALL)
        point = self.duel.alice.per_commitment_point(1)
        signature = Signer(keys_of("bob")).sign_htlc_claim(tx, spent, point)
        witness = witnesses.htlc_claim(signature, self.payment.preimage, role.witness_script)
        nothing: Coin = (outpoint, TxOut(Sat(0), b""))
        return sign_home(tx.with_witness(0, witness), nothing, coin)


def fight(bench: Bench, patience: int, budget: int) -> tuple[Cycler, bool]:
    """All blocks that there are; whether our timeout is in one of them."""
    payment = Payment(0, True, Msat(AMOUNT * 1000), bench.chain.height + 6)
    duel = Duel(bench, [QUIET, replace(QUIET, feerate=POLICY.min_feerate).offering(payment)])
    coins = bench.coins(patience + 1, value=3 * AMOUNT)
    closing = Closing(duel, {})
    bench.put(closing.parent)
    ours = Purse(bench, [closing], lambda _: 2_500, [2 * AMOUNT] * 2, timeout_patience=patience)
    bench.mine(max(0, payment.expiry - bench.chain.height))
    bob = Cycler(duel, payment, coins, budget)
    outpoint = bob._outpoint()
    while bench.chain.height < payment.expiry + patience - 1:
        ours.act()
        assert outpoint in ours.waiting, "it is offered again in the very block"
        assert bob.push_out() or bob._timeout() is not None
        crowded_block(bench, 10_000)
        if bench.chain.coin(outpoint) is None:
            return bob, True
    assert ours.refused == []
    return bob, False


@pytest.mark.parametrize("times", [1, 5])
def test_vuln_047_who_spends_what_it_is_worth_or_five_times_that_wins_nothing(
    bench: Bench, times: int
) -> None:
    """A timeout that is not offered anew, for more with each block, is kept out for some sats."""
    bob, taken = fight(bench, OURS, times * AMOUNT)
    assert taken
    assert bob.rounds > 3
    assert bob.spent > (times - 1) * AMOUNT // 2


def test_vuln_047_what_it_costs_to_win(bench: Bench) -> None:
    """In the 44 blocks that there are by default: 11 times the amount and more. An offer is never
    more than half of it before the last block, so that 20 times would take some 80 blocks."""
    bob, taken = fight(bench, OURS, 10**9)
    assert not taken
    assert bob.spent > 11 * AMOUNT


def test_vuln_047_twenty_times_the_amount_over_a_longer_time(bench: Bench) -> None:
    """A relay that asks for 124 blocks between its HTLCs has 88 for its timeout."""
    _, taken = fight(bench, 88, 20 * AMOUNT)
    assert taken

"""Every revoked state is punished, on every output that it has."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.transactions import HtlcOutput, LocalAnchor, RemoteAnchor, ToLocal
from lnwallet_tui.onchain.claim import ToRemoteKey
from lnwallet_tui.onchain.classify import Revoked, Theirs
from lnwallet_tui.onchain.report import Fate, Part
from lnwallet_tui.onchain.spoils import Spoils, at_first, spoils
from lnwallet_tui.playground.policy_rejection import Reason
from tests.onchain.duel import (
    BOBS_DELAY,
    FUNDING_VALUE,
    OUR_HOME,
    QUIET,
    Duel,
    Payment,
    State,
    random_states,
)
from tests.onchain.guard import Guard
from tests.playground.bench import Bench

BOTH_TYPES = pytest.mark.parametrize("anchors", [False, True], ids=["static_remotekey", "anchors"])
ANCHORS = LocalAnchor | RemoteAnchor


def adds_up(told: Spoils) -> bool:
    _, *parts = (getattr(told, field.name) for field in fields(told))
    return sum(parts, Sat(0)) == told.whole


@BOTH_TYPES
def test_every_state_of_a_run_is_punished(bench: Bench, anchors: bool) -> None:
    states = random_states(7 + anchors, 51, height=bench.chain.height, anchors=anchors)
    duel = Duel(bench, states, anchors=anchors)
    facts, seen = duel.facts(), [0, 0, 0]
    for number in range(50):
        guard, before = Guard(duel, facts), bench.chain.held_by(OUR_HOME)
        commitment = duel.bobs_commitment(number)
        bench.put(commitment)
        close = guard.look().close
        assert isinstance(close, Revoked)
        assert (close.number, close.roles) == (number, duel.theirs(number).outputs)
        seen[0] += sum(isinstance(role, HtlcOutput) for role in close.roles)
        seen[1] += len(states[number].payments) - len(duel.theirs(number).htlc_transactions)
        plan = guard.act()
        seen[2] += len(plan.written_off)
        assert all(claim.value < Sat(500) for claim in plan.written_off)
        bench.mine()
        resolution = guard.look()
        assert resolution.claims == plan.written_off
        assert resolution.total(Fate.TAKEN) == guard.home() - before + guard.fees_mined()
        ours = [
            txout.value
            for txout, role in zip(commitment.outputs, close.roles, strict=True)
            if not isinstance(role, ANCHORS)
        ]
        left = resolution.total(Fate.LEFT).minus_or_zero(Sat(330 if anchors else 0))
        assert sum(ours, Sat(0)) == resolution.total(Fate.TAKEN) + left
        told = spoils(FUNDING_VALUE, resolution, guard.fees_mined())
        assert told.home == guard.home() - before
        published = FUNDING_VALUE - sum((out.value for out in commitment.outputs), Sat(0))
        assert (told.published, told.lost, told.coming) == (published, Sat(0), Sat(0))
        assert adds_up(told)
        assert adds_up(at_first(FUNDING_VALUE, resolution))
        assert plan.written_off or resolution.final_at == bench.chain.height + 99
        assert guard.refused == []
        bench.chain.drop(2)
        assert guard.look_or_none() is None
    assert min(seen[:2]) > 10, "the run must have HTLC outputs, and trimmed ones"
    assert seen[2] < seen[0] // 4


def with_payments(height: int) -> list[State]:
    """Three payments each way in state 1; state 2 is without them."""
    full = QUIET
    for htlc_id in range(3):
        for from_us in (True, False):
            amount = Msat(20_000_000 + 1_000_000 * htlc_id)
            full = full.offering(Payment(htlc_id, from_us, amount, height + 5 + htlc_id))
    return [QUIET, full, QUIET]


def taken(guard: Guard, commitment: Tx, fees: Sat) -> None:
    """Everything of the commitment but its anchors is home."""
    anchors = Sat(660 if guard.duel.anchors else 0)
    worth = sum((txout.value for txout in commitment.outputs), Sat(0)) - anchors
    assert guard.home() == worth - fees


@BOTH_TYPES
def test_vuln_043_every_output_of_the_second_stage(bench: Bench, anchors: bool) -> None:
    """Nodes looked at one output per HTLC transaction; on anchors a cheat joins many in one."""
    duel = Duel(bench, with_payments(bench.chain.height), anchors=anchors)
    guard, commitment = Guard(duel), duel.bobs_commitment(1)
    built = duel.theirs(1)
    bench.put(commitment)
    bench.mine(10)  # all payments of his have expired
    quick = [htlc for htlc in built.htlc_transactions if htlc.htlc.htlc_id < 2]
    assert {htlc.htlc.offered for htlc in quick} == {True, False}
    second = duel.bobs_second_stages(1, *quick)
    assert len(second) == (3 if anchors else 4)  # both of locktime 0 in one
    bench.put(*second)
    resolution = guard.look()
    moved = [output for output in resolution.outputs if output.fate is Fate.MOVED]
    assert len(moved) == 4
    on_their_way = [o for o in resolution.outputs if o.part is Part.THEIR_SECOND_STAGE]
    assert {o.outpoint.txid for o in on_their_way} == {tx.txid for tx in second}
    assert {o.deadline for o in on_their_way} == {bench.chain.height + BOBS_DELAY}
    assert resolution.final_at is None
    guard.act()
    bench.mine()
    assert guard.look().total(Fate.LOST) == Sat(0)
    assert guard.look().final_at == bench.chain.height + 99
    htlc_fees = sum((htlc.value - htlc.tx.outputs[0].value for htlc in quick), Sat(0))
    taken(guard, commitment, guard.fees_mined() + htlc_fees)
    told = spoils(FUNDING_VALUE, guard.look(), guard.fees_mined())
    assert (told.home, told.lost, adds_up(told)) == (guard.home(), Sat(0), True)


@BOTH_TYPES
def test_both_stages_in_one_block(bench: Bench, anchors: bool) -> None:
    duel = Duel(bench, with_payments(bench.chain.height - 50), anchors=anchors)
    guard, commitment = Guard(duel), duel.bobs_commitment(1)
    htlcs = duel.theirs(1).htlc_transactions
    if anchors:
        bench.put(commitment)  # on anchors nothing but an anchor is spent in the same block
        bench.put(*duel.bobs_second_stages(1, *htlcs))
    else:
        bench.put(commitment, *duel.bobs_second_stages(1, *htlcs))
    guard.act()
    bench.mine()
    fees = sum((htlc.value - htlc.tx.outputs[0].value for htlc in htlcs), Sat(0))
    taken(guard, commitment, guard.fees_mined() + fees)


def test_vuln_038_penalties_that_are_invalidated(bench: Bench) -> None:
    """LDK lost claims that shared a transaction with one that the cheat came first to.

    BOLT 5: "MUST handle its transactions being invalidated by HTLC transactions".
    """
    duel = Duel(bench, with_payments(bench.chain.height), anchors=True)
    guard, commitment = Guard(duel), duel.bobs_commitment(1)
    bench.put(commitment)
    waiting = guard.act().sweeps
    received = [h for h in duel.theirs(1).htlc_transactions if not h.htlc.offered]
    bench.put(*duel.bobs_second_stages(1, *received))  # a miner prefers his
    assert [tx.txid in bench.mempool for tx in (s.tx for s in waiting)].count(False) == 3
    again = guard.act()
    # Three singles are replaced by one; what waits already is not disturbed.
    assert {sweep.tx.txid for sweep in again.sweeps[:-1]} < {sweep.tx.txid for sweep in waiting}
    assert len(again.sweeps[-1].claims) == 3
    assert guard.refused == []
    bench.mine()
    taken(guard, commitment, guard.fees_mined())
    assert guard.look().preimages == {
        htlc.htlc.payment_hash: next(
            p.preimage for p in duel.states[1].payments if p.from_us and p.id == htlc.htlc.htlc_id
        )
        for htlc in received
    }


def test_htlc_outputs_are_taken_one_by_one(bench: Bench) -> None:
    """What the cheat can pin or invalidate holds back nothing else."""
    duel = Duel(bench, with_payments(bench.chain.height), anchors=True)
    bench.put(duel.bobs_commitment(1))
    sweeps = Guard(duel).plan().sweeps
    alone = [sweep for sweep in sweeps if sweep.claims[0].is_htlc]
    assert [len(sweep.claims) for sweep in alone] == [1] * 6
    (common,) = (sweep for sweep in sweeps if sweep not in alone)
    assert len(common.claims) == 2


@BOTH_TYPES
def test_deadlines_of_a_breach(bench: Bench, anchors: bool) -> None:
    """Until what he takes is his for good: his delay, after the first block that may take it."""
    duel = Duel(bench, with_payments(bench.chain.height), anchors=anchors)
    guard = Guard(duel)
    bench.put(duel.bobs_commitment(1))
    confirmed, soonest = bench.chain.height, bench.chain.height + anchors
    for output in guard.look().outputs:
        if output.part is Part.THEIR_BALANCE:
            assert output.deadline == confirmed + BOBS_DELAY
        elif output.part is Part.HTLC_OFFERED:  # he takes it with the preimage, at once
            assert output.deadline == soonest + BOBS_DELAY
        elif output.htlc is not None:  # he takes it back when it has expired
            assert output.deadline == output.htlc.cltv_expiry + 1 + BOBS_DELAY
        else:
            assert output.deadline is None


def test_one_hash_with_two_amounts(bench: Bench) -> None:
    full = QUIET
    for htlc_id, amount in enumerate((9_000_000, 7_000_000)):
        full = full.offering(Twin(htlc_id, from_us=False, amount=Msat(amount), expiry=300))
    duel = Duel(bench, [QUIET, full, QUIET])
    bench.put(duel.bobs_commitment(1))
    reports = [output for output in Guard(duel).look().outputs if output.htlc]
    assert [o.htlc.amount.floor_sat() for o in reports if o.htlc] == [o.value for o in reports]
    assert len(reports) == 2


def test_small_htlc_outputs_are_taken_together(bench: Bench) -> None:
    full = QUIET
    for htlc_id in range(8):
        full = full.offering(Payment(htlc_id, from_us=True, amount=Msat(1_500_000), expiry=300))
    duel = Duel(bench, [QUIET, full, QUIET], anchors=True)
    guard, commitment = Guard(duel, estimate=lambda _: 2_200), duel.bobs_commitment(1)
    bench.put(commitment)
    sweeps = guard.act().sweeps
    assert [len(sweep.claims) for sweep in sweeps] == [2, 8]
    bench.mine()
    taken(guard, commitment, guard.fees_mined())


def test_what_is_not_worth_its_fee_is_said_to_be_left(bench: Bench) -> None:
    full = QUIET.offering(Payment(0, from_us=True, amount=Msat(360_000), expiry=300))
    duel = Duel(bench, [QUIET, full, QUIET], anchors=True)
    guard = Guard(duel)
    bench.put(duel.bobs_commitment(1))
    (left,) = guard.act().written_off
    assert left.value == Sat(360)
    bench.mine()
    resolution = guard.look()
    (report,) = (output for output in resolution.outputs if output.htlc)
    assert (report.fate, report.value) == (Fate.LEFT, Sat(360))
    assert resolution.claims == (left,), "it is still tried, should another claim carry it"
    assert resolution.pending == Sat(0)
    assert resolution.final_at == 300 + 99, "the HTLC may still be spent by him"


@BOTH_TYPES
def test_what_the_cheat_got_away_with_is_lost(bench: Bench, anchors: bool) -> None:
    duel = Duel(bench, [QUIET] * 3, anchors=anchors)
    guard, built = Guard(duel), duel.theirs(0)
    bench.put(duel.bobs_commitment(0))
    vout = next(v for v, role in enumerate(built.outputs) if isinstance(role, ToLocal))
    theft = duel.bobs_sweep(0, vout)
    bench.mine(BOBS_DELAY - 2)
    assert not guard.publish(theft, Sat(1_000)), "too early by a block"
    assert guard.refused == [Reason.NON_BIP68_FINAL]
    bench.mine()
    assert guard.look().outputs[vout].deadline == bench.chain.height + 1
    bench.put(theft)
    resolution = guard.look()
    assert resolution.outputs[vout].fate is Fate.LOST
    assert resolution.total(Fate.LOST) == built.tx.outputs[vout].value
    assert [type(claim.key) for claim in resolution.claims] == [ToRemoteKey]


@BOTH_TYPES
def test_vuln_037_twins(bench: Bench, anchors: bool) -> None:
    """LDK matched HTLCs of old states by hash and amount, and twins of them were stuck."""
    full = QUIET
    for htlc_id in range(3):
        twin = Twin(
            htlc_id, from_us=bool(htlc_id % 2), amount=Msat(9_000_000), expiry=300 + htlc_id // 2
        )
        full = full.offering(twin)
    duel = Duel(bench, [QUIET, full, QUIET], anchors=anchors)
    guard, commitment = Guard(duel), duel.bobs_commitment(1)
    bench.put(commitment)
    guard.act()
    bench.mine()
    taken(guard, commitment, guard.fees_mined())


class Twin(Payment):
    """A payment with the same hash as others."""

    @property
    def preimage(self) -> bytes:
        return bytes(32)


def test_payments_that_nobody_remembers(bench: Bench) -> None:
    """Without the rows of old HTLCs the rest is taken, and what is missing is shown."""
    duel = Duel(bench, with_payments(bench.chain.height), anchors=True)
    guard = Guard(duel, replace(duel.facts(), held_htlcs=()))
    bench.put(duel.bobs_commitment(1))
    resolution = guard.look()
    assert isinstance(resolution.close, Revoked)
    unknown = [o for o in resolution.outputs if o.part is Part.NOT_RECOGNISED]
    assert len(unknown) == 6
    guard.act()
    bench.mine()
    assert guard.look().total(Fate.TAKEN) == guard.home() + guard.fees_mined()


@BOTH_TYPES
def test_vuln_040_a_reorganisation_swaps_the_close(bench: Bench, anchors: bool) -> None:
    """LDK stayed with the commitment that it saw first, or broke when claims were undone."""
    duel = Duel(bench, with_payments(bench.chain.height), anchors=anchors)
    guard, seen = Guard(duel), []
    for number, depth in ((0, 1), (2, 2), (1, 3), (2, 6), (0, 0)):
        bench.put(duel.bobs_commitment(number))
        guard.act()
        bench.mine(max(depth - 1, 1))
        seen.append(type(guard.look().close))
        fresh = Guard(duel)
        assert fresh.look() == guard.look()
        if depth:
            bench.chain.drop(bench.chain.height - duel.height)
            assert guard.look_or_none() is None
    assert seen == [Revoked, Theirs, Revoked, Theirs, Revoked]
    assert guard.look().claims == ()

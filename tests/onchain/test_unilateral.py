"""Closes that are no breach: our own commitment, and either of theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.onchain.bump import Funded, fund_second_stage
from lnwallet_tui.onchain.classify import Ours, OursUnexpected, Theirs, TheirsUnexpected
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.playground.policy_rejection import Reason
from tests.onchain.duel import OUR_DELAY, QUIET, Duel, Payment, State
from tests.onchain.guard import Guard
from tests.onchain.wallet import CHANGE, coins_of, sign_coins
from tests.playground.bench import Bench

BOTH_TYPES = pytest.mark.parametrize("anchors", [False, True], ids=["static_remotekey", "anchors"])


def with_payments(height: int) -> State:
    """Two payments each way; of theirs we take the first."""
    state = QUIET
    for htlc_id in range(2):
        for from_us in (True, False):
            amount = Msat(30_000_000 + htlc_id)
            state = state.offering(Payment(htlc_id, from_us, amount, height + 12 + htlc_id))
    return state


def preimages_of(state: State) -> dict[int, bytes]:
    first = next(p for p in state.payments if not p.from_us and p.id == 0)
    return {first.id: first.preimage}


def only(guard: Guard, *, part: Part) -> OutputReport:
    (report,) = (output for output in guard.look().outputs if output.part is part)
    return report


# -- ours


@BOTH_TYPES
@pytest.mark.parametrize("we_fund", [False, True])
def test_our_delayed_balance(bench: Bench, anchors: bool, we_fund: bool) -> None:
    duel = Duel(bench, [QUIET], anchors=anchors, we_fund=we_fund)
    guard = Guard(duel)
    bench.mempool.submit(our_commitment(guard.facts, duel.alice))
    bench.mine()
    resolution, confirmed = guard.look(), bench.chain.height
    assert isinstance(resolution.close, Ours)
    (claim,) = resolution.claims
    assert claim.earliest == confirmed + OUR_DELAY
    assert resolution.pending == claim.value
    assert only(guard, part=Part.OUR_BALANCE).fate is Fate.WAITING
    assert only(guard, part=Part.THEIR_BALANCE).fate is Fate.THEIRS
    assert guard.act().waiting == (claim,)
    bench.mine(OUR_DELAY - 2)
    (early,) = guard.plan(after=1).sweeps
    assert not guard.publish(early.sign(duel.alice), early.fee)
    assert guard.refused == [Reason.NON_BIP68_FINAL]
    bench.mine()
    assert only(guard, part=Part.OUR_BALANCE).fate is Fate.CLAIMABLE
    assert guard.act().sweeps == (early,)
    bench.mine()
    assert bench.chain.height == claim.earliest
    assert guard.home() == claim.value - guard.fees_mined()
    assert only(guard, part=Part.OUR_BALANCE).fate is Fate.TAKEN


def test_it_is_final_a_hundred_deep(bench: Bench) -> None:
    duel = Duel(bench, [QUIET])
    guard = Guard(duel)
    bench.put(duel.bobs_commitment(0))
    guard.act()
    assert guard.look().final_at is None
    bench.mine()
    swept = bench.chain.height
    assert not guard.look().is_final(swept + 98)
    assert guard.look().is_final(swept + 99)


def test_it_is_not_final_while_a_preimage_may_still_be_learnt(bench: Bench) -> None:
    """BOLT 5: "If not otherwise resolved, once the HTLC output has expired, it is considered
    *irrevocably resolved*": until then whoever is behind us may come with the preimage."""
    payment = Payment(0, from_us=False, amount=Msat(30_000_000), expiry=bench.chain.height + 400)
    duel = Duel(bench, [QUIET, QUIET.offering(payment)])
    guard = Guard(duel)
    bench.put(duel.bobs_commitment(1))
    guard.act()
    bench.mine()
    assert guard.look().claims == ()
    assert guard.look().final_at == payment.expiry + 99
    guard.preimages = {payment.id: payment.preimage}
    [claim] = guard.look().claims
    assert claim.deadline == payment.expiry + 1
    assert guard.look().final_at is None


@BOTH_TYPES
def test_payments_in_our_commitment(bench: Bench, anchors: bool) -> None:
    """HTLC-success and HTLC-timeout, on anchors with added coins, then their delayed outputs."""
    state = with_payments(bench.chain.height)
    duel = Duel(bench, [QUIET, state], anchors=anchors)
    guard = Guard(duel, preimages=preimages_of(state))
    bench.put(our_commitment(guard.facts, duel.alice))
    published: list[Tx] = []
    for _ in range(20):
        for stage in guard.look().stages:
            published += taken_further(guard, stage)
        bench.mine()
    resolution = guard.look()
    assert resolution.stages == ()
    assert sum(output.fate is Fate.MOVED for output in resolution.outputs) == 3
    on_the_way = [o for o in resolution.outputs if o.part is Part.OUR_SECOND_STAGE]
    assert {o.outpoint for o in on_the_way} == {tx.outpoint(0) for tx in published}
    pending = resolution.pending
    for _ in range(OUR_DELAY + 1):
        guard.act()
        bench.mine()
    resolution = guard.look()
    assert (resolution.claims, resolution.pending) == ((), Sat(0))
    assert guard.home() == pending - guard.fees_mined()
    assert guard.refused == []
    (missing,) = (o.htlc for o in resolution.outputs if o.fate is Fate.THEIRS and o.htlc)
    assert (missing.htlc_id, missing.offered) == (1, False), "we do not have its preimage"
    assert resolution.final_at is not None


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_vuln_034_a_payment_is_not_over_because_the_commitment_is_buried(
    bench: Bench, whose: str
) -> None:
    """LND to 0.18.5 failed payments back when a commitment confirmed, and the peer took them with
    the preimage. One whose output is unspent can arrive at any time, long after its expiry too."""
    state = with_payments(bench.chain.height)
    duel = Duel(bench, [QUIET, state])
    guard = Guard(duel)
    closing = (
        our_commitment(guard.facts, duel.alice) if whose == "ours" else duel.bobs_commitment(1)
    )
    bench.put(closing)
    bench.mine(130)
    resolution = guard.look()
    assert resolution.final_at is None
    offered = [o for o in resolution.outputs if o.part is Part.HTLC_OFFERED]
    assert [o.fate for o in offered] == [Fate.CLAIMABLE] * 2


def taken_further(guard: Guard, stage: SecondStage) -> list[Tx]:
    """Publish the HTLC transaction in the first block that may hold it."""
    if stage.earliest > guard.bench.chain.height + 1:
        return []
    if stage.needs_coins:
        funded = fund_second_stage(stage, coins_of(guard.bench, 50_000), CHANGE, 500)
        assert isinstance(funded, Funded)
        tx = sign_coins(stage.sign(funded.tx, guard.duel.alice), funded)
    else:
        tx = stage.sign(stage.transaction.tx, guard.duel.alice)
    guard.bench.mempool.submit(tx)
    return [tx]


def test_an_htlc_transaction_on_anchors_is_not_relayed_alone(bench: Bench) -> None:
    state = with_payments(bench.chain.height)
    duel = Duel(bench, [QUIET, state])
    guard = Guard(duel, preimages=preimages_of(state))
    bench.put(our_commitment(guard.facts, duel.alice))
    stage = next(stage for stage in guard.look().stages if stage.preimage)
    bench.refuses(stage.sign(stage.transaction.tx, duel.alice), Reason.MIN_RELAY_FEE)


def test_a_copy_of_this_wallet_published_an_old_state(bench: Bench) -> None:
    """What we have revoked ourselves: Bob may take it all; if he does not, it is ours in time."""
    duel = Duel(bench, [QUIET, replace(QUIET, feerate=1_100), QUIET])
    guard = Guard(duel)
    bench.put(our_commitment(duel.facts(1), duel.alice))
    resolution = guard.look()
    assert isinstance(resolution.close, OursUnexpected)
    assert resolution.close.number == 1
    bench.mine(OUR_DELAY - 1)
    guard.act()
    bench.mine()
    assert guard.home() == resolution.pending - guard.fees_mined()


@BOTH_TYPES
def test_a_second_stage_comes_home_to_who_knows_no_payment_any_more(
    bench: Bench, anchors: bool
) -> None:
    """BOLT 5: "MUST resolve the output of that HTLC-timeout transaction", and of an HTLC-success
    transaction: also a wallet that came back from its channel backup, which has no HTLC."""
    state = with_payments(bench.chain.height)
    duel = Duel(bench, [QUIET, state], anchors=anchors)
    whole = Guard(duel, preimages=preimages_of(state))
    restored = Guard(duel, replace(duel.facts(0), held_htlcs=()))
    bench.put(our_commitment(whole.facts, duel.alice))
    bench.mine(OUR_DELAY - 1)
    restored.act()
    bench.mine(99)
    assert isinstance(restored.look().close, OursUnexpected)
    assert not restored.look().is_final(bench.chain.height), "a payment may still be taken further"
    for stage in whole.look().stages:
        taken_further(whole, stage)
    bench.mine()
    assert restored.look().pending == whole.look().pending
    assert [output.part for output in restored.look().outputs].count(Part.OUR_SECOND_STAGE) == 3
    assert restored.look().final_at is None
    for _ in range(OUR_DELAY + 1):
        restored.act()
        bench.mine()
    assert restored.look().pending == Sat(0)
    assert whole.look().pending == Sat(0)
    assert restored.refused == []
    final_at = restored.look().final_at
    assert final_at is not None
    assert final_at > bench.chain.height + 1_000, "one of them is spent by nobody yet"


@BOTH_TYPES
def test_who_knows_no_payment_waits_for_nothing_else(bench: Bench, anchors: bool) -> None:
    """Once all that may be payments has come home, it is final when it is for who knows them: what
    the peer leaves where it is, is his."""
    payment = Payment(0, from_us=True, amount=Msat(30_000_000), expiry=bench.chain.height + 12)
    duel = Duel(bench, [QUIET, QUIET.offering(payment)], anchors=anchors)
    whole, restored = Guard(duel), Guard(duel, replace(duel.facts(0), held_htlcs=()))
    bench.put(our_commitment(whole.facts, duel.alice))
    for _ in range(2 * OUR_DELAY):
        for stage in whole.look().stages:
            taken_further(whole, stage)
        restored.act()
        bench.mine()
    assert isinstance(restored.look().close, OursUnexpected)
    assert only(restored, part=Part.OUR_SECOND_STAGE).fate is Fate.TAKEN
    assert only(restored, part=Part.THEIR_BALANCE).spent is None
    assert restored.look().final_at == whole.look().final_at is not None


# -- theirs


@BOTH_TYPES
@pytest.mark.parametrize("is_next", [False, True])
def test_our_balance_in_theirs(bench: Bench, anchors: bool, is_next: bool) -> None:
    duel = Duel(bench, [QUIET, replace(QUIET, feerate=1_200)], anchors=anchors)
    guard = Guard(duel, duel.facts(unrevoked=True))
    bench.put(duel.bobs_commitment(1 if is_next else 0))
    resolution = guard.look()
    assert isinstance(resolution.close, Theirs)
    assert resolution.close.is_next is is_next
    (claim,) = resolution.claims
    assert claim.earliest == bench.chain.height + (1 if anchors else 0)
    guard.act()
    bench.mine()
    assert guard.home() == claim.value - guard.fees_mined()


def test_one_confirmation_on_anchors(bench: Bench) -> None:
    """BOLT 3: `to_remote` of an anchors channel waits for one block."""
    duel = Duel(bench, [QUIET])
    guard = Guard(duel)
    bench.put(duel.bobs_commitment(0))
    (sweep,) = guard.plan().sweeps
    bench.chain.drop(1)
    assert not guard.publish(sweep.sign(duel.alice), sweep.fee)
    assert guard.refused == [Reason.NON_BIP68_FINAL]


@BOTH_TYPES
def test_payments_in_theirs(bench: Bench, anchors: bool) -> None:
    """By preimage at once, by time when it has come; theirs stay theirs."""
    state = with_payments(bench.chain.height)
    duel = Duel(bench, [QUIET, state], anchors=anchors)
    guard = Guard(duel, preimages=preimages_of(state))
    bench.put(duel.bobs_commitment(1))
    resolution = guard.look()
    assert len(resolution.claims) == 4
    by_preimage = [c for c in resolution.claims if c.is_htlc and c.deadline]
    assert [claim.deadline for claim in by_preimage] == [state.payments[1].expiry + 1]
    pending = resolution.pending
    for _ in range(14):
        guard.act()
        bench.mine()
    resolution = guard.look()
    assert resolution.claims == ()
    assert guard.home() == pending - guard.fees_mined()
    assert guard.refused == []
    assert list(resolution.preimages.values()) == list(guard.preimages.values())


def test_vuln_035_their_preimage_in_an_older_commitment(bench: Bench) -> None:
    """Eclair looked for HTLCs in its own commitment only, and missed preimages in others."""
    state = with_payments(bench.chain.height)
    duel = Duel(bench, [state, QUIET])
    guard = Guard(duel, duel.facts(unrevoked=True))
    bench.put(duel.bobs_commitment(0))
    ours = [h for h in duel.theirs(0).htlc_transactions if not h.htlc.offered]
    bench.put(*duel.bobs_second_stages(0, *ours))
    resolution = guard.look()
    assert resolution.preimages == {
        sha256(p.preimage): p.preimage for p in state.payments if p.from_us
    }
    fates = {
        o.htlc.htlc_id: o.fate for o in resolution.outputs if o.part is Part.HTLC_OFFERED and o.htlc
    }
    assert fates == {0: Fate.THEIRS, 1: Fate.THEIRS}
    assert len(resolution.claims) == 1


def test_vuln_031_a_payment_that_we_do_not_take(bench: Bench) -> None:
    """LND and Electrum claimed with any preimage they knew; only those given are ever used."""
    state = with_payments(bench.chain.height)
    duel = Duel(bench, [QUIET, state])
    guard = Guard(duel, preimages={})
    bench.put(duel.bobs_commitment(1))
    plan = guard.act()
    secrets = [p.preimage for p in state.payments if not p.from_us]
    published = b"".join(sweep.sign(duel.alice).serialize() for sweep in plan.sweeps)
    assert not any(secret in published for secret in secrets)
    assert {o.fate for o in guard.look().outputs if o.part is Part.HTLC_RECEIVED} == {Fate.THEIRS}


@BOTH_TYPES
def test_we_have_lost_data(bench: Bench, anchors: bool) -> None:
    """A commitment newer than all we know: our balance in it needs no point, and is swept."""
    states = [QUIET, with_payments(200), replace(QUIET, ours=QUIET.theirs, theirs=QUIET.ours)]
    duel = Duel(bench, states, anchors=anchors)
    lost = replace(duel.facts(0), held_htlcs=())
    guard = Guard(duel, lost)
    bench.put(duel.bobs_commitment(1))
    resolution = guard.look()
    assert isinstance(resolution.close, TheirsUnexpected)
    assert resolution.close.number == 1
    assert len([o for o in resolution.outputs if o.part is Part.NOT_RECOGNISED]) == 5
    guard.act()
    bench.mine()
    assert guard.home() == resolution.pending - guard.fees_mined()


def test_vuln_035_a_preimage_in_a_commitment_that_we_do_not_know(bench: Bench) -> None:
    """Who has lost data cannot salvage HTLCs (BOLT 5), but whoever is in front of them must not
    lose by it what the peer has just shown the preimage of."""
    state = with_payments(bench.chain.height)
    duel = Duel(bench, [state, replace(state, feerate=1_100), replace(state, feerate=1_200)])
    guard = Guard(duel, replace(duel.facts(0), held_htlcs=()))
    bench.put(duel.bobs_commitment(1))
    assert isinstance(guard.look().close, TheirsUnexpected)
    ours = [h for h in duel.theirs(1).htlc_transactions if not h.htlc.offered]
    bench.put(*duel.bobs_second_stages(1, *ours))
    assert guard.look().preimages == {
        sha256(p.preimage): p.preimage for p in state.payments if p.from_us
    }

"""What the guard's key kit takes of closes of every kind: engine and mempool accept all of it, and
what is left is what nobody but the wallet can ever take."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.transactions import HtlcOutput, ToLocal, signed_by_both
from lnwallet_tui.keys.kit import Kit, KitSigner, OurPublished
from lnwallet_tui.onchain.claim import ToRemoteKey
from lnwallet_tui.onchain.classify import Ours, Revoked, Theirs
from lnwallet_tui.onchain.duty import Duty, duty_of
from lnwallet_tui.onchain.sweep import plan
from tests.keys.pair import basepoints_of, keys_of
from tests.onchain.duel import OUR_DELAY, OUR_HOME, Duel, random_states
from tests.onchain.guard import Guard, cheap
from tests.onchain.test_justice import with_payments
from tests.playground.bench import Bench

BOTH_TYPES = pytest.mark.parametrize("anchors", [False, True], ids=["static_remotekey", "anchors"])


def kit_signer(published: OurPublished | None = None) -> KitSigner:
    return KitSigner(Kit.of(keys_of("alice"), OUR_HOME, published), basepoints_of("alice"))


def do(guard: Guard, signer: KitSigner) -> Duty:
    """All that the guard does for the next block."""
    resolution = guard.look()
    duty = duty_of(resolution)
    planned = plan(
        duty.claims,
        script=OUR_HOME,
        next_height=guard.bench.chain.height + 1,
        estimate=cheap,
        before={},
    )
    for sweep in planned.sweeps:
        guard.bench.mempool.submit(sweep.sign(signer))
    for stage in duty.stages:
        if stage.earliest <= guard.bench.chain.height + 1:
            guard.bench.mempool.submit(stage.sign(stage.transaction.tx, signer))
    left = {claim.outpoint for claim in resolution.claims} - {c.outpoint for c in duty.claims}
    to_remote = {c.outpoint for c in resolution.claims if isinstance(c.key, ToRemoteKey)}
    assert left == to_remote
    return duty


def outputs_of(duel: Duel, number: int, tx: Tx) -> list[OutPoint]:
    """Of a commitment of Bob's: his money, and the payments."""
    roles = enumerate(duel.theirs(number).outputs)
    return [tx.outpoint(vout) for vout, role in roles if isinstance(role, ToLocal | HtlcOutput)]


@BOTH_TYPES
def test_every_revoked_state_of_a_run(bench: Bench, anchors: bool) -> None:
    states = random_states(11 + anchors, 31, height=bench.chain.height, anchors=anchors)
    duel, signer, htlcs = Duel(bench, states, anchors=anchors), kit_signer(), 0
    facts = duel.facts()
    for number in range(0, 30, 2):
        guard, commitment = Guard(duel, facts), duel.bobs_commitment(number)
        bench.put(commitment)
        duty = do(guard, signer)
        assert isinstance(guard.look().close, Revoked)
        bench.mine()
        for outpoint in outputs_of(duel, number, commitment):
            small = commitment.outputs[outpoint.vout].value.value < 500
            assert bench.chain.coin(outpoint) is None or small
        htlcs += sum(claim.is_htlc for claim in duty.claims)
        bench.chain.drop(2)
    assert htlcs > 5


@BOTH_TYPES
def test_the_second_stage_of_a_revoked_state(bench: Bench, anchors: bool) -> None:
    duel = Duel(bench, with_payments(bench.chain.height), anchors=anchors)
    guard = Guard(duel)
    bench.put(duel.bobs_commitment(1))
    bench.mine(10)
    stages = duel.bobs_second_stages(1, *duel.theirs(1).htlc_transactions)
    bench.put(*stages)
    duty = do(guard, kit_signer())
    assert len(duty.claims) == 7
    bench.mine()
    assert all(bench.chain.coin(claim.outpoint) is None for claim in duty.claims)


@BOTH_TYPES
def test_a_close_that_is_no_cheat(bench: Bench, anchors: bool) -> None:
    """Payments to us by their preimages, ours that have expired by the timeout."""
    states = with_payments(bench.chain.height)[:2]
    duel = Duel(bench, states, anchors=anchors)
    ours = {one.id: one.preimage for one in states[1].payments if not one.from_us}
    guard = Guard(duel, preimages=ours)
    bench.put(duel.bobs_commitment(1))
    bench.mine(10)
    duty = do(guard, kit_signer())
    assert isinstance(guard.look().close, Theirs)
    assert len(duty.claims) == 6
    bench.mine()
    assert all(bench.chain.coin(claim.outpoint) is None for claim in duty.claims)


@BOTH_TYPES
def test_our_own_close(bench: Bench, anchors: bool) -> None:
    states = with_payments(bench.chain.height)[:2]
    duel = Duel(bench, states, anchors=anchors)
    ours = {one.id: one.preimage for one in states[1].payments if not one.from_us}
    guard, built = Guard(duel, preimages=ours), duel.ours(1)
    signature = duel.alice.sign_holder_commitment(1, built.tx, built.funding_input)
    theirs = duel.facts().our_commitment.signature
    bench.put(signed_by_both(duel.params(ours=True), built.tx, signature, theirs))
    bench.mine(10)
    signer = kit_signer(OurPublished(1, duel.alice.per_commitment_point(1)))
    duty = do(guard, signer)
    assert isinstance(guard.look().close, Ours)
    assert (len(duty.stages), len(duty.unpaid)) == ((0, 6) if anchors else (6, 0))
    bench.mine(OUR_DELAY + 1)
    swept = do(guard, signer).claims
    assert len(swept) == (1 if anchors else 7)
    bench.mine()
    assert all(bench.chain.coin(claim.outpoint) is None for claim in swept)

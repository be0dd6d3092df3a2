"""The signature bundle punishes every revoked state that it has, and holds no key."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from random import Random

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.old_states import PACKED, OldState
from lnwallet_tui.channel.shachain import index_of
from lnwallet_tui.channel.transactions import HtlcOutput, ToLocal
from lnwallet_tui.keys.kit import Kit, KitSigner
from lnwallet_tui.onchain.bundle import (
    RUNGS,
    BundleDamaged,
    BundledState,
    Penalty,
    bundled,
    chosen,
    ladder,
    rung_by,
)
from lnwallet_tui.store.bundle_file import (
    Bundle,
    BundledChannel,
    BundleHeader,
    NoBundle,
    record_of,
    write_bundle,
)
from lnwallet_tui.store.errors import StoreError
from tests.keys.pair import basepoints_of, keys_of
from tests.onchain.duel import OUR_HOME, QUIET, Duel, State, random_states
from tests.onchain.test_justice import with_payments
from tests.playground.bench import Bench

BOTH_TYPES = pytest.mark.parametrize("anchors", [False, True], ids=["static_remotekey", "anchors"])
SIGNER = KitSigner(Kit.of(keys_of("alice"), OUR_HOME), basepoints_of("alice"))
NONE: frozenset[OutPoint] = frozenset()


def first(state: BundledState, spent: frozenset[OutPoint], feerate: int) -> tuple[Penalty, ...]:
    """What is published as long as there is no second stage."""
    return chosen(ladder(state, OUR_HOME), {state.txid}, spent, feerate)


def bundle_of(duel: Duel, number: int) -> BundledState:
    """As it is made from what is kept of that state."""
    spec = duel.states[number].spec(number, ours=False)
    packed = OldState.of(spec).packed()
    assert len(packed) == PACKED
    old = OldState.unpacked(packed)
    assert old is not None
    return bundled(duel.facts(), number, old, SIGNER, OUR_HOME)


@BOTH_TYPES
def test_every_state_of_a_run_is_punished_by_it(bench: Bench, anchors: bool) -> None:
    states = random_states(3 + anchors, 30, height=bench.chain.height, anchors=anchors)
    duel, htlcs = Duel(bench, states, anchors=anchors), 0
    for number in range(0, 29, 2):
        state, commitment = bundle_of(duel, number), duel.bobs_commitment(number)
        assert state.txid == commitment.txid
        bench.put(commitment)
        published = first(state, NONE, RUNGS[0])
        before = bench.chain.held_by(OUR_HOME)
        for penalty in published:
            assert bench.mempool.submit(penalty.tx).fee == penalty.fee.value
        bench.mine()
        brought = sum((out.value for one in published for out in one.tx.outputs), Sat(0))
        assert bench.chain.held_by(OUR_HOME) - before == brought
        for vout, role in enumerate(duel.theirs(number).outputs):
            if isinstance(role, ToLocal | HtlcOutput):
                is_taken = bench.chain.coin(commitment.outpoint(vout)) is None
                assert is_taken or commitment.outputs[vout].value < Sat(1_000)
                htlcs += isinstance(role, HtlcOutput)
        bench.chain.drop(2)
    assert htlcs > 5


@BOTH_TYPES
def test_each_feerate_replaces_the_one_before_it(bench: Bench, anchors: bool) -> None:
    duel = Duel(bench, with_payments(bench.chain.height), anchors=anchors)
    state = bundle_of(duel, 1)
    bench.put(duel.bobs_commitment(1))
    assert {len(one.takes) for one in ladder(state, OUR_HOME)} == {1, 7}
    for rung in RUNGS[:-1]:  # the last one is more than a payment of these is worth
        published = first(state, NONE, rung)
        assert all(one.feerate_per_kw == rung for one in published)
        assert len(published) == 7
        for penalty in published:
            bench.mempool.submit(penalty.tx)
    bench.mine()
    assert all(bench.chain.coin(one) is None for penalty in published for one in penalty.takes)
    assert len({one for penalty in published for one in penalty.takes}) == 7


@BOTH_TYPES
def test_what_the_cheat_took_out_leaves_the_others_takeable(bench: Bench, anchors: bool) -> None:
    duel = Duel(bench, with_payments(bench.chain.height), anchors=anchors)
    state, commitment = bundle_of(duel, 1), duel.bobs_commitment(1)
    bench.put(commitment)
    bench.mine(10)
    moved = duel.theirs(1).htlc_transactions[0]
    [stage] = duel.bobs_second_stages(1, moved)
    bench.put(stage)
    spent = frozenset({moved.tx.inputs[0].outpoint})
    there = {commitment.txid, stage.txid}
    published = chosen(ladder(state, OUR_HOME), there, spent, RUNGS[2])
    assert len(published) == (6 if anchors else 7)
    for penalty in published:
        bench.mempool.submit(penalty.tx)
    bench.mine()
    assert all(bench.chain.coin(one) is None for penalty in published for one in penalty.takes)
    assert (bench.chain.coin(stage.outpoint(0)) is None) is not anchors


def test_without_anchors_every_second_stage_is_in_it(bench: Bench) -> None:
    duel = Duel(bench, with_payments(bench.chain.height), anchors=False)
    state, commitment = bundle_of(duel, 1), duel.bobs_commitment(1)
    bench.put(commitment)
    bench.mine(10)
    moved = duel.theirs(1).htlc_transactions
    stages = duel.bobs_second_stages(1, *moved)
    assert len(stages) == 6
    bench.put(*stages)
    spent = frozenset(htlc.tx.inputs[0].outpoint for htlc in moved)
    published = chosen(
        ladder(state, OUR_HOME), {commitment.txid, *(tx.txid for tx in stages)}, spent, RUNGS[4]
    )
    for penalty in published:
        bench.mempool.submit(penalty.tx)
    bench.mine()
    assert len(published) == 7
    assert all(bench.chain.coin(stage.outpoint(0)) is None for stage in stages)


def test_outputs_that_bear_nothing_alone_are_taken_together(bench: Bench) -> None:
    duel = Duel(bench, with_payments(bench.chain.height))
    state = bundle_of(duel, 1)
    both = [one for one in ladder(state, OUR_HOME) if len(one.takes) > 1]
    assert chosen(both, {state.txid}, NONE, RUNGS[1]) == (both[1],)
    assert chosen(both, {state.txid}, both[0].takes, RUNGS[1]) == ()
    assert chosen(both, set(), NONE, RUNGS[1]) == ()


def test_the_feerate_rises_with_the_delay_that_runs_out() -> None:
    assert [rung_by(passed, 60) for passed in (-1, 0, 9, 10, 49, 50, 60, 1_000)] == [
        RUNGS[0], RUNGS[0], RUNGS[0], RUNGS[1], RUNGS[4], RUNGS[5], RUNGS[5], RUNGS[5],
    ]  # fmt: skip
    assert rung_by(0, 0) == RUNGS[0]


# -- the file
def header(duel: Duel, states: int) -> BundleHeader:
    channel = BundledChannel(
        "bob", duel.funding, b"script", OUR_HOME, 60, duel.anchors, states, states, states - 1
    )
    return BundleHeader(Network.REGTEST, 0, ((1, bytes(32)),), (channel,))


def test_it_is_written_and_read_and_holds_no_key(bench: Bench, tmp_path: Path) -> None:
    duel = Duel(bench, with_payments(bench.chain.height))
    states = [bundle_of(duel, number) for number in range(2)]
    file = tmp_path / "bundle"
    size = write_bundle(file, header(duel, 2), iter(states))
    text = file.read_bytes()
    assert (size, file.stat().st_mode & 0o777) == (len(text), 0o600)
    opened = Bundle(file)
    assert [opened.state(one.txid) for one in states] == states
    assert opened.state(bytes(32)) is None
    opened.close()
    keys, facts = keys_of("alice"), duel.facts()
    secrets = [getattr(keys, one.name).reveal() for one in fields(keys)]
    secrets += [facts.their_secrets.secret(index_of(number)) or b"?" for number in range(2)]
    assert not any(secret in text for secret in secrets)
    assert sha256(b"nothing") not in text
    for state in states:
        for penalty in ladder(state, OUR_HOME):
            assert {out.script_pubkey for out in penalty.tx.outputs} == {OUR_HOME}


def test_one_that_is_cut_off_or_changed_is_refused(bench: Bench, tmp_path: Path) -> None:
    duel = Duel(bench, [QUIET, QUIET, QUIET])
    state = bundle_of(duel, 0)
    whole, damaged = tmp_path / "whole", tmp_path / "damaged"
    write_bundle(whole, header(duel, 1), [state])
    text, dice = whole.read_bytes(), Random(1)
    for length in (0, 5, 40, len(text) - 1, len(text) - len(record_of(state))):
        damaged.write_bytes(text[:length])
        with pytest.raises(StoreError):
            Bundle(damaged)
    for _ in range(50):
        at = dice.randrange(len(text))
        damaged.write_bytes(text[:at] + bytes([text[at] ^ 1 << dice.randrange(8)]) + text[at + 1 :])
        with pytest.raises(StoreError):
            Bundle(damaged)
    with pytest.raises(NoBundle):
        Bundle(tmp_path / "nowhere")
    with pytest.raises(BundleDamaged):
        ladder(BundledState(0, state.txid, b"", state.outputs, state.signatures[:-64]), OUR_HOME)
    with pytest.raises(BundleDamaged):
        ladder(BundledState(0, state.txid, b"", state.outputs, state.signatures * 2), OUR_HOME)


# -- how large it is
def sizes(bench: Bench, count: int, state: State) -> tuple[int, int]:
    """Bytes in the bundle, and in the wallet's own rows, of so many states like that one."""
    duel = Duel(bench, [QUIET, state, QUIET])
    return count * len(record_of(bundle_of(duel, 1))), count * PACKED


def test_a_hundred_thousand_states(bench: Bench) -> None:
    """A state without payments has one output to punish; each payment adds one."""
    quiet, kept = sizes(bench, 100_000, QUIET)
    busy, _ = sizes(bench, 100_000, with_payments(bench.chain.height)[1])
    assert kept == 1_200_000
    assert quiet < 60_000_000
    assert busy < 700_000_000

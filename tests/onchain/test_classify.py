"""Whose transaction it is: nothing is believed for the number that it names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.channel.transactions import (
    ClosingOutput,
    HtlcOutput,
    build_closing,
    build_commitment,
    signed_by_both,
    without_output_to,
)
from lnwallet_tui.onchain.claims import to_remote_claims
from lnwallet_tui.onchain.classify import (
    CloseKind,
    Cooperative,
    Ours,
    OursUnexpected,
    Revoked,
    Theirs,
    TheirsUnexpected,
    Unknown,
    classify,
)
from lnwallet_tui.onchain.facts import ConfirmedTx
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.report import Fate, Part
from tests.onchain.duel import BOBS_HOME, OUR_HOME, QUIET, Duel, Payment
from tests.onchain.guard import Guard
from tests.playground.bench import Bench

BOTH_TYPES = pytest.mark.parametrize("anchors", [False, True], ids=["static_remotekey", "anchors"])


class Twin(Payment):
    """One of the same payment hash as all others."""

    @property
    def preimage(self) -> bytes:
        return bytes(32)


@pytest.fixture
def duel(bench: Bench) -> Duel:
    """Five states, all of them different."""
    return Duel(bench, [replace(QUIET, feerate=1_000 + number) for number in range(5)])


def kind(duel: Duel, tx: Tx, *, unrevoked: bool = False) -> CloseKind:
    facts = duel.facts(3, unrevoked=unrevoked)
    return classify(facts, tx, duel.alice.per_commitment_point)


@BOTH_TYPES
def test_every_kind(bench: Bench, anchors: bool) -> None:
    states = [replace(QUIET, feerate=1_000 + number) for number in range(5)]
    duel = Duel(bench, states, anchors=anchors)
    assert isinstance(kind(duel, our_commitment(duel.facts(3), duel.alice)), Ours)
    theirs = [type(kind(duel, duel.bobs_commitment(number))) for number in range(5)]
    assert theirs == [Revoked] * 3 + [Theirs] + [TheirsUnexpected]
    theirs = [type(kind(duel, duel.theirs(number).tx, unrevoked=True)) for number in range(5)]
    assert theirs == [Revoked] * 2 + [Theirs] * 2 + [TheirsUnexpected]
    ours = [type(kind(duel, duel.ours(number).tx)) for number in range(5)]
    assert ours == [OursUnexpected] * 3 + [Ours, OursUnexpected]


@BOTH_TYPES
def test_a_payment_key_that_they_have_from_us_tells_nothing(bench: Bench, anchors: bool) -> None:
    """Both sides' commitments pay to it, and whatever does is ours."""
    states = [replace(QUIET, feerate=1_000 + number) for number in range(5)]
    duel = Duel(bench, states, anchors=anchors)
    facts = duel.facts(3)
    copied = replace(facts.theirs.holder, payment=facts.ours.holder.payment)
    facts = replace(
        facts,
        ours=replace(facts.ours, counterparty=copied),
        theirs=replace(facts.theirs, holder=copied),
    )
    ours, theirs = (
        build_commitment(params, signer.per_commitment_point(4), states[4].spec(4, ours=is_ours)).tx
        for params, signer, is_ours in (
            (facts.ours, duel.alice, True),
            (facts.theirs, duel.bobs_signer(4), False),
        )
    )
    assert isinstance(classify(facts, ours, duel.alice.per_commitment_point), OursUnexpected)
    close = classify(facts, theirs, duel.alice.per_commitment_point)
    assert isinstance(close, TheirsUnexpected)
    [claim] = to_remote_claims(facts, close.roles, ConfirmedTx(theirs, 200))
    assert claim.value > Sat(590_000)  # less the fee


@BOTH_TYPES
@pytest.mark.parametrize("from_us", [False, True], ids=["theirs", "ours"])
def test_payments_alike_in_all_are_told_apart_in_an_old_state(
    bench: Bench, anchors: bool, from_us: bool
) -> None:
    """Two parts of one payment: else the second is said to have been too small for an output."""
    alike = [Twin(number, from_us, Msat(50_000_000), 300) for number in range(2)]
    old = QUIET.offering(alike[0]).offering(alike[1])
    duel = Duel(bench, [QUIET, old, QUIET], anchors=anchors)
    close = classify(duel.facts(2), duel.theirs(1).tx, duel.alice.per_commitment_point)
    assert isinstance(close, Revoked)
    htlcs = [role.htlc.htlc_id for role in close.roles if isinstance(role, HtlcOutput)]
    assert sorted(htlcs) == [0, 1]
    facts = duel.facts(2)
    damaged = replace(facts, held_htlcs=facts.held_htlcs[:1])  # a row of them lacks
    close = classify(damaged, duel.theirs(1).tx, duel.alice.per_commitment_point)
    assert isinstance(close, Revoked)
    assert sum(isinstance(role, HtlcOutput) for role in close.roles) == 2


def test_a_number_that_lies(duel: Duel) -> None:
    """The newest commitment's outputs under another number, and the other way round."""
    newest, old = duel.theirs(3).tx, duel.theirs(1).tx
    as_old = replace(newest, inputs=old.inputs, locktime=old.locktime)
    # Its `to_local` is not that of commitment 1; our own balance is found all the same.
    close = kind(duel, as_old)
    assert isinstance(close, Revoked)
    assert [type(role).__name__ for role in close.roles if role].count("ToLocal") == 0
    as_new = replace(old, inputs=newest.inputs, locktime=newest.locktime)
    assert isinstance(kind(duel, as_new), TheirsUnexpected)


def test_a_changed_amount_is_not_our_newest(duel: Duel) -> None:
    built = duel.ours(3).tx
    changed = replace(
        built, outputs=(*built.outputs[:-1], TxOut(Sat(1_000), built.outputs[-1].script_pubkey))
    )
    assert not isinstance(kind(duel, changed), Ours)


def closing(duel: Duel) -> Tx:
    outputs = [
        ClosingOutput(Msat(600_000_000), OUR_HOME),
        ClosingOutput(Msat(400_000_000), BOBS_HOME),
    ]
    return build_closing(duel.params(ours=True), outputs[0], outputs[1], Sat(1_000))


def test_a_cooperative_close(duel: Duel) -> None:
    tx = closing(duel)
    assert kind(duel, tx) == Cooperative()
    assert kind(duel, without_output_to(tx, OUR_HOME)) == Cooperative()
    assert kind(duel, without_output_to(tx, BOBS_HOME)) == Cooperative()


def test_a_cooperative_close_is_reported(duel: Duel) -> None:
    tx = closing(duel)
    ours = duel.alice.sign_closing(tx, duel.params(ours=True).funding_input)
    bobs = duel.bobs_closing(tx)
    duel.bench.mempool.submit(signed_by_both(duel.params(ours=True), tx, ours, bobs))
    duel.bench.mine()
    resolution = Guard(duel).look()
    assert {(o.part, o.fate, o.value) for o in resolution.outputs} == {
        (Part.OUR_BALANCE, Fate.PAID_OUT, Sat(599_000)),
        (Part.THEIR_BALANCE, Fate.THEIRS, Sat(400_000)),
    }
    assert resolution.claims == ()
    assert resolution.final_at == duel.bench.chain.height + 99


def test_what_pays_to_a_stranger_is_unknown(duel: Duel) -> None:
    """BOLT 5: "MUST warn the user of potentially lost funds"."""
    tx = closing(duel)
    stranger = TxOut(Sat(1_000), b"\x00\x14" + bytes(20))
    assert kind(duel, replace(tx, outputs=(*tx.outputs, stranger))) == Unknown()
    assert kind(duel, replace(tx, outputs=())) == Unknown()
    commitment = duel.theirs(3).tx
    assert kind(duel, replace(commitment, outputs=(stranger,))) == Unknown()


def test_another_outpoint_is_our_own_mistake(duel: Duel) -> None:
    tx = closing(duel)
    elsewhere = replace(tx.inputs[0], outpoint=OutPoint(bytes(32), 0))
    with pytest.raises(ValueError, match="does not spend"):
        kind(duel, replace(tx, inputs=(elsewhere,)))

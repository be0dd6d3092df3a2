"""When our commitment has to be published for an HTLC's sake, from durable facts alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onchain.deadlines import (
    Deadline,
    after_delay,
    after_expiry,
    overdue,
    publish_by,
)
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import QUIET, Duel, Payment
from tests.playground.bench import Bench

OUTGOING = Payment(0, from_us=True, amount=Msat(5_000_000), expiry=500)
INCOMING = Payment(0, from_us=False, amount=Msat(5_000_000), expiry=480)
SETTLED = {INCOMING.id}


def _at(deadline: Deadline | None) -> int:
    assert deadline is not None
    return deadline.height


def test_heights() -> None:
    assert after_delay(100, 144) == 244  # BIP112: 144 blocks on top of block 100
    assert after_delay(100, 0) == 100
    assert after_expiry(500) == 501  # nLockTime: valid in blocks above it


def test_nothing_pending_nothing_to_publish(bench: Bench) -> None:
    assert publish_by(Duel(bench, [QUIET]).facts(), (), POLICY) is None


def test_their_offer_only_if_we_take_it_and_well_before(bench: Bench) -> None:
    duel = Duel(bench, [QUIET.offering(INCOMING)])
    assert publish_by(duel.facts(), (), POLICY) is None
    assert _at(publish_by(duel.facts(), SETTLED, POLICY)) == 480 - POLICY.fulfilment_deadline


def test_the_first_of_several(bench: Bench) -> None:
    duel = Duel(bench, [QUIET.offering(OUTGOING).offering(INCOMING)])
    assert _at(publish_by(duel.facts(), SETTLED, POLICY)) == 480 - POLICY.fulfilment_deadline


def test_what_only_their_next_commitment_holds_counts(bench: Bench) -> None:
    duel = Duel(bench, [QUIET, QUIET.offering(OUTGOING)])
    both = duel.facts(1, unrevoked=True)
    assert publish_by(duel.facts(0), (), POLICY) is None
    assert _at(publish_by(both, (), POLICY)) == 500 + POLICY.timeout_patience


@pytest.mark.parametrize("payment", [OUTGOING, INCOMING])
def test_what_ours_does_not_hold_counts_where_theirs_does(bench: Bench, payment: Payment) -> None:
    """BOLT 2: "if an HTLC which it offered is in either node's current commitment transaction", and
    the same of one that it has fulfilled."""
    duel = Duel(bench, [QUIET, QUIET.offering(payment)])
    without, within = duel.facts(0), duel.facts(1)
    in_theirs = replace(within, our_commitment=without.our_commitment)
    in_ours = replace(without, our_commitment=within.our_commitment)
    by = _at(publish_by(within, {payment.id}, POLICY))
    assert _at(publish_by(in_theirs, {payment.id}, POLICY)) == by
    assert _at(publish_by(in_ours, {payment.id}, POLICY)) == by


# -- how long an outgoing one is waited for
def test_our_own_waits_for_the_user_what_is_waited_for_does_not(bench: Bench) -> None:
    """Who is in front may take its HTLC back soon; of our own nothing is lost by waiting."""
    duel = Duel(bench, [QUIET.offering(OUTGOING)])
    ours = publish_by(duel.facts(), (), POLICY)
    waited_for = publish_by(duel.facts(), (), POLICY, {OUTGOING.id})
    assert _at(ours) == 500 + POLICY.timeout_patience == 500 + 144
    assert _at(waited_for) == 500 + POLICY.timeout_grace


@pytest.mark.parametrize("unrevoked", [False, True])
def test_it_is_overdue_once_the_peer_had_its_time(bench: Bench, unrevoked: bool) -> None:
    early = replace(OUTGOING, id=1, expiry=490)
    duel = Duel(bench, [QUIET, QUIET.offering(OUTGOING).offering(early).offering(INCOMING)])
    facts = duel.facts(unrevoked=unrevoked)
    due = 500 + POLICY.timeout_grace
    assert overdue(facts, 490 + POLICY.timeout_grace - 1, POLICY) == ()
    assert [htlc.htlc_id for htlc in overdue(facts, due - 1, POLICY)] == [early.id]
    assert [htlc.htlc_id for htlc in overdue(facts, due, POLICY)] == [early.id, OUTGOING.id]

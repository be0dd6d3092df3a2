"""A breach is answered in time however many HTLCs it has: nothing is made to be thrown away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, whole_vbytes
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel import scripts
from lnwallet_tui.onchain import sweep_tx
from lnwallet_tui.onchain.claim import Claim, HtlcKey, PenaltyKey
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.sweep import _window
from lnwallet_tui.onchain.sweep_groups import Group
from lnwallet_tui.onchain.sweep_tx import bears_its_own, build_sweep, sweep_weight
from tests.onchain.duel import OUR_HOME, QUIET, Duel, Payment
from tests.onchain.guard import Guard
from tests.playground.bench import Bench

CLAIM = Claim(
    outpoint=OutPoint(bytes(32), 0),
    value=Sat(1_000),
    script_code=bytes(133),
    key=PenaltyKey(bytes(32), bytes(33)),
    earliest=1,
)

HEAVIEST = b"\xf0" * 32 + b"\x70" * 32  # of all low-S signatures: r needs a 33rd byte


@given(
    value=st.integers(0, 20_000),
    feerate=st.integers(253, 100_000),
    preimage=st.none() | st.just(bytes(32)),
)
def test_what_bears_its_own_is_what_a_sweep_is_made_of(
    value: int, feerate: int, preimage: bytes | None
) -> None:
    for claim in (
        replace(CLAIM, value=Sat(value)),
        replace(CLAIM, value=Sat(value), key=HtlcKey(bytes(33), preimage)),
    ):
        made = build_sweep((claim,), OUR_HOME, feerate)[0]
        assert bears_its_own(claim, OUR_HOME, feerate) == (made is not None)


@pytest.mark.parametrize("length", range(133, 137))
def test_the_weight_is_foreseen_to_the_last_part_of_a_virtual_byte(length: int) -> None:
    """BIP141: "Transaction weight is defined as Base transaction size * 3 + Total transaction
    size", rounded up to virtual bytes; whoever foresees less than that pays too little."""
    claim = replace(CLAIM, script_code=bytes(length))
    sweep, _ = build_sweep((claim,), OUR_HOME, 253)
    assert sweep is not None
    heaviest = sweep.tx.with_witness(0, claim._witness(HEAVIEST))
    narrow = 4 * 2  # the count of its inputs is foreseen for many
    assert sweep_weight((claim,), OUR_HOME) == whole_vbytes(heaviest.weight) + narrow


@given(feerate=st.integers(253, 100_000), least=st.integers(0, 20_000))
def test_a_least_fee_is_paid_and_told_as_a_feerate(feerate: int, least: int) -> None:
    claim = replace(CLAIM, value=Sat(100_000_000))
    weight = sweep_weight((claim,), OUR_HOME)
    sweep, _ = build_sweep((claim,), OUR_HOME, feerate, Sat(least))
    assert sweep is not None
    assert sweep.fee == max(Sat(least), fee_at_least(feerate, weight))
    assert sweep.feerate_per_kw == max(feerate, least * 1000 // weight)


def test_how_long_a_rival_can_keep_us_from_a_timeout_that_somebody_waits_for() -> None:
    """From its expiry to its deadline; together with what has no such end it has none either."""
    timeout = replace(CLAIM, key=HtlcKey(bytes(33), None), locktime=800, deadline=900)
    sooner = replace(timeout, deadline=850)
    assert (_window((timeout,)), _window((timeout, sooner))) == (100, 50)
    others = (
        replace(timeout, deadline=None),
        replace(timeout, key=HtlcKey(bytes(33), bytes(32))),
        replace(CLAIM, deadline=900),
    )
    assert [_window((timeout, other)) for other in others] == [None] * 3
    assert [_window((other,)) for other in others] == [None] * 3


def test_each_transaction_is_made_once_and_what_htlcs_share_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = QUIET
    for number in range(12):
        amount = Msat(9_000_000 + number)
        full = full.offering(Payment(number // 2, number % 2 == 0, amount, expiry=300))
    duel = Duel(bench, [full] * 3)
    guard = Guard(duel)
    bench.put(duel.bobs_commitment(0))
    assert isinstance(guard.look().close, Revoked)
    made, make = list[int](), sweep_tx._sweep

    def counted(claims: Group, *terms: Any) -> sweep_tx.Sweep:
        made.append(len(claims))
        return make(claims, *terms)

    monkeypatch.setattr(sweep_tx, "_sweep", counted)
    scripts._htlc_head.cache_clear()
    sweeps = guard.plan().sweeps
    assert len(sweeps) > 12
    assert len(made) == len(sweeps)
    assert scripts._htlc_head.cache_info().misses == 1

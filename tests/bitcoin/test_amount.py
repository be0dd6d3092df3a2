"""Amounts refuse what cannot be, and do not mix."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import MAX_SAT, AmountError, Msat, Sat

sats = st.integers(0, MAX_SAT).map(Sat)


@pytest.mark.parametrize("wrong", [-1, MAX_SAT + 1])
def test_no_amount_outside_what_can_exist(wrong: int) -> None:
    with pytest.raises(AmountError):
        Sat(wrong)


@pytest.mark.parametrize("wrong", [1.0, True, "1", None])
def test_only_integers_make_an_amount(wrong: object) -> None:
    with pytest.raises(AmountError):
        Sat(wrong)  # type: ignore[arg-type]  # what a caller without a type checker would do


def test_units_do_not_mix() -> None:
    with pytest.raises(AmountError):
        Sat(1) + Msat(1)  # type: ignore[operator]  # the run-time guard is what is tested
    with pytest.raises(AmountError):
        _ = Sat(1) < Msat(1)  # type: ignore[operator]  # the same
    assert Sat(1) != Msat(1)
    assert len({Sat(1), Msat(1)}) == 2


def test_a_difference_below_zero_is_an_error_unless_asked_for() -> None:
    with pytest.raises(AmountError):
        Sat(1) - Sat(2)
    assert Sat(1).minus_or_zero(Sat(2)) == Sat(0)
    assert Sat(5).minus_or_zero(Sat(2)) == Sat(3)


def test_multiplied_and_divided_by_integers_only() -> None:
    assert Sat(7) * 3 == Sat(21)
    assert Sat(7) // 2 == Sat(3)
    with pytest.raises(AmountError):
        Sat(7) * 1.5  # type: ignore[operator]  # no way to a float
    with pytest.raises(AmountError):
        Sat(7) // 1.5  # type: ignore[operator]  # the same


@given(sats)
def test_msat_there_and_back(amount: Sat) -> None:
    assert amount.to_msat().floor_sat() == amount


@given(st.integers(0, MAX_SAT * 1000))
def test_whole_satoshis_leave_out_less_than_one(value: int) -> None:
    whole = Msat(value).floor_sat().value
    assert whole * 1000 <= value < (whole + 1) * 1000


def test_an_amount_does_not_change() -> None:
    with pytest.raises(AttributeError):
        Sat(1).value = 2
    assert copy.deepcopy(Sat(1)) == pickle.loads(pickle.dumps(Sat(1))) == Sat(1)

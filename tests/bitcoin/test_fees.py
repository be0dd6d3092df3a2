"""What a weight costs: rounded down as two must agree on, up as nodes want it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, fee_for_weight, fee_of_tx


def test_fee_is_rounded_down_as_bolt_3_does() -> None:
    # BOLT 3, Appendix C: 15000 sat/kw, commitment weight 724.
    assert fee_for_weight(15_000, 724) == Sat(10_860)
    assert fee_for_weight(253, 1) == Sat(0)


@given(feerate=st.integers(0, 250_000), weight=st.integers(1, 400_000))
def test_a_fee_is_never_below_its_feerate_and_not_a_satoshi_above(
    feerate: int, weight: int
) -> None:
    fee = fee_at_least(feerate, weight).value
    assert (fee - 1) * 1000 < feerate * weight <= fee * 1000


def test_nodes_count_whole_virtual_bytes() -> None:
    """At 2 sat/vB a node wants 338 sat for 673 units of weight, which are 169 vB."""
    assert fee_of_tx(500, 673) == Sat(338)
    assert fee_at_least(500, 673) == Sat(337)
    assert fee_for_weight(500, 673) == Sat(336)

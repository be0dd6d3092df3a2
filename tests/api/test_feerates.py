"""Feerates as people read and type them."""

from __future__ import annotations

import pytest

from lnwallet_tui.api.costs import CostAt, Pace, blocks_at
from lnwallet_tui.api.feerates import sat_vb
from lnwallet_tui.cli.asking import _sat_vb
from lnwallet_tui.ui.format import parse_feerate


@pytest.mark.parametrize(
    ("per_kw", "told"),
    [
        (253, "1.012 sat/vB"),
        (250, "1 sat/vB"),
        (375, "1.5 sat/vB"),
        (1, "0.004 sat/vB"),
        (250_000, "1,000 sat/vB"),
    ],
)
def test_they_are_told_in_full(per_kw: int, told: str) -> None:
    assert sat_vb(per_kw) == told


def test_what_is_told_can_be_typed() -> None:
    for per_kw in (*range(1, 2_000), 9_999, 123_457):
        typed = sat_vb(per_kw).removesuffix(" sat/vB").replace(",", "")
        assert _sat_vb(typed) == parse_feerate(typed) == per_kw


@pytest.mark.parametrize(("per_kw", "blocks"), [(299, 0), (300, 144), (999, 144), (1_000, 2)])
def test_a_feerate_confirms_as_soon_as_the_dearest_that_it_pays(per_kw: int, blocks: int) -> None:
    costs = [
        CostAt(pace=pace, blocks=within, feerate_per_kw=feerate, fee_sat=feerate)
        for pace, within, feerate in (
            (Pace.SLOW, 144, 300),
            (Pace.NORMAL, 6, 1_000),
            (Pace.FAST, 2, 1_000),
        )
    ]
    assert blocks_at(per_kw, costs) == blocks

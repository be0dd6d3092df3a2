"""What `open` says before it asks."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.cli import quoted
from lnwallet_tui.cli.opening import costs
from tests.ui.views import open_quote


def test_what_is_given_away_cannot_be_sent() -> None:
    assert "986,000 sat can be sent then, 10,000 sat stay" in costs(open_quote(), 0)
    given = costs(open_quote(), 150_000_500)
    assert "835,999 sat can be sent then, 10,000 sat stay in reserve." in given
    assert "150,000.500 sat are given away to them." in given
    as_data = quoted.opening(open_quote(), 150_000_500)
    assert (as_data["pushed_msat"], as_data["can_send_msat"]) == (150_000_500, 835_999_500)


def test_it_says_from_when_it_can_be_used_and_what_the_way_back_costs() -> None:
    told_of = costs(open_quote(), 0)
    at = "block 1,028 (about 2026-09-21 14:53 UTC)"
    assert f"costs 1,530 sat. The channel can be used after 3 confirmations, from about {at};" in (
        told_of
    )
    assert "together some day would cost about 430 sat (527 sat once the peer owns" in told_of
    assert "; alone about 2,810 sat, and the money would wait" in told_of
    late = replace(open_quote(), feerate_per_kw=253)
    assert f"from {at} at the earliest;" in costs(late, 0)
    assert quoted.opening(open_quote(), 0)["expected_height"] == 1_028
    assert quoted.opening(late, 0)["expected_height"] is None

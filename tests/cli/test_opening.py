"""What `open` says before it asks."""

from __future__ import annotations

from lnwallet_tui.cli.opening import costs
from tests.ui.views import open_quote


def test_what_is_given_away_cannot_be_sent() -> None:
    assert "986,000 sat can be sent then, 10,000 sat stay" in costs(open_quote(), 0)
    given = costs(open_quote(), 150_000_500)
    assert "835,999 sat can be sent then, 10,000 sat stay in reserve." in given
    assert "150,000.500 sat are given away to them." in given

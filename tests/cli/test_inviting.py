"""An invoice that nobody can pay now says so."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.cli.inviting import why_unpayable
from tests.ui import views

READY = views.channel()
CUT_OFF = replace(READY, unreachable="It passes nothing on to you now.")


def test_where_somebody_may_pay_nothing_is_said() -> None:
    for amount in (None, 1, 300_000_000):
        assert why_unpayable(amount, 300_000_000, [READY]) == ""
        assert why_unpayable(amount, 300_000_000, [READY, CUT_OFF]) == ""


def test_why_nobody_could() -> None:
    assert why_unpayable(None, 0, []).endswith("this wallet has no channel.")
    for state in (ChannelState.OPENING, ChannelState.OFFLINE):
        waits = replace(READY, state=state)
        assert why_unpayable(None, 0, [waits]).endswith("no channel is ready.")
    closed = replace(READY, state=ChannelState.CLOSED)
    assert why_unpayable(None, 0, [closed]).endswith("this wallet has no channel.")
    for amount in (None, 1_000):
        assert "no channel has room" in why_unpayable(amount, 999, [READY])
    told = why_unpayable(300_000_001, 300_000_000, [READY])
    assert told == "It cannot be paid now: at most 300,000 sat can be received."
    told = why_unpayable(None, 300_000_000, [CUT_OFF])
    assert told == f"{READY.peer_id[:8]}: It passes nothing on to you now."
    assert why_unpayable(None, 300_000_000, [CUT_OFF, CUT_OFF]) == told  # once for a peer

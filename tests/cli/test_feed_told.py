"""What a node tells while it runs has the fields of the verbs."""

from __future__ import annotations

import json
from typing import Final

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.events import (
    BalanceChanged,
    ChannelChanged,
    FeedEvent,
    Notice,
    PaymentChanged,
    PeerChanged,
    StatusChanged,
)
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PeerView
from lnwallet_tui.cli import feed_told
from tests.cli.forms import assert_form, form_of
from tests.ui import views

PEER = PeerView(
    node_id=views.SHOP,
    name=Untrusted("shop"),
    address="shop.play:9735",
    connected=True,
    features=("option_anchors",),
    last_error=Untrusted(""),
)


_OUTSIDE: Final = {
    "status": ("channel_backup_missing", "guard", "notices"),
    "balance": ("channel_backup_missing", "not_counted_sat", "verified_height", "waiting_for"),
    "channels": ("sweep_txids",),
}


def form(verb: str, of_each: str = "") -> object:
    """Without what only the command itself finds out."""
    found = form_of(verb)
    if of_each:
        [found], _ = found[of_each]
    return {name: one for name, one in found.items() if name not in _OUTSIDE.get(verb, ())}


@pytest.mark.parametrize(
    ("event", "name", "wanted"),
    [
        (StatusChanged(views.STATUS), "status", form("status")),
        (BalanceChanged(views.BALANCE), "balance", form("balance")),
        (
            BalanceChanged(replace(views.EMPTY_BALANCE, knows_chain=False)),
            "balance",
            form("balance"),
        ),
        (ChannelChanged(views.channel()), "channel", form("channels", "channels")),
        (PaymentChanged(views.payment()), "payment", form("payments", "payments")),
        (PeerChanged(PEER), "peer", form("peers", "peers")),
    ],
)
def test_it_has_the_form_of_the_verb(event: FeedEvent, name: str, wanted: object) -> None:
    told = json.loads(json.dumps(feed_told.event(event)))
    assert list(told) == ["type", name]
    assert told["type"] == type(event).__name__
    assert_form(told[name], wanted, name)


def test_what_no_verb_tells_is_told_as_it_is() -> None:
    told = feed_told.event(Notice("It is so.", urgent=True))
    assert told == {"type": "Notice", "text": "It is so.", "remedy": "", "urgent": True}

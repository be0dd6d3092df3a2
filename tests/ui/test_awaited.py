"""What mining waits for: the nearest thing, and nothing where nothing comes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as with_

from lnwallet_tui.api.inbox import InboxGlance
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.api.world import Spending, SpendingSight
from lnwallet_tui.ui.awaited import awaited
from lnwallet_tui.ui.picture import Picture
from tests.ui import views

STILL = Picture(
    status=views.STATUS,
    balance=views.BALANCE,
    channels=(views.channel(), views.channel("bb" * 32, state=ChannelState.CLOSED)),
    payments=(views.payment(), views.payment(status=PaymentStatus.FAILED)),
    peers=(),
    guard=views.GUARD,
    inbox=InboxGlance(),
)


def waits(**changes: object) -> str:
    return awaited(replace(STILL, **changes), lambda _: "noor")  # type: ignore[arg-type]


def test_nothing_is_waited_for_where_all_is_at_rest() -> None:
    assert waits() == ""
    invoice = views.payment(outgoing=False, status=PaymentStatus.WAITING)
    assert waits(payments=(invoice,)) == ""  # nobody has said that they pay it


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (ChannelState.OPENING, "the channel with noor (3 of 3 blocks)"),
        (ChannelState.SHUTTING_DOWN, "the close with noor"),
        (ChannelState.CLOSING, "the close with noor"),
        (ChannelState.OFFLINE, "noor, who is away"),
        (ChannelState.FROZEN, ""),
    ],
)
def test_a_channel_that_waits(state: ChannelState, said: str) -> None:
    channel = with_(views.channel(state=state), confirmations=3, confirmations_needed=3)
    assert waits(channels=(channel,)) == said


def test_payments_and_coins_that_wait() -> None:
    assert waits(payments=(views.payment(status=PaymentStatus.STUCK),)) == (
        "your payment of 25,000 sat"
    )
    arriving = views.payment(outgoing=False, status=PaymentStatus.IN_FLIGHT)
    assert waits(payments=(arriving,)) == "a payment to you of 25,000 sat"
    closing = with_(views.BALANCE, closing_msat=1_000)
    assert waits(balance=closing) == "what comes home from a close"
    pending = with_(views.BALANCE, onchain_pending_sat=7_000)
    assert waits(balance=pending) == "7,000 sat on chain"


def sight(what: Spending, peer: str = "reynard") -> SpendingSight:
    return SpendingSight(txid="aa" * 32, channel_id="bb" * 32, peer=peer, what=what)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (Spending.CHEAT, "the old state that reynard published"),
        (Spending.PENALTY, "your penalty against reynard"),
        (Spending.THEIR_CLOSE, "the close that reynard published"),
        (Spending.CLOSE, "the close with reynard"),
        (Spending.HOME, "what comes home from the close with reynard"),
        (Spending.THEIRS, "what reynard takes of the close"),
        (Spending.COINS, "your transaction"),
    ],
)
def test_what_spends_from_a_channel_is_waited_for(what: Spending, said: str) -> None:
    assert awaited(STILL, lambda _: "noor", (sight(what),)) == said


def test_what_the_next_block_brings_to_the_wallet_comes_first() -> None:
    stuck = replace(STILL, payments=(views.payment(status=PaymentStatus.STUCK),))
    sights = sight(Spending.THEIRS), sight(Spending.HOME, "oskar"), sight(Spending.CHEAT)
    assert awaited(stuck, str, sights) == "the old state that reynard published"
    assert awaited(stuck, str, sights[:1]) == "your payment of 25,000 sat"

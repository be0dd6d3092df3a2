"""Folding the feed into a picture gives what a fresh snapshot would."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.events import (
    BalanceChanged,
    ChannelChanged,
    GuardActed,
    InboxChanged,
    Notice,
    PaymentChanged,
    PeerChanged,
    StatusChanged,
    WaitingChanged,
)
from lnwallet_tui.api.inbox import InboxEntry, InboxGlance, InboxKind
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import ChannelState, PaymentStatus, PeerView
from lnwallet_tui.ui.picture import (
    MOST_NOTICES,
    MOST_PAYMENTS,
    Picture,
    fold,
    snapshot,
    with_notice,
)
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode

PEER = PeerView(
    node_id=views.PEER,
    name=Untrusted("Alice"),
    address="alice.play:9735",
    connected=True,
    features=(),
    last_error=Untrusted(""),
)


async def picture() -> Picture:
    return await snapshot(ScriptedNode())


async def test_each_event_replaces_its_own_part() -> None:
    before = await picture()
    status = replace(views.STATUS, height=2_000)
    assert fold(before, StatusChanged(status)).status == status
    assert fold(before, BalanceChanged(views.EMPTY_BALANCE)).balance == views.EMPTY_BALANCE
    assert fold(before, PeerChanged(PEER)).peers == (PEER,)
    gone = replace(PEER, connected=False)
    assert fold(fold(before, PeerChanged(PEER)), PeerChanged(gone)).peers == (gone,)
    assert fold(before, GuardActed(views.GUARD_ENTRY)) == before  # its log is asked for again


async def test_a_channel_keeps_its_place_and_a_new_one_comes_last() -> None:
    before = await picture()
    new = views.channel("bb" * 32)
    both = fold(before, ChannelChanged(new))
    assert [one.channel_id for one in both.channels] == [views.CHANNEL, "bb" * 32]
    closed = views.channel(state=ChannelState.CLOSED)
    after = fold(both, ChannelChanged(closed))
    assert after.channels == (closed, new)
    assert after.open_channels() == (new,)
    assert after.channel("bb" * 32) == new
    assert after.channel("cc" * 32) is None


async def test_a_payment_keeps_its_place_and_a_new_one_comes_first() -> None:
    before = fold(await picture(), PaymentChanged(views.payment(status=PaymentStatus.IN_FLIGHT)))
    assert before.paying() == before.payments
    both = fold(before, PaymentChanged(views.payment("77" * 32)))
    assert [one.payment_hash for one in both.payments] == ["77" * 32, views.PAYMENT_HASH]
    after = fold(both, PaymentChanged(views.payment()))
    assert [one.status for one in after.payments] == [PaymentStatus.PAID] * 2
    assert after.paying() == ()
    assert after.payment("88" * 32) is None


async def test_the_screen_does_not_grow_with_the_wallet() -> None:
    grown = await picture()
    for number in range(MOST_PAYMENTS + 10):
        grown = fold(grown, PaymentChanged(views.payment(f"{number:064x}")))
        grown = with_notice(grown, Notice(f"number {number}"))
    assert len(grown.payments) == MOST_PAYMENTS
    assert grown.payments[0].payment_hash == f"{MOST_PAYMENTS + 9:064x}"
    assert len(grown.notices) == MOST_NOTICES


async def test_the_same_sentence_stands_once() -> None:
    once = await picture()
    for said in ("a", "b", "a"):
        once = with_notice(once, Notice(said))
    assert [one.text for one in once.notices] == ["a", "b"]


async def test_what_the_node_says_is_in_its_inbox_and_stands_once() -> None:
    said = InboxEntry(number=1, time=5, kind=InboxKind.NOTICE, text="a", urgent=True)
    glance = InboxGlance(unread=1, newest=(said,))
    told = fold(fold(await picture(), Notice("a", urgent=True)), InboxChanged(glance))
    assert told.notices == ()
    assert told.inbox == glance
    assert fold(told, InboxChanged(InboxGlance())).inbox.unread == 0


async def test_what_waits_for_a_block_makes_another_picture_that_says_the_same() -> None:
    before = await picture()
    after = fold(before, WaitingChanged())
    assert after == before
    assert after is not before


async def test_blocks_are_waited_for_while_something_needs_them() -> None:
    resting = await picture()
    assert not resting.awaits_blocks()
    pending = replace(views.BALANCE, onchain_pending_sat=1)
    assert fold(resting, BalanceChanged(pending)).awaits_blocks()
    for state in ChannelState:
        awaited = fold(resting, ChannelChanged(views.channel(state=state))).awaits_blocks()
        assert awaited is (
            state not in {ChannelState.READY, ChannelState.OFFLINE, ChannelState.CLOSED}
        ), state

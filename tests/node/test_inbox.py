"""The inbox of a node: what it keeps of a day, through restarts, and while the disk is full."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.events import InboxChanged
from lnwallet_tui.api.inbox import MOST_GLIMPSED, InboxEntry, InboxGlance, InboxKind
from lnwallet_tui.api.logs import LogLevel
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import AttemptEnd, PaymentStatus
from lnwallet_tui.node.feed import Feed
from lnwallet_tui.node.inbox import MOST_KEPT, MOST_RECEIVED, Inbox
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import DiskFailed, DiskFull
from lnwallet_tui.store.inbox import Entry
from tests.node.town import MINUTE_MS, Town, forget_invoice
from tests.store.quota import limit_pages
from tests.store.whole import expect_whole


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def texts(node: Node, kind: InboxKind) -> list[str]:
    return [one.text for one in await node.inbox() if one.kind is kind]


async def test_a_day_of_ben(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    reader = town.nodes["ben"].feed()
    await town.pay("ada", "ben", 100_000_000)
    ben = town.nodes["ben"]
    assert await texts(ben, InboxKind.RECEIVED) == ["You received 100,000 sat."]
    changes = []
    while True:
        item = await anext(reader)
        if isinstance(item.event, InboxChanged):
            changes.append(item.event.glance)
            break
    [entry] = await ben.inbox()
    assert changes == [InboxGlance(unread=1, newest=(entry,))]
    [payment] = await ben.payments()
    assert (entry.payment_hash, entry.is_read) == (payment.payment_hash, False)
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine()
    ada = town.nodes["ada"].node_id.hex()[:8]
    [closed] = [one for one in await ben.inbox() if one.kind is InboxKind.CLOSE]
    assert closed.text.startswith(f"{ada} closed its channel with us alone, in block ")
    assert closed.channel_id == channel_id
    assert not await texts(town.nodes["ada"], InboxKind.CLOSE)
    others = [one.number for one in await ben.inbox() if one != entry]
    assert closed.number in others
    glance = await ben.mark_read((*others, 4_711))
    assert isinstance(glance, InboxGlance)
    assert (glance.unread, glance.newest) == (1, (entry,))
    before = await ben.inbox()
    ben = await town.restart("ben")
    assert await ben.inbox() == before
    assert await ben.inbox_glance() == glance


async def test_a_close_in_agreement_is_told_to_who_did_not_begin_it(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    await town.do(town.nodes["ada"].close(channel_id))
    await town.mine()
    ada = town.nodes["ada"].node_id.hex()[:8]
    [told] = await texts(town.nodes["ben"], InboxKind.CLOSE)
    assert told == f"{ada} wants to close its channel with us: the two sides settle on a fee."
    assert not await texts(town.nodes["ada"], InboxKind.CLOSE)


async def test_a_payment_that_fails(town: Town) -> None:
    await town.open("ada", "ben", 500_000)
    ben = town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(200_000_000, "too late", 60))
    forget_invoice(ben, invoice.payment_hash)  # as if it had never made it
    ada = town.nodes["ada"]
    paid = await town.do(ada.pay(invoice.invoice))
    assert paid.status is PaymentStatus.FAILED
    [entry] = await ada.inbox()
    assert entry.kind is InboxKind.FAILED
    assert entry.payment_hash == paid.payment_hash
    assert entry.text.startswith("Your payment of 200,000 sat failed; nothing of it was paid. ")


async def test_one_that_failed_and_is_tried_again_is_said_to_be_paid(town: Town) -> None:
    await town.open("ada", "ben", 500_000)
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(200_000_000, "in a while"))
    kept = forget_invoice(ben, invoice.payment_hash)  # as if it had not made it yet
    failed = await town.do(ada.pay(invoice.invoice))
    assert (failed.status, failed.first_begun) == (PaymentStatus.FAILED, 0)
    with ben._store.transaction() as tx:
        ben._board.payments._all.add(tx, kept)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    paid = await town.do(ada.pay(invoice.invoice))
    assert paid.status is PaymentStatus.PAID
    assert paid.first_begun == failed.created < paid.created
    assert await ada.payments() == (paid,)
    [entry] = await ada.inbox()
    assert (entry.kind, entry.payment_hash) == (InboxKind.NOTICE, paid.payment_hash)
    assert entry.text == "Your payment of 200,000 sat failed at first; it is paid now."
    attempts = await ada.attempts(paid.payment_hash)
    assert not isinstance(attempts, Refused)
    assert [(one.attempt, one.end) for one in attempts] == [
        (1, AttemptEnd.CAME_BACK),
        (2, AttemptEnd.ARRIVED),
    ]


async def test_a_full_disk_is_told_while_it_is_full_and_when_it_is_no_more(town: Town) -> None:
    ada = town.nodes["ada"]
    Shell.crashed(ada._shell, DiskFull("The disk is full: nothing was changed."))
    [full] = await ada.inbox()
    assert (full.kind, full.urgent) == (InboxKind.DISK, True)
    assert full.text == "The disk is full: nothing was changed."
    limit_pages(ada._store, 1)
    store, flush = ada._store, ada._shell.herald.inbox.flush
    refused: list[bool] = []

    def still_full() -> bool:
        refused.append(True)
        return False

    ada._shell.herald.inbox.flush = still_full  # type: ignore[method-assign]  # a disk that stays full
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert refused
    assert [one.text for one in await ada.inbox()] == [full.text]
    ada._shell.herald.inbox.flush = flush  # type: ignore[method-assign]  # and has room again
    limit_pages(store, 1_000_000)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    [again] = await ada.inbox()
    assert (again.kind, again.urgent) == (InboxKind.DISK, False)
    assert again.text.startswith("The disk was full for a while. It has room again")
    ada = await town.restart("ada")
    assert await ada.inbox() == (again,)
    assert ada._shell.tasks is not None


async def test_a_bug_of_the_screen_is_in_the_log_and_the_inbox(town: Town) -> None:
    ada = town.nodes["ada"]
    await ada.report("textual.x.Broken: cannot\n  lnwallet_tui/ui/app.py:7 in draw")
    [entry] = await ada.inbox()
    assert (entry.kind, entry.urgent) == (InboxKind.BUG, True)
    assert entry.text == "Something in the screen went wrong (textual.x.Broken)."
    errors = [one.text for one in await ada.log_lines() if one.level is LogLevel.ERROR]
    assert errors == ["textual.x.Broken: cannot", "  lnwallet_tui/ui/app.py:7 in draw"]
    await ada.report("5")
    assert (await ada.inbox())[0].text.endswith("(unknown).")


# -- the inbox itself


def entry(text: str, subject: str = "") -> Entry:
    return Entry(
        time=5,
        kind=InboxKind.NOTICE,
        text=text,
        remedy="",
        urgent=False,
        subject=subject or text,
    )


def put(store: Store, inbox: Inbox, *entries: Entry) -> None:
    for one in entries:
        with store.transaction() as tx:
            inbox.put(tx, one)


def put_and_fail(store: Store, inbox: Inbox, *entries: Entry) -> None:
    with store.transaction():
        put(store, inbox, *entries)
        raise ZeroDivisionError


def said(inbox: Inbox) -> list[str]:
    return [one.text for one in inbox.newest(1_000)]


def reread(store: Store, inbox: Inbox) -> None:
    """Disk and memory hold the same."""
    assert Inbox(store, Feed(), expect_whole).newest(1_000) == inbox.newest(1_000)


def test_it_is_bounded_and_the_oldest_that_were_read_go_first(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        inbox = Inbox(store, Feed(), expect_whole)
        put(store, inbox, *(entry(f"{number}") for number in range(MOST_KEPT)))
        inbox.mark_read((4, 6))
        put(store, inbox, entry("a"))
        assert "3" not in said(inbox)  # entry no. 4
        put(store, inbox, entry("b"))
        assert not {"3", "5"} & set(said(inbox))
        put(store, inbox, entry("c"))
        assert said(inbox)[:3] == ["c", "b", "a"]
        assert said(inbox)[-1] == "1"
        assert len(said(inbox)) == MOST_KEPT
        reread(store, inbox)


def received(number: int) -> Entry:
    return replace(entry(f"under 1 sat, no. {number}"), kind=InboxKind.RECEIVED)


def of_a_cheat(text: str = "it cheats") -> Entry:
    return replace(entry(text), kind=InboxKind.BREACH, urgent=True)


@pytest.mark.parametrize("first", [True, False])
def test_payments_that_come_in_take_no_others_place(tmp_path: Path, first: bool) -> None:
    """Anybody can send as many as he likes of 1 msat."""
    with Store(tmp_path) as store:
        inbox, flood = Inbox(store, Feed(), expect_whole), map(received, range(MOST_RECEIVED + 5))
        others = [entry("calm"), of_a_cheat()]
        put(store, inbox, *([*others, *flood] if first else [*flood, *others]))
        assert {"calm", "it cheats"} <= set(said(inbox))
        newest = [f"under 1 sat, no. {number}" for number in range(5, MOST_RECEIVED + 5)]
        assert [one for one in reversed(said(inbox)) if one.startswith("under")] == newest
        at_a_glance = [one.text for one in inbox.glance().newest]
        assert {"calm", "it cheats"} <= set(at_a_glance)
        assert len(at_a_glance) == MOST_GLIMPSED
        reread(store, inbox)


def test_of_more_than_are_kept_what_is_urgent_goes_last(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        inbox = Inbox(store, Feed(), expect_whole)
        put(store, inbox, of_a_cheat("old"), entry("calm"), of_a_cheat())
        put(store, inbox, *(of_a_cheat(f"{number}") for number in range(MOST_KEPT - 2)))
        assert said(inbox)[-2:] == ["it cheats", "old"]
        put(store, inbox, of_a_cheat("one more"))
        assert said(inbox)[-1] == "it cheats"
        put(store, inbox, entry("calm"))
        assert said(inbox)[0] == "calm", "the newest is never the one that goes"
        assert len(said(inbox)) == MOST_KEPT
        reread(store, inbox)


def test_a_newer_word_on_the_same_thing_takes_the_place_of_the_older(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        inbox = Inbox(store, Feed(), expect_whole)
        put(store, inbox, entry("stuck", "p"), entry("other"), entry("arrived", "p"))
        assert said(inbox) == ["arrived", "other"]
        assert [one.number for one in inbox.newest(9)] == [3, 2]
        reread(store, inbox)


def test_they_stand_by_the_times_that_they_show(tmp_path: Path) -> None:
    """What comes of a cheat is told with the date of the cheat."""
    with Store(tmp_path) as store:
        inbox = Inbox(store, Feed(), expect_whole)
        put(store, inbox, entry("cheat", "p"), replace(entry("paid"), time=6))
        put(store, inbox, entry("punished", "p"))
        assert said(inbox) == ["paid", "punished"]
        assert [one.text for one in inbox.newest(1)] == ["paid"]
        reread(store, inbox)


def test_what_a_transaction_takes_back_was_never_said(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        inbox = Inbox(store, Feed(), expect_whole)
        put(store, inbox, entry("before", "p"))
        with pytest.raises(ZeroDivisionError):
            put_and_fail(store, inbox, entry("after", "p"), entry("more"))
        assert said(inbox) == ["before"]
        reread(store, inbox)


def test_what_the_disk_did_not_take_is_written_later(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        inbox = Inbox(store, Feed(), expect_whole)
        put(store, inbox, entry("of before", "disk"))
        inbox.put_unsaved(entry("full", "disk"))
        inbox.put_unsaved(entry("another"))
        inbox.mark_read((2,))
        assert inbox.glance().unread == 1
        assert [one.text for one in Inbox(store, Feed(), expect_whole).newest(9)] == ["of before"]
        store._failed = DiskFailed("no")
        assert not inbox.flush()
        store._failed = None
        assert inbox.flush()
        assert said(inbox) == ["another", "full"]
        reread(store, inbox)


async def test_marking_is_refused_where_the_disk_takes_nothing(town: Town) -> None:
    ada = town.nodes["ada"]
    ada._shell.notice("Read this.")
    [one] = await ada.inbox()
    assert isinstance(one, InboxEntry)
    ada._store._failed = DiskFailed("The disk failed.")
    assert isinstance(await ada.mark_read((one.number,)), Refused)
    ada._store._failed = None
    assert (await ada.inbox_glance()).unread == 1

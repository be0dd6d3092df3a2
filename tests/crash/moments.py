"""At which commit it happens, what leaves after it, and what must be found on disk by then."""

from __future__ import annotations

from collections.abc import Callable

from lnwallet_tui.channel.effects import Broadcast, HtlcFulfilled, Send
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.payment.records import InvoiceStatus, OutgoingStatus
from lnwallet_tui.store import channels, closes, payments
from lnwallet_tui.store.db import Store
from lnwallet_tui.wire import bolt2
from lnwallet_tui.wire.message import Message
from tests.crash.contract import Holds
from tests.crash.faults import Commit, Leaving, Moment, effect_of, publishes
from tests.store.whole import expect_whole


# -- when
def says(kind: type[Message]) -> Moment:
    return lambda commit: commit.says(kind)


def sends(*kinds: type[Message]) -> Leaving:
    def is_sent(waiting: Callable[[], None]) -> bool:
        effect = effect_of(waiting)
        return isinstance(effect, Send) and (not kinds or isinstance(effect.message, kinds))

    return is_sent


def writes(table: str) -> Moment:
    return lambda commit: table in commit.tables


def broadcasts(commit: Commit) -> bool:
    return any(isinstance(one, Broadcast) for one in commit.effects)


def changes(what: Callable[[Channel], object]) -> Moment:
    """What is asked of a channel was false, and is true."""

    def is_new(commit: Commit) -> bool:
        return any(
            what(channel) and not (number in commit.before and what(commit.before[number]))
            for number, channel in commit.channels.items()
        )

    return is_new


def is_undone(commit: Commit) -> bool:
    return any(
        one.spend is not None and commit.channels[number].spend is None
        for number, one in commit.before.items()
    )


def revokes(commit: Commit) -> bool:
    return any(
        channel.their_secrets.revoked > commit.before[number].their_secrets.revoked
        for number, channel in commit.channels.items()
        if number in commit.before
    )


def answers_while_waiting(commit: Commit) -> bool:
    """It revokes while a commitment that it signed awaits the peer's revocation."""
    waits = any(one.their_next is not None for one in commit.before.values())
    return waits and commit.says(bolt2.RevokeAndAck)


def fulfils(commit: Commit) -> bool:
    return any(isinstance(one, HtlcFulfilled) for one in commit.effects)


def sweeps(commit: Commit) -> bool:
    return any(map(publishes, commit.waiting)) and "closes" in commit.tables


# -- what is there
def kept(what: Callable[[Channel], object]) -> Holds:
    return lambda store: any(what(row.state) for row in channels.load_channels(store, expect_whole))


def anything(_: Store) -> bool:
    return True


def a_key_is_used(store: Store) -> bool:
    return channels.numbers_taken(store) > 0


def has_paid(store: Store) -> bool:
    rows = store.read("SELECT payment_hash FROM payments WHERE outgoing = 1")
    kept = [payments.sent(store, bytes(row[0])) for row in rows if isinstance(row[0], bytes)]
    return all(one is not None and one.status is OutgoingStatus.PAID for one in kept)


def an_attempt_is_noted(store: Store) -> bool:
    rows = store.read("SELECT payment_hash FROM payments WHERE outgoing = 1")
    kept = [payments.sent(store, bytes(row[0])) for row in rows if isinstance(row[0], bytes)]
    return any(one is not None and one.status is not OutgoingStatus.PAID for one in kept)


def settles(store: Store) -> bool:
    rows = store.read("SELECT payment_hash FROM payments WHERE outgoing = 0")
    kept = [payments.issued(store, bytes(row[0])) for row in rows if isinstance(row[0], bytes)]
    return any(one is not None and one.status is not InvoiceStatus.WAITING for one in kept)


def a_close_is_noted(store: Store) -> bool:
    return bool(closes.load_closes(store, expect_whole))

"""Payments on disk: order, replacement of a failed one, rows under a wrong name."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.payment.records import (
    Attempt,
    AttemptStatus,
    IncomingInvoice,
    InvoiceStatus,
    Lessons,
    OutgoingPayment,
    OutgoingStatus,
    Part,
    Room,
    Route,
    RouteHop,
    Spontaneous,
)
from lnwallet_tui.routing.graph import Hop
from lnwallet_tui.store import activity, payments
from lnwallet_tui.store.db import DATABASE_NAME, Store
from lnwallet_tui.store.errors import WalletCorrupt
from lnwallet_tui.wire.scid import ShortChannelId

OUTGOING = OutgoingPayment(
    payment_hash=b"\x01" * 32,
    invoice="lnbcrt1…",
    payment_secret=b"\x02" * 32,
    payment_metadata=b"meta",
    min_final_cltv_expiry_delta=18,
    expires=1_800_003_600,
    amount=Msat(5_000_000),
    max_fee=Msat(50_000),
    created=1_800_000_000,
    attempts=(
        Attempt(
            route=Route(
                b"\x03" * 32,
                (
                    RouteHop(node_id=b"\x02" * 33),
                    RouteHop(
                        node_id=b"\x03" * 33,
                        short_channel_id=ShortChannelId(539_268, 845, 1),
                        fee_base=Msat(1_000),
                        fee_proportional_millionths=100,
                        cltv_expiry_delta=40,
                    ),
                ),
            ),
            session_key=b"\x04" * 32,
            amount=Msat(5_001_500),
            delivers=Msat(5_000_000),
            cltv_expiry=800_100,
            htlc_id=7,
            status=AttemptStatus.FAILED,
        ),
    ),
    takes_parts=True,
    lessons=Lessons(
        rooms=(Room(1, b"\x02" * 33, -1),),
        ours=((b"\x03" * 32, 5_001_499),),
        avoided=(b"\x03" * 33,),
        corrected=(Hop(1, b"\x02" * 33, b"\x03" * 33, 1, 2, 40, 1_000, 9_000_000),),
    ),
    given_up=True,
    status=OutgoingStatus.FAILED,
    reason="Nobody took it.",
)
ANSWERED = replace(
    OUTGOING,
    attempts=tuple(
        replace(one, failed_at=2, failure="It asked for more.") for one in OUTGOING.attempts
    ),
)
UNASKED = OutgoingPayment(
    payment_hash=b"\x0a" * 32,
    invoice="",
    payment_secret=b"",
    payment_metadata=None,
    min_final_cltv_expiry_delta=144,
    expires=0,
    amount=Msat(7_000),
    max_fee=Msat(50),
    created=1_800_000_000,
    takes_parts=False,
    spontaneous=Spontaneous(payee=b"\x03" * 33, preimage=b"\x0b" * 32),
)
INCOMING = IncomingInvoice(
    payment_hash=b"\x05" * 32,
    preimage=b"\x06" * 32,
    payment_secret=b"\x07" * 32,
    amount=None,
    min_final_cltv_expiry_delta=144,
    created=1_800_000_000,
    expires=1_800_003_600,
    invoice="lnbcrt1…",
    status=InvoiceStatus.SETTLING,
    parts=(
        Part(
            channel_id=b"\x08" * 32,
            htlc_id=0,
            amount=Msat(1_000),
            forwarded=Msat(1_000),
            total=Msat(1_000),
            cltv_expiry=800_200,
            shared_secret=b"\x09" * 32,
            received=1_800_000_100,
        ),
    ),
)


def newest(store: Store, limit: int, offset: int) -> list[activity.Payment]:
    return [found.payment for found in activity.newest(store, limit, offset)]


def test_payments_round_trip_in_order(tmp_path: Path) -> None:
    paid = replace(INCOMING, status=InvoiceStatus.PAID)
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            payments.add(tx, INCOMING)
            payments.add(tx, OUTGOING)
        with store.transaction() as tx:
            payments.save(tx, paid)
        assert payments.sent(store, OUTGOING.payment_hash) == OUTGOING
        assert payments.issued(store, INCOMING.payment_hash) == paid
        assert newest(store, 9, 0) == [OUTGOING, paid]
        assert newest(store, 1, 1) == [paid]
        assert payments.sent(store, INCOMING.payment_hash) is None
        assert payments.issued(store, OUTGOING.payment_hash) is None


def test_a_new_try_takes_the_place_of_the_failed_one(tmp_path: Path) -> None:
    again = replace(OUTGOING, status=OutgoingStatus.IN_FLIGHT)
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            payments.add(tx, OUTGOING)
            payments.add(tx, INCOMING)
            payments.add(tx, again)
        assert newest(store, 9, 0) == [again, INCOMING]


def test_a_counter_that_is_damaged_has_no_payment_take_anothers_place(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            payments.add(tx, OUTGOING)
            payments.add(tx, INCOMING)
            tx.write("UPDATE counters SET value = 0")
            payments.add(tx, replace(OUTGOING, payment_hash=bytes(32)))
        assert payments.sent(store, OUTGOING.payment_hash) == OUTGOING
        assert len(newest(store, 9, 0)) == 3


def test_the_same_hash_can_be_paid_and_asked_for(tmp_path: Path) -> None:
    mine = replace(INCOMING, payment_hash=OUTGOING.payment_hash)
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            payments.add(tx, OUTGOING)
            payments.add(tx, mine)
        assert payments.sent(store, mine.payment_hash) == OUTGOING
        assert payments.issued(store, mine.payment_hash) == mine


def test_a_payment_under_another_name_is_damage(tmp_path: Path) -> None:
    with Store(tmp_path) as store, store.transaction() as tx:
        payments.add(tx, OUTGOING)
    raw = sqlite3.connect(tmp_path / DATABASE_NAME)
    raw.execute("UPDATE payments SET payment_hash = x'00'")
    raw.commit()
    raw.close()
    with Store(tmp_path) as store, pytest.raises(WalletCorrupt):
        payments.sent(store, b"\x00")

"""Payments at the same time, and relays that vanish while they are under way: whatever becomes of
each, every msat is found again."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.payment.records import OutgoingStatus
from tests.network.accounts import differences, disagreements, earnings, holdings
from tests.network.day import Day
from tests.network.land import MINUTE_MS, Land
from tests.network.orders import Kind, Order, orders

SEED: Final = b"together"
RELAYS, PAYMENTS = 40, 30
NO_SURPRISE: Final = {Kind.ASLEEP, Kind.HERMIT, Kind.TWICE, Kind.TOO_MUCH, Kind.TOO_LARGE}

Results = list[tuple[Order, PaymentView | Refused]]


async def begin(folder: Path) -> Day:
    return await Day.begin(Land(SEED, folder), SEED, RELAYS)


async def pay_at_once(day: Day, vanishing: tuple[str, ...] = ()) -> Results:
    """All payments begin at the same moment. Who vanishes does so in the middle of them, and is
    back some minutes later."""
    land = day.land
    wanted = [one for one in orders(SEED, day.relays.names) if one.kind not in NO_SURPRISE]
    invoices = [(order, await day.write_invoice(order)) for order in wanted[:PAYMENTS]]
    paying = [
        asyncio.create_task(land.nodes[order.payer].pay(invoice)) for order, invoice in invoices
    ]
    cut_off = 0
    for name in vanishing:
        await land.clock.deliver(150)
        cut_off += sum(len(one.ledger.htlcs) for one in land.nodes[name].channel_states())
        land.wires.vanish(name, gone=True)
    assert not vanishing or cut_off, "nothing was under way where relays vanished"
    await land.clock.wait_for(lambda: False, 3 * MINUTE_MS)
    for name in vanishing:
        land.wires.vanish(name, gone=False)
    is_over = await land.clock.wait_for(lambda: all(task.done() for task in paying), 30 * MINUTE_MS)
    assert is_over, "some never ended"
    await land.clock.wait_for(lambda: False, 6 * MINUTE_MS)
    for order, invoice in invoices:
        sent = day._sent(order.payer, invoice)
        assert sent is None or sent.status is not OutgoingStatus.IN_FLIGHT
        if sent is not None and sent.preimage is not None:
            await day._check_arrival(order, invoice)
            day.settled.append((order.payer, order.payee, sent))
    hashes = [bolt11.decode(invoice).payment_hash for _, invoice in invoices]
    assert len(set(hashes)) == len(hashes)
    return [(order, task.result()) for (order, _), task in zip(invoices, paying, strict=True)]


def check_accounts(day: Day) -> None:
    """Both ends of every channel agree, no HTLC is left, and who has more was paid it."""
    assert disagreements(day.land) == []
    expected = differences(day.land.names, day.settled)
    for name, before in day.held.items():
        assert holdings(day.land, name) - before == expected[name], name
    earned = earnings(day.land.names, day.settled)
    for name in day.relays.names:
        assert day.land.nodes[name].earned_msat == earned[name], name


def paid(results: Results) -> int:
    """How many were; all others say why not."""
    count = Counter[str]()
    for order, result in results:
        if isinstance(result, Refused):
            assert result.message, order
        elif result.status is not PaymentStatus.PAID:
            assert result.status is PaymentStatus.FAILED, order
            assert result.reason, order
        else:
            count["paid"] += 1
    return count["paid"]


@pytest.mark.timeout(600)
async def test_payments_at_the_same_time(tmp_path: Path) -> None:
    day = await begin(tmp_path)
    results = await pay_at_once(day)
    assert paid(results) > PAYMENTS // 2
    check_accounts(day)
    await day.land.end()


@pytest.mark.timeout(600)
async def test_relays_that_vanish_while_payments_are_under_way(tmp_path: Path) -> None:
    day = await begin(tmp_path)
    results = await pay_at_once(day, day.relays.names[:3])
    assert paid(results) > PAYMENTS // 4
    check_accounts(day)
    await day.land.end()

"""One statement to a wallet's disk fails, anywhere in a day: nothing is lost, and it goes on.

Afterwards memory holds what the disk holds, nobody is stuck, nothing is paid twice.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus, PaymentView
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.htlcs import Ledger
from lnwallet_tui.channel.state import Channel, Closing, Link
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.payments.payment_book import PaymentBook
from lnwallet_tui.payment.records import IncomingInvoice, OutgoingPayment
from lnwallet_tui.payment.standing import is_under_way
from lnwallet_tui.store import activity, chain, channels, closes, coins, db, payments
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import DiskFull, StoreError
from tests.node.town import COINS_SAT, MINUTE_MS, Town
from tests.store.whole import expect_whole

STATEMENTS = 350  # a few less than either has in the day
GIFT_MSAT, CHANGE_MSAT = 90_000_000, 20_000_000
FEES_SAT = 60_000


class Fault:
    """Lets the statement number `at` of a node's database fail, once; of `only` those."""

    def __init__(self, node: Node, at: int, patch: pytest.MonkeyPatch, only: str = "") -> None:
        self.count = 0
        self._at, self._only, self._connection = at, only, node._store._connection
        self._execute = db._execute
        patch.setattr(db, "_execute", self._fail)

    def _fail(self, connection: Any, sql: str, values: Sequence[db.Value]) -> Any:
        is_counted = sql.startswith(self._only) and not sql.startswith(("SELECT", "ROLLBACK"))
        if connection is self._connection and is_counted:
            self.count += 1
            if self.count == self._at:
                raise DiskFull("full, once")
        return self._execute(connection, sql, values)


def lasting(channel: Channel) -> Channel:
    """Without what a connection's end forgets anyway: updates that no commitment covers."""
    nothing = Ledger(funder=channel.funder, ours=Msat(0), theirs=Msat(0), feerate_per_kw=0)
    return replace(channel, link=Link.OFFLINE, ledger=nothing, closing=Closing())


def same_as_on_disk(node: Node) -> None:
    """Compare memory with what the next start would read."""
    store, board = node._store, node._board
    rows = {row.number: lasting(row.state) for row in channels.load_channels(store, expect_whole)}
    assert rows == {held.number: lasting(held.channel) for held in board.channels}
    same_payments(store, board.payments._all)
    assert coins.load_ledger(store, expect_whole) == board.wallet._ledger
    assert closes.load_closes(store, expect_whole) == board.guard._closes
    follower, ours = chain.load_follower(store, (), expect_whole), board.chain._follower
    assert (follower.blocks, follower.facts) == (ours.blocks, ours.facts)
    assert follower.watches == ours.watches
    given = sum(coins.paths_given(store, change=change) for change in (False, True))
    assert given == len(node.wallet_scripts())


def same_payments(store: Store, book: PaymentBook) -> None:
    """All that are under way, and what came to rest as far as it is at hand."""
    kept = [found.payment for found in activity.newest(store, 1_000, 0)]
    sent = {one.payment_hash: one for one in kept if isinstance(one, OutgoingPayment)}
    issued = {one.payment_hash: one for one in kept if isinstance(one, IncomingInvoice)}
    damaged = list[bytes]()
    assert {**book.outgoing, **book.incoming} == {
        one.payment_hash: one for one in payments.under_way(store, damaged.append)
    }
    assert not damaged
    assert {name: one for name, one in sent.items() if is_under_way(one)} == book.outgoing
    assert {name: one for name, one in issued.items() if is_under_way(one)} == book.incoming
    for name, payment in sent.items():
        assert book.sent(name) == payment
    for name, invoice in issued.items():
        assert book.issued(name) == invoice
    assert book._sent_before.keys() <= sent.keys()
    assert book._issued_before.keys() <= issued.keys()


class Day:
    """Ada opens to Ben and pays him, Ben pays back, Ada closes; each until it is done."""

    def __init__(self, town: Town, victim: str) -> None:
        self.town, self.victim = town, victim

    async def whole(self) -> None:
        channel_id = await self._open()
        await self._pay("ada", "ben", GIFT_MSAT)
        await self._pay("ben", "ada", CHANGE_MSAT)
        assert (await self.town.channel("ben", channel_id)).local_msat == GIFT_MSAT - CHANGE_MSAT
        for _ in range(3):
            await self._try(self.town.nodes["ada"].close(channel_id))
            await self.town.mine(2)
        closed = await self.town.channel("ada", channel_id)
        assert (closed.state, closed.closing_kind) == (ChannelState.CLOSED, "cooperative")

    async def _try(self, command: Coroutine[Any, Any, object]) -> None:
        await self.town.run(command)
        same_as_on_disk(self.town.nodes[self.victim])
        await self.town.clock.wait_for(lambda: False, 12 * MINUTE_MS)
        same_as_on_disk(self.town.nodes[self.victim])

    async def _open(self) -> str:
        ada = self.town.nodes["ada"]
        for amount_sat in (500_000, 400_000):
            await self._try(ada.open_channel(self.town.uri("ben"), amount_sat))
            await self.town.mine(5)
            for view in await ada.channels():
                if view.state is ChannelState.READY:
                    return view.channel_id
        raise AssertionError("no channel came of it")

    async def _pay(self, payer: str, payee: str, amount_msat: int) -> None:
        made = [await self.town.nodes[payee].create_invoice(amount_msat, "x") for _ in range(2)]
        invoice = next(one for one in made if isinstance(one, PaymentView))
        for _ in range(3):
            await self._try(self.town.nodes[payer].pay(invoice.invoice))
        for name in (payer, payee):
            view = await self.town.nodes[name].payment(invoice.payment_hash)
            assert not isinstance(view, Refused)
            assert view.status is PaymentStatus.PAID, (name, view)


async def live(folder: Path, victim: str, at: int) -> int:
    """A day with one fault; how many statements the victim had."""
    town = Town(folder)
    await town.begin("ada", "ben")
    with pytest.MonkeyPatch.context() as patch:
        fault = Fault(town.nodes[victim], at, patch)
        try:
            await Day(town, victim).whole()
            total = await town.total_sat("ada", "ben")
            assert 2 * sum(COINS_SAT) - FEES_SAT < total < 2 * sum(COINS_SAT)
        finally:
            await town.end()
    return fault.count


@pytest.mark.parametrize("victim", ["ada", "ben"])
@pytest.mark.parametrize("at", [*range(1, STATEMENTS, 67), 148, 155, 169, 176, 225])
async def test_vuln_056_a_fault_at_some_statements(tmp_path: Path, victim: str, at: int) -> None:
    """A state that was in memory only, since it could not be written, was published when its
    channel was forced to close. Here a fault closes nothing: memory goes back to what is on disk,
    and the day goes on."""
    await live(tmp_path, victim, at)


@pytest.mark.full
@pytest.mark.parametrize("victim", ["ada", "ben"])
@pytest.mark.parametrize("at", range(1, STATEMENTS, 4))
async def test_a_fault_at_many_statements(tmp_path: Path, victim: str, at: int) -> None:
    await live(tmp_path, victim, at)


@pytest.mark.parametrize("victim", ["ada", "ben"])
async def test_the_day_has_these_statements(tmp_path: Path, victim: str) -> None:
    assert await live(tmp_path, victim, 0) >= STATEMENTS


async def test_a_peer_that_comes_while_the_disk_takes_nothing_is_met_again(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 500_000)
    ada = town.nodes["ada"]
    ada._store._failed = StoreError("nothing")
    town.wires.vanish("ben", gone=True)
    await town.clock.rest()
    town.wires.vanish("ben", gone=False)
    await town.clock.wait_for(lambda: False, 3 * MINUTE_MS)
    assert await town.run(ada.connect(town.uri("ben"))) is not None  # it answers at all
    ada._store._failed = None
    await town.clock.wait_for(lambda: False, 12 * MINUTE_MS)
    assert (await town.channel("ada", channel_id)).state is ChannelState.READY
    await town.pay("ada", "ben", 1_000_000)
    await town.end()

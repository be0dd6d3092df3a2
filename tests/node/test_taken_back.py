"""A disk that fails: memory is taken back with it, whatever shared the transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.payments.payment_book import PaymentBook
from lnwallet_tui.payment.records import IncomingInvoice, InvoiceStatus
from lnwallet_tui.store import activity
from lnwallet_tui.store import channels as stored
from lnwallet_tui.store.channels import ChannelRow
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import DiskFull
from lnwallet_tui.wire.bolt1 import Warning_
from lnwallet_tui.wire.bolt2 import (
    ChannelReestablish,
    CommitmentSigned,
    UpdateAddHtlc,
    UpdateFee,
)
from lnwallet_tui.wire.message import Message
from tests.node.test_disk import Fault, same_as_on_disk
from tests.node.town import MINUTE_MS, Town, forget_invoice

AMOUNT, MORE_THAN_ONE_CHANNEL = 20_000_000, 500_000_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Ada has two channels with Ben."""
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    for _ in range(2):
        await town.open("ada", "ben", 400_000)
    await town.mine(3)
    yield town
    await town.end()


async def test_payments_that_begin_together_and_one_of_them_once_more(town: Town) -> None:
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    again, new = [await town.do(ben.create_invoice(AMOUNT, "twice")) for _ in range(2)]
    kept = forget_invoice(ben, again.payment_hash)
    failed = await town.do(ada.pay(again.invoice))
    assert failed.status is PaymentStatus.FAILED
    with ben._store.transaction() as tx:
        ben._board.payments._all.add(tx, kept)
    with pytest.MonkeyPatch.context() as patch:
        Fault(ada, 1, patch, only="COMMIT")
        for answer in await asyncio.gather(ada.pay(new.invoice), ada.pay(again.invoice)):
            assert isinstance(answer, Refused)
    same_as_on_disk(ada)
    assert [one.payment_hash for one in await ada.payments()] == [again.payment_hash]
    both = asyncio.gather(ada.pay(new.invoice), ada.pay(again.invoice))
    await town.clock.wait_for(both.done, 15 * MINUTE_MS)
    for view in await both:
        assert not isinstance(view, Refused)
        assert view.status is PaymentStatus.PAID


def settle_for_nothing(book: PaymentBook, node: Node, invoice: IncomingInvoice) -> None:
    with node._store.transaction() as tx:
        book.save(tx, invoice)
        assert book.settling() == []


async def test_what_is_settling_is_still_settling(town: Town) -> None:
    ben = town.nodes["ben"]
    await town.pay("ada", "ben", AMOUNT)
    book = ben._board.payments._all
    [found] = activity.newest(ben._store, 9, 0)
    invoice = found.payment
    assert isinstance(invoice, IncomingInvoice)
    settling = replace(invoice, status=InvoiceStatus.SETTLING)
    with ben._store.transaction() as tx:
        book.save(tx, settling)
    assert book.settling() == [settling]
    with pytest.MonkeyPatch.context() as patch:
        Fault(ben, 1, patch, only="COMMIT")
        with pytest.raises(DiskFull):
            settle_for_nothing(book, ben, invoice)
    assert book.settling() == [settling]
    with ben._store.transaction() as tx:
        book.save(tx, invoice)


async def test_what_comes_in_one_go_is_not_heard_in_part(town: Town) -> None:
    """Parts over both channels: two offers, then two signatures. The first offer is not kept."""
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(MORE_THAN_ONE_CHANNEL, "parts"))
    heard: list[str] = []
    hear = ben._board.peer_said

    def hear_and_fail(peer_id: bytes, *messages: Message) -> None:
        heard.extend(type(message).__name__ for message in messages)
        if len(heard) == 1:
            with ben._store.transaction():
                raise DiskFull("full, once")
        hear(peer_id, *messages)

    ben._board.peer_said = hear_and_fail  # type: ignore[method-assign]  # a disk that is full once
    paid = await town.do(ada.pay(invoice.invoice))
    assert heard[:2] == [UpdateAddHtlc.__name__, ChannelReestablish.__name__]
    assert paid.status is PaymentStatus.PAID
    same_as_on_disk(ben)


async def test_after_a_violation_the_rest_of_a_go_is_not_heard(town: Town) -> None:
    """A peer that is hung up on comes back and says it anew: what builds on the violation would
    be a violation, too."""
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    channel_id = ben.channel_states()[0].channel_id
    said: list[Message] = []
    ben._board.peers.send = lambda peer_id, message: said.append(message)  # type: ignore[method-assign]  # it reaches nobody
    too_low = UpdateFee(channel_id=channel_id, feerate_per_kw=1)
    signed = CommitmentSigned(channel_id=channel_id, signature=bytes(64), htlc_signature=())
    ben._board.peer_said(ada.node_id, too_low, signed, signed)
    assert [type(message) for message in said] == [Warning_]
    same_as_on_disk(ben)


async def test_a_state_that_cannot_be_written_stops_its_own_channel_only(town: Town) -> None:
    """A bug of ours, met at the end of a block's transaction: blocks and the others go on."""
    ada, opened = town.nodes["ada"], [held.number for held in town.nodes["ada"]._board.channels]
    await town.do(ada.open_channel(town.uri("ben"), 300_000))
    [number] = {held.number for held in ada._board.channels}.difference(opened)
    save = stored.save_channel

    def save_all_but_one(tx: Transaction, row: ChannelRow) -> None:
        if tx._connection is ada._store._connection and row.number == number and not row.frozen:
            raise ZeroDivisionError
        save(tx, row)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "save_channel", save_all_but_one)
        await town.mine(4)
        await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert ada._board.height() == town.regtest.chain.height
    frozen = {held.number: held.frozen for held in ada._board.channels}
    assert frozen == {**dict.fromkeys(opened, ""), number: "ZeroDivisionError"}
    same_as_on_disk(ada)
    assert set(town.crashes) == {"ZeroDivisionError()"}
    town.crashes.clear()
    await town.pay("ada", "ben", AMOUNT)

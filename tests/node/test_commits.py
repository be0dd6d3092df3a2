"""How often a payment waits for a disk, in the order of what happens: counted, never timed.

A commit left out would win time and lose money, so all of it is compared: who commits, who says
what after it; and whatever is said of a channel, a second reader of the wallet's file sees before.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.node.node import Node
from lnwallet_tui.payment.records import OutgoingStatus
from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.db import DATABASE_NAME
from lnwallet_tui.wire.bolt2 import (
    CommitmentSigned,
    RevokeAndAck,
    UpdateAddHtlc,
    UpdateFulfillHtlc,
)
from lnwallet_tui.wire.message import Message
from tests.node.town import Town

COMMIT, PAID = "commit", "paid"
TOGETHER = 20
ADD, SIGN, REVOKE, FULFIL = (
    kind.__name__ for kind in (UpdateAddHtlc, CommitmentSigned, RevokeAndAck, UpdateFulfillHtlc)
)
OFFERS = (COMMIT, ADD, SIGN)
ANSWERS = (COMMIT, REVOKE, SIGN)
REVOKES = (COMMIT, REVOKE)
SETTLES = (COMMIT, FULFIL, SIGN)
HEARS = (COMMIT, REVOKE, SIGN)  # that an HTLC was fulfilled


class Log:
    """What each node did, in order, until the payer knew that it had paid."""

    def __init__(self, town: Town, folder: Path) -> None:
        self._town, self._folder = town, folder
        self._lines: list[tuple[str, str]] = []

    async def pay(self, payer: str, payee: str, times: int = 1) -> None:
        """A payment, or some that begin together, written down."""
        made = [
            await self._town.do(self._town.nodes[payee].create_invoice(9_000_000, "counted"))
            for _ in range(times)
        ]
        with ExitStack() as stack:
            for name, node in self._town.nodes.items():
                stack.enter_context(self._watching(name, node))
            paying = (self._town.nodes[payer].pay(invoice.invoice) for invoice in made)
            paid = await self._town.run(_all(paying))
        assert paid == [PaymentStatus.PAID] * times

    def of(self, name: str) -> tuple[str, ...]:
        """What one of them did; who is far from the payer also what comes after its part of it."""
        end = max(at for at, (_, did) in enumerate(self._lines) if did == PAID)
        return tuple(did for who, did in self._lines[: end + 1] if who == name)

    @contextmanager
    def _watching(self, name: str, node: Node) -> Iterator[None]:
        connection, board = node._store._connection, node._board
        changes = connection.total_changes

        def traced(sql: str) -> None:
            nonlocal changes
            if sql == "COMMIT" and connection.total_changes != changes:
                changes = connection.total_changes
                self._lines.append((name, COMMIT))

        def said(peer_id: bytes, message: Message) -> None:
            self._check(name, node, message)
            self._lines.append((name, type(message).__name__))
            send(peer_id, message)

        def told(payment_hash: bytes) -> None:
            payment = board.payments.sent(payment_hash)
            if payment is not None and payment.status is OutgoingStatus.PAID:
                self._lines.append((name, PAID))
            tell(payment_hash)

        with pytest.MonkeyPatch.context() as patch:
            send, tell = board.peers.send, board.desk.payment_changed
            patch.setattr(board.peers, "send", said)
            patch.setattr(board.desk, "payment_changed", told)
            connection.set_trace_callback(traced)
            yield
            connection.set_trace_callback(None)

    def _check(self, name: str, node: Node, message: Message) -> None:
        """What is said is on disk."""
        assert not node._store._connection.in_transaction
        [held] = [
            one
            for one in node._board.channels
            if one.channel.channel_id == getattr(message, "channel_id", b"")
        ]
        reader = sqlite3.connect(self._folder / name / DATABASE_NAME)
        asked = "SELECT signer, body FROM channels WHERE number = ?"
        [kept] = reader.execute(asked, (held.number,)).fetchall()
        reader.close()
        assert kept == (encode(held.signer.memory), encode(held.channel))


async def _all(paying: Iterable[Coroutine[Any, Any, PaymentView | Refused]]) -> list[object]:
    views = await asyncio.gather(*paying)
    return [getattr(view, "status", view) for view in views]


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def street(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """Ada – Ben – Cyd – Dan in a row; Ben and Cyd relay."""
    town = Town(tmp_path, anchors=request.param, relays=("ben", "cyd"))
    await town.begin("ada", "ben", "cyd", "dan")
    for one, other in (("ben", "cyd"), ("ada", "ben"), ("cyd", "dan")):
        await town.open(one, other, 500_000)
    await town.mine(3)
    yield town
    await town.end()


async def test_three_commits_of_the_payer_and_two_of_the_payee(
    street: Town, tmp_path: Path
) -> None:
    log = Log(street, tmp_path)
    await log.pay("ada", "ben")
    assert log.of("ada") == (*OFFERS, *REVOKES, *HEARS, PAID)
    assert log.of("ben") == (*ANSWERS, *SETTLES)


@pytest.mark.parametrize(
    ("payee", "relays"), [("cyd", ("ben",)), ("dan", ("ben", "cyd"))], ids=["two hops", "three"]
)
async def test_four_commits_more_for_each_further_hop(
    street: Town, tmp_path: Path, payee: str, relays: tuple[str, ...]
) -> None:
    log = Log(street, tmp_path)
    await log.pay("ada", payee)
    assert log.of("ada") == (*OFFERS, *REVOKES, *HEARS, PAID)
    assert log.of(payee)[:6] == (*ANSWERS, *SETTLES)
    for relay in relays:
        on_the_way = (*ANSWERS, *OFFERS, *REVOKES, *HEARS, FULFIL, SIGN)
        assert log.of(relay)[: len(on_the_way)] == on_the_way


async def test_payments_that_begin_together_are_committed_and_signed_together(
    street: Town, tmp_path: Path
) -> None:
    log = Log(street, tmp_path)
    await log.pay("ada", "ben", TOGETHER)
    offer = (COMMIT, *[ADD] * TOGETHER, SIGN)
    assert log.of("ada") == (*offer, *REVOKES, *HEARS, *[PAID] * TOGETHER)
    assert log.of("ben") == (*ANSWERS, *(COMMIT, *[FULFIL] * TOGETHER, SIGN))

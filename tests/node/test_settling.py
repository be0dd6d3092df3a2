"""A payment that comes in is paid once nobody can take it back, not when we decide to take it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.channel.effects import HtlcFulfilled
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.payments.payments import HtlcEffect
from lnwallet_tui.payment.effects import SettleHtlc
from lnwallet_tui.store.db import Transaction
from tests.node.test_htlcs_on_chain import mine_until_failed, status
from tests.node.town import Town

AMOUNT = 50_000_000


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def silence(node: Node) -> None:
    """Nothing that it says from now on reaches anybody."""
    node._board.peers.send = lambda *_: None  # type: ignore[method-assign]  # it reaches nobody


async def settled_unheard(town: Town) -> str:
    """Ben takes a payment of Ada's, and no word of it reaches her; returns its hash."""
    ben = town.nodes["ben"]
    settle, asked = ben._board.desk.settle, False

    def unheard(effect: SettleHtlc) -> None:
        nonlocal asked
        asked = True
        silence(ben)
        settle(effect)

    ben._board.desk.settle = unheard  # type: ignore[method-assign]  # the real one, unheard
    invoice = await town.do(ben.create_invoice(AMOUNT, "unheard"))
    await town.run(town.nodes["ada"].pay(invoice.invoice), until=lambda: asked)
    await town.clock.rest()
    [htlc] = ben.channel_states()[0].ledger.htlcs
    assert htlc.preimage is not None
    return invoice.payment_hash


async def test_it_is_paid_once_the_peer_has_let_go(town: Town) -> None:
    await town.open("ada", "ben", 500_000)
    name = await settled_unheard(town)
    assert await status(town, "ben", name) is PaymentStatus.IN_FLIGHT
    await town.restart("ben")
    assert await status(town, "ben", name) is PaymentStatus.PAID
    assert await status(town, "ada", name) is PaymentStatus.PAID
    assert not town.nodes["ben"].channel_states()[0].ledger.htlcs


async def test_what_was_not_shown_in_time_was_never_paid(town: Town) -> None:
    """The lid was shut between the decision and its message, for longer than the payment lived."""
    await town.open("ada", "ben", 500_000)
    name = await settled_unheard(town)
    await town.stop("ben")
    await mine_until_failed(town, "ada", name)
    await town.start("ben")
    await town.mine(120)
    assert await status(town, "ben", name) is PaymentStatus.FAILED
    assert await status(town, "ada", name) is PaymentStatus.FAILED


async def test_a_close_without_the_htlc_has_paid_it(town: Town) -> None:
    """Ada has learned the preimage and signed nothing; she closes with what Ben signed last."""
    channel_id = await town.open("ada", "ben", 500_000)
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    heard = ada._board.payments.heard

    def learn_and_fall_silent(tx: Transaction, channel: Channel, effect: HtlcEffect) -> None:
        if isinstance(effect, HtlcFulfilled):
            silence(ada)
        heard(tx, channel, effect)

    ada._board.payments.heard = learn_and_fall_silent  # type: ignore[method-assign]  # silent from the preimage on
    invoice = await town.do(ben.create_invoice(AMOUNT, "half heard"))
    paid = await town.do(ada.pay(invoice.invoice))
    assert paid.status is PaymentStatus.PAID
    await town.clock.rest()
    name = invoice.payment_hash
    [htlc] = ben.channel_states()[0].ledger.htlcs
    assert await status(town, "ben", name) is PaymentStatus.IN_FLIGHT
    assert not ada.channel_states()[0].our_commitment.spec.htlcs
    await town.do(ada.force_close(channel_id))
    await town.mine(3)
    assert await status(town, "ben", name) is PaymentStatus.IN_FLIGHT  # a reorganisation is near
    await town.mine(4)
    assert await status(town, "ben", name) is PaymentStatus.PAID
    assert htlc in ben.channel_states()[0].ledger.htlcs
    await town.mine(120)
    assert await status(town, "ben", name) is PaymentStatus.PAID

"""Relays whose terms have changed since they were announced, and say so when they refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.payment.records import OutgoingPayment
from lnwallet_tui.playground.topology import Edge, Terms
from lnwallet_tui.policy import REGTEST_POLICY
from tests.network.land import Land, Opening
from tests.network.relays import Relays

AMOUNT = 20_000_000
TERMS = Terms(1_000, 100, 40, 1, 900_000_000, is_disabled=False)


@pytest.fixture
async def relays(tmp_path: Path) -> AsyncIterator[Relays]:
    """A wallet in front of four relays in a square: to the last, 3, lead two ways."""
    land = Land(b"square", tmp_path)
    await land.begin()
    square = ((0, 1), (0, 2), (1, 3), (2, 3))
    edges = [Edge(n, *ends, 1_000_000, 50, (TERMS, TERMS)) for n, ends in enumerate(square)]
    dear = replace(TERMS, fee_base_msat=50_000)
    edges[3] = replace(edges[3], terms=(dear, dear))
    relays = await Relays.build(land, tuple(edges))
    land.node("wallet", NodeConfig(Network.REGTEST, policy=REGTEST_POLICY, backs_up=False))
    await land.start(["wallet"])
    await land.open([Opening("wallet", "relay 0", 900_000, 0, private=True)])
    yield relays
    await land.end()


def change(relays: Relays, source: int, target: int, **changes: Any) -> None:
    """Other terms from now on, of which nobody hears."""
    asked, peer = relays.terms[relays.names[source]], relays.id_of(target)
    asked[peer] = replace(asked[peer], **changes)


async def pay(relays: Relays, amount_msat: int = AMOUNT) -> tuple[PaymentView, OutgoingPayment]:
    land = relays.land
    invoice = await land.run(land.nodes["relay 3"].create_invoice(amount_msat, "square"))
    assert isinstance(invoice, PaymentView)
    paid = await land.run(land.nodes["wallet"].pay(invoice.invoice))
    assert isinstance(paid, PaymentView), paid
    sent = land.nodes["wallet"]._board.payments.sent(bytes.fromhex(invoice.payment_hash))
    assert sent is not None
    return paid, sent


@pytest.mark.parametrize(
    "changes",
    [
        {"fee_base": Msat(3_000)},
        {"fee_proportional_millionths": 900},
        {"cltv_expiry_delta": 90},
        {"htlc_minimum": Msat(AMOUNT + 1_000)},
    ],
)
async def test_it_is_paid_at_the_terms_that_came_with_the_refusal(
    relays: Relays, changes: dict[str, Any]
) -> None:
    change(relays, 1, 3, **changes)
    paid, sent = await pay(relays)
    assert paid.status is PaymentStatus.PAID
    [first, second] = sent.attempts
    assert [hop.node_id for hop in first.route.hops] == [hop.node_id for hop in second.route.hops]
    [corrected] = sent.lessons.corrected
    assert corrected.source == relays.id_of(1)
    asked = relays.terms["relay 1"][relays.id_of(3)]
    assert corrected.fee_base_msat == asked.fee_base.value
    assert relays.land.nodes["relay 1"].earned_msat >= asked.fee_base.value


async def test_what_is_switched_off_is_left_out(relays: Relays) -> None:
    change(relays, 1, 3, disabled=True)
    paid, sent = await pay(relays)
    assert paid.status is PaymentStatus.PAID
    assert [one.route.hops[1].node_id for one in sent.attempts] == [
        relays.id_of(1),
        relays.id_of(2),
    ]
    change(relays, 2, 3, disabled=True)
    failed, _ = await pay(relays)
    assert failed.status is PaymentStatus.FAILED
    assert failed.reason.startswith("A node on the way has switched off its next channel for now.")


async def test_cheaper_terms_are_not_heard_of_and_do_no_harm(relays: Relays) -> None:
    change(relays, 1, 3, fee_base=Msat(0))
    paid, sent = await pay(relays)
    assert paid.status is PaymentStatus.PAID
    assert len(sent.attempts) == 1
    earned = relays.land.nodes["relay 1"].earned_msat
    assert earned == TERMS.fee_base_msat + AMOUNT * TERMS.fee_proportional_millionths // 1_000_000

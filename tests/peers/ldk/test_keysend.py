"""Payments that no invoice asked for (bLIP 3), to LDK, from it and over it."""

from __future__ import annotations

import pytest

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.hashes import sha256
from tests.peers.ldk.answers import PaymentClaimable, PaymentClaimed, PaymentSent
from tests.peers.ldk.conftest import StartLdk, StartOurs
from tests.peers.ldk.node_scenes import join, know
from tests.peers.ldk.ours import done
from tests.peers.ldk.scenes import both_types
from tests.peers.ldk.world import World

pytestmark = pytest.mark.peer

AMOUNT = 50_000_000
LDK_FEE = 1_000
PREIMAGE = sha256(b"nobody asked for it")


@both_types
async def test_each_pays_the_other(
    world: World, start_ours: StartOurs, start_ldk: StartLdk, anchors: bool
) -> None:
    ldk = await start_ldk("ldk", anchors=anchors)
    us = await start_ours("ours", anchors=anchors)
    await join(world, us, ldk)
    before = (await us.channel()).local_msat
    paid = done(await us.node.pay(ldk.node_id.hex(), amount_msat=AMOUNT))
    assert (paid.status, paid.fee_msat) == (PaymentStatus.PAID, 0), paid.reason
    assert sha256(bytes.fromhex(paid.preimage)).hex() == paid.payment_hash
    claimable = await ldk.event(PaymentClaimable, payment_hash=paid.payment_hash)
    assert (claimable.spontaneous, claimable.preimage) == (True, paid.preimage)
    claimed = await ldk.event(PaymentClaimed, payment_hash=paid.payment_hash)
    assert claimed.amount_msat == AMOUNT
    await us.at_rest()
    assert (await us.channel()).local_msat == before - AMOUNT

    payment_hash = await ldk.keysend(us.node.node_id, AMOUNT // 2, PREIMAGE)
    sent = await ldk.event(PaymentSent, payment_hash=payment_hash)
    assert bytes.fromhex(sent.preimage) == PREIMAGE
    ours = await us.received(payment_hash)
    assert (ours.amount_msat, ours.invoice) == (AMOUNT // 2, "")
    assert ours.preimage == PREIMAGE.hex()
    await us.at_rest()
    assert (await us.channel()).local_msat == before - AMOUNT + AMOUNT // 2


async def test_who_does_not_want_it_refuses_it(
    world: World, start_ours: StartOurs, start_ldk: StartLdk
) -> None:
    ldk = await start_ldk("ldk")
    us = await start_ours("ours")
    await join(world, us, ldk)
    await ldk.behave(claim="no")
    failed = done(await us.node.pay(ldk.node_id.hex(), amount_msat=AMOUNT))
    assert failed.status is PaymentStatus.FAILED
    assert failed.reason == (
        "The receiver does not take this payment without an invoice. Ask it for one."
    )


async def test_over_ldk(world: World, start_ours: StartOurs, start_ldk: StartLdk) -> None:
    ldk = await start_ldk("ldk", announces=True, forwards=True)
    ada = await start_ours("ada")
    ben = await start_ours("ben", relays=True)
    await join(world, ada, ldk)
    await join(world, ben, ldk)
    await know(world, ada, 1)
    paid = done(await ada.node.pay(ben.node.node_id.hex(), amount_msat=AMOUNT))
    assert (paid.status, paid.fee_msat) == (PaymentStatus.PAID, LDK_FEE), paid.reason
    bens = await ben.received(paid.payment_hash)
    assert (bens.amount_msat, bens.preimage) == (AMOUNT, paid.preimage)

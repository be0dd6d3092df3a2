"""An HTLC is pending when a channel is closed by one side alone: who gets it, and what is said."""

from __future__ import annotations

import pytest

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from tests.peers.ldk.accounts import Accounts
from tests.peers.ldk.answers import PaymentClaimed, PaymentFailed, PaymentSent
from tests.peers.ldk.conftest import StartLdk, StartOurs
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.node_scenes import FUNDING, join, there_and_back
from tests.peers.ldk.pending import HTLC, MOST_FEES, Pending, Watch, close, ldk_offers, we_offer
from tests.peers.ldk.scenes import both_types
from tests.peers.ldk.world import World

pytestmark = pytest.mark.peer


@pytest.mark.full
@both_types
@pytest.mark.parametrize("we_close", [True, False], ids=["we close", "LDK closes"])
@pytest.mark.parametrize("ours", [True, False], ids=["our HTLC", "HTLC of LDK"])
@pytest.mark.parametrize("is_taken", [True, False], ids=["preimage", "timeout"])
async def test_an_htlc_is_pending(
    world: World,
    start_ours: StartOurs,
    start_ldk: StartLdk,
    anchors: bool,
    we_close: bool,
    ours: bool,
    is_taken: bool,
) -> None:
    ldk = await start_ldk("ldk", anchors=anchors)
    us = await start_ours("ours", anchors=anchors)
    await ldk.give_coins(50_000, 50_000, 50_000)
    channel_id = await join(world, us, ldk)
    await there_and_back(us, ldk)
    accounts = await Accounts.begin(world, us, ldk)
    share = Sat((await us.channel()).local_msat // 1000)
    if ours:
        pending = await we_offer(us, ldk)
        await ldk.stop_listening()
        await us.cut()
    else:
        pending = await ldk_offers(us, ldk, is_settled=is_taken)
    watch = Watch(us, accounts, pending, height=world.chain.height)
    world.inhabitants.append(watch)
    await close(us, ldk, channel_id, we_close=we_close)
    await world.mine()
    assert accounts.closing is not None
    assert accounts.is_by("us" if we_close else "ldk", accounts.closing)
    assert watch.output is not None
    if ours and is_taken:
        await ldk.claim(pending.preimage)
    await accounts.settle(HTLC)
    await check_end(ldk, pending, watch, is_taken=is_taken)
    moved = HTLC if is_taken else ZERO_SAT
    ours_now = share - moved if ours else share + moved
    await accounts.ldk_is_sure()
    await accounts.check(ours=ours_now, theirs=Sat(FUNDING) - ours_now, most_fees=MOST_FEES)


async def check_end(ldk: LdkNode, pending: Pending, watch: Watch, *, is_taken: bool) -> None:
    """Both say of the payment what the chain has decided; ours has said so since (`Watch`)."""
    if not is_taken:
        # BOLT 5: "if the remote node is NOT irrevocably committed to the HTLC: MUST NOT *resolve*
        # the output by spending it."
        assert watch.shown is None
    if pending.paying is not None:
        await pending.paying
        assert (await watch.view()).status is (
            PaymentStatus.PAID if is_taken else PaymentStatus.FAILED
        )
    if pending.ours and is_taken:
        await ldk.event(PaymentClaimed, payment_hash=pending.payment_hash)
    elif is_taken:
        assert (await watch.view()).status is PaymentStatus.PAID
        sent = await ldk.event(PaymentSent, payment_hash=pending.payment_hash)
        assert watch.shown == bytes.fromhex(sent.preimage)
    elif not pending.ours:
        await ldk.event(PaymentFailed, payment_hash=pending.payment_hash)

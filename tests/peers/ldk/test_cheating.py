"""LDK goes back to a state that it revoked, with HTLCs of both sides in it: we take everything."""

from __future__ import annotations

from itertools import product

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from tests.peers.ldk.accounts import Accounts
from tests.peers.ldk.answers import ChannelClosed, PaymentSent
from tests.peers.ldk.conftest import StartLdk, StartOurs
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.node_scenes import FUNDING, join, there_and_back
from tests.peers.ldk.ours import OurNode, done
from tests.peers.ldk.pending import HTLC, MOST_FEES, Pending, ldk_offers, we_offer
from tests.peers.ldk.world import World
from tests.sampling import sampled

pytestmark = pytest.mark.peer

MOST_BLOCKS = 300
"""Until LDK's HTLC has expired; its second stage waits for 2,016 more."""


ALL = product(("anchors", "static_remotekey"), ("at once", "from the second stage"))
CASES = sampled("revoked states with HTLCs", list(ALL), 2)


@pytest.mark.parametrize(("channel_type", "when"), CASES)
async def test_a_revoked_state_with_htlcs_of_both(
    world: World, start_ours: StartOurs, start_ldk: StartLdk, channel_type: str, when: str
) -> None:
    anchors, second = channel_type == "anchors", when == "from the second stage"
    ldk = await start_ldk("ldk", anchors=anchors)
    us = await start_ours("ours", anchors=anchors)
    channel_id = await join(world, us, ldk)
    await there_and_back(us, ldk)
    ours = await we_offer(us, ldk)
    theirs = await ldk_offers(us, ldk, is_settled=True, beside=1)
    old = await ldk.copy_files("old")
    await go_on(us, ldk, ours, theirs)
    cheat = await start_ldk("cheat", anchors=anchors, folder=old)
    await cheat.give_coins(50_000, 50_000, 50_000)
    accounts = await Accounts.begin(world, us, cheat)
    if second:
        await us.stop()
        await cheat.claim(ours.preimage)
    await cheat.force_close(bytes.fromhex(channel_id))
    await cheat.event(ChannelClosed)
    await world.mine()
    assert accounts.closing is not None
    assert accounts.is_by("cheat", accounts.closing)
    if second:
        await let_it_take_its_htlcs(world, accounts)
        await us.start()
    assert (await us.channel()).closing_kind == "breach by them"
    await world.mine(6)
    assert (await us.node.balance()).closing_msat == 0
    assert list(accounts.waiting_of_ldk()) == []
    assert htlcs_taken_by_the_cheat(accounts) == (2 if second else 0)
    # Without anchors HTLC transactions pay their fee from the HTLC.
    burnt = ZERO_SAT if anchors else accounts.fees("cheat")
    await accounts.check(ours=Sat(FUNDING) - burnt, theirs=burnt, most_fees=MOST_FEES)


async def go_on(us: OurNode, ldk: LdkNode, ours: Pending, theirs: Pending) -> None:
    """Both HTLCs are settled and one more payment goes each way; then LDK is gone."""
    await ldk.listen()
    done(await us.node.connect(ldk.uri))
    await us.until(ChannelState.READY)
    await ldk.event(PaymentSent, payment_hash=theirs.payment_hash)
    await ldk.claim(ours.preimage)
    assert ours.paying is not None
    assert (await ours.paying).status is PaymentStatus.PAID
    await us.at_rest()
    await ldk.behave(claim="yes")
    await there_and_back(us, ldk)
    await ldk.stop()


async def let_it_take_its_htlcs(world: World, accounts: Accounts) -> None:
    """Until the cheat has brought both HTLCs to their second stage, while we do not look."""
    for _ in range(MOST_BLOCKS):
        if htlcs_taken_by_the_cheat(accounts) == 2:
            return
        await world.mine()
    raise AssertionError("the cheat did not take its HTLCs")


def htlcs_taken_by_the_cheat(accounts: Accounts) -> int:
    """How many of the two it has spent."""
    spenders = [accounts.spender(output) for output in accounts.outputs_of(HTLC)]
    assert len(spenders) == 2
    return sum(one is not None and accounts.is_by("cheat", one) for one in spenders)

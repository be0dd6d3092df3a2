"""Our relay's channel with the payer is closed while a payment over it waits at the payee."""

from __future__ import annotations

from itertools import product

import pytest

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from tests.peers.ldk.accounts import Accounts
from tests.peers.ldk.answers import PaymentFailed, PaymentSent
from tests.peers.ldk.conftest import StartLdk, StartOurs
from tests.peers.ldk.node_scenes import FUNDING, PUSH, join, know, pay_until_held
from tests.peers.ldk.pending import MOST_FEES, close
from tests.peers.ldk.world import World
from tests.sampling import sampled

pytestmark = pytest.mark.peer

AMOUNT = Sat(50_000)
PUSHED = Sat(PUSH // 1000)
FEE = Sat(6)  # what our relay asks for it
ALL = product(("anchors", "static_remotekey"), ("we close", "LDK closes"), ("taken", "refused"))
CASES = sampled("closes of a relay's channel", list(ALL), 2)


@pytest.mark.parametrize(("channel_type", "who", "how"), CASES)
async def test_what_the_payee_does_after_the_close(
    world: World,
    start_ours: StartOurs,
    start_ldk: StartLdk,
    channel_type: str,
    who: str,
    how: str,
) -> None:
    """It takes the payment: its preimage takes ours on chain. It refuses: the payer gets it back
    when its time is over."""
    anchors, is_taken = channel_type == "anchors", how == "taken"
    payer = await start_ldk("payer", anchors=anchors, announces=True)
    payee = await start_ldk("payee", anchors=anchors, announces=True, seed="2b" * 32)
    ben = await start_ours("ben", anchors=anchors, relays=True)
    await payer.give_coins(50_000, 50_000, 50_000)
    behind = await join(world, ben, payee)
    before = await join(world, ben, payer)
    await know(world, ben, 2)
    await payee.behave(claim="hold")
    invoice, waiting = await pay_until_held(world, payer, payee, AMOUNT.to_msat().value)
    accounts = await Accounts.begin(world, ben, payer)
    share = Sat(FUNDING) - PUSHED
    await payer.stop_listening()
    await ben.cut()
    await close(ben, payer, before, we_close=who == "we close")
    await world.mine()
    if is_taken:
        assert waiting.preimage is not None
        await payee.claim(waiting.preimage)
    else:
        await payee.fail(invoice.payment_hash)
    await world.ask_until(
        ben.node.channels,
        lambda channels: not any(one.htlcs for one in channels if one.channel_id == behind),
        "the payee's decision",
    )
    await accounts.settle(AMOUNT + FEE)
    if is_taken:
        sent = await payer.event(PaymentSent, payment_hash=invoice.payment_hash)
        assert sent.preimage == waiting.preimage
        share += AMOUNT + FEE
    else:
        await payer.event(PaymentFailed, payment_hash=invoice.payment_hash)
    await accounts.ldk_is_sure()
    await accounts.check(ours=share, theirs=Sat(FUNDING) - share, most_fees=MOST_FEES)
    [channel] = [one for one in await ben.node.channels() if one.channel_id == behind]
    paid_on = AMOUNT if is_taken else ZERO_SAT
    assert channel.state is ChannelState.READY
    assert channel.local_msat == (Sat(FUNDING) - PUSHED - paid_on).to_msat().value

"""What scenarios with our whole node begin with."""

from __future__ import annotations

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from tests.peers.ldk.answers import ChannelReady, Invoice, PaymentClaimable, PaymentSent
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.ours import OurNode, done
from tests.peers.ldk.process import ChildFailed
from tests.peers.ldk.world import World

FUNDING, PUSH = 1_000_000, 300_000_000
"""Satoshis, and the millisatoshis of them that the other side begins with."""


async def join(world: World, us: OurNode, ldk: LdkNode, *, push_msat: int = PUSH) -> str:
    """A channel that we open to LDK, in use; its id."""
    done(await us.node.connect(ldk.uri))
    view = done(await us.node.open_channel(ldk.uri, FUNDING, push_msat=push_msat))
    funding = bytes.fromhex(view.funding_txid)[::-1]
    await world.until(lambda: funding in world.mempool, "the funding transaction")
    await world.mine(6)
    await ldk.event(ChannelReady, channel_id=view.channel_id)
    await us.until(ChannelState.READY)
    return view.channel_id


async def there_and_back(us: OurNode, ldk: LdkNode, amount_msat: int = 10_000_000) -> None:
    """A payment to LDK and the same back, so that both have revoked something."""
    paid = await us.pay(ldk, amount_msat)
    assert paid.status is PaymentStatus.PAID, paid.reason
    back = await us.ask(ldk, amount_msat)
    await ldk.event(PaymentSent, payment_hash=back)
    await us.at_rest()


async def know(world: World, us: OurNode, channels: int) -> None:
    """Until we have heard of so many channels, and of both directions of each."""

    def heard() -> bool:
        known = us.node._board.network._known
        updates = sum(1 for one in known.messages()) - channels
        return len(known) == channels and updates >= 2 * channels

    await world.until(heard, f"{channels} announced channels are known")


async def begin_when_known(world: World, ldk: LdkNode, invoice: str) -> None:
    """Let LDK begin to pay as soon as it has heard of a way."""

    async def begun() -> bool:
        try:
            await ldk.pay(invoice)
        except ChildFailed as error:
            if "RouteNotFound" not in str(error):
                raise
            return False
        return True

    await world.ask_until(begun, bool, "LDK knows a way")


async def pay_until_held(
    world: World, payer: LdkNode, payee: LdkNode, amount_msat: int
) -> tuple[Invoice, PaymentClaimable]:
    """A payment that has arrived, and waits."""
    invoice = await payee.create_invoice(amount_msat)
    await begin_when_known(world, payer, invoice.text)
    return invoice, await payee.event(PaymentClaimable, payment_hash=invoice.payment_hash)

"""What most scenarios begin and end with: a channel between our node and Electrum."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import product
from typing import Final

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus, PaymentView
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.playground.cheating import kept_state
from tests.peers.electrum.answers import Paid
from tests.peers.electrum.electrum import ElectrumNode
from tests.peers.electrum.wire import ADD, REVOKE, Wire, commitment_signed
from tests.peers.electrum.world import World
from tests.peers.ldk.ours import OurNode, done
from tests.sampling import sampled

FUNDING: Final = 1_000_000
PUSH: Final = 300_000
"""From the opener to the other; both in sat."""
AMOUNT: Final = 100_000
"""A payment, in sat, that has an output in commitments at each feerate of these scenarios."""
OPENERS: Final = {"we open": True, "Electrum opens": False}
CLOSERS: Final = {"we close": True, "Electrum closes": False}


def cases(name: str, most: int, **choices: Mapping[str, object]) -> pytest.MarkDecorator:
    """Each combination of these choices; at most so many of them but with --full."""
    combined = list(product(*(choice.items() for choice in choices.values())))
    return pytest.mark.parametrize(
        list(choices),
        [
            pytest.param(*(value for _, value in chosen), id="-".join(key for key, _ in chosen))
            for chosen in sampled(f"{name} with Electrum", combined, most)
        ],
    )


async def join(
    world: World,
    us: OurNode,
    electrum: ElectrumNode,
    *,
    we_open: bool = True,
    wire: Wire | None = None,
) -> str:
    """A channel in use in which both have money; its id."""
    uri = electrum.uri
    if wire is not None:
        uri = f"{electrum.node_id.hex()}@127.0.0.1:{wire.port}"
    done(await us.node.connect(uri))
    if we_open:
        view = done(await us.node.open_channel(uri, FUNDING, push_msat=PUSH * 1000))
        funding = bytes.fromhex(view.funding_txid)[::-1]
    else:
        await electrum.fund(FUNDING + 500_000)
        funding = await electrum.open_channel(us.node.node_id, FUNDING, PUSH)
    await world.until(lambda: funding in world.mempool, "the funding transaction")
    await world.mine(6)
    view = await us.until(ChannelState.READY)
    assert view.channel_type == "static_remotekey"
    await electrum.usable(view.channel_id)
    if not we_open:
        # Whatever its feerate, it begins with an `update_fee`.
        await world.until(lambda: us.node.channel_states()[-1].our_number > 0, "an update_fee")
    await us.at_rest()
    return view.channel_id


async def pay_both_ways(us: OurNode, electrum: ElectrumNode) -> None:
    """A payment each way, one after the other."""
    paid = done(await us.node.pay((await electrum.create_invoice(70_000)).lightning_invoice))
    assert paid.status is PaymentStatus.PAID, paid.reason
    await electrum.settled(paid.payment_hash)
    invoice = done(await us.node.create_invoice(50_000_000, "coffee"))
    assert (await electrum.pay(invoice.invoice)).success
    assert (await us.received(invoice.payment_hash)).amount_msat == 50_000_000


async def check_balances(us: OurNode, electrum: ElectrumNode, channel_id: str) -> None:
    """Both count the same once no HTLC is left."""
    await us.at_rest()
    ours = done(await us.node.channel(channel_id))
    assert ours.local_msat + ours.remote_msat == FUNDING * 1000
    # Electrum rounds down to satoshis.
    expected = ours.local_msat // 1000, ours.remote_msat // 1000
    await electrum.until(
        channel_id,
        lambda one: (one.remote_balance, one.local_balance) == expected,
        "it counts as we do",
    )


async def hold(
    us: OurNode, electrum: ElectrumNode, amount_sat: int = AMOUNT
) -> tuple[str, asyncio.Task[PaymentView]]:
    """A payment of ours that Electrum has but does not take; its hash, and how it ends."""
    await electrum.settle(False)
    request = await electrum.create_invoice(amount_sat)
    paying = us.begin_to_pay(request.lightning_invoice)
    await electrum.arrived(request)
    return request.rhash, paying


async def leave_unanswered(
    us: OurNode, electrum: ElectrumNode, wire: Wire
) -> tuple[str, asyncio.Task[Paid]]:
    """A payment of Electrum's that we have, and whose preimage is lost on the wire, which is out
    then; its hash, and how it ends."""
    invoice = done(await us.node.create_invoice(AMOUNT * 1000, "tea"))
    wire.pull_after(ADD + commitment_signed(htlcs=1) + REVOKE)
    paying = asyncio.create_task(electrum.pay(invoice.invoice))
    await wire.pulled()
    await us.until(ChannelState.OFFLINE)
    [htlc] = us.node.channel_states()[-1].ledger.htlcs
    assert htlc.preimage is not None
    [theirs] = await electrum.channels()
    assert theirs.local_unsettled_sent == AMOUNT
    return invoice.payment_hash, paying


def our_commitment(us: OurNode) -> Tx:
    """What a force close of ours would publish."""
    channel = us.node.channel_states()[-1]
    return kept_state(channel, us.node.channel_signer(channel.channel_id)).tx


async def taken_by(world: World, who: str, txid: bytes) -> Tx:
    """Until somebody has published what spends that transaction."""

    def found() -> list[Tx]:
        return [
            one.tx
            for one in world.published
            if one.who == who
            and one.refused is None
            and any(txin.outpoint.txid == txid for txin in one.tx.inputs)
        ]

    await world.until(lambda: bool(found()), f"{who} takes what is on chain")
    return found()[0]

"""The node that a user runs, unchanged, with LDK."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from tests.peers.ldk.answers import (
    BumpTransaction,
    ChannelClosed,
    ChannelReady,
    PaymentClaimable,
    PaymentClaimed,
    PaymentSent,
)
from tests.peers.ldk.conftest import StartLdk
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.ours import OurNode, done
from tests.peers.ldk.scenes import both_openers, both_types
from tests.peers.ldk.world import World

pytestmark = pytest.mark.peer

FUNDING, PUSH = 1_000_000, 300_000_000
Settle = Callable[..., Awaitable[tuple[OurNode, LdkNode]]]


@pytest_asyncio.fixture
async def settle(world: World, start_ldk: StartLdk) -> AsyncIterator[Settle]:
    """Our node and LDK, each with coins."""
    nodes: list[OurNode] = []

    async def start(*, anchors: bool = True, scid_alias: bool = False) -> tuple[OurNode, LdkNode]:
        ldk = await start_ldk("ldk", anchors=anchors, scid_alias=scid_alias)
        us = OurNode(world, world.folder / "ours", anchors=anchors)
        await us.start()
        nodes.append(us)
        await us.fund(2_000_000, 100_000)
        await ldk.give_coins(50_000, 50_000)
        return us, ldk

    yield start
    for us in nodes:
        await us.stop()
    assert world.faults() == []


async def open_channel(
    world: World, us: OurNode, ldk: LdkNode, *, we_open: bool = True, anchors: bool = True
) -> str:
    """To a channel in which both have money; its id."""
    done(await us.node.connect(ldk.uri))
    if we_open:
        view = done(await us.node.open_channel(ldk.uri, FUNDING, push_msat=PUSH))
        funding = bytes.fromhex(view.funding_txid)[::-1]
    else:
        funding = (await ldk.open_channel(us.node.node_id, FUNDING, PUSH)).txid
    await world.until(lambda: funding in world.mempool, "the funding transaction")
    await world.mine(6)
    await ldk.event(ChannelReady)
    view = await us.until(ChannelState.READY)
    assert view.channel_type == ("anchors" if anchors else "static_remotekey")
    return view.channel_id


async def pay_both_ways(world: World, us: OurNode, ldk: LdkNode) -> None:
    """A payment each way, one after the other."""
    paid = await us.pay(ldk, 12_345_678)
    assert paid.status is PaymentStatus.PAID, paid.reason
    await ldk.event(PaymentClaimed, payment_hash=paid.payment_hash)
    payment_hash = await us.ask(ldk, 7_654_321)
    await ldk.event(PaymentSent, payment_hash=payment_hash)
    await us.received(payment_hash)


@both_openers
@both_types
async def test_open_and_pay_both_ways(
    world: World, settle: Settle, anchors: bool, we_open: bool
) -> None:
    us, ldk = await settle(anchors=anchors)
    await open_channel(world, us, ldk, we_open=we_open, anchors=anchors)
    await pay_both_ways(world, us, ldk)
    await check_balances(world, us, ldk)


async def test_a_channel_that_is_named_by_its_alias_only(world: World, settle: Settle) -> None:
    us, ldk = await settle(scid_alias=True)
    done(await us.node.connect(ldk.uri))
    funding = (await ldk.open_channel(us.node.node_id, FUNDING, PUSH)).txid
    await world.until(lambda: funding in world.mempool, "the funding transaction")
    await world.mine(6)
    await ldk.event(ChannelReady)
    view = await us.until(ChannelState.READY)
    assert view.channel_type == "anchors + scid_alias"
    await pay_both_ways(world, us, ldk)


async def test_the_hundredth_payment(world: World, settle: Settle) -> None:
    us, ldk = await settle()
    await open_channel(world, us, ldk)
    for number in range(50):
        assert (await us.pay(ldk, 1 + number * 40_000)).status is PaymentStatus.PAID
        payment_hash = await us.ask(ldk, 1 + number * 30_000)
        await ldk.event(PaymentSent, payment_hash=payment_hash)
    await check_balances(world, us, ldk)


async def test_a_payment_that_ldk_must_fail_has_a_reason(world: World, settle: Settle) -> None:
    us, ldk = await settle()
    await open_channel(world, us, ldk)
    await ldk.behave(claim="no")
    failed = await us.pay(ldk, 5_000_000)
    assert failed.status is PaymentStatus.FAILED
    assert "receiver" in failed.reason
    await ldk.behave(claim="yes")
    assert (await us.pay(ldk, 5_000_000)).status is PaymentStatus.PAID


@pytest.mark.parametrize("we_close", [True, False], ids=["we close", "LDK closes"])
@both_types
async def test_cooperative_close(
    world: World, settle: Settle, anchors: bool, we_close: bool
) -> None:
    us, ldk = await settle(anchors=anchors)
    channel_id = await open_channel(world, us, ldk, anchors=anchors)
    before = (await us.node.balance()).onchain_confirmed_sat
    if we_close:
        done(await us.node.close(channel_id))
    else:
        await ldk.close(bytes.fromhex(channel_id))
    closed = await ldk.event(ChannelClosed)
    assert closed.reason.endswith("CooperativeClosure")
    await us.until(ChannelState.CLOSING)
    await world.mine(6)
    assert (await us.channel()).closing_kind == "cooperative"
    balance = await us.node.balance()
    fee = 700_000 - (balance.onchain_confirmed_sat - before)
    assert 0 < fee < 5_000


async def test_reconnection_after_a_cut_and_after_restarts(world: World, settle: Settle) -> None:
    us, ldk = await settle()
    await open_channel(world, us, ldk)
    await us.cut()
    await us.until(ChannelState.READY)
    await pay_both_ways(world, us, ldk)
    await us.restart()
    await us.until(ChannelState.READY)
    await pay_both_ways(world, us, ldk)
    await ldk.restart()
    await us.until(ChannelState.OFFLINE)
    done(await us.node.connect(ldk.uri))
    await us.until(ChannelState.READY)
    await pay_both_ways(world, us, ldk)


@pytest.mark.parametrize("count", [1, 250, 400, 600, 900, 1_500], ids="after {} bytes".format)
async def test_a_cut_in_the_middle_of_a_payment(world: World, settle: Settle, count: int) -> None:
    us, ldk = await settle()
    await open_channel(world, us, ldk)
    to_us = await us.ask(ldk, 3_000_000)
    await ldk.event(PaymentSent, payment_hash=to_us)
    await us.at_rest()
    us.hold_back()
    first = await ldk.create_invoice(2_000_000)
    second = done(await us.node.create_invoice(1_000_000, "tea"))
    paying = us.begin_to_pay(first.text)
    await ldk.pay(second.invoice)
    await us.cut_after(count)
    await us.until(ChannelState.READY)
    assert (await paying).status is PaymentStatus.PAID
    await ldk.event(PaymentSent, payment_hash=second.payment_hash)
    await check_balances(world, us, ldk)


@pytest.mark.parametrize("who", ["we", "LDK"], ids=["we restart", "LDK restarts"])
async def test_a_restart_while_payments_are_pending(world: World, settle: Settle, who: str) -> None:
    us, ldk = await settle()
    await open_channel(world, us, ldk)
    await ldk.behave(claim="hold")
    invoices = [await ldk.create_invoice(2_000_000 + number) for number in range(3)]
    begun = [us.begin_to_pay(invoice.text) for invoice in invoices]
    held = [await ldk.event(PaymentClaimable, payment_hash=i.payment_hash) for i in invoices]
    if who == "we":
        for paying in begun:
            paying.cancel()
        await us.restart()
    else:
        await ldk.restart()
        await us.until(ChannelState.OFFLINE)
        done(await us.node.connect(ldk.uri))
    await us.until(ChannelState.READY)
    taken, refused, also_taken = held
    for one in (taken, also_taken):
        assert one.preimage is not None
        await ldk.claim(one.preimage)
    await ldk.fail(refused.payment_hash)
    expected = {
        taken.payment_hash: PaymentStatus.PAID,
        refused.payment_hash: PaymentStatus.FAILED,
        also_taken.payment_hash: PaymentStatus.PAID,
    }
    await check_balances(world, us, ldk)
    payments = {one.payment_hash: one.status for one in await us.node.payments()}
    assert payments == expected


async def check_balances(world: World, us: OurNode, ldk: LdkNode) -> None:
    """Both count the same once no HTLC is left."""

    async def pending() -> int:
        (theirs,) = await ldk.channels()
        return theirs.htlcs_in + theirs.htlcs_out + len((await us.channel()).htlcs)

    await world.ask_until(pending, lambda count: count == 0, "no HTLC is left")
    (theirs,) = await ldk.channels()
    ours = await us.channel()
    assert ours.remote_msat == theirs.outbound_msat + ours.their_reserve_sat * 1000
    assert ours.local_msat + ours.remote_msat == FUNDING * 1000


@both_types
async def test_we_force_close(world: World, settle: Settle, anchors: bool) -> None:
    us, ldk = await settle(anchors=anchors)
    channel_id = await open_channel(world, us, ldk, anchors=anchors)
    before = (await us.node.balance()).onchain_confirmed_sat
    done(await us.node.force_close(channel_id))
    await ldk.event(ChannelClosed)
    await world.mine()
    assert (await us.channel()).closing_kind == "ours"
    await world.mine(ldk.settings.to_self_delay + 6)
    balance = await us.node.balance()
    assert balance.closing_msat == 0
    assert 690_000 < balance.onchain_confirmed_sat - before < 700_000


@both_types
async def test_ldk_force_closes(world: World, settle: Settle, anchors: bool) -> None:
    us, ldk = await settle(anchors=anchors)
    channel_id = await open_channel(world, us, ldk, anchors=anchors)
    before = (await us.node.balance()).onchain_confirmed_sat
    await us.cut()  # for a second: our node is not told
    await ldk.force_close(bytes.fromhex(channel_id))
    await ldk.event(ChannelClosed)
    await world.mine()
    assert (await us.channel()).closing_kind == "theirs"
    await world.mine(7)
    balance = await us.node.balance()
    assert balance.closing_msat == 0
    assert 690_000 < balance.onchain_confirmed_sat - before < 700_000


@both_types
async def test_a_revoked_commitment_is_taken_whole(
    world: World, settle: Settle, start_ldk: StartLdk, anchors: bool
) -> None:
    us, ldk = await settle(anchors=anchors)
    channel_id = await open_channel(world, us, ldk, anchors=anchors)
    before = (await us.node.balance()).onchain_confirmed_sat
    await ldk.behave(claim="hold")
    held = await ldk.create_invoice(20_000_000)
    paying = us.begin_to_pay(held.text)
    await ldk.event(PaymentClaimable)
    old = await ldk.copy_files("old")
    await ldk.fail(held.payment_hash)
    assert (await paying).status is PaymentStatus.FAILED
    await ldk.behave(claim="yes")
    await pay_both_ways(world, us, ldk)
    await ldk.stop()

    cheat = await start_ldk("cheat", anchors=anchors, folder=old)
    await cheat.give_coins(50_000)
    await cheat.force_close(bytes.fromhex(channel_id))
    await cheat.event(ChannelClosed)
    if anchors:
        await cheat.event(BumpTransaction)
    await world.mine()
    assert (await us.channel()).closing_kind == "breach by them"
    await world.mine(6)
    balance = await us.node.balance()
    assert balance.closing_msat == 0
    assert 990_000 < balance.onchain_confirmed_sat - before < 1_000_000

"""BOLT 8 and BOLT 1 with LDK: our machine of `peer` over a real socket, without a node."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from lnwallet_tui.peer.events import Closed, Handshaken, InitReceived, MessageReceived
from lnwallet_tui.wire import features as bits
from lnwallet_tui.wire.bolt1 import Init
from lnwallet_tui.wire.bolt7 import GossipTimestampFilter
from lnwallet_tui.wire.features import OUR_INIT_FEATURES, Features
from tests.peers.ldk.conftest import StartLdk
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.talker import NODE_ID, OUR_INIT, Talker
from tests.peers.ldk.world import World

pytestmark = pytest.mark.peer

Meet = Callable[[LdkNode, Init], Awaitable[Talker]]
UNKNOWN_EVEN, UNKNOWN_ODD = 100, 101
OUR_BITS = frozenset(OUR_INIT_FEATURES)
both_ways = pytest.mark.parametrize(
    "meet", [Talker.dial, Talker.be_dialled], ids=["we dial", "LDK dials"]
)


@asynccontextmanager
async def met(
    ldk: LdkNode, meet: Meet = Talker.dial, init: Init = OUR_INIT
) -> AsyncIterator[Talker]:
    """A connection after the handshake."""
    talker = await meet(ldk, init)
    try:
        assert (await talker.event(Handshaken)).remote_pubkey == ldk.node_id
        yield talker
    finally:
        await talker.close()


@asynccontextmanager
async def introduced(ldk: LdkNode, meet: Meet = Talker.dial) -> AsyncIterator[tuple[Talker, Init]]:
    """A connection after both `init`s and LDK's first gossip message."""
    async with met(ldk, meet) as talker:
        init = (await talker.event(InitReceived)).init
        assert isinstance((await talker.event(MessageReceived)).message, GossipTimestampFilter)
        yield talker, init


def offering(features: Features) -> Init:
    """Our `init` with other features."""
    return replace(OUR_INIT, features=features.to_bytes())


@both_ways
async def test_handshake_and_init(start_ldk: StartLdk, meet: Meet) -> None:
    ldk = await start_ldk("ldk")
    async with introduced(ldk, meet) as (_, init):
        (peer,) = await ldk.peers()
        assert peer.node_id == NODE_ID.hex()
        assert Features.from_bytes(bytes.fromhex(peer.features)) == OUR_INIT_FEATURES
        assert init.networks == OUR_INIT.networks
        assert init.offered().has(bits.ANCHORS)


async def test_anchors_are_offered_only_where_they_are_configured(start_ldk: StartLdk) -> None:
    ldk = await start_ldk("ldk", anchors=False)
    async with introduced(ldk) as (_, init):
        assert not init.offered().has(bits.ANCHORS)
        assert init.offered().requires(bits.STATIC_REMOTEKEY)


async def test_our_ping_is_answered(start_ldk: StartLdk) -> None:
    ldk = await start_ldk("ldk")
    async with introduced(ldk) as (talker, _):
        await talker.ping()
        assert talker.connection.next_event() is None


async def test_we_answer_the_pings_of_ldk(start_ldk: StartLdk) -> None:
    ldk = await start_ldk("ldk")
    async with introduced(ldk) as (talker, _):
        # It hangs up at the sixth tick after a ping that nobody answered, whatever else it hears.
        for _ in range(8):
            await ldk.tick()
            await talker.read()
            await talker.ping()  # its answer shows that LDK has read ours
        assert len(await ldk.peers()) == 1


@pytest.mark.parametrize(
    "lacking",
    [bits.VAR_ONION_OPTIN, bits.PAYMENT_SECRET],
    ids=["var_onion_optin", "payment_secret"],
)
async def test_it_hangs_up_without_a_bit_that_bolt_9_assumes(
    start_ldk: StartLdk, lacking: int
) -> None:
    ldk = await start_ldk("ldk", log_level=2)
    init = offering(Features(OUR_BITS - {lacking}))
    async with met(ldk, init=init) as talker:
        assert not (await talker.event(Closed)).ours
    assert f"{NODE_ID.hex()}: [{lacking}]" in ldk.log_tail()


async def test_an_unknown_odd_bit_is_none_of_its_business(start_ldk: StartLdk) -> None:
    ldk = await start_ldk("ldk")
    init = offering(Features(OUR_BITS | {UNKNOWN_ODD}))
    async with met(ldk, init=init) as talker:
        await talker.event(InitReceived)
        await talker.event(MessageReceived)
        await talker.ping()


async def test_an_unknown_even_bit_is_too_much(start_ldk: StartLdk) -> None:
    ldk = await start_ldk("ldk", log_level=2)
    init = offering(Features(OUR_BITS | {UNKNOWN_EVEN}))
    async with met(ldk, init=init) as talker:
        assert not (await talker.event(Closed)).ours
    assert f"requires features unknown to us: [{UNKNOWN_EVEN}]" in ldk.log_tail()


async def test_another_network_is_left(start_ldk: StartLdk) -> None:
    ldk = await start_ldk("ldk")
    init = replace(OUR_INIT, networks=(bytes(32),))
    async with met(ldk, Talker.be_dialled, init) as talker:
        assert (await talker.event(Closed)).ours


async def test_it_hangs_up_and_is_dialled_again(world: World, start_ldk: StartLdk) -> None:
    ldk = await start_ldk("ldk")
    async with introduced(ldk) as (talker, _):
        await ldk.disconnect(NODE_ID)
        assert not (await talker.event(Closed)).ours
    async with introduced(ldk):
        assert len(await ldk.peers()) == 1
    await world.ask_until(ldk.peers, lambda peers: peers == (), "LDK sees that we hung up")

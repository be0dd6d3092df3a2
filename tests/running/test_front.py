"""A locked wallet moves no money, and what is under way goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lnwallet_tui.api.custody import Hidden, Keeping
from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import LOCKED, RefusalCode, Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.counter.verbs import verbs
from lnwallet_tui.custodian.custodian import Custodian
from lnwallet_tui.keys import envelope
from lnwallet_tui.keys.envelope import Stretch
from lnwallet_tui.playground.people import RELAY
from lnwallet_tui.playground.world import World
from lnwallet_tui.running.front import DONE_WHILE_LOCKED, Front
from tests.shopping import shop_invoice

PASSPHRASE = Hidden("correct horse battery staple")
MOVES_MONEY = {"open_channel", "close", "force_close", "pay", "send", "bump", "sign_psbt"}


@dataclass
class Wallet:
    """The user's of a playground, behind a front."""

    world: World
    custodian: Custodian
    front: Front

    @property
    def node(self) -> NodeApi:
        return self.front.api


@pytest.fixture
async def wallet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wallet]:
    monkeypatch.setattr(envelope, "_new_stretch", lambda salt: Stretch(salt, 64, 1, 1))
    custodian = Custodian(tmp_path / "kept", Network.REGTEST)
    custodian.make_words()
    assert await custodian.keep(Keeping.PASSPHRASE, PASSPHRASE) is None
    world = await World.begin(1, tmp_path / "world", None, custodian.keys())
    await world.fund()
    postman = asyncio.create_task(world.clock.keep_delivering())
    front = Front(Network.REGTEST, world.clock, custodian, lambda: False)
    front.begin(world.you.node)
    yield Wallet(world, custodian, front)
    postman.cancel()
    await world.close()


async def test_while_it_is_locked_it_is_paid_and_pays_nobody(wallet: Wallet) -> None:
    world, node = wallet.world, wallet.node
    relay = next(one for one in world.people() if one.role == RELAY)
    opened = await node.open_channel(relay.uri, 900_000)
    assert not isinstance(opened, Refused)
    await world.mine(6)
    asked = await shop_invoice(world, 25_000_000, "two loaves")
    assert isinstance(asked, str)
    assert not isinstance(await node.pay(asked), Refused)
    await world.clock.rest()
    wallet.custodian.close()
    wallet.front.say_status()
    assert (await node.status()).locked
    assert (await node.channels())[0].explanation.startswith("Ready, but the wallet is locked: ")
    invoice = await node.create_invoice(5_000_000, "tea")
    assert not isinstance(invoice, Refused)
    assert not isinstance(await world.have_them_pay(relay.name, invoice.invoice), Refused)
    paid = await node.payment(invoice.payment_hash)
    assert not isinstance(paid, Refused)
    assert paid.status is PaymentStatus.PAID
    for asking in (
        node.pay(asked),
        node.open_channel(relay.uri, 100_000),
        node.close(opened.channel_id),
        node.force_close(opened.channel_id),
    ):
        with pytest.raises(WalletShut) as shut:
            await asking
        assert shut.value.refused == LOCKED
    [channel] = await node.channels()
    assert channel.state is ChannelState.READY
    assert await wallet.custodian.open(PASSPHRASE) is None
    wallet.front.say_status()
    assert not (await node.status()).locked
    assert (await node.channels())[0].explanation.startswith("Ready: you can pay up to ")
    assert not isinstance(await node.close(opened.channel_id), Refused)


async def test_only_the_right_words_unlock_it(wallet: Wallet) -> None:
    wallet.custodian.lives_on = wallet.custodian.node_id
    wallet.custodian.close()
    refused = await wallet.custodian.open(Hidden("another one, wrong"))
    assert refused is not None
    assert (await wallet.node.status()).locked


async def test_who_listens_hears_that_it_is_locked(wallet: Wallet) -> None:
    feed = wallet.node.feed()
    wallet.custodian.close()
    wallet.front.say_status()
    event = (await anext(feed)).event
    assert isinstance(event, StatusChanged)
    assert event.status.locked


async def test_who_listens_before_there_is_a_node_hears_it_from_its_first_moment(
    wallet: Wallet,
) -> None:
    front = Front(Network.REGTEST, wallet.world.clock, wallet.custodian, lambda: False)
    feed, other = front.api.feed(), front.api.feed()
    with pytest.raises(WalletShut) as shut:
        await front.api.channels()
    assert shut.value.refused.code is RefusalCode.NOT_READY
    front.begin(wallet.world.you.node)
    front.say_status()
    assert isinstance((await anext(feed)).event, StatusChanged)
    front.end()
    assert isinstance((await anext(other)).event, StatusChanged)
    nobody = Front(Network.REGTEST, wallet.world.clock, wallet.custodian, lambda: False)
    never = nobody.api.feed()
    nobody.end()
    assert [item async for item in never] == []


def test_a_verb_that_nobody_thought_of_is_refused_while_it_is_locked() -> None:
    assert set(verbs()) >= DONE_WHILE_LOCKED
    assert not DONE_WHILE_LOCKED & MOVES_MONEY
    assert set(verbs()) >= MOVES_MONEY

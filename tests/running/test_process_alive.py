"""The node in a wallet's process: on a chain with Bitcoin Core's rules, and dialled over TCP."""

from __future__ import annotations

import asyncio
import shutil
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, ChannelView, PaymentView
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.counter.client import Visitor
from lnwallet_tui.node.ports import ChainSource
from lnwallet_tui.playground.clock import START_OF_TIME, WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.regtest import Regtest
from lnwallet_tui.running.outdoors import ChainWanted, Outdoors
from lnwallet_tui.running.wanted import Wanted
from lnwallet_tui.running.ways_out import dialer
from lnwallet_tui.store.marks import MarkFolder
from tests.running.test_process import PASSPHRASE, cheap, make, running

__all__ = ["cheap"]


class Chain:
    """What a process is given instead of the Bitcoin network."""

    def __init__(self, start: int = START_OF_TIME) -> None:
        self.regtest = Regtest(WorldClock(start), b"chain", SeededDice(b"chain", "chain"))
        self.asked: list[ChainWanted] = []
        self.left = 0

    @asynccontextmanager
    async def follow(self, wanted: ChainWanted) -> AsyncIterator[ChainSource]:
        self.asked.append(wanted)
        yield self.regtest.source(0)
        self.left += 1

    @property
    def outdoors(self) -> Outdoors:
        return Outdoors(self.follow, dialer)


@pytest.fixture
async def chain(request: pytest.FixtureRequest) -> AsyncIterator[Chain]:
    chain = Chain(getattr(request, "param", START_OF_TIME))
    await chain.regtest.begin()
    yield chain
    chain.regtest.close()


async def seen(visitor: Visitor, sat: int) -> None:
    """The wallet knows of so much; the node tells whenever it learns of a block."""
    feed = visitor.node.feed()
    while (await visitor.node.balance()).onchain_confirmed_sat != sat:
        await anext(feed)


async def test_coins_come_and_are_there_the_next_time(chain: Chain, tmp_path: Path) -> None:
    regtest = chain.regtest
    wanted = Wanted(chain_peers=("127.0.0.1:18444",))
    async with running(tmp_path, wanted, chain.outdoors) as visitor:
        await make(visitor)
        given = await visitor.node.address()
        assert not isinstance(given, Refused)
        regtest.give([TxOut(Sat(250_000), address_to_script(given.address, Network.REGTEST))])
        await regtest.mine()
        await seen(visitor, 250_000)
        status = await visitor.node.status()
        assert (status.height, status.verified_by) == (regtest.chain.height, 1)
    await regtest.mine()
    async with running(tmp_path, Wanted(PASSPHRASE), chain.outdoors) as visitor:
        assert await visitor.process.unlock() is None
        await seen(visitor, 250_000)
    first, second = chain.asked
    assert (first.network, first.birthday, first.peers) == (
        Network.REGTEST,
        0,
        ("127.0.0.1:18444",),
    )
    assert second.folder == tmp_path
    assert chain.left == 2


def a_port() -> int:
    """That nobody has at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_one_dials_another_over_tcp(tmp_path: Path, chain: Chain) -> None:
    port = a_port()
    listening = Wanted(listen=("127.0.0.1", port))
    async with (
        running(tmp_path / "a", listening, chain.outdoors) as ada,
        running(tmp_path / "b", Wanted(), chain.outdoors) as ben,
    ):
        node_id, _ = await asyncio.gather(make(ada), make(ben))
        peer = await ben.node.connect(f"{node_id}@127.0.0.1:{port}")
        assert not isinstance(peer, Refused), peer
        assert peer.connected
        nobody = await ben.node.connect(f"{node_id[:-2]}00@127.0.0.1:{a_port()}")
        assert isinstance(nobody, Refused)


async def ready(visitor: Visitor) -> ChannelView:
    """Its channel, once it can be used."""
    feed = visitor.node.feed()
    while True:
        found = [one for one in await visitor.node.channels() if one.state is ChannelState.READY]
        if found:
            return found[0]
        await anext(feed)


# With blocks of an old date nothing is paid; with those of the future there is no chain.
@pytest.mark.parametrize("chain", [int(time.time()) - 20 * 3_600], indirect=True, ids=["today"])
async def test_vuln_055_a_folder_that_is_put_back_is_found_out(
    chain: Chain, tmp_path: Path
) -> None:
    """A wallet that a passphrase alone opens, by what its process keeps outside of the folder."""
    port, wallet, old = a_port(), tmp_path / "b", tmp_path / "old"
    out = Outdoors(chain.follow, dialer, MarkFolder(tmp_path / "marks"))
    again = Wanted(PASSPHRASE)
    async with running(tmp_path / "a", Wanted(listen=("127.0.0.1", port)), chain.outdoors) as ada:
        node_id = await make(ada)
        async with running(wallet, Wanted(), out) as ben:
            await make(ben)
            given = await ben.node.address()
            assert not isinstance(given, Refused)
            script = address_to_script(given.address, Network.REGTEST)
            chain.regtest.give([TxOut(Sat(500_000), script)])
            await chain.regtest.mine()
            await seen(ben, 500_000)
            opened = await ben.node.open_channel(f"{node_id}@127.0.0.1:{port}", 200_000)
            assert not isinstance(opened, Refused), opened
            for _ in range(6):
                await chain.regtest.mine()
            await ready(ben)
        shutil.copytree(wallet, old, ignore=lambda _, names: [n for n in names if "sock" in n])
        async with running(wallet, again, out) as ben:
            assert await ben.process.unlock() is None
            await ready(ben)
            invoice = await ada.node.create_invoice(10_000_000, "one more")
            assert isinstance(invoice, PaymentView)
            paid = await ben.node.pay(invoice.invoice)
            assert isinstance(paid, PaymentView)
            assert paid.preimage
    shutil.rmtree(wallet)
    shutil.copytree(old, wallet)
    async with running(wallet, again, out) as ben:
        assert await ben.process.unlock() is None
        status, (told, *_) = await ben.node.status(), await ben.node.inbox()
    assert status.waiting_for.startswith("This wallet's folder may be an older copy: 1 channel")
    assert told.text.startswith("This wallet's folder is an older copy")

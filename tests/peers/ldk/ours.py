"""A whole node of ours with LDK: real sockets, real files, the shared chain; nothing by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TypeVar

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, ChannelView, PaymentStatus, PaymentView, View
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.net import tcp
from lnwallet_tui.net.link import Link
from lnwallet_tui.node.config import NodeConfig, RelayTerms
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.ports import BroadcastResult, DialFailed
from lnwallet_tui.node.shell import Ports
from lnwallet_tui.playground.chain_source import FeeWeather, SimChainSource
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.policy import REGTEST_POLICY
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.world import World

V = TypeVar("V", bound=View)


class _Source(SimChainSource):
    """Our view of the chain; what we publish goes into the world's list, too."""

    def __init__(self, world: World, birthday: int) -> None:
        super().__init__(world.chain, world.mempool, FeeWeather(), birthday)
        self._world = world

    async def broadcast(self, txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        """As `ChainSource.broadcast`."""
        outcomes = self._world.publish("us", txs)
        return tuple(
            BroadcastResult(one.txid, one.refused is None, str(one.refused or ""))
            for one in outcomes
        )


class _Cable:
    """A link that a test can stop, and cut: at once, or when so many more bytes have come."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.bytes_left: int | None = None
        self.flows = asyncio.Event()
        self.flows.set()

    async def read(self) -> bytes:
        """As `Link.read`."""
        data = await self._link.read()
        await self.flows.wait()
        if self.bytes_left is not None:
            data = data[: self.bytes_left]
            self.bytes_left -= len(data)
            if not self.bytes_left:
                self._link.close()
        return data

    def write(self, data: bytes) -> None:
        """As `Link.write`."""
        self._link.write(data)

    def close(self) -> None:
        """As `Link.close`."""
        self._link.close()


class _Dialer:
    """Dials over TCP, while it `may`. `cable` is the newest link."""

    cable: _Cable

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.may.set()

    async def dial(self, node_id: bytes, address: str) -> Link:
        """As `Dialer.dial`."""
        await self.may.wait()
        try:
            self.cable = _Cable(await tcp.dial(address))
        except tcp.DialError as error:
            raise DialFailed(str(error)) from None
        return self.cable


class OurNode:
    """Our node in the world. `restart` ends it as it is and starts it from its folder."""

    node: Node

    def __init__(
        self, world: World, folder: Path, *, anchors: bool = True, relay: RelayTerms | None = None
    ) -> None:
        self._world = world
        self._folder = folder
        self._seed = sha256(b"with LDK " + folder.name.encode()) * 2
        self._config = NodeConfig(
            Network.REGTEST, policy=REGTEST_POLICY, anchors=anchors, relay=relay
        )
        self._birthday = world.chain.height
        self._starts = 0

    async def start(self) -> None:
        """Begin, or go on."""
        self._starts += 1
        self._dialer = _Dialer()
        ports = Ports(
            chain=_Source(self._world, self._birthday),
            dialer=self._dialer,
            clock=self._world.clock,
            dice=SeededDice(self._seed, f"start {self._starts}"),
        )
        keys = KeySchedule(Secret(self._seed), Network.REGTEST)
        self.node = Node(self._config, ports, self._folder, keys)
        await self.node.start()
        self._world.inhabitants.append(self)
        await self.catch_up()

    async def stop(self) -> None:
        """End it; its links close."""
        self._world.inhabitants.remove(self)
        await self.node.stop()

    async def restart(self) -> None:
        """Stop and start."""
        await self.stop()
        await self.start()

    async def catch_up(self) -> None:
        """As `Inhabitant.catch_up`."""

        async def height() -> int:
            return (await self.node.status()).height

        await self._world.ask_until(
            height, lambda at: at == self._world.chain.height, "our node sees the block"
        )
        await self._world.until(lambda: self.node.idle, "our node comes to rest")

    async def fund(self, *values: int) -> None:
        """Confirmed coins for the wallet."""
        for value in values:
            given = await self.node.address()
            assert not isinstance(given, Refused), given
            script = address_to_script(given.address, Network.REGTEST)
            await self._world.give(script, value)

    async def cut(self) -> None:
        """Close the newest link; until our node has noticed, and may dial again."""
        self._dialer.may.clear()
        self._dialer.cable.close()
        await self._lost()

    async def _lost(self) -> None:
        """Being offline ends by itself, so nobody may dial before it was seen."""
        await self.until(ChannelState.OFFLINE)
        self._dialer.may.set()

    async def at_rest(self) -> None:
        """Until both sides have committed and revoked everything in the newest channel."""
        await self._world.until(
            lambda: _is_at_rest(self.node.channel_states()[-1]), "our channel is at rest"
        )

    def hold_back(self) -> None:
        """Let nothing that LDK says arrive, until `cut_after`."""
        self._dialer.cable.flows.clear()

    async def cut_after(self, count: int) -> None:
        """As `cut`, when LDK has said so many more bytes; the rest is lost."""
        self._dialer.may.clear()
        self._dialer.cable.bytes_left = count
        self._dialer.cable.flows.set()
        await self._lost()

    async def channel(self) -> ChannelView:
        """The newest channel."""
        return (await self.node.channels())[-1]

    async def until(self, state: ChannelState) -> ChannelView:
        """Until the newest channel is in this state."""
        await self._world.ask_until(
            self.node.channels,
            lambda channels: bool(channels) and channels[-1].state is state,
            f"our channel is {state.value}",
        )
        return await self.channel()

    async def received(self, payment_hash: str) -> PaymentView:
        """A payment to us, once it is ours for good: the payer knows the preimage before that."""

        async def look() -> PaymentView:
            return done(await self.node.payment(payment_hash))

        return await self._world.ask_until(
            look, lambda one: one.status is PaymentStatus.PAID, "it is ours"
        )

    async def pay(self, ldk: LdkNode, amount_msat: int) -> PaymentView:
        """Pay an invoice of LDK's; how it ended."""
        invoice = await ldk.create_invoice(amount_msat)
        return done(await self.node.pay(invoice.text))

    def begin_to_pay(self, invoice: str) -> asyncio.Task[PaymentView]:
        """Pay an invoice, without waiting for its end."""

        async def pay() -> PaymentView:
            return done(await self.node.pay(invoice))

        return asyncio.create_task(pay())

    async def ask(self, ldk: LdkNode, amount_msat: int) -> str:
        """Let LDK begin to pay an invoice of ours; the payment hash."""
        invoice = done(await self.node.create_invoice(amount_msat, "coffee"))
        return await ldk.pay(invoice.invoice)


def _is_at_rest(channel: Channel) -> bool:
    return not channel.ledger.htlcs and channel.their_next is None


def done(answer: V | Refused) -> V:
    """The view; fails if the node refused."""
    assert not isinstance(answer, Refused), answer
    return answer

"""Nodes on simulated wires and a simulated chain, each of which can crash at any effect."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, ChannelView
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.channel.effects import Effect
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.node.channels import restoring
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.config import NodeConfig, RelayTerms
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.offload import Inline, Offload
from lnwallet_tui.node.ports import ChainSource, Doorkeeper, MarkPlace
from lnwallet_tui.node.shell import Ports
from lnwallet_tui.payment.effects import IncomingEffect, OutgoingEffect
from lnwallet_tui.payment.records import IncomingInvoice
from lnwallet_tui.payment.relay import ForwardEffect
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.regtest import Regtest
from lnwallet_tui.playground.wires import Wires
from lnwallet_tui.policy import REGTEST_POLICY, Policy
from lnwallet_tui.store.errors import DiskFailed, StoreError

MINUTE_MS: Final = 60_000
COINS_SAT: Final = (1_500_000, 1_000_000, 500_000)
DELAY: Final = 20
POLICY: Final = replace(REGTEST_POLICY, to_self_delay=DELAY)

Result = TypeVar("Result")


class Town:
    """A chain, wires, time, and nodes by name. Everything depends on the seed alone."""

    def __init__(
        self,
        folder: Path,
        seed: bytes = b"town",
        *,
        anchors: bool = True,
        relays: tuple[str, ...] = (),
        offload: Offload | None = None,
        policy: Policy = POLICY,
        coins_sat: Sequence[int] = COINS_SAT,
        looks_behind: bool = False,
        backs_up: bool = False,
    ) -> None:
        self.clock = WorldClock()
        self.wires = self._make_wires(seed)
        self.regtest = self._make_chain(seed)
        self.nodes: dict[str, Node] = {}
        self.doorkeepers: dict[str, Doorkeeper] = {}
        self.marks: dict[str, MarkPlace] = {}
        self.crashes: list[str] = []
        self._folder, self._seed, self._anchors, self._relays = folder, seed, anchors, relays
        self._offload = offload or Inline()
        self._policy, self._coins_sat = policy, coins_sat
        self._behind, self._backs_up = looks_behind, backs_up
        self.terms = RelayTerms()
        self._starts = 0
        self._birthday = 0

    def _make_wires(self, seed: bytes) -> Wires:
        return Wires(self.clock, SeededDice(seed, "wires"))

    def _make_chain(self, seed: bytes) -> Regtest:
        return Regtest(self.clock, seed, SeededDice(seed, "chain"))

    # -- life
    async def begin(self, *names: str) -> None:
        """Start everybody and give them coins."""
        await self.regtest.begin()
        self._birthday = self.regtest.chain.height
        outputs = []
        for name in names:
            await self.start(name)
            for amount in self._coins_sat:
                address = (await self.do(self.nodes[name].address())).address
                script = address_to_script(address, Network.REGTEST)
                outputs.append(TxOut(Sat(amount), script))
        self.regtest.give(outputs)
        await self.mine()

    async def start(self, name: str, backup: bytes = b"") -> Node:
        """Start a node, from what its folder holds, and a channel backup that it is given."""
        self._starts += 1
        ports = Ports(
            chain=self._source(name),
            dialer=self.wires.dialer(name),
            clock=self.clock,
            dice=SeededDice(self._seed, f"{name} {self._starts}"),
            offload=self._offload,
            doorkeeper=self.doorkeepers.get(name),
            marks=self.marks.get(name),
        )
        config = NodeConfig(
            Network.REGTEST,
            accept_all_inbound=True,
            alias=name,
            policy=self._policy,
            anchors=self._anchors,
            relay=self.terms if name in self._relays else None,
            looks_behind=self._behind,
            backs_up=self._backs_up,
        )
        keys = KeySchedule(Secret(SeededDice(self._seed, name).bytes(64)), Network.REGTEST)
        node = Node(config, ports, self._folder / name, keys)
        self.nodes[name] = node
        node._shell.crashed = self._crashed  # type: ignore[method-assign]  # no bug goes unseen
        node._shell.turns._on_crash = node._shell.tasks._on_crash = self._crashed
        if backup:
            restoring.restore(node._board, node._board.backups.read(backup))
        self._made(name, node)
        await node.start()
        self.wires.listen(name, self.address(name), node.accept)
        return node

    def _made(self, name: str, node: Node) -> None:
        """It is about to start."""

    def _source(self, name: str) -> ChainSource:
        """How it sees the chain."""
        return self.regtest.source(self._birthday)

    def _crashed(self, error: Exception) -> None:
        if not isinstance(error, StoreError):  # what a disk that is full, or was killed, says
            self.crashes.append(repr(error))

    async def lose(self, name: str) -> None:
        """As a thief or a fire would have it: nothing is left but the words."""
        await self.stop(name)
        shutil.rmtree(self._folder / name)

    async def stop(self, name: str) -> None:
        """End a node; its links close."""
        self.wires.hang_up(name)
        await self.nodes[name].stop()

    async def restart(self, name: str) -> Node:
        """As after a crash, or a lid that was shut; until everybody has found each other."""
        await self.stop(name)
        node = await self.start(name)
        await self.clock.wait_for(lambda: False, 6 * MINUTE_MS)
        return node

    async def end(self) -> None:
        """Stop everybody. No node may have run into a bug of ours."""
        for name in self.nodes:
            await self.stop(name)
        self.regtest.close()
        assert not self.crashes, self.crashes

    # -- the world
    def address(self, name: str) -> str:
        """Where a node listens."""
        return f"{name}.play:9735"

    def uri(self, name: str) -> str:
        """What others dial."""
        return f"{self.nodes[name].node_id.hex()}@{self.address(name)}"

    async def mine(self, blocks: int = 1) -> None:
        """So many blocks, each some minutes later."""
        for _ in range(blocks):
            await self.regtest.mine()

    async def run(
        self,
        command: Coroutine[Any, Any, Result],
        until: Callable[[], bool] = lambda: False,
    ) -> Result | None:
        """A command to its end, or until something else happens (then None)."""
        task = asyncio.create_task(command)
        await self.clock.wait_for(lambda: task.done() or until(), 15 * MINUTE_MS)
        if not task.done():
            task.cancel()
            return None
        await self.clock.rest()
        return task.result()

    async def do(self, command: Coroutine[Any, Any, Result | Refused]) -> Result:
        """A command that must be carried out."""
        result = await self.run(command)
        assert result is not None, "the command never ended"
        assert not isinstance(result, Refused), result
        return result

    # -- what tests do again and again
    async def open(self, opener: str, peer: str, amount_sat: int, push_msat: int = 0) -> str:
        """A channel that can be used, public between relays; returns its id."""
        node, private = self.nodes[opener], peer not in self._relays
        opening = node.open_channel(
            self.uri(peer), amount_sat, push_msat=push_msat, private=private
        )
        view = await self.do(opening)
        await self.mine(4)
        assert (await self.channel(opener, view.channel_id)).state is ChannelState.READY
        assert (await self.channel(peer, view.channel_id)).state is ChannelState.READY
        return view.channel_id

    async def channel(self, name: str, channel_id: str) -> ChannelView:
        """One side's view of it."""
        view = await self.nodes[name].channel(channel_id)
        assert not isinstance(view, Refused), view
        return view

    async def pay(self, payer: str, payee: str, amount_msat: int) -> str:
        """An invoice and its payment; returns the preimage."""
        invoice = await self.do(self.nodes[payee].create_invoice(amount_msat, "for a test"))
        paid = await self.do(self.nodes[payer].pay(invoice.invoice))
        assert paid.preimage, paid
        return paid.preimage

    async def total_sat(self, *names: str) -> int:
        """What these have on chain, confirmed."""
        balances = [await self.nodes[name].balance() for name in names]
        return sum(balance.onchain_confirmed_sat for balance in balances)


class Cut:
    """Kills a node between a commit and one of its effects: the process ends there.

    From then on it neither writes nor says anything; what it had said before is on its way.
    """

    def __init__(self, node: Node, at: int) -> None:
        self.count = 0
        self.killed = False
        self._at = at
        self._node = node
        board = node._board
        self._perform, self._act = board.perform, board.payments.perform
        board.perform = self._effect  # type: ignore[method-assign]  # ends in the middle
        board.payments.perform = self._payment_effect  # type: ignore[method-assign]  # ends in the middle
        if board.relay is not None:
            self._pass_on = board.relay.perform
            board.relay.perform = self._relay_effect  # type: ignore[method-assign]  # ends in the middle

    def _effect(self, held: Held, effect: Effect) -> None:
        if self._lives():
            self._perform(held, effect)

    def _payment_effect(self, effect: OutgoingEffect | IncomingEffect) -> None:
        if self._lives():
            self._act(effect)

    def _relay_effect(self, effect: ForwardEffect) -> None:
        if self._lives():
            self._pass_on(effect)

    def _lives(self) -> bool:
        if self.count == self._at and not self.killed:
            self.killed = True
            self._node._store._failed = DiskFailed("killed")
            board = self._node._board
            board.peers.send = lambda *_: None  # type: ignore[method-assign]  # a process that is gone
            board.publish = lambda *_: None  # type: ignore[method-assign]  # a process that is gone
        self.count += 1
        return not self.killed


async def over_ben(folder: Path, *, anchors: bool = True, backs_up: bool = False) -> Town:
    """Ada and Cyd have channels with Ben, who relays."""
    town = Town(folder, anchors=anchors, relays=("ben",), backs_up=backs_up)
    await town.begin("ada", "ben", "cyd")
    await town.open("ada", "ben", 500_000)
    await town.open("ben", "cyd", 500_000)
    return town


def forget_invoice(node: Node, payment_hash: str) -> IncomingInvoice:
    """As if the node had never made it; what it was."""
    name, book = bytes.fromhex(payment_hash), node._board.payments._all
    kept = book.issued(name)
    assert kept is not None
    with node._store.transaction() as tx:
        for table in ("payments", "activity"):
            tx.write(f"DELETE FROM {table} WHERE payment_hash = ? AND NOT outgoing", (name,))
    book.incoming.pop(name, None)
    book._issued_before.pop(name, None)
    return kept

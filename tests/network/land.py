"""Where a network lives: chain, wires and time, nodes by name, coins and channels between them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from unittest.mock import patch

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.shell import Ports
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.regtest import Regtest
from lnwallet_tui.playground.wires import Wires
from lnwallet_tui.policy import ANNOUNCEMENT_DEPTH, MOST_PENDING
from tests.network.memory import MemoryStore

MINUTE_MS: Final = 60_000
_FOR_FEES_SAT: Final = 250_000  # and what has to stay on chain for the closes
_MOST_OF_A_COIN_SAT: Final = 20 * 100_000_000  # of the faucet's 50 BTC
_RIPE: Final = 40  # blocks before anybody lives here: coins enough for all channels
_HASTE_MS: Final = 2_000

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Opening:
    """A channel to be opened by `opener`, who ends up with all but `push_msat` of it."""

    opener: str
    peer: str
    amount_sat: int
    push_msat: int
    private: bool = False


class Land:
    """Everything depends on the seed alone; `folder` holds what is not kept in memory."""

    def __init__(self, seed: bytes, folder: Path) -> None:
        self.clock = WorldClock()
        self.wires = Wires(self.clock, SeededDice(seed, "wires"))
        self.regtest = Regtest(self.clock, seed, SeededDice(seed, "chain"))
        self.nodes: dict[str, Node] = {}
        self.names: dict[bytes, str] = {}
        self.crashes: list[str] = []
        self._folder, self._seed = folder, seed

    async def begin(self) -> None:
        """Mine what the faucet needs."""
        await self.regtest.begin()
        for _ in range(_RIPE):
            await self.regtest.mine()
        self._birthday = self.regtest.chain.height

    def node(self, name: str, config: NodeConfig, *, on_disk: bool = False) -> Node:
        """A node that was not started yet."""
        ports = Ports(
            chain=self.regtest.source(self._birthday),
            dialer=self.wires.dialer(name),
            clock=self.clock,
            dice=SeededDice(self._seed, f"{name}'s node"),
        )
        keys = KeySchedule(
            Secret(SeededDice(self._seed, f"{name}'s wallet").bytes(64)), Network.REGTEST
        )
        with _stores(on_disk=on_disk):
            node = Node(config, ports, self._folder / name, keys)
        self.nodes[name], self.names[node.node_id] = node, name
        node._shell.crashed = self._crashed  # type: ignore[method-assign]  # no bug goes unseen
        node._shell.turns._on_crash = node._shell.tasks._on_crash = self._crashed
        return node

    def _crashed(self, error: Exception) -> None:
        self.crashes.append(repr(error))

    async def start(self, names: Iterable[str]) -> None:
        """Start nodes; from now on they can be dialled."""
        for name in names:
            await self.nodes[name].start()
            self.wires.listen(name, self._address(name), self.nodes[name].accept)

    async def end(self) -> None:
        """Stop everybody. No node may have run into a bug of ours."""
        for name, node in self.nodes.items():
            self.wires.hang_up(name)
            await node.stop()
        self.regtest.close()
        assert not self.crashes, self.crashes

    def _address(self, name: str) -> str:
        return f"{name.replace(' ', '-')}.play:9735"

    def uri(self, name: str) -> str:
        """What others dial."""
        return f"{self.nodes[name].node_id.hex()}@{self._address(name)}"

    # -- time
    async def run(self, command: Coroutine[Any, Any, Result]) -> Result:
        """A command to its end."""
        task = asyncio.create_task(command)
        assert await self.clock.wait_for(task.done, 15 * MINUTE_MS), "the command never ended"
        await self.clock.rest()
        return task.result()

    async def mine(self, blocks: int = 1) -> None:
        """Blocks in haste: hundreds of links have nothing to say to each other meanwhile."""
        for _ in range(blocks):
            await self.clock.pass_by(_HASTE_MS)
            self.regtest._miner.mine()
            await self.clock.rest()

    # -- channels
    async def open(self, openings: Sequence[Opening]) -> None:
        """Open all of these by the real protocol, and wait until all are announced."""
        await self._give(openings)
        for wave in _waves(openings):
            for one in wave:
                await self._open(one)
            await self.mine()
        await self.mine(ANNOUNCEMENT_DEPTH)

    async def _give(self, openings: Sequence[Opening]) -> None:
        """A coin for each."""
        gift: list[TxOut] = []
        for one in openings:
            given = await self.nodes[one.opener].address()
            assert not isinstance(given, Refused)
            script = address_to_script(given.address, Network.REGTEST)
            gift.append(TxOut(Sat(one.amount_sat + _FOR_FEES_SAT), script))
            if sum(output.value.value for output in gift) > _MOST_OF_A_COIN_SAT:
                self.regtest.give(gift)
                gift = []
        if gift:
            self.regtest.give(gift)
        await self.mine()

    async def _open(self, one: Opening) -> None:
        opened = await self.run(
            self.nodes[one.opener].open_channel(
                self.uri(one.peer), one.amount_sat, push_msat=one.push_msat, private=one.private
            )
        )
        assert not isinstance(opened, Refused), (one, opened)


@contextmanager
def _stores(*, on_disk: bool) -> Iterator[None]:
    if on_disk:
        yield
        return
    with patch("lnwallet_tui.node.node.Store", MemoryStore):
        yield


def _waves(openings: Sequence[Opening]) -> list[list[Opening]]:
    """So that nobody is asked for more at once than a node accepts."""
    waves: list[list[Opening]] = []
    for opening in openings:
        for wave in waves:
            if sum(one.peer == opening.peer for one in wave) < MOST_PENDING:
                wave.append(opening)
                break
        else:
            waves.append([opening])
    return waves

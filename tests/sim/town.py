"""A town in which everything can break: nodes, wires, disks, chain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace as with_terms
from functools import cache
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from lnwallet_tui.channel.effects import Effect
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.config import RelayTerms
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.ports import ChainSource
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.regtest import Regtest
from lnwallet_tui.playground.wires import Wires
from lnwallet_tui.policy import REGTEST_POLICY
from lnwallet_tui.store.errors import StoreError
from tests.node.town import Cut, Town
from tests.sim.chain import LyingSource, Overhearer
from tests.sim.disk import BadDisk
from tests.sim.door import Door
from tests.sim.links import BadWires
from tests.sim.tally import Fault

NAMES: Final = ("ada", "ben", "cyd", "dan", "eve")
COINS_SAT: Final = (1_500_000, 800_000, 400_000)
_CHAIN: Final = b"sim"
FIRST_COINS: Final = 8
"""Coinbases that are ripe when a life begins."""

# A life of a few dozen blocks: what is a fortnight for users is a day here, in the same order.
POLICY: Final = replace(
    REGTEST_POLICY,
    to_self_delay=18,
    fulfilment_deadline=8,
    final_cltv_delta=20,
    security_delay=6,
    hurry=3,
    no_hurry=8,
    timeout_patience=12,
    unproved_patience=1_800,
)
TERMS: Final = with_terms(RelayTerms(), cltv_expiry_delta=26)


@cache
def _first_blocks() -> tuple[bytes, ...]:
    """The chain with which every life begins, so that its coinbases are mined once."""
    clock = WorldClock()
    regtest = Regtest(clock, _CHAIN, SeededDice(_CHAIN, "chain"))
    while regtest.chain.height < 100 + FIRST_COINS:
        clock._now_ms += 600_000
        regtest._miner.mine()
    blocks = tuple(bytes.fromhex(one) for one in regtest.blocks_hex())
    regtest.close()
    return blocks


class OldChain(Regtest):
    """One that begins with the blocks that all have."""

    async def begin(self) -> None:
        """As of now."""
        blocks = _first_blocks()
        self._clock._now_ms += 600_000 * len(blocks)
        self.replay(blocks, ())


class SimTown(Town):
    """As `Town`. `observe` is called for each node before it starts, `overhearer` for everything
    that a node publishes."""

    def __init__(
        self, folder: Path, seed: bytes, *, anchors: bool, relays: tuple[str, ...]
    ) -> None:
        super().__init__(
            folder, seed, anchors=anchors, relays=relays, policy=POLICY, coins_sat=COINS_SAT
        )
        self.terms = TERMS
        self.dice = SeededDice(seed, "town")
        assert isinstance(self.wires, BadWires)
        self.bad_wires: BadWires = self.wires
        self.happened: Counter[Fault] = self.bad_wires.happened
        self.sources: dict[str, LyingSource] = {}
        self.disks: dict[str, BadDisk] = {}
        self.doors: dict[str, Door] = {}
        self.cuts: dict[str, Cut] = {}
        self.down: dict[str, Fault | None] = {}  # who is not running, and why
        self.overhearer: Overhearer
        self.observe: Callable[[str, Node], None]

    def _make_wires(self, seed: bytes) -> Wires:
        return BadWires(self.clock, SeededDice(seed, "wires"))

    def _make_chain(self, seed: bytes) -> Regtest:
        return OldChain(self.clock, _CHAIN, SeededDice(seed, "chain"))

    # -- life
    async def begin(self, *names: str) -> None:
        """As `Town.begin`, on the chain that all lives begin with."""
        for name in names:
            self.doors[name] = Door(SeededDice(self._seed, f"{name}'s door"), 20)
            self.doorkeepers[name] = self.doors[name]
        await super().begin(*names)
        self.base = self.regtest.chain.height

    def _source(self, name: str) -> ChainSource:
        regtest = self.regtest
        source = LyingSource(regtest.chain, regtest.mempool, regtest.weather, self._birthday)
        source.name_of_node, source.overhearer = name, self.overhearer
        source.happened = self.happened
        self.sources[name] = source
        return source

    def _made(self, name: str, node: Node) -> None:
        store = node._store
        disk = BadDisk(store._connection, store.path, self.dice)
        store._connection = disk  # type: ignore[assignment]  # all that a store asks of one
        disk.on_power_cut = lambda: self._silence(node)
        self.disks[name] = disk
        self.observe(name, node)

    @staticmethod
    def _silence(node: Node) -> None:
        """Its process is gone: it says nothing more."""
        board = node._board
        board.peers.send = lambda *_: None  # type: ignore[method-assign]  # a process that is gone
        board.publish = lambda *_: None  # type: ignore[method-assign]  # a process that is gone
        board.perform = _nothing  # type: ignore[method-assign]  # a process that is gone

    def _crashed(self, error: Exception) -> None:
        if not isinstance(error, StoreError):
            self.crashes.append(f"{type(error).__name__}: {error}")

    # -- dying and coming back
    def running(self) -> list[str]:
        """Whose node runs."""
        return [name for name in self.nodes if name not in self.down]

    async def fall(self, name: str, why: Fault | None) -> None:
        """The node of `name` ends now, whatever it was about to do."""
        if name in self.down:
            return
        self.down[name] = why
        self.cuts.pop(name, None)
        await self.stop(name)
        disk = self.disks[name]
        if disk.image is not None:
            disk.lay_down()

    async def rise(self, name: str) -> None:
        """It is started again, from what its folder holds."""
        if name in self.down:
            del self.down[name]
            await self.start(name)

    def cut(self, name: str, at: int) -> None:
        """Its process will end at that effect from now on."""
        if name not in self.cuts:
            self.cuts[name] = Cut(self.nodes[name], at)

    def dead(self) -> dict[str, Fault]:
        """Who ought to have fallen by now: killed, without power, or with a disk that failed."""
        found: dict[str, Fault] = {}
        for name in self.running():
            cut, disk = self.cuts.get(name), self.disks[name]
            if cut is not None and cut.killed:
                found[name] = Fault.CRASH
            elif disk.image is not None:
                found[name] = Fault.POWER_CUT
            elif disk.failures:
                found[name] = Fault.EIO
        return found


def _nothing(held: Held, effect: Effect) -> None:
    """An effect of a process that is gone."""

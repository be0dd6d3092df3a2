"""A life over the light node: nodes of the Bitcoin network, of which one lies about filters.

What a filter hides is not seen: a coin, a close, a cheat. The others contradict the liar, so
nothing is lost. These lives are shorter than the others: each begins with a hundred blocks that
every node reads by itself.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.node.node import Node
from lnwallet_tui.playground.cheating import KeptState, kept_state
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.simchain import ChainBlock, SimChain
from tests.light.town import LightTown
from tests.node.town import COINS_SAT, MINUTE_MS
from tests.p2p.full_node import FullNode
from tests.sim.checks import Checks
from tests.sim.judgement import Judgement, is_settled
from tests.sim.malice import name_outputs
from tests.sim.model import Model, Order
from tests.sim.tally import Fault, Tally

_NOTHING: Final = b"\x00"
"""A filter that nothing is in."""
_PAYMENTS: Final = 11
_MOST_BLOCKS: Final = 80
LIGHT_FAULTS: Final = frozenset({Fault.FILTER_LIES, Fault.DROP, Fault.KEYRING, Fault.REVOKED})


class Liar(FullNode):
    """Says of some blocks that nothing is in them, to everybody and always the same."""

    def __init__(self, chain: SimChain, dice: SeededDice, happened: Counter[Fault]) -> None:
        super().__init__(chain)
        self._dice, self._happened = dice, happened
        self._lies_about: dict[bytes, bool] = {}

    def _filter(self, block: ChainBlock) -> bytes:
        if block.height <= 1 or len(block.txids) == 1:
            return super()._filter(block)
        if block.hash not in self._lies_about:
            self._lies_about[block.hash] = bool(self._dice.between(0, 2))
            self._happened[Fault.FILTER_LIES] += self._lies_about[block.hash]
        return _NOTHING if self._lies_about[block.hash] else super()._filter(block)


class WatchedTown(LightTown):
    """Whose nodes are looked at."""

    checks: Checks

    def _made(self, name: str, node: Node) -> None:
        self.checks.observe(name, node)


class LightLife:
    """Everything depends on the seed alone."""

    def __init__(self, seed: int, folder: Path, liars: int = 1) -> None:
        name = f"light life {seed}".encode()
        self.dice, self.tally = SeededDice(name, "life"), Tally()
        self.town = WatchedTown(folder, name)
        self.checks = self.town.checks = Checks(self.town.regtest.chain.engine)
        self.checks.cheats.add("ben")
        self.model = Model.of({name: sum(COINS_SAT) for name in ("ada", "ben")})
        self.orders: list[Order] = []
        self.wrongs: list[str] = []
        self._liars = liars
        self._kept: list[KeptState] = []

    async def whole(self) -> None:
        """As `life.Life.whole`."""
        try:
            await self._begin()
            for _ in range(_PAYMENTS):
                await self._act()
                await self._pay()
            await self._end()
            judgement = Judgement(self.town, self.checks, self.model, self.orders)
            self.wrongs += await judgement.wrongs()
            self.tally.payments += judgement.payments
            self.tally.updates = len(self.checks.updates)
        finally:
            for name in self.town.nodes:
                await self.town.stop(name)
            self.town.regtest.close()
        self.wrongs = [
            *self.town.crashes, *self.town.complaints, *self.checks.broken, *self.wrongs
        ]  # fmt: skip

    async def _begin(self) -> None:
        liar = Liar(self.town.regtest.chain, self.dice, self.tally.faults)
        for node in self.dice.shuffled(self.town.bitcoin.nodes)[: self._liars]:
            node._full = liar
        await self.town.begin("ada", "ben")
        amount, push = 600_000, self.dice.between(100_000_000, 300_000_000)
        self.channel_id = await self.town.open("ada", "ben", amount, push)
        self.model.pushed("ada", "ben", push)

    async def _act(self) -> None:
        match self.dice.between(0, 4):
            case 0:
                self.tally.faults[Fault.DROP] += 1
                node = self.dice.one_of(self.town.bitcoin.nodes).name
                self.town.wires.vanish(node, gone=True)
                await self._mine()
                self.town.wires.vanish(node, gone=False)
            case 1:
                self.tally.faults[Fault.KEYRING] += 1
                await self.town.stop("ada")
                await self._mine()
                await self.town.start("ada")
                await self.town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
            case _:
                await self._mine()

    async def _mine(self) -> None:
        await self.town.mine()
        self.tally.blocks += 1

    async def _pay(self) -> None:
        self._keep()
        payer, payee = self.dice.shuffled(("ada", "ben"))
        amount = self.dice.between(1_000, 60_000_000)
        issued = await self.town.nodes[payee].create_invoice(amount, "of a life")
        if not isinstance(issued, Refused):
            self.orders.append(Order(issued.payment_hash, amount, (payer, payee)))
            await self.town.run(self.town.nodes[payer].pay(issued.invoice))

    def _keep(self) -> None:
        ben = self.town.nodes["ben"]
        for channel in ben.channel_states():
            self._kept.append(kept_state(channel, ben.channel_signer(channel.channel_id)))

    async def _end(self) -> None:
        """Ben publishes one of his states, old or new; Ada sees it or loses."""
        self._keep()
        kept = self.dice.one_of(self._kept)
        if kept.number < self._kept[-1].number:
            self.tally.faults[Fault.REVOKED] += 1
        if self.dice.between(0, 1):
            self.tally.faults[Fault.NAMED] += name_outputs(self.town.nodes["ada"], kept.tx)
        refused = self.town.regtest.publish(kept.tx)
        assert refused is None, refused
        for _ in range(_MOST_BLOCKS):
            await self._mine()
            await self.town.clock.wait_for(lambda: False, MINUTE_MS)
            [ada] = self.town.nodes["ada"].channel_states()
            if ada.spend is not None and is_settled(self.town.nodes["ada"]):
                for _ in range(3):
                    await self._mine()
                return
        self.wrongs.append(f"not settled after {_MOST_BLOCKS} blocks")

"""One life: channels are opened, used while things break, and closed in every way there is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.node.node import Node
from lnwallet_tui.onchain.classify import Theirs
from lnwallet_tui.playground.dice import SeededDice
from tests.node.twins import offer
from tests.sim import books
from tests.sim.adversary import Adversary
from tests.sim.bribes import Bribes
from tests.sim.checks import Checks
from tests.sim.ending import Ending
from tests.sim.faults import Faults, skewed
from tests.sim.judgement import Judgement
from tests.sim.malice import Careless, Silence
from tests.sim.model import Model, Order
from tests.sim.promises import Promises
from tests.sim.spoils import Spoils
from tests.sim.tally import LEAST_FAULTS, LEAST_UPDATES, Fault, Tally, broken
from tests.sim.town import COINS_SAT, NAMES, POLICY, SimTown

MINUTE_MS: Final = 60_000
_LEAST_STEPS, _MOST_STEPS, _MOST_CALM_STEPS = 30, 120, 60
_ONE_OLD_OF: Final = 25
_WHAT_IT_BRINGS: Final = 1 << 50
"""Sat/kvB: who outbids a bribe may pay anything."""
_MANY_FAULTS: Final = 6
_MOST_TROUBLE: Final = 4
"""Blocks in a row in which somebody may be kept from acting: less than every deadline leaves."""


class Life:
    """Everything depends on the seed alone."""

    def __init__(self, seed: int, folder: Path) -> None:
        name = f"life {seed}".encode()
        self.dice = SeededDice(name, "life")
        self.names = NAMES[: self.dice.one_of((2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 5))]
        anchors = self.dice.between(1, 4) > 1
        self.town = SimTown(folder, name, anchors=anchors, relays=self.names[1:-1])
        self.checks = Checks(self.town.regtest.chain.engine)
        self.promises = Promises(self.checks)
        self.town.overhearer, self.town.observe = self.checks, self._observe
        self.more = SeededDice(name, "more")  # for what came later: the older lives stay the same
        self.faults = Faults(self.town, SeededDice(name, "faults"), self.checks.is_racing)
        self.tally = Tally(faults=self.faults.happened)
        self.model = Model.of({name: sum(COINS_SAT) for name in self.names})
        self.orders: list[Order] = []
        self.tasks: list[asyncio.Task[object]] = []
        self.adversary: Adversary | None = None
        self.wrongs: list[str] = []
        self._trouble = 0
        self._has_opened = False
        self._careless = Careless(SeededDice(name, "careless"), self.faults.happened)
        self.silence = Silence(self)
        self.names_outputs = SeededDice(name, "named").between(0, 1) == 1
        self.bribes = Bribes(self.town.regtest, self.faults.happened, self._at_stake)

    async def whole(self) -> None:
        """From the first coin to the last; `wrongs` is what was not as it must be."""
        try:
            await self._begin()
            await self._middle()
            ending = Ending(self)
            await ending.whole()
            await ending.settle()
            if self.dice.between(1, _ONE_OLD_OF) == 1:
                await ending.grow_old()
            judgement = self.judgement()
            self.wrongs += await judgement.wrongs()
            self.wrongs += self._spoils().wrongs()
            self.wrongs += await books.wrongs(self)
            self.tally.payments += judgement.payments
            self.tally.htlcs += judgement.htlcs()
            self._count()
        finally:
            await self._stop()
        self.wrongs = [*self.town.crashes, *self.checks.broken, *self.wrongs]

    # -- the beginning
    async def _begin(self) -> None:
        await self.town.begin(*self.names)
        for one, other in zip(self.names, self.names[1:], strict=False):
            opener, peer = self.dice.shuffled((one, other))
            amount = self.dice.between(250_000, 900_000)
            push = self.dice.between(amount * 150, amount * 700)
            private = not {one, other} <= set(self.names[1:-1])
            node, uri = self.town.nodes[opener], self.town.uri(peer)
            opening = node.open_channel(uri, amount, push_msat=push, private=private)
            await self.town.do(opening)
            self.model.pushed(opener, peer, push)
        await self.town.mine(7 if len(self.names) > 3 else 4)
        cheat = self.dice.one_of((*self.names, *[""] * 2))
        if cheat in (self.names[0], self.names[-1]):
            self.adversary = Adversary(self.town, self.checks, cheat)
            self.checks.cheats.add(cheat)

    def _observe(self, name: str, node: Node) -> None:
        self.checks.observe(name, node)
        self.promises.observe(name, node)
        self._careless.observe(name, node)

    # -- the middle
    async def _middle(self) -> None:
        acts: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (30, self.pay),
            (28, self.deliver),
            (8, self.town.clock.rest),
            (5, self._wait),
            (5, self.mine),
            (4, self._let_in),
            (2, self._underpay),
            (1, self._open_another),
            (18, self.break_something),
        )
        ways = [act for weight, act in acts for _ in range(weight)]
        for number in range(_MOST_STEPS):
            if number >= _LEAST_STEPS and self._is_long_enough():
                return
            await self.dice.one_of(ways)()
            await self.after()
        await self.faults.heal()
        await self.town.mine()
        for _ in range(_MOST_CALM_STEPS):
            if self._is_long_enough():
                return
            if broken(self.faults.happened) < LEAST_FAULTS:
                await self.faults.one()
            await self.pay()
            await self._wait()
            await self.after()

    def _is_long_enough(self) -> bool:
        return (
            len(self.checks.updates) >= LEAST_UPDATES
            and broken(self.faults.happened) >= LEAST_FAULTS
        )

    async def break_something(self) -> None:
        """Something; once much has happened, less, and nothing while there was much trouble."""
        if self._trouble > 2 and not self.faults.is_trouble:
            return
        if broken(self.faults.happened) < _MANY_FAULTS or self.dice.between(0, 2) == 0:
            await self.faults.one()

    async def after(self) -> None:
        await self.faults.tick()
        self._careless.tick()
        if self.adversary is not None:
            self.adversary.keep()
        for name in self.town.running():
            self.checks.examine(name, self.town.nodes[name])

    async def pay(self) -> None:
        running = self.town.running()
        if len(running) < 2:
            return
        payer, payee = self.dice.shuffled(running)[:2]
        await self.order(payer, payee, self._amount())

    def _amount(self) -> int:
        """In msat: of any size, and often where it begins to matter."""
        dust = POLICY.dust_limit.value
        match self.dice.between(0, 5):
            case 0:
                return self.dice.between(1, 2_000)
            case 1:
                return (dust + self.dice.between(-1, 1)) * 1000 + self.dice.between(0, 999)
            case 2:
                return self.dice.between(1, 40_000) * 1000
            case _:
                return skewed(self.dice, 3_000_000, 90_000_000)

    async def order(self, payer: str, payee: str, amount_msat: int) -> str | None:
        if not {payer, payee} <= {*self.town.running()}:
            return None
        issued = await self.town.nodes[payee].create_invoice(amount_msat, "of a life")
        if isinstance(issued, Refused):
            return None
        at = sorted((self.names.index(payer), self.names.index(payee)))
        way = self.names[at[0] : at[1] + 1]
        way = way if way[0] == payer else way[::-1]
        self.orders.append(Order(issued.payment_hash, amount_msat, way))
        self.task(self.town.nodes[payer].pay(issued.invoice))
        return issued.invoice

    def task(self, work: Awaitable[object]) -> None:
        async def run() -> object:
            return await work

        self.tasks.append(asyncio.create_task(run()))

    async def deliver(self) -> None:
        await self.town.clock.deliver(self.dice.between(1, 7))

    async def _wait(self) -> None:
        most = self.dice.between(1_000, 4 * MINUTE_MS)
        await self.town.clock.wait_for(lambda: False, most)

    async def _let_in(self) -> None:
        self.town.doors[self.dice.one_of(self.names)].let_in()

    async def _underpay(self) -> None:
        """The cheat pays a part of an invoice, and calls it a part of a set that never comes."""
        if self.adversary is None or not {*self.names} <= {*self.town.running()}:
            return
        cheat = self.adversary.name
        payee = self.names[1] if cheat == self.names[0] else self.names[-2]
        held = self.town.nodes[cheat]._board.channels.of_peer(self.town.nodes[payee].node_id)[-1]
        if not held.begun or not isinstance(held.state, Channel):
            return
        amount = self.dice.between(2_000_000, 20_000_000)
        if not (held.channel.link is Link.LIVE and held.channel.phase is Phase.READY):
            return
        issued = await self.town.nodes[payee].create_invoice(amount, "of a life")
        if isinstance(issued, Refused) or held.limits(POLICY)[0].value < amount:
            return
        self.orders.append(Order(issued.payment_hash, amount, (cheat, payee)))
        with suppress(AssertionError):  # its channel does not take it now
            await offer(
                self.town,
                cheat,
                payee,
                issued.invoice,
                amount // 2,
                total_msat=amount,
                blocks=60,
                channel=-1,
            )
            self.faults.happened[Fault.UNDERPAID] += 1

    async def _open_another(self) -> None:
        """A second channel, while things break; with two nodes only, so that every way is known."""
        running = self.town.running()
        if len(self.names) > 2 or len(running) < 2 or self._has_opened:
            return
        self._has_opened = True
        opener, peer = self.dice.shuffled(running)
        opening = self.town.nodes[opener].open_channel(self.town.uri(peer), 200_000, private=True)
        self.task(opening)

    async def mine(self) -> None:
        """A block; nobody is kept from acting for longer than deadlines allow."""
        self._trouble += 1 if self.faults.is_trouble else -1
        self._trouble = max(0, self._trouble)
        if self._trouble > _MOST_TROUBLE:
            await self.faults.heal()
        self.faults.block_comes()
        await self.town.mine()
        self.tally.blocks += 1
        await self.silence.block_came()
        for name in self.town.running():
            if name not in self.checks.cheats:
                self.wrongs += await books.sums(name, self.town.nodes[name])
        for name in [] if self._trouble else self.town.running():
            self.promises.clock(name, self.town.nodes[name])

    def _spoils(self) -> Spoils:
        owners = {
            script: name
            for name, node in self.town.nodes.items()
            for script in node.wallet_scripts()
        }
        states = frozenset() if self.adversary is None else self.adversary.states()
        return Spoils(self.town.regtest.chain, self.town._birthday, self.checks, owners, states)

    def _at_stake(self, outpoint: OutPoint) -> int:
        """What the cheat would lose of it, where it is of a state that was revoked."""
        if self.adversary is None or not self.adversary.published:
            return 0
        for _, close in self._spoils().revoked():
            if outpoint.txid == close.txid:
                return close.outputs[outpoint.vout].value.value
        return 0

    def judgement(self) -> Judgement:
        is_bid_up = self.faults.happened[Fault.BRIBE]
        dearest = _WHAT_IT_BRINGS if is_bid_up else self.faults.dearest
        return Judgement(self.town, self.checks, self.model, self.orders, dearest)

    def _count(self) -> None:
        self.tally.updates = len(self.checks.updates)
        self.faults.happened[Fault.REPLAY] += self.checks.replays
        self.tally.commitments = self.checks.examined
        self.tally.deepest = self.faults.deepest
        for channel_id, both in self.checks.seen.items():
            honest = [name for name in both if name not in self.checks.cheats]
            if not honest:
                continue  # an opening of which the other side never heard the end
            how = _how(self.town.nodes[honest[0]], channel_id)
            self.tally.closes[how] += 1
            if self.adversary is not None and channel_id in self.adversary.published:
                self.faults.happened += Counter(_ONE_SIDED.get(how, ()))

    async def _stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for name in self.town.running():
            await self.town.stop(name)
        self.town.regtest.close()


_ONE_SIDED: Final = {
    "revoked": (Fault.REVOKED,),
    "theirs": (Fault.LATEST,),
    "theirs, of two": (Fault.OTHER,),
}


def _how(node: Node, channel_id: bytes) -> str:
    """In which way a channel ended."""
    held = node._board.channels.find(channel_id)
    assert held is not None
    resolution = node._board.guard.resolution(held)
    if resolution is None:
        return "none"
    kind = type(resolution.close).__name__.lower()
    is_one_of_two = isinstance(resolution.close, Theirs) and held.channel.their_next is not None
    return f"{kind}, of two" if is_one_of_two else kind

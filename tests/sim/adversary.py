"""The one in a life who cheats: keeps every state that its node ever had, and publishes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from lnwallet_tui.channel.state import Channel
from lnwallet_tui.coins.coin import Coin, own_scripts
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.node.node import Node
from lnwallet_tui.playground.cheating import Cheat, KeptState
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.policy_rejection import Rejection
from lnwallet_tui.playground.resident import Resident
from tests.sim.chain import evict
from tests.sim.checks import Checks
from tests.sim.tally import Fault
from tests.sim.town import POLICY, SimTown


@dataclass
class Person:
    """What a `Cheat` asks of a resident."""

    town: SimTown
    name: str

    @property
    def node(self) -> Node:
        return self.town.nodes[self.name]

    @property
    def keys(self) -> KeySchedule:
        return self.node._shell.keys

    def coins(self) -> list[Coin]:
        """As `Resident.coins`."""
        scripts = self.node.wallet_scripts()
        paths = own_scripts(self.keys.account(), len(scripts), len(scripts))
        found = self.town.regtest.chain.paid_to(frozenset(scripts))
        coins = [
            Coin(
                outpoint=outpoint,
                value=coin.output.value,
                script_pubkey=coin.output.script_pubkey,
                path=paths[coin.output.script_pubkey],
                height=coin.height,
                certain=True,
            )
            for outpoint, coin in found
            if coin.output.script_pubkey in paths
        ]
        return sorted(coins, key=lambda coin: (-coin.value.value, coin.outpoint))


class Adversary:
    """Keeps states, and classifies them by what the victim knows when one is published."""

    def __init__(self, town: SimTown, checks: Checks, name: str) -> None:
        self._town, self._checks, self.name = town, checks, name
        person = Person(town, name)
        self._cheat = Cheat(cast("Resident", person), town.regtest)
        self._person = person
        self.waiting: KeptState | None = None
        """What it wants to publish, until a mempool takes it."""
        self.published: set[bytes] = set()
        """Of which channels it handed in a state."""

    def keep(self) -> None:
        """The newest states."""
        if self.name in self._town.running():
            self._cheat.keep()

    def states(self) -> frozenset[bytes]:
        """The ids of all that it has."""
        return frozenset(kept.tx.txid for kept in self._cheat._kept.values())

    def revoked(self) -> KeptState:
        """The oldest state that it has: nobody may publish that."""
        return self._cheat._kept[min(self._cheat._kept)]

    def choices(self, victim: Channel) -> dict[Fault, list[KeptState]]:
        """What it could close that channel with, by what that would be to its victim."""
        current, following = victim.their_current.spec, victim.their_next
        found: dict[Fault, list[KeptState]] = {}
        for (channel_id, number), kept in self._cheat._kept.items():
            if channel_id != victim.channel_id:
                continue
            if number < current.number:
                kind = Fault.REVOKED
            elif number == current.number and following is not None:
                kind = Fault.OTHER
            else:
                kind = Fault.LATEST
            found.setdefault(kind, []).append(kept)
        return found

    async def change_its_mind(self, victim: Channel, dice: SeededDice) -> bool:
        """The blocks since its close are replaced, and in the new ones is another state of its;
        False where it cannot be. Never so deep that anything was called final."""
        spend, regtest = victim.spend, self._town.regtest
        others = [one for found in self.choices(victim).values() for one in found]
        others = [one for one in others if spend is not None and one.tx.txid != spend.tx.txid]
        depth = 0 if spend is None else regtest.chain.height - spend.height + 1
        if spend is None or not others or not 0 < depth < POLICY.buried:
            return False
        await self._town.clock.pass_by(600_000)
        regtest.chain.drop(depth)
        gone = regtest.mempool.get(spend.tx.txid)
        evict(regtest.mempool, [] if gone is None else [gone])
        await self._hand_in(dice.one_of(others))
        for _ in range(depth + 1):
            regtest._miner.mine()
        await self._town.clock.rest()
        return True

    async def publish(self, kept: KeptState) -> Rejection | None:
        """Hand it in, with a second stage of its largest HTLC where its node runs and knows the
        preimage."""
        self.waiting = kept
        self.published.add(kept.channel_id)
        refused = await self._hand_in(kept)
        if refused is None:
            self.waiting = None
        return refused

    async def _hand_in(self, kept: KeptState) -> Rejection | None:
        if self.name not in self._town.running():
            return self._town.regtest.publish(kept.tx)
        return await self._cheat.publish(kept, self._person.node.wallet_scripts()[0])

"""Breaks things, one at a time, and has them heal after a while."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.playground.chain_source import CALM
from lnwallet_tui.playground.dice import SeededDice
from tests.sim import chain
from tests.sim.links import BadLink
from tests.sim.tally import Fault
from tests.sim.town import POLICY, SimTown

_MINUTE_MS: Final = 60_000
_FORTNIGHT_MS: Final = 14 * 24 * 60 * _MINUTE_MS
_DEEPEST: Final = 144

Heal = Callable[[], Awaitable[None]]


@dataclass
class _Later:
    """What heals after so many more steps."""

    steps: int
    heal: Heal


def skewed(dice: SeededDice, least: int, most: int) -> int:
    """A number of a random size: small ones are as likely as large ones."""
    share = dice.between(0, 1_000_000) / 1_000_000
    return min(most, round(math.exp(math.log(least) + share * math.log(most / least))))


class Faults:
    """Of one life. `happened` counts what came about. While somebody `is_racing` for an HTLC no
    reorganisation is so deep that it takes back what was called final."""

    def __init__(self, town: SimTown, dice: SeededDice, is_racing: Callable[[], bool]) -> None:
        self._town, self._dice, self._is_racing = town, dice, is_racing
        self.happened: Counter[Fault] = town.happened
        self.deepest = 0
        self._evicts = False  # what waits when the next block comes, if anything does
        self.dearest = CALM[0]
        self._later: list[_Later] = []
        self._ways: dict[Fault, Callable[[], Awaitable[None]]] = {
            Fault.DROP: self._drop,
            Fault.REORDER: self._reorder,
            Fault.DELAY: self._delay,
            Fault.BLACKHOLE: self._blackhole,
            Fault.PARTIAL: self._tear,
            Fault.CRASH: self._crash,
            Fault.POWER_CUT: self._cut_power,
            Fault.ENOSPC: self._fill_disk,
            Fault.EIO: self._fail_to_sync,
            Fault.CLOCK_JUMP: self._jump,
            Fault.REORG: self.reorganise,
            Fault.FEES: self._change_fees,
            Fault.MEMPOOL_FULL: self._fill_mempool,
            Fault.EVICTION: self._evict,
            Fault.RELAY_LIES: self._lie,
            Fault.KEYRING: self._lock_keyring,
        }

    async def one(self) -> None:
        """Something breaks."""
        await self._ways[self._dice.one_of(tuple(self._ways))]()

    async def tick(self) -> None:
        """A step has passed: bury who is dead, heal what has been broken for long enough."""
        for name, why in self._town.dead().items():
            self.happened[why] += 1
            await self._town.fall(name, why)
            self._heal_in(self._dice.between(1, 4), self._raise(name))
        due = [one for one in self._later if one.steps <= 0]
        self._later = [one for one in self._later if one.steps > 0]
        for one in self._later:
            one.steps -= 1
        for one in due:
            await one.heal()

    async def heal(self) -> None:
        """Everything is well again."""
        for disk in self._town.disks.values():
            disk.fails_to_sync_in = disk.power_fails_in = None
        await self.tick()
        due, self._later = self._later, []
        for one in due:
            await one.heal()
        self._town.bad_wires.heal()
        for cut in self._town.cuts.values():
            cut._at = -1
        for name, why in tuple(self._town.down.items()):
            if why is not Fault.SILENT:
                await self._town.rise(name)
        self._evicts = False
        chain.calm(self._town.regtest)

    @property
    def is_trouble(self) -> bool:
        """Whether anybody could be kept from acting on the chain."""
        kept = [why for why in self._town.down.values() if why is not Fault.SILENT]
        return bool(self._later or kept or self._town.regtest.mempool.floor)

    def _heal_in(self, steps: int, heal: Heal) -> None:
        self._later.append(_Later(steps, heal))

    def _raise(self, name: str) -> Heal:
        async def heal() -> None:
            await self._town.rise(name)

        return heal

    def _somebody(self) -> str | None:
        running = self._town.running()
        return self._dice.one_of(running) if running else None

    def _end(self) -> BadLink | None:
        ends = self._town.bad_wires.ends()
        return self._dice.one_of(ends) if ends else None

    # -- wires
    async def _drop(self) -> None:
        end = self._end()
        if end is not None:
            self.happened[Fault.DROP] += 1
            end.cut()

    async def _reorder(self) -> None:
        self._town.bad_wires.is_bad, self._town.bad_wires.has_overtaken = True, False
        for end in self._town.bad_wires.ends():
            end.is_slow = bool(self._dice.between(0, 1))

    async def _delay(self) -> None:
        end = self._end()
        if end is None:
            return
        end.is_held = True
        milliseconds = skewed(self._dice, 1_000, _FORTNIGHT_MS)

        async def heal() -> None:
            await self._town.clock.pass_by(milliseconds)
            end.let_go()

        self._heal_in(self._dice.between(1, 4), heal)

    async def _blackhole(self) -> None:
        end = self._end()
        if end is not None:
            end.is_blackhole = True

    async def _tear(self) -> None:
        end = self._end()
        if end is not None:
            end.tears = True

    # -- machines
    async def _crash(self) -> None:
        name = self._somebody()
        if name is not None:
            self._town.cut(name, self._dice.between(0, 8))

    async def _cut_power(self) -> None:
        name = self._somebody()
        if name is not None:
            self._town.disks[name].power_fails_in = self._dice.between(0, 6)

    async def _fail_to_sync(self) -> None:
        name = self._somebody()
        if name is not None:
            self._town.disks[name].fails_to_sync_in = self._dice.between(0, 6)

    async def _fill_disk(self) -> None:
        name = self._somebody()
        if name is None:
            return
        disk = self._town.disks[name]
        disk.is_full = True

        async def heal() -> None:
            disk.is_full = False
            self.happened[Fault.ENOSPC] += bool(disk.refusals)
            disk.refusals = 0

        self._heal_in(self._dice.between(1, 5), heal)

    async def _lock_keyring(self) -> None:
        """Its process ends, and cannot be started before the keyring is open again."""
        name = self._somebody()
        if name is None:
            return
        self.happened[Fault.KEYRING] += 1
        await self._town.fall(name, Fault.KEYRING)
        self._heal_in(self._dice.between(3, 8), self._raise(name))

    async def _jump(self) -> None:
        self.happened[Fault.CLOCK_JUMP] += 1
        await self._town.clock.pass_by(skewed(self._dice, _MINUTE_MS, _FORTNIGHT_MS))
        await self._town.mine()  # a chain that stands still for hours is another matter

    # -- chain
    async def reorganise(self) -> None:
        """Some of the newest blocks are replaced."""
        most = min(_DEEPEST, self._town.regtest.chain.height - self._town.base)
        if self._is_racing():
            most = min(most, POLICY.buried - 1)
        if most < 1:
            return
        depth = skewed(self._dice, 1, most)
        self.happened[Fault.REORG] += 1
        self.deepest = max(depth, self.deepest)
        await self._town.regtest.reorganise(depth)

    async def _change_fees(self) -> None:
        self.happened[Fault.FEES] += 1
        soon = skewed(self._dice, 1_000, chain.DEAREST)
        self.dearest = max(soon, self.dearest)
        chain.change_fees(self._town.regtest, soon)
        self._heal_in(self._dice.between(2, 6), self._calm)

    async def _fill_mempool(self) -> None:
        self.happened[Fault.MEMPOOL_FULL] += 1
        chain.fill(self._town.regtest)
        self._heal_in(self._dice.between(1, 4), self._calm)

    async def _calm(self) -> None:
        chain.calm(self._town.regtest)

    async def _evict(self) -> None:
        self._evicts = True

    def block_comes(self) -> None:
        """The next block is about to be mined: what was evicted until then is not in it."""
        if self._evicts and len(self._town.regtest.mempool):
            self._evicts = False
            gone = chain.evict_some(self._town.regtest.mempool, self._dice)
            self.happened[Fault.EVICTION] += bool(gone)

    async def _lie(self) -> None:
        name = self._somebody()
        if name is None:
            return
        self._town.sources[name].lies = self._dice.one_of(("lost", "denied"))

        async def heal() -> None:
            self._town.sources[name].lies = ""

        self._heal_in(self._dice.between(4, 12), heal)

"""How a life ends: each channel is closed somehow, then blocks come until all is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lnwallet_tui.channel.state import Phase
from lnwallet_tui.playground.cheating import KeptState
from tests.sim.judgement import is_settled
from tests.sim.malice import name_outputs
from tests.sim.tally import Fault

if TYPE_CHECKING:
    from tests.sim.life import Life

_DEEPEST: Final = 144
_TIME_TO_TALK_MS: Final = 900_000
_SOME_BLOCKS, _MOST_BLOCKS = 10, 420


class Ending:
    """Of one life."""

    def __init__(self, life: Life) -> None:
        self._life = life

    async def whole(self) -> None:
        """Each channel is closed somehow, or left to whoever has a deadline."""
        if self._life.more.between(1, 3) == 1:
            await self._come_to_rest()
        for name in self._life.names:
            for channel in self._life.town.nodes[name].channel_states():
                other = self._life.checks.peer(name, channel)
                if name > other:
                    continue
                for _ in range(self._life.dice.between(0, 3)):
                    await self._life.pay()
                    await self._life.deliver()
                await self._close(name, other, channel.channel_id.hex())
                await self._life.after()

    async def _come_to_rest(self) -> None:
        """All is well again, and there is time to talk."""
        await self._life.faults.heal()
        await self._life.faults.heal()  # who was still to be killed, and was, while the rest healed
        await self._life.town.clock.wait_for(lambda: False, _TIME_TO_TALK_MS)
        for name in self._life.names:
            self._life.promises.rest(name, self._life.town.nodes[name])

    async def _close(self, one: str, other: str, channel_id: str) -> None:
        cheat = None if self._life.adversary is None else self._life.adversary.name
        if cheat in (one, other) and self._life.more.between(1, 4) == 1:
            victim = one if cheat == other else other
            if await self._life.silence.falls(cheat, victim, bytes.fromhex(channel_id)):
                return
        if cheat in (one, other) and self._life.dice.between(1, 5) > 1:
            await self._cheat(one if cheat == other else other, channel_id)
            return
        closer = self._life.dice.one_of((one, other))
        if closer not in self._life.town.running():
            return
        node = self._life.town.nodes[closer]
        match self._life.dice.between(0, 3):
            case 0:
                self._life.task(node.force_close(channel_id))
            case 1:
                self._life.task(node.close(channel_id))
            case 2:
                await self._close_owing(one, other)
            case _:
                pass
        await self._life.town.clock.rest()

    async def _close_owing(self, one: str, other: str) -> None:
        """By force, when somebody is just about to show a preimage."""
        nodes = self._life.town.nodes
        for door in self._life.town.doors.values():
            door.let_in()
        payer, payee = self._life.dice.shuffled((one, other))
        await self._life.order(payer, payee, self._life.dice.between(2, 40) * 1_000_000)
        for _ in range(60):
            await self._life.town.clock.deliver(1)
            for name, peer in ((one, other), (other, one)):
                if not {name, peer} <= {*self._life.town.running()}:
                    return
                for held in nodes[name]._board.channels:
                    is_theirs = held.peer_id == nodes[peer].node_id
                    if is_theirs and nodes[name]._board.preimages(held.channel):
                        self._cut_between(one, other)
                        closer = nodes[self._life.dice.one_of((one, other))]
                        self._life.task(closer.force_close(held.channel.channel_id.hex()))
                        return

    def _cut_between(self, one: str, other: str) -> None:
        for end in self._life.town.bad_wires.ends():
            if {*end.ends} == {one, other}:
                self._life.faults.happened[Fault.DROP] += 1
                end.cut()
                return

    async def _cheat(self, victim: str, channel_id: str) -> None:
        """The adversary closes by itself, with whatever it has."""
        assert self._life.adversary is not None
        wanted = self._life.dice.one_of((Fault.REVOKED, Fault.REVOKED, Fault.OTHER, Fault.LATEST))
        found: dict[Fault, list[KeptState]] = {}
        sold = b""
        if wanted is Fault.REVOKED and self._life.more.between(1, 6) > 1:
            sold = await self._sell(victim)
        for _ in range(12):
            self._life.adversary.keep()
            node = self._life.town.nodes[victim]
            known = [one for one in node.channel_states() if one.channel_id.hex() == channel_id]
            if not known or known[0].spend is not None or known[0].phase is Phase.DONE:
                return
            found = self._life.adversary.choices(known[0])
            if wanted in found:
                break
            if wanted is Fault.OTHER:
                await self._life.pay()
                await self._life.town.clock.deliver(1)
        kind = wanted if wanted in found else next(iter(found), None)
        if kind is None:
            return
        choices = found[kind]
        most = max(len(kept.stages) for kept in choices)
        with_it = [kept for kept in choices if _holds(kept, sold)]
        if with_it:
            choices = with_it
        elif self._life.dice.between(0, 2):
            choices = [kept for kept in choices if len(kept.stages) == most]
        chosen = self._life.dice.one_of(choices)
        if self._life.names_outputs and victim in self._life.town.running():
            named = name_outputs(self._life.town.nodes[victim], chosen.tx)
            self._life.faults.happened[Fault.NAMED] += named
        await self._life.adversary.publish(chosen)
        if kind is Fault.OTHER:  # else it would revoke what it published
            await self._life.town.fall(self._life.adversary.name, Fault.OTHER)

    async def _sell(self, victim: str) -> bytes:
        """The cheat is paid, and keeps each state meanwhile: with the preimage, it can take that
        payment once more out of an old one. The payment's hash; empty where it could not be."""
        life = self._life
        assert life.adversary is not None
        for door in life.town.doors.values():
            door.let_in()
        amount = life.more.between(5, 40) * 1_000_000
        if await life.order(victim, life.adversary.name, amount) is None:
            return b""
        for _ in range(40):
            await life.town.clock.deliver(1)
            life.adversary.keep()
        return bytes.fromhex(life.orders[-1].payment_hash)

    async def settle(self) -> None:
        """Block by block, broken things and all, until nobody waits for anything."""
        patience, visitors = self._life.dice.between(2, 16), self._life.dice.between(0, 24)
        mind = self._life.dice.between(1, 12) * self._life.more.between(0, 1)
        stormy = self._life.dice.between(4, 18)
        again = {name: self._life.more.between(1, 12) for name in self._life.names}
        self._life.bribes.are_paid = self._life.more.between(0, 1) == 1
        if self._life.silence.until:  # nobody is at home who could close by hand
            patience = self._life.silence.until - self._life.town.regtest.chain.height
        for number in range(_MOST_BLOCKS):
            if number < stormy and self._life.dice.between(1, 6) == 1:
                await self._life.break_something()
            if number == stormy:
                await self._life.faults.heal()
            if number == mind > 0:
                await self._change_its_mind()
            if number == visitors:
                for door in self._life.town.doors.values():
                    door.let_in(everybody=True)
            if number in (patience, patience + 6, patience + 16):
                await self._close_what_is_open(by_force=number > patience + 6)
            if self._life.adversary is not None and self._life.adversary.waiting is not None:
                await self._life.adversary.publish(self._life.adversary.waiting)
            await self._life.mine()
            await self._life.faults.tick()
            await self._start_again([name for name, when in again.items() if when == number])
            is_calm = number > stormy and number >= visitors and not self._life.silence.until
            if is_calm and await self._is_over():
                return
        self._life.wrongs.append(f"not settled after {_MOST_BLOCKS} blocks")

    async def _start_again(self, names: list[str]) -> None:
        """Each process ends once while closes are under way."""
        for name in names:
            if name in self._life.town.running():
                await self._life.town.fall(name, None)
                await self._life.town.rise(name)
                await self._life.town.clock.rest()

    async def grow_old(self) -> None:
        """So long afterwards that everything is forgotten; then the chain changes its mind."""
        if self._life.checks.is_racing():
            return
        while self._life.town.regtest.chain.height < self._life.town.base + _DEEPEST + 1:
            await self._life.mine()
        self._life.faults.happened[Fault.REORG] += 1
        self._life.faults.deepest = _DEEPEST
        await self._life.town.regtest.reorganise(_DEEPEST)
        for number in range(_MOST_BLOCKS):
            if number == _SOME_BLOCKS:  # what the other side published may be nowhere any more
                await self._close_what_is_open(by_force=True)
            await self._life.mine()
            if await self._is_over():
                return
        self._life.wrongs.append(f"not settled {_MOST_BLOCKS} blocks after a reorganisation")

    async def _change_its_mind(self) -> None:
        """The adversary has friends among the miners."""
        if self._life.adversary is None:
            return
        for channel_id in sorted(self._life.adversary.published):
            for name, channel in self._life.checks.seen[channel_id].items():
                if name != self._life.adversary.name and await self._life.adversary.change_its_mind(
                    channel, self._life.dice
                ):
                    self._life.faults.happened[Fault.REPLACED] += 1

    async def _is_over(self) -> bool:
        """Whether everybody honest is at rest; what a cheat waits for may never come."""
        honest = [name for name in self._life.names if name not in self._life.checks.cheats]
        if not all(is_settled(self._life.town.nodes[name]) for name in honest):
            return False
        return await self._life.judgement().all_ended()

    async def _close_what_is_open(self, *, by_force: bool) -> None:
        for name in self._life.town.running():
            node = self._life.town.nodes[name]
            for channel in node.channel_states():
                if channel.spend is None and channel.publication is None:
                    channel_id = channel.channel_id.hex()
                    close = node.force_close if by_force else node.close
                    self._life.task(close(channel_id))
        await self._life.town.clock.rest()


def _holds(kept: KeptState, payment_hash: bytes) -> bool:
    """Whether the state has an HTLC for the cheat with that hash."""
    htlcs = (stage.transaction.htlc for stage in kept.stages)
    return any(one.payment_hash == payment_hash and not one.offered for one in htlcs)

"""The playground's world: time, people and mischief, behind `api.world.WorldApi`.

Every verb returns when the world is at rest: nobody has anything to do, and nothing is under way on
a wire. A verb that needs time (a dial that has to be tried again) lets pass what it needs, from one
alarm to the next; only mining takes the time that it takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.api.world import HopSight, Person, SpendingSight
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx, TxOut, txid_to_hex
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.node.offload import Inline, Offload
from lnwallet_tui.playground.beside import Beside
from lnwallet_tui.playground.cheating import Cheat, KeptState
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.diary import Diary, Page
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.doorman import Sights
from lnwallet_tui.playground.first_page import name_of, page_of
from lnwallet_tui.playground.hops import hops_of
from lnwallet_tui.playground.people import CHEAT, SHOP, YOU, Character, called
from lnwallet_tui.playground.regtest import BLOCKS_PER_DAY, Regtest
from lnwallet_tui.playground.resident import Resident
from lnwallet_tui.playground.roads import distances
from lnwallet_tui.playground.roadworks import Built, Roadworks
from lnwallet_tui.playground.spendings import counted, spendings_of
from lnwallet_tui.playground.throwing_away import finish
from lnwallet_tui.playground.what_matters import what_matters
from lnwallet_tui.playground.wires import Wires
from lnwallet_tui.store.errors import StoreError

_PATIENCE_MS: Final = 15 * 60_000  # longer than any node waits before it tries something again
_LONGEST_MS: Final = 60 * 60_000  # longer than the slowest waits before they answer
_FUNDING_SAT: Final = 5_000_000  # what everybody begins with, about
_COINS: Final = 5

Result = TypeVar("Result")


class World:
    """Everything that there is. Made by `begin`, ended by `close`; lives in one event loop."""

    def __init__(
        self,
        page: Page,
        folder: Path,
        diary: Diary,
        beside: Offload | None = None,
        own_keys: KeySchedule | None = None,
    ) -> None:
        self.seed: Final = name_of(page.seed)
        self.clock: Final = WorldClock(page.now)
        self.dice: Final = _dice(page, "world")
        self.regtest: Final = Regtest(self.clock, self.seed, _dice(page, "chain"))
        self.wires: Final = Wires(self.clock, SeededDice(self.seed, "wires"))
        self.residents: Final[dict[str, Resident]] = {}
        self.sights: Final = Sights()
        self.built = Built()
        self._page = page
        self._folder = folder
        self._diary = diary
        self._own_keys = own_keys
        self._offload = Inline() if beside is None else Beside(self.clock, beside)
        self._cheats: Final[dict[str, Cheat]] = {}
        self._halted = False  # the mining that is under way
        self._watching: Final[list[asyncio.Task[None]]] = []
        [shop] = called(page.people, SHOP)
        self._to_shop: Final = distances(page.roads, shop)

    @classmethod
    async def begin(
        cls,
        seed: int,
        folder: Path,
        beside: Offload | None = None,
        own_keys: KeySchedule | None = None,
    ) -> World:
        """The world that `folder` remembers, with the people of then, else a new one: a chain,
        people with channels among themselves, and a user without coins. What takes long is done
        `beside` the loop; None: on it, which for a tour is as good. A new world's user lives on
        their `own_keys`, where they have any, for as long as it lasts.

        Raises `StoreError`, or `DiaryUnreadable` where the folder holds something else, or a world
        that lives on other keys.
        """
        diary = Diary(folder)
        try:
            finish(folder, diary)
            page = page_of(diary, seed, own_keys)
            world = cls(
                replace(page, visits=page.visits + 1),
                folder,
                diary,
                beside,
                own_keys if page.lives_on else None,
            )
        except BaseException:
            diary.close()
            raise
        try:
            await world._begin_chain()
            for character in world._page.people:
                await world._move_in(character)
            for name, resident in world.residents.items():
                if name != YOU:
                    world.you.node.welcome(resident.node.node_id)
            await world.clock.rest()
            await world._build_roads()
        except BaseException:
            await world.close()
            raise
        return world

    @property
    def lives_on(self) -> str:
        """The node id (hex) of the user's own words, empty where the world made the wallet."""
        return self._page.lives_on

    @property
    def is_new(self) -> bool:
        """Whether this is the first visit."""
        return self._page.visits == 1

    async def _begin_chain(self) -> None:
        if self.is_new:
            self._diary.forget_blocks()  # of a first visit that ended before it had begun
            self.regtest.chain.listen(self._diary)
            await self.regtest.begin()
            self._page = replace(self._page, birthday=self.height())
        else:
            self.regtest.replay(self._diary.blocks(), map(bytes.fromhex, self._page.waiting))
            self.regtest.chain.listen(self._diary)
            # Blocks are written as they come; the time only at the end of a visit.
            await self.clock.pass_by(
                max(0, self.regtest.chain.tip.time * 1000 - self.clock.now_ms())
            )
        self._diary.write(self._page)

    async def _move_in(self, character: Character) -> None:
        """Start somebody's node."""
        resident = Resident(
            character,
            self.seed,
            self._folder,
            clock=self.clock,
            wires=self.wires,
            regtest=self.regtest,
            sights=self.sights,
            birthday=self._page.birthday,
            visit=self._page.visits,
            offload=self._offload,
            keys=self._own_keys if character.name == YOU else None,
        )
        await resident.start()
        self.residents[character.name] = resident
        if character.role == CHEAT:
            self._attend(Cheat(resident, self.regtest))

    async def _build_roads(self) -> None:
        """Whatever is missing: also of a first visit that ended before all were built."""
        self.built = await Roadworks(self).build(self._page.roads)

    def _attend(self, cheat: Cheat) -> None:
        self._cheats[cheat.name] = cheat
        self._watching.append(asyncio.create_task(cheat.watch(), name="cheat"))

    async def fund(self) -> Tx:
        """The faucet gives everybody some coins, and a block confirms them."""
        outputs = [
            TxOut(Sat(amount), await self.fresh_script(name))
            for name in self.residents
            for amount in self._portions()
        ]
        tx = self.regtest.give(self.dice.shuffled(outputs))
        await self.mine()
        return tx

    def _portions(self) -> list[int]:
        share = _FUNDING_SAT // _COINS
        return [self.dice.between(share * 3 // 4, share * 5 // 4) for _ in range(_COINS)]

    async def fresh_script(self, name: str) -> bytes:
        """A new script of somebody's wallet."""
        given = await self.residents[name].node.address()
        if isinstance(given, Refused):
            raise StoreError(given.message)
        return address_to_script(given.address, Network.REGTEST)

    async def close(self) -> None:
        """Stop everybody and let go of the chain. Raises `StoreError` where the folder takes
        nothing: then it remembers what it could last."""
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        waiting = [entry.tx.serialize().hex() for entry in self.regtest.mempool.entries()]
        for resident in self.residents.values():
            await resident.stop()
        self.regtest.close()
        try:
            self._diary.write(replace(self._page, now=self.now() + 1, waiting=tuple(waiting)))
        finally:
            self._diary.close()

    @property
    def you(self) -> Resident:
        """The user."""
        return self.residents[YOU]

    async def carry_out(self, command: Coroutine[Any, Any, Result]) -> Result:
        """Run a node's command to its end, letting pass the time that it takes.

        `WorldStuck` if it does not end within what any node would wait.
        """
        task = asyncio.create_task(command)
        if not await self.clock.wait_for(task.done, _LONGEST_MS):
            task.cancel()
            raise WorldStuck(f"{command} still waits, and nothing is left that could happen")
        result = task.result()
        await self.clock.rest()
        return result

    # -- what the screen asks

    def people(self) -> tuple[Person, ...]:
        """Everybody but the user."""
        others = [resident for name, resident in self.residents.items() if name != YOU]
        return tuple(
            Person(
                one.name,
                one.character.role,
                one.character.story,
                one.uri,
                self._to_shop.get(one.name, -1),
            )
            for one in others
        )

    def height(self) -> int:
        """The newest block."""
        return self.regtest.chain.height

    def now(self) -> int:
        """The world's time, in Unix seconds."""
        return self.clock.now()

    async def mine(self, blocks: int = 1) -> int:
        """Mine; returns the new height."""
        self._halted = False
        for _ in range(blocks):
            await self.regtest.mine()
            if self._halted:
                break
        return self.height()

    async def mine_until_something_happens(self, most: int = 2100) -> int:
        """Mine until something of the wallet changes, or a block takes one of `spendings`."""
        self._halted = False
        before, waiting = await what_matters(self.you.node), counted(self.spendings())
        for _ in range(most):
            await self.regtest.mine()
            is_taken = bool(waiting - counted(self.spendings()))
            if self._halted or is_taken or await what_matters(self.you.node) != before:
                break
        return self.height()

    def halt(self) -> None:
        """End the mining that is under way after the block it is at."""
        self._halted = True

    async def skip_day(self) -> int:
        """Mine a day's worth of blocks."""
        return await self.mine(BLOCKS_PER_DAY)

    async def reorg(self, depth: int = 1) -> int:
        """Replace the newest `depth` blocks by `depth + 1` others."""
        return await self.regtest.reorganise(depth)

    async def invoice_of(self, name: str, amount_msat: int | None, note: str) -> str | Refused:
        """Ask anybody for an invoice to pay."""
        them = self._find(name)
        if isinstance(them, Refused):
            return them
        made = await self.carry_out(them.node.create_invoice(amount_msat, note))
        return made if isinstance(made, Refused) else made.invoice

    def hops(self, payment_hash: str) -> tuple[HopSight, ...]:
        """What each node on the way of a payment could see, in the order in which it came."""
        return hops_of(self, payment_hash)

    def spendings(self) -> tuple[SpendingSight, ...]:
        """What waits for a block and spends from the wallet or its channels, whosever it is."""
        return spendings_of(self)

    def notes(self) -> frozenset[str]:
        """What the screen noted, on this visit or an earlier one."""
        return frozenset(self._page.notes)

    def note(self, words: frozenset[str]) -> None:
        """Remember these instead; where the disk takes nothing, not before the visit's end."""
        self._page = replace(self._page, notes=tuple(sorted(words)))
        with suppress(StoreError):
            self._diary.write(self._page)

    async def have_them_open(self, name: str, amount_sat: int) -> str | Refused:
        """A person opens a channel to the wallet; returns the channel id."""
        them = self._find(name)
        if isinstance(them, Refused):
            return them
        opened = await self.carry_out(
            them.node.open_channel(self.you.uri, amount_sat, private=True)
        )
        return opened if isinstance(opened, Refused) else opened.channel_id

    async def have_them_pay(
        self, name: str, invoice: str, amount_msat: int | None = None
    ) -> str | Refused:
        """A person pays the wallet's invoice, with this amount where it leaves that open; returns
        the preimage."""
        them = self._find(name)
        if isinstance(them, Refused):
            return them
        paid = await self.carry_out(them.node.pay(invoice, amount_msat=amount_msat))
        if isinstance(paid, Refused):
            return paid
        if paid.status is PaymentStatus.PAID:
            return paid.preimage
        said = f"{name} could not pay. The wallet of {name} says: {paid.reason}"
        return Refused(RefusalCode.NO_ROUTE, said)

    async def have_them_cheat(self, name: str) -> str | Refused:
        """The person publishes an old, revoked state of their channel with us; its txid."""
        cheat = self._cheats.get(name)
        if cheat is None:
            return Refused(RefusalCode.UNKNOWN, f"{name} does not cheat.", "Ask the cheat to.")
        shared = {channel.channel_id for channel in self.you.node.channel_states()}
        old = cheat.best(shared)
        if old is None:
            return Refused(
                RefusalCode.NOT_READY,
                f"{name} has no old state of an open channel with you.",
                "Open a channel with them, let them pay you something, then ask again.",
            )
        return await self.cheat_with(cheat, old)

    async def cheat_with(self, cheat: Cheat, old: KeptState) -> str | Refused:
        """The cheat publishes this one; its txid."""
        refused = await cheat.publish(old, await self.fresh_script(cheat.name))
        if refused is not None:
            return Refused(RefusalCode.PEER_REFUSED, f"The old state is not relayed: {refused}.")
        await self.clock.rest()
        return txid_to_hex(old.tx.txid)

    def cheat(self, name: str) -> Cheat:
        """Whoever looks over the shoulder of the cheat called so."""
        return self._cheats[name]

    async def have_them_vanish(self, name: str, gone: bool) -> None:
        """A person goes offline, or comes back and is found by those who look for them."""
        self.wires.vanish(name, gone)
        if not gone:
            await self.clock.wait_for(lambda: False, _PATIENCE_MS)
        await self.clock.rest()

    def _find(self, name: str) -> Resident | Refused:
        found = self.residents.get(name)
        if found is None or name == YOU:
            return Refused(RefusalCode.UNKNOWN, f"Nobody here is called {name}.")
        if name in self.wires.gone:
            away = f"{name} is away and does not answer."
            return Refused(RefusalCode.NOT_READY, away, "Call them back first.")
        return found


def _dice(page: Page, name: str) -> SeededDice:
    """Others on each visit."""
    return SeededDice(name_of(page.seed), f"{name}, visit {page.visits}")


class WorldStuck(Exception):
    """A command that never ends: a bug of ours."""

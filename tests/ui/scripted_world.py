"""A playground of three people that does what a test wrote down, and remembers what was asked."""

from __future__ import annotations

import asyncio

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.world import HopSight, Person, SpendingSight
from tests.ui import views

PEOPLE = (
    Person("Alice", "neighbour", "She opens a channel to whoever asks.", views.URI),
    Person("Bea's shop", "shop", "Sells things for satoshis.", f"{views.SHOP}@shop.play:9735"),
    Person("Carl", "cheat", "Do not trust him.", "02" + "99" * 32 + "@carl.play:9735"),
)


class ScriptedWorld:
    """Implements `WorldApi`; `refusal`, where set, is the answer to whatever people are asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.refusal: Refused | None = None
        self.crowd: tuple[Person, ...] = ()  # who lives there besides
        self.busy: asyncio.Event | None = None  # time stands still until it is set
        self.mines_at_once = 0  # until something happens; 0: all that it may
        self.sights: tuple[HopSight, ...] = ()  # whatever the payment
        self.in_mempool: tuple[SpendingSight, ...] = ()
        self.noted: frozenset[str] = frozenset()
        self._height = views.HEIGHT

    def people(self) -> tuple[Person, ...]:
        return PEOPLE + self.crowd

    def height(self) -> int:
        return self._height

    def now(self) -> int:
        return views.NOW

    async def mine(self, blocks: int = 1) -> int:
        return await self._move("mine", blocks)

    async def mine_until_something_happens(self, most: int = 2100) -> int:
        return await self._move("mine until", most)

    async def skip_day(self) -> int:
        return await self._move("skip", 144)

    def halt(self) -> None:
        self.asked.append(("halt",))
        if self.busy is not None:
            self.busy.set()

    async def reorg(self, depth: int = 1) -> int:
        return await self._move("reorg", depth)

    async def _move(self, how: str, blocks: int) -> int:
        self.asked.append((how, blocks))
        if self.busy is not None:
            await self.busy.wait()
        self._height += self.mines_at_once or blocks
        return self._height

    async def invoice_of(self, name: str, amount_msat: int | None, note: str) -> str | Refused:
        self.asked.append(("invoice", name, amount_msat))
        return self.refusal or views.INVOICE

    def hops(self, payment_hash: str) -> tuple[HopSight, ...]:
        return self.sights

    def spendings(self) -> tuple[SpendingSight, ...]:
        return self.in_mempool

    def notes(self) -> frozenset[str]:
        return self.noted

    def note(self, words: frozenset[str]) -> None:
        self.noted = words

    async def have_them_open(self, name: str, amount_sat: int) -> str | Refused:
        self.asked.append(("open", name, amount_sat))
        return self.refusal or views.CHANNEL

    async def have_them_pay(
        self, name: str, invoice: str, amount_msat: int | None = None
    ) -> str | Refused:
        self.asked.append(("pay", name, invoice, amount_msat))
        return self.refusal or views.PREIMAGE

    async def have_them_cheat(self, name: str) -> str | Refused:
        self.asked.append(("cheat", name))
        return self.refusal or "66" * 32

    async def have_them_vanish(self, name: str, gone: bool) -> None:
        self.asked.append(("vanish", name, gone))

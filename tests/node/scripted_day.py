"""A day in a world on disk, as a process of its own, that can be told to kill itself.

`python -m tests.node.scripted_day FOLDER KILL_AT`: at its `KILL_AT`th statement to any wallet's
database the process dies by SIGKILL, wherever it stands (0: never). Started again on the same
folder it takes the day up where the wallets say that it was, and at its end prints what they say.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.node.node import Node
from lnwallet_tui.playground.people import NEIGHBOUR, SHOP
from lnwallet_tui.playground.world import World
from lnwallet_tui.store import db

SEED = 2
GIFTS, GIFT_MSAT = ("a gift for Monday", "a gift for Tuesday"), 20_000_000
SALES, SALE_MSAT = ("bread", "salt"), 5_000_000
Result = TypeVar("Result")


def die_at(count: int) -> None:
    """Kill this process at that statement from now on."""
    execute, left = db._execute, [count]

    def counted(
        connection: sqlite3.Connection, sql: str, values: Sequence[db.Value]
    ) -> sqlite3.Cursor:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(connection, sql, values)

    db._execute = counted


def granted(answer: Result | Refused) -> Result:
    assert not isinstance(answer, Refused), answer
    return answer


class Day:
    def __init__(self, world: World) -> None:
        self.world = world
        people = {person.role: person.name for person in world.people()}
        self.neighbour, self.shop = people[NEIGHBOUR], people[SHOP]

    def node(self, name: str) -> Node:
        return self.world.residents[name].node

    async def whole(self) -> None:
        if not (await self.world.you.node.balance()).total_msat:
            await self.world.fund()
        await self._channel("you", self.shop, 600_000)
        await self._channel(self.neighbour, "you", 500_000)
        for note in GIFTS:
            await self._paid(self.neighbour, "you", note, GIFT_MSAT)
        for note in SALES:
            await self._paid("you", self.shop, note, SALE_MSAT)
        await self._closed("you", self.shop)

    async def _channel(self, opener: str, peer: str, amount_sat: int) -> None:
        """There is, or was, a channel from one to the other."""
        for attempt in range(3):
            views = await self._ours(opener, peer)
            if not views:
                uri = self.world.residents[peer].uri
                opened = self.node(opener).open_channel(uri, amount_sat)
                granted(await self.world.carry_out(opened))
            for _ in range(6):
                await self.world.mine()
                if any(
                    view[1] is not ChannelState.OPENING for view in await self._ours(opener, peer)
                ):
                    return
            assert attempt < 2, "no channel came of it"

    async def _ours(self, opener: str, peer: str) -> list[tuple[str, ChannelState]]:
        other = self.node(peer).node_id.hex()
        return [
            (view.channel_id, view.state)
            for view in await self.node(opener).channels()
            if view.peer_id == other and view.we_opened
        ]

    async def _paid(self, payer: str, payee: str, note: str, amount_msat: int) -> None:
        """The invoice with that note is paid: once, whatever happens."""
        issued = [p for p in await self.node(payee).payments() if p.description.raw() == note]
        sold = [p for p in issued if not p.outgoing]
        if not sold:
            made = self.node(payee).create_invoice(amount_msat, note, 30 * 86_400)
            sold = [granted(await self.world.carry_out(made))]
        for _ in range(4):
            known = await self.node(payer).payment(sold[0].payment_hash)
            if not isinstance(known, Refused) and known.status is PaymentStatus.PAID:
                return
            await self.world.clock.wait_for(lambda: False, 6 * 60_000)
            await self.world.carry_out(self.node(payer).pay(sold[0].invoice))
        raise AssertionError(f"{note} is not paid")

    async def _closed(self, closer: str, peer: str) -> None:
        [(channel_id, state)] = await self._ours(closer, peer)
        if state is ChannelState.READY:
            await self.world.carry_out(self.node(closer).close(channel_id))
        for _ in range(3):
            await self.world.mine()
        [(_, state)] = await self._ours(closer, peer)
        assert state is ChannelState.CLOSED, state

    async def told(self) -> dict[str, object]:
        """What everybody says at the end."""
        ours = await self.world.you.node.channels()
        payments = await self.world.you.node.payments()
        theirs = [
            payment
            for name in (self.neighbour, self.shop)
            for payment in await self.node(name).payments()
        ]
        balances = [await self.node(name).balance() for name in self.world.residents]
        return {
            "payments": sorted((p.payment_hash, p.status.value, p.amount_msat) for p in payments),
            "theirs": sorted((p.payment_hash, p.status.value, p.amount_msat) for p in theirs),
            "channels": sorted((c.state.value, c.local_msat, c.remote_msat) for c in ours),
            "total_msat": sum(balance.total_msat for balance in balances),
        }


async def live(folder: Path, kill_at: int) -> None:
    die_at(kill_at)
    world = await World.begin(SEED, folder)
    try:
        day = Day(world)
        await day.whole()
        print(json.dumps(await day.told()))
    finally:
        await world.close()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), int(sys.argv[2])))

"""Payments of the tour that stand in a channel for a while: begun here, ended by what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.playground.chronicle import Chronicle, Moved
from lnwallet_tui.playground.telling import granted, insist
from lnwallet_tui.playground.world import World

_MOST_DELIVERIES: Final = 500
_PATIENCE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A payment over a channel between payer and payee."""

    payer: str
    payee: str
    amount_msat: int
    payment_hash: str
    paying: asyncio.Task[PaymentView | Refused]


class Hanging:
    """Begins payments and does not wait for their ends."""

    def __init__(self, world: World, chronicle: Chronicle) -> None:
        self._world, self._chronicle = world, chronicle

    async def begin(self, payer: str, payee: str, amount_msat: int) -> UnderWay:
        """The payer's node is about to offer it."""
        residents = self._world.residents
        invoice = granted(await residents[payee].node.create_invoice(amount_msat, f"for {payee}"))
        paying = asyncio.create_task(residents[payer].node.pay(invoice.invoice), name="hanging")
        return UnderWay(payer, payee, amount_msat, invoice.payment_hash, paying)

    async def step_by_step(self, reached: Callable[[], bool]) -> None:
        """One delivery on a wire after the other, until then."""
        for _ in range(_MOST_DELIVERIES):
            if reached():
                return
            await self._world.clock.deliver(1)
        insist(reached(), "what was under way has arrived, and it is not so")

    async def has_ended(self, one: UnderWay) -> bool:
        """Whether the payer knows what became of it."""
        return (await self._view(one)).status in (PaymentStatus.PAID, PaymentStatus.FAILED)

    async def paid(self, one: UnderWay, channel_id: str) -> None:
        """It has arrived, over this channel, and cost nothing."""
        await self._world.clock.wait_for(one.paying.done, _PATIENCE_MS)
        view = await self._view(one)
        insist(view.status is PaymentStatus.PAID, f"{one.payer} has not paid: {view.reason}")
        insist(view.fee_msat == 0, "it went over others")
        moved = Moved(bytes.fromhex(channel_id), one.payer, one.payee, one.amount_msat)
        self._chronicle.settled_by(view, one.payer, one.payee, [moved])

    async def failed(self, one: UnderWay) -> None:
        """It has come back."""
        view = await self._view(one)
        insist(view.status is PaymentStatus.FAILED, f"it has not failed: {view.status.value}")

    async def _view(self, one: UnderWay) -> PaymentView:
        return granted(await self._world.residents[one.payer].node.payment(one.payment_hash))

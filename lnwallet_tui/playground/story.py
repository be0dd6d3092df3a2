"""The tour's steps: each does something with the nodes' own commands and insists that it worked.

A step returns a sentence for people and facts for programs. What it insists on is said in
`TourFailed`; amounts are judged by the audit and not here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.playground.chronicle import Chronicle
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.on_chain import OnChain
from lnwallet_tui.playground.parties import Facts
from lnwallet_tui.playground.paying import Paying
from lnwallet_tui.playground.people import YOU
from lnwallet_tui.playground.plan import Plan
from lnwallet_tui.playground.roads import Opening
from lnwallet_tui.playground.telling import Told, granted, in_sat, insist
from lnwallet_tui.playground.tour_channels import TourChannels
from lnwallet_tui.playground.world import World

_RECONNECT_MS: Final = 6 * 60_000  # five minutes is the longest wait between two dials


class Story:
    """Carries a plan out."""

    def __init__(self, world: World, plan: Plan, chronicle: Chronicle, dice: SeededDice) -> None:
        self._world = world
        self._plan = plan
        self._chronicle = chronicle
        self._dice = dice
        self._paying = Paying(world, plan, chronicle, dice)
        self._channels = TourChannels(world, chronicle)
        self._on_chain = OnChain(world, plan, chronicle, dice, self._channels)
        self._steps: Final[dict[str, Callable[[], Awaitable[Told]]]] = {
            **self._paying.steps(),
            "restart": self._restart,
            "close-cooperative": self._close_together,
            "close-unilateral": self._close_alone,
            **self._on_chain.steps(),
        }

    async def do(self, step: str) -> Told:
        """One of the plan's `steps`."""
        return await self._steps[step]()

    # -- before

    async def chain(self) -> Told:
        """There are blocks, and the others have channels among themselves."""
        height = self._world.height()
        names = [person.name for person in self._world.people()]
        sentence = f"A chain of {height} blocks; beside you here live {', '.join(names)}."
        return Told(sentence, {"tip": self._world.regtest.chain.tip.hash[::-1].hex()})

    async def fund(self) -> Told:
        """Everybody gets coins."""
        tx = await self._world.fund()
        self._chronicle.gave(tx)
        balance = await self._world.you.node.balance()
        insist(balance.onchain_confirmed_sat > 0, "the wallet does not see its coins")
        sentence = f"The faucet gives everybody coins; you have {in_sat(balance.total_msat)}."
        onchain_msat = balance.onchain_confirmed_sat * 1000
        return Told(sentence, {"onchain_msat": onchain_msat, "txid": txid_to_hex(tx.txid)})

    async def open(self, opening: Opening) -> Told:
        """A channel is funded and confirmed."""
        return await self._channels.open(opening)

    # -- in the middle

    async def _restart(self) -> Told:
        """The node stops while a payment is under way, and starts again from its folder."""
        you, shop = self._world.you, self._plan.shop
        amount_msat = self._dice.between(1_000_000, 20_000_000)
        shop_node = self._world.residents[shop].node
        invoice = granted(await shop_node.create_invoice(amount_msat, "in a hurry"))
        paying = asyncio.ensure_future(you.node.pay(invoice.invoice))
        deliveries = self._dice.between(0, 8)
        await self._world.clock.deliver(deliveries)
        await you.stop()
        paying.cancel()  # who waited for a node that is stopped waits for nothing
        await asyncio.gather(paying, return_exceptions=True)
        await you.start()
        await self._world.clock.wait_for(lambda: False, _RECONNECT_MS)
        await self._channels.until_all_are_back()
        ended = await you.node.payment(invoice.payment_hash)
        status = "not begun" if isinstance(ended, Refused) else ended.status.value
        if isinstance(ended, PaymentView) and ended.status is PaymentStatus.PAID:
            self._paying.note(ended, YOU, shop, amount_msat)
        else:
            received = granted(await shop_node.payment(invoice.payment_hash))
            insist(received.status is PaymentStatus.WAITING, f"{shop} was paid, unknown to you")
        sentence = (
            f"Your node stopped in the middle of a payment and started again: {status}, "
            "and every channel is back."
        )
        return Told(sentence, {"deliveries_before": deliveries, "payment": status})

    # -- ends

    async def _close_together(self) -> Told:
        """A channel is closed by both."""
        opening, closer = self._plan.cooperative, self._plan.closers[0]
        node = self._world.residents[closer].node
        granted(await self._world.carry_out(node.close(self._channels.id(opening))))
        await self._channels.until_settled(opening)
        txid = await self._channels.closing_txid(opening, "cooperative")
        sentence = f"{_who(closer)} and {_partner(opening, closer)} closed a channel together."
        return Told(sentence, {"channel_id": self._channels.id(opening), "txid": txid})

    async def _close_alone(self) -> Told:
        """A channel is closed by one of the two."""
        opening, closer = self._plan.unilateral, self._plan.closers[1]
        node = self._world.residents[closer].node
        # Without anchors nothing can be done for a commitment that pays less than is asked.
        anchors = "anchors" in (await self._channels.view(closer, opening)).channel_type
        storm = self._plan.storm and anchors
        if storm:
            self._world.regtest.storm()
        granted(await self._world.carry_out(node.force_close(self._channels.id(opening))))
        await self._channels.until_settled(opening)
        self._world.regtest.calm()
        # Both publish theirs: who is told of a failed channel closes it, too.
        txid = await self._channels.closing_txid(opening, "ours", "theirs")
        sentence = f"{_who(closer)} closed the channel with {_partner(opening, closer)} alone"
        sentence += ", when fees were high." if storm else "."
        facts: Facts = {"channel_id": self._channels.id(opening), "txid": txid, "storm": storm}
        return Told(sentence, facts)

    async def done(self) -> Told:
        """Nothing is in flight any more."""
        balance = await self._world.you.node.balance()
        insist(not balance.in_flight_msat, "something is still in flight")
        return Told(f"You have {in_sat(balance.total_msat)}.", {"total_msat": balance.total_msat})


def _who(name: str) -> str:
    """At the beginning of a sentence."""
    return name.title()


def _partner(opening: Opening, name: str) -> str:
    return opening.peer if name == opening.opener else opening.opener

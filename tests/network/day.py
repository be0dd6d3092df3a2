"""A day in the network: everything is built, news go stale, people leave, payments are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.node.config import RelayTerms
from lnwallet_tui.payment.records import OutgoingPayment
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.topology import network
from tests.network.accounts import holdings
from tests.network.land import MINUTE_MS, Land
from tests.network.orders import Kind, Order
from tests.network.people import SLEEPER, WALLET, move_in
from tests.network.relays import Relays
from tests.network.seen import Seen
from tests.network.trace import Trace
from tests.network.verdict import Ending, Judge, Outcome

_CHANGED_PERCENT: Final = 12
_AWAY_PERCENT: Final = 3
_A_DAY_S: Final = 86_400


@dataclass(slots=True)
class Day:
    """The network and what was paid through it. `held` is what everybody had at first."""

    land: Land
    relays: Relays
    trace: Trace = field(default_factory=Trace)
    outcomes: list[tuple[Outcome, Ending]] = field(default_factory=list)
    settled: list[tuple[str, str, OutgoingPayment]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)
    away: tuple[str, ...] = ()

    @classmethod
    async def begin(cls, land: Land, seed: bytes, nodes: int) -> Day:
        """Everything is built, and the wallet has heard of all of it."""
        await land.begin()
        relays = await Relays.build(land, network(seed, nodes))
        await move_in(relays)
        day = cls(land, relays)
        day.held = {name: holdings(land, name) for name in land.nodes}
        for name in land.nodes:
            day.trace.follow(land, name)
        return day

    def change_terms(self, dice: SeededDice) -> None:
        """Many ask for something else than was announced."""
        for name in self.relays.names:
            terms = self.relays.terms[name]
            for target, asked in list(terms.items()):
                if dice.between(1, 100) <= _CHANGED_PERCENT:
                    terms[target] = _changed(dice, asked)

    def choose_who_leaves(self, dice: SeededDice) -> None:
        """Relays, but no peers of the wallet, and the sleeper."""
        peers = {held.peer_id for held in self.land.nodes[WALLET]._board.channels}
        others = [one for one in self.relays.names if self.land.nodes[one].node_id not in peers]
        count = len(others) * _AWAY_PERCENT // 100
        self.away = (*dice.shuffled(others)[:count], SLEEPER)

    def leave(self) -> None:
        """They are not to be reached any more; their invoices were written before."""
        for name in self.away:
            self.land.wires.vanish(name, gone=True)

    async def come_back(self) -> None:
        """Everybody is there again, and has found its peers."""
        for name in self.away:
            self.land.wires.vanish(name, gone=False)
        await self.land.clock.wait_for(lambda: False, 6 * MINUTE_MS)

    # -- payments
    async def write_invoice(self, order: Order) -> str:
        """What the payee asks for; one that leaves is asked before."""
        payee = self.land.nodes[order.payee]
        issued = await payee.create_invoice(order.amount_msat, f"order {order.number}", _A_DAY_S)
        assert not isinstance(issued, Refused), issued
        return issued.invoice

    async def pay(self, order: Order, invoice: str) -> Outcome:
        """The attempt to pay it, judged at once."""
        if order.kind is Kind.TWICE:
            await self._somebody_else_pays(order, invoice)
        paid_before = await self._is_paid(order, invoice)
        self.trace.forget()
        payer = self.land.nodes[order.payer]
        result = await self.land.run(payer.pay(invoice, max_fee_msat=order.max_fee_msat))
        outcome = Outcome(order, invoice, result, self._sent(order.payer, invoice), paid_before)
        self.outcomes.append((outcome, Judge(self.land, self.trace).judge(outcome)))
        if outcome.payment is not None and outcome.payment.preimage is not None:
            await self._check_arrival(order, invoice)
            self.settled.append((order.payer, order.payee, outcome.payment))
            self.seen.append(Seen.of(self.trace, outcome.payment, order))
        return outcome

    async def _somebody_else_pays(self, order: Order, invoice: str) -> None:
        other = next(one for one in self.relays.names if one not in (order.payer, order.payee))
        await self.land.run(self.land.nodes[other].pay(invoice))
        sent = self._sent(other, invoice)
        if sent is not None and sent.preimage is not None:
            self.settled.append((other, order.payee, sent))

    def _sent(self, payer: str, invoice: str) -> OutgoingPayment | None:
        return self.land.nodes[payer]._board.payments.sent(bolt11.decode(invoice).payment_hash)

    async def _is_paid(self, order: Order, invoice: str) -> bool:
        payment_hash = bolt11.decode(invoice).payment_hash.hex()
        view = await self.land.nodes[order.payee].payment(payment_hash)
        return not isinstance(view, Refused) and view.status is PaymentStatus.PAID

    async def _check_arrival(self, order: Order, invoice: str) -> None:
        assert await self._is_paid(order, invoice), "a receipt, but the payee has nothing"

    def endings(self) -> Counter[Ending]:
        """How often what."""
        return Counter(ending for _, ending in self.outcomes)


def _changed(dice: SeededDice, asked: RelayTerms) -> RelayTerms:
    """Dearer or cheaper, slower, or switched off or on."""
    match dice.between(0, 3):
        case 0:
            return replace(asked, fee_base=Msat(asked.fee_base.value + dice.between(1, 2_000)))
        case 1:
            ppm = asked.fee_proportional_millionths * dice.between(0, 3) + dice.between(0, 50)
            return replace(asked, fee_proportional_millionths=ppm)
        case 2:
            return replace(asked, cltv_expiry_delta=asked.cltv_expiry_delta + dice.between(1, 40))
        case _:
            return replace(asked, disabled=not asked.disabled)


async def spend(day: Day, seed: bytes, orders: Sequence[Order]) -> None:
    """Everything that happens: the wallet knows the network as it was announced, then news that
    it does not hear; then all payments, one after the other."""
    dice = SeededDice(seed, "day")
    day.change_terms(dice)
    day.choose_who_leaves(dice)
    invoices = {
        order.number: await day.write_invoice(order) for order in orders if order.payee in day.away
    }
    day.leave()
    await day.land.clock.rest()
    for order in orders:
        await day.pay(order, invoices.get(order.number) or await day.write_invoice(order))
    await day.come_back()

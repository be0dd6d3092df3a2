"""What the nodes on a payment's way were told of it, kept to be read when the day is over."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.onion.payload import HopPayload
from lnwallet_tui.payment.records import OutgoingPayment
from tests.network.orders import Order
from tests.network.trace import Trace


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A relay on one part's way: who gave it the HTLC, to whom it went, what the onion said, and
    all that the relay was told while the payment was made, by whom."""

    relay: str
    came_from: str
    goes_to: str
    payload: HopPayload
    told: tuple[tuple[str, bytes], ...]

    @property
    def everything(self) -> bytes:
        """All bytes from which it could learn something."""
        return self.payload.encode() + b"".join(message for _, message in self.told)

    @property
    def speakers(self) -> frozenset[str]:
        """Who told it anything."""
        return frozenset(speaker for speaker, _ in self.told)


@dataclass(frozen=True, slots=True)
class Seen:
    """Of one payment that arrived."""

    payer: str
    payee: str
    payment: OutgoingPayment
    glimpses: tuple[Glimpse, ...]

    @classmethod
    def of(cls, trace: Trace, payment: OutgoingPayment, order: Order) -> Seen:
        """From what was written down while it was made."""
        glimpses = tuple(
            Glimpse(
                relay=one.relay,
                came_from=one.came_from,
                goes_to=one.goes_to,
                payload=one.payload,
                told=tuple(trace.told.get(one.relay, ())),
            )
            for one in trace.passed
            if one.htlc.payment_hash == payment.payment_hash
        )
        return cls(order.payer, order.payee, payment, glimpses)

    def way_of(self, glimpse: Glimpse, names: dict[bytes, str]) -> list[str]:
        """Everybody on the way on which that was seen, from the payer to the payee."""
        for attempt in self.payment.attempts:
            way = [self.payer, *(names[hop.node_id] for hop in attempt.route.hops)]
            for at, hop in enumerate(attempt.route.hops[1:], start=1):
                is_next = hop.short_channel_id == glimpse.payload.short_channel_id
                if is_next and way[at - 1 : at + 1] == [glimpse.came_from, glimpse.relay]:
                    return way
        raise AssertionError("nobody sent that HTLC")

    def neighbours(self, relay: str) -> set[str]:
        """Who gave it anything of this payment, or got it: there may be several parts."""
        mine = [one for one in self.glimpses if one.relay == relay]
        return {name for one in mine for name in (one.came_from, one.goes_to)}

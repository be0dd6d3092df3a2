"""Who must have how much, in integers: coins, payments, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

FEE_BASE_MSAT = 1_000
FEE_MILLIONTHS = 100


@dataclass(frozen=True)
class Order:
    """Somebody wants to pay somebody: over these, in their order, both ends included."""

    payment_hash: str
    amount_msat: int
    way: tuple[str, ...]

    def amounts(self) -> list[int]:
        """What each hop carries, the first one first: each relay keeps its fee."""
        carried = [self.amount_msat]
        for _ in self.way[1:-1]:
            onward = carried[-1]
            carried.append(onward + FEE_BASE_MSAT + onward * FEE_MILLIONTHS // 1_000_000)
        return carried[::-1]


@dataclass
class Model:
    """Balances in msat, on chain and in channels together, before any fee to miners."""

    balances: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, coins_sat: Mapping[str, int]) -> Model:
        """At the beginning."""
        return cls(Counter({name: amount * 1000 for name, amount in coins_sat.items()}))

    def pushed(self, opener: str, peer: str, amount_msat: int) -> None:
        """A channel began with so much on the other side."""
        self.balances[opener] -= amount_msat
        self.balances[peer] += amount_msat

    def settle(self, order: Order) -> None:
        """It was paid: everybody on its way has more or less."""
        for payer, payee, amount in zip(order.way, order.way[1:], order.amounts(), strict=False):
            self.balances[payer] -= amount
            self.balances[payee] += amount

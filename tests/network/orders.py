"""What is to be paid in a day: who pays whom how much, of all kinds, from a seed."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.playground.dice import SeededDice
from tests.network.people import FRIEND, HERMIT, SHOP, SLEEPER, WALLET


class Kind(enum.Enum):
    """What is special about an order."""

    TO_RELAY = "to a relay"
    TO_FRIEND = "by a hint"
    TO_SHOP = "to a shop with small channels"
    FROM_SHOP = "from the shop"
    RECEIVED = "received"
    BETWEEN_RELAYS = "between relays"
    LARGE = "large, to a relay"
    STINGY = "for almost no fee"
    TWICE = "of an invoice that somebody else has paid"
    ASLEEP = "to somebody who is away"
    HERMIT = "to somebody without a channel"
    TOO_MUCH = "of more than the payer has"
    TOO_LARGE = "of more than the shop can take"


_OF_300: Final = {
    Kind.TO_RELAY: 85,
    Kind.TO_FRIEND: 30,
    Kind.TO_SHOP: 20,
    Kind.RECEIVED: 55,
    Kind.BETWEEN_RELAYS: 30,
    Kind.FROM_SHOP: 20,
    Kind.LARGE: 20,
    Kind.STINGY: 10,
    Kind.TWICE: 6,
    Kind.ASLEEP: 8,
    Kind.HERMIT: 4,
    Kind.TOO_MUCH: 6,
    Kind.TOO_LARGE: 6,
}

# From one satoshi to five million; none of the shop's channels takes alone what it is paid.
_SAT: Final = {
    Kind.LARGE: (500_000, 5_000_000),
    Kind.TO_SHOP: (1_300_000, 2_100_000),
    Kind.TO_FRIEND: (1, 1_500_000),
    Kind.FROM_SHOP: (400_000, 2_000_000),
    Kind.TOO_MUCH: (30_000_000, 60_000_000),
    Kind.TOO_LARGE: (5_000_000, 8_000_000),
}
_ANY_SAT: Final = (1, 1_000_000)


@dataclass(frozen=True, slots=True)
class Order:
    """A payment to be made."""

    number: int
    kind: Kind
    payer: str
    payee: str
    amount_msat: int
    max_fee_msat: int | None = None


def orders(seed: bytes, relays: tuple[str, ...], count: int = 300) -> list[Order]:
    """So many of them, mixed."""
    dice = SeededDice(seed, "orders")
    kinds = [kind for kind, times in _OF_300.items() for _ in range(times)]
    mixed = dice.shuffled(kinds)[:count]
    return [_order(dice, number, kind, relays) for number, kind in enumerate(mixed)]


def of_each_kind(given: list[Order]) -> list[Order]:
    """The first of each kind."""
    return list({order.kind: order for order in reversed(given)}.values())


def _order(dice: SeededDice, number: int, kind: Kind, relays: tuple[str, ...]) -> Order:
    payer, payee = _ends(dice, kind, relays)
    least, most = _SAT.get(kind, _ANY_SAT)
    # As many small ones as large ones: between two powers of ten equally many.
    share = dice.between(0, 10_000) / 10_000
    amount_msat = round(least * 1_000 * math.pow(most / least, share))
    if not dice.between(0, 2):
        amount_msat = amount_msat // 1_000 * 1_000
    stingy = dice.between(0, 300) if kind is Kind.STINGY else None
    return Order(number, kind, payer, payee, amount_msat, stingy)


def _ends(dice: SeededDice, kind: Kind, relays: tuple[str, ...]) -> tuple[str, str]:
    match kind:
        case Kind.TO_FRIEND:
            return WALLET, FRIEND
        case Kind.TO_SHOP | Kind.TOO_LARGE:
            return WALLET, SHOP
        case Kind.FROM_SHOP:
            return SHOP, WALLET
        case Kind.RECEIVED:
            return dice.one_of(relays), WALLET
        case Kind.BETWEEN_RELAYS | Kind.TWICE:
            payer, payee = dice.shuffled(relays)[:2]
            return payer, payee
        case Kind.ASLEEP:
            return WALLET, SLEEPER
        case Kind.HERMIT:
            return WALLET, HERMIT
        case _:
            return WALLET, dice.one_of(relays)

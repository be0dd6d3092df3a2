"""What will happen on a tour: who opens to whom, how much, in which order; all from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.people import CHEAT, NEIGHBOUR, SHOP, SLOW, YOU, called, cast
from lnwallet_tui.playground.roads import Opening, roads

_LEAST_SAT, _MOST_SAT = 400_000, 900_000  # a channel's size
_LEAST_LASTING_SAT, _MOST_LASTING_SAT = 1_000_000, 1_400_000

PAYMENTS: Final = (
    "receive", "pay", "pay-multihop", "pay-multipart", "receive-multipart", "pay-fails",
)  # fmt: skip

CLOSES: Final = ("close-cooperative", "close-unilateral", "htlc-on-chain", "breach")


@dataclass(frozen=True, slots=True)
class Plan:
    """A tour. `cooperative`, `unilateral` and `breach` are the channels that end in these ways,
    `lasting` is the user's to a relay, which stays. `stranded` is opened late and ends with HTLCs
    in it: at the command of the user, or, `at_deadline`, when the guard must.

    `closers` says for the first two who closes; `purchases` and `gifts` are amounts in msat, out
    and in. In a `storm` fees rise before the unilateral close. `steps` are the names of what
    happens between opening and the end.
    """

    openings: tuple[Opening, ...]
    lasting: Opening
    cooperative: Opening
    unilateral: Opening
    breach: Opening
    stranded: Opening
    at_deadline: bool
    closers: tuple[str, str]
    storm: bool
    steps: tuple[str, ...]
    friend: str
    shop: str
    slow: str
    cheat: str
    gifts: tuple[tuple[str, int], ...]  # who pays the user
    purchases: tuple[tuple[str, int], ...]  # whom the user pays


def plan(seed: bytes) -> Plan:
    """The tour of the world of that seed."""
    people = cast(seed)
    dice = SeededDice(seed, "plan")
    [friend], [shop], [slow], [cheat] = (
        called(people, role) for role in (NEIGHBOUR, SHOP, SLOW, CHEAT)
    )
    # Behind a gateway the shop is at least two channels away.
    gateways = roads(people, seed).gateways
    lasting = _lasting(dice, dice.one_of(gateways))
    outgoing = _opening(dice, YOU, dice.one_of(gateways), pushes=True)
    incoming = _opening(dice, dice.one_of(gateways), YOU)
    crooked = _crooked(dice, cheat)
    others = [_opening(dice, dice.one_of(gateways), YOU)] if dice.between(0, 1) else []
    cooperative, unilateral = dice.shuffled([outgoing, incoming])
    return Plan(
        openings=tuple(dice.shuffled([lasting, outgoing, incoming, crooked, *others])),
        lasting=lasting,
        cooperative=cooperative,
        unilateral=unilateral,
        breach=crooked,
        stranded=_shared(dice, slow),
        at_deadline=bool(dice.between(0, 1)),
        closers=(_one_end(dice, cooperative), _one_end(dice, unilateral)),
        storm=bool(dice.between(0, 1)),
        steps=_steps(dice),
        friend=friend,
        shop=shop,
        slow=slow,
        cheat=cheat,
        gifts=_amounts(dice, (cheat, friend), 2_000_000, 25_000_000),
        purchases=_amounts(dice, (shop, friend), 1_000, 15_000_000),
    )


def _one_end(dice: SeededDice, opening: Opening) -> str:
    return dice.one_of((opening.opener, opening.peer))


def _lasting(dice: SeededDice, peer: str) -> Opening:
    """Large enough for what is bought, with something on the other side for what comes in."""
    amount_sat = dice.between(_LEAST_LASTING_SAT, _MOST_LASTING_SAT)
    return Opening(YOU, peer, amount_sat, amount_sat * 10 * dice.between(20, 30))


def _opening(dice: SeededDice, opener: str, peer: str, *, pushes: bool = False) -> Opening:
    amount_sat = dice.between(_LEAST_SAT, _MOST_SAT)
    push_msat = dice.between(0, amount_sat * 1000 // 4) if pushes and dice.between(0, 1) else 0
    return Opening(opener, peer, amount_sat, push_msat)


def _crooked(dice: SeededDice, cheat: str) -> Opening:
    """The cheat must have something to pay with: its own money, or a gift."""
    if dice.between(0, 1):
        return _opening(dice, cheat, YOU)
    amount_sat = dice.between(_LEAST_SAT, _MOST_SAT)
    return Opening(YOU, cheat, amount_sat, amount_sat * 1000 * dice.between(3, 6) // 10)


def _shared(dice: SeededDice, other: str) -> Opening:
    """Opened by either side; both have something to offer in it."""
    opener, peer = dice.shuffled((YOU, other))
    amount_sat = dice.between(_LEAST_SAT, _MOST_SAT)
    return Opening(opener, peer, amount_sat, amount_sat * 1000 * dice.between(4, 6) // 10)


def _steps(dice: SeededDice) -> tuple[str, ...]:
    """Payments before closes; the order of either, and when the restart comes, are free."""
    payments = dice.shuffled(PAYMENTS)
    closes = dice.shuffled(CLOSES)
    steps = payments + closes
    steps.insert(dice.between(0, len(steps)), "restart")
    return (*steps, "relay-earns")


_MOST_MORE: Final = 3


def _amounts(
    dice: SeededDice, names: tuple[str, ...], least_msat: int, most_msat: int
) -> tuple[tuple[str, int], ...]:
    """Each of `names` once, some of them more often, in any order."""
    more = [dice.one_of(names) for _ in range(dice.between(0, _MOST_MORE))]
    order = dice.shuffled([*names, *more])
    return tuple((name, dice.between(least_msat, most_msat)) for name in order)

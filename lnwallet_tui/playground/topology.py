"""Networks like mainnet's, of any size, from a seed: who has channels with whom, and at what terms.

How many channels nodes have, how large those are and what is asked for them is distributed as in
`mainnet`, each independently of the others. Who has most comes first, and whoever comes connects to
somebody who has channels to give: so all are connected, and those with one channel hang on large
nodes. What is left is joined at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.playground import mainnet
from lnwallet_tui.playground.dice import SeededDice

_WHOLE: Final = 10_000
_PLACES_OF_TERMS: Final = 6
_LARGEST_SHARE: Final = 5
"""Mainnet's largest node has channels with every fifth."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one end asks for forwarding over a channel."""

    fee_base_msat: int
    fee_proportional_millionths: int
    cltv_expiry_delta: int
    htlc_minimum_msat: int
    htlc_maximum_msat: int
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A channel between nodes number `one` and `other`; `terms` are theirs in that order.

    `share_percent` is how much of it lies at `one`.
    """

    number: int
    one: int
    other: int
    capacity_sat: int
    share_percent: int
    terms: tuple[Terms, Terms]


def network(seed: bytes, nodes: int) -> tuple[Edge, ...]:
    """The channels between so many nodes, numbered from 0, the one with most first; all of them are
    connected, and no two have more than one with each other."""
    dice = SeededDice(seed, "topology")
    pairs = _pairs(dice, _degrees(nodes))
    return tuple(_edge(dice, number, *pair) for number, pair in enumerate(pairs))


def _degrees(nodes: int) -> list[int]:
    """How many channels each wants: the same for every seed, so that small networks are no outliers
    in what matters most."""
    most = max(1, nodes // _LARGEST_SHARE)
    places = (_WHOLE * (2 * number + 1) // (2 * nodes) for number in range(nodes))
    return sorted((min(most, mainnet.CHANNELS.at(place)) for place in places), reverse=True)


def _pairs(dice: SeededDice, degrees: list[int]) -> list[tuple[int, int]]:
    free = [0] * degrees[0]  # each node as often as it wants more channels
    joined: dict[tuple[int, int], None] = {}
    for arriving in range(1, len(degrees)):
        at = dice.between(0, len(free) - 1) if free else 0
        peer = free[at] if free else 0
        if free:
            free[at] = free[-1]
            free.pop()
        joined[peer, arriving] = None
        free += [arriving] * (degrees[arriving] - 1)
    _shuffle(dice, free)
    for one, other in zip(free[::2], free[1::2], strict=False):
        if one != other:
            joined[min(one, other), max(one, other)] = None
    return list(joined)


def _shuffle(dice: SeededDice, items: list[int]) -> None:
    """In place: networks have tens of thousands of channels."""
    for last in range(len(items) - 1, 0, -1):
        other = dice.between(0, last)
        items[last], items[other] = items[other], items[last]


def _edge(dice: SeededDice, number: int, one: int, other: int) -> Edge:
    size, share, *places = _places(dice, 2 + 2 * _PLACES_OF_TERMS)
    capacity_sat = mainnet.CAPACITY_SAT.at(size)
    return Edge(
        number=number,
        one=one,
        other=other,
        capacity_sat=capacity_sat,
        share_percent=share * 101 // _WHOLE,
        terms=(
            _terms(places[:_PLACES_OF_TERMS], capacity_sat),
            _terms(places[_PLACES_OF_TERMS:], capacity_sat),
        ),
    )


def _terms(places: list[int], capacity_sat: int) -> Terms:
    base, ppm, delta, least, most, disabled = places
    most_msat = max(1, capacity_sat * mainnet.HTLC_MAXIMUM_PERMILLE.at(most))
    return Terms(
        fee_base_msat=mainnet.FEE_BASE_MSAT.at(base),
        fee_proportional_millionths=mainnet.FEE_PPM.at(ppm),
        cltv_expiry_delta=mainnet.CLTV_DELTA.at(delta),
        htlc_minimum_msat=min(most_msat, mainnet.HTLC_MINIMUM_MSAT.at(least)),
        htlc_maximum_msat=most_msat,
        is_disabled=disabled * 100 < mainnet.DISABLED_PERCENT * _WHOLE,
    )


def _places(dice: SeededDice, count: int) -> list[int]:
    """Where in their distributions so many things lie: each anywhere below `_WHOLE`."""
    thrown = dice.bytes(count * 4)
    return [int.from_bytes(thrown[at : at + 4], "big") % _WHOLE for at in range(0, len(thrown), 4)]

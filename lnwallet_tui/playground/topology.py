"""Networks like mainnet's, of any size, from a seed: who has channels with whom, and at what terms.

Nodes arrive one after the other and choose their peers by how many channels those have already, so
that few have many. Sizes and terms are drawn from the tables below, which have the deciles of the
public graph of 2024-09-22 (18,212 nodes, 59,428 channels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.playground.dice import SeededDice

# The value at 0 %, 10 %, … 100 % of all channels or directions; between two of them all are equally
# likely. The last decile is cut where its outliers begin (99 %).
_CHANNELS_AT_ARRIVAL: Final = (1, 1, 1, 1, 1, 2, 2, 3, 4, 6, 12)
_CAPACITY_SAT: Final = (
    20_000, 50_000, 180_000, 500_000, 1_000_000, 1_500_000,
    2_500_000, 5_000_000, 8_000_000, 15_000_000, 150_000_000,
)  # fmt: skip
_FEE_BASE_MSAT: Final = (0, 0, 0, 0, 0, 0, 5, 1_000, 1_000, 1_000, 10_000)
_FEE_PPM: Final = (0, 0, 0, 0, 1, 1, 50, 220, 500, 1_000, 6_592)
_CLTV_DELTA: Final = (18, 18, 18, 20, 40, 40, 80, 80, 100, 144, 210)
_HTLC_MINIMUM_MSAT: Final = (0, 0, 0, 0, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000)
_DISABLED_PERCENT: Final = 10


@dataclass(frozen=True, slots=True)
class Terms:
    """What one end asks for forwarding over a channel."""

    fee_base_msat: int
    fee_proportional_millionths: int
    cltv_expiry_delta: int
    htlc_minimum_msat: int
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
    """The channels between so many nodes, numbered from 0; all of them are connected."""
    dice = SeededDice(seed, "topology")
    ends = [0]  # each node as often as it has channels, so that the dice favour who has many
    edges: list[Edge] = []
    for arriving in range(1, nodes):
        wanted = min(arriving, _drawn(dice, _CHANNELS_AT_ARRIVAL))
        chosen: set[int] = set()
        while len(chosen) < wanted:
            peer = dice.one_of(ends)
            if peer in chosen:
                peer = dice.between(0, arriving - 1)
            chosen.add(peer)
        for peer in sorted(chosen):
            edges.append(_edge(dice, len(edges), peer, arriving))
            ends += [peer, arriving]
    return tuple(edges)


def _edge(dice: SeededDice, number: int, one: int, other: int) -> Edge:
    return Edge(
        number=number,
        one=one,
        other=other,
        capacity_sat=_drawn(dice, _CAPACITY_SAT),
        share_percent=dice.between(0, 100),
        terms=(_terms(dice), _terms(dice)),
    )


def _terms(dice: SeededDice) -> Terms:
    return Terms(
        fee_base_msat=_drawn(dice, _FEE_BASE_MSAT),
        fee_proportional_millionths=_drawn(dice, _FEE_PPM),
        cltv_expiry_delta=_drawn(dice, _CLTV_DELTA),
        htlc_minimum_msat=_drawn(dice, _HTLC_MINIMUM_MSAT),
        is_disabled=dice.between(1, 100) <= _DISABLED_PERCENT,
    )


def _drawn(dice: SeededDice, deciles: tuple[int, ...]) -> int:
    """A number that is distributed as the table says."""
    at = dice.between(0, len(deciles) - 2)
    return dice.between(deciles[at], deciles[at + 1])

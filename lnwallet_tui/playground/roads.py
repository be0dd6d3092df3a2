"""The channels that are there before the user comes: who reaches whom, and how much gets through.

Relays are of two kinds. Each *hub* has a small channel to the shop; *gateways* have none, so that
from them it is at least two channels to the shop. Between relays channels are public. The friend
and the slow one have a private channel each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.people import CHEAT, NEIGHBOUR, RELAY, SHOP, SLOW, Character, called

_LEAST_PUBLIC_SAT, _MOST_PUBLIC_SAT = 6_000_000, 8_000_000
_LEAST_SHOP_SAT, _MOST_SHOP_SAT = 250_000, 400_000
_LEAST_HIDDEN_SAT, _MOST_HIDDEN_SAT = 3_000_000, 4_000_000
_LEAST_HUBS: Final = 2


@dataclass(frozen=True, slots=True)
class Opening:
    """A channel to be opened."""

    opener: str
    peer: str
    amount_sat: int
    push_msat: int = 0
    private: bool = True

    def joins(self, one: str, other: str) -> bool:
        """Whether it is between these two."""
        return {self.opener, self.peer} == {one, other}


@dataclass(frozen=True, slots=True)
class Roads:
    """What the people of a world have among themselves, in the order of opening."""

    gateways: tuple[str, ...]
    hubs: tuple[str, ...]
    openings: tuple[Opening, ...]


def roads(people: tuple[Character, ...], seed: bytes) -> Roads:
    """Those of the world of that seed."""
    dice = SeededDice(seed, "roads")
    relays = dice.shuffled(called(people, RELAY))
    count = dice.between(_LEAST_HUBS, len(relays) - 1)
    hubs, gateways = relays[:count], relays[count:]
    [shop], [cheat] = (called(people, role) for role in (SHOP, CHEAT))
    pairs = list(pairwise(hubs))
    pairs += [(gateway, dice.one_of(hubs)) for gateway in gateways]
    if len(gateways) > 1 and dice.between(0, 1):
        pairs.append((gateways[0], gateways[1]))
    pairs.append((cheat, dice.one_of(gateways)))
    openings = [_public(dice, *pair) for pair in pairs]
    openings += [_small(dice, hub, shop) for hub in hubs]
    hidden = (*called(people, NEIGHBOUR), *called(people, SLOW))
    openings += [_hidden(dice, name, dice.one_of(relays)) for name in hidden]
    return Roads(tuple(gateways), tuple(hubs), tuple(dice.shuffled(openings)))


def distances(openings: Sequence[Opening], name: str) -> dict[str, int]:
    """How many channels it takes at least from everybody to `name`; whoever has no way is left out.

    Private channels count: who is behind one says so in an invoice.
    """
    found, edge = {name: 0}, [name]
    while edge:
        here = edge.pop(0)
        for opening in openings:
            if here in (opening.opener, opening.peer):
                there = opening.peer if here == opening.opener else opening.opener
                if there not in found:
                    found[there] = found[here] + 1
                    edge.append(there)
    return found


def _public(dice: SeededDice, *pair: str) -> Opening:
    """Either side has enough to pass something on."""
    opener, peer = dice.shuffled(pair)
    amount_sat = dice.between(_LEAST_PUBLIC_SAT, _MOST_PUBLIC_SAT)
    push_msat = amount_sat * 10 * dice.between(40, 60)
    return Opening(opener, peer, amount_sat, push_msat, private=False)


def _small(dice: SeededDice, hub: str, shop: str) -> Opening:
    return Opening(hub, shop, dice.between(_LEAST_SHOP_SAT, _MOST_SHOP_SAT))


def _hidden(dice: SeededDice, name: str, relay: str) -> Opening:
    """A private channel by which one both pays and is paid."""
    amount_sat = dice.between(_LEAST_HIDDEN_SAT, _MOST_HIDDEN_SAT)
    return Opening(name, relay, amount_sat, amount_sat * 1000 // 3)

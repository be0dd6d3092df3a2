"""Who lives in the playground: names, characters and habits, all from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.node.config import RelayTerms
from lnwallet_tui.playground.dice import SeededDice

YOU: Final = "you"
FAUCET: Final = "faucet"

RELAY: Final = "relay"
NEIGHBOUR: Final = "neighbour"
SHOP: Final = "shop"
SLOW: Final = "slow"
CHEAT: Final = "cheat"

_NEIGHBOURS: Final = ("anna", "bashir", "chiara", "dmitri", "esther", "farid", "greta", "hiro")
_RELAYS: Final = ("ingrid", "joao", "kwame", "leila", "mateo", "noor", "oskar", "priya")
_SHOPS: Final = ("bakery", "bookshop", "cafe", "florist", "grocery", "teahouse")
_SLOW: Final = ("bartleby", "estragon", "godot", "oblomov", "vladimir")
_CHEATS: Final = ("lupin", "mallory", "ponzi", "reynard")
_LEAST_RELAYS, _MOST_RELAYS = 3, 4
_MOST_BASE_MSAT, _LEAST_PPM, _MOST_PPM = 1_000, 10, 500
_LEAST_DELTA, _MOST_DELTA = 40, 80  # blocks
_LEAST_DELAY, _MOST_DELAY = 72, 144  # blocks; a day or two would be more lifelike, and slower
_LEAST_ANSWER_S, _MOST_ANSWER_S = 20 * 60, 40 * 60

_STORIES: Final = {
    RELAY: "Passes payments on for a small fee: open a channel to them and you reach everybody.",
    NEIGHBOUR: "A friend behind a private channel: pay them by what their invoice says of the way.",
    SHOP: "A shop with small channels: buy something; what costs much gets there only in parts.",
    SLOW: "Answers late: pay them, watch the payment hang, then mine until it has arrived.",
    CHEAT: "Passes payments on, too, but would publish an old state: see what your guard does.",
}


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody before their node runs.

    `anchors`: the type of the channels that they open. `to_self_delay` (blocks): how long whoever
    has a channel with them waits for their own money after closing alone. `relay`: what they ask
    for passing payments on, None: they pass on nothing. `answers_after` (seconds): how long an HTLC
    waits before they look at it.
    """

    name: str
    role: str
    anchors: bool
    to_self_delay: int
    relay: RelayTerms | None
    answers_after: int = 0

    @property
    def story(self) -> str:
        """One sentence: who they are, what one can do with them."""
        return _STORIES.get(self.role, "")

    @property
    def address(self) -> str:
        """Where their node listens."""
        return f"{self.name}.play:9735"


def cast(seed: bytes) -> tuple[Character, ...]:
    """Everybody in the world of that seed; the user is the first."""
    dice = SeededDice(seed, "cast")
    count = dice.between(_LEAST_RELAYS, _MOST_RELAYS)
    roles = [(name, RELAY) for name in dice.shuffled(_RELAYS)[:count]]
    roles += [(dice.one_of(_NEIGHBOURS), NEIGHBOUR), (dice.one_of(_SHOPS), SHOP)]
    roles += [(dice.one_of(_SLOW), SLOW), (dice.one_of(_CHEATS), CHEAT)]
    return tuple(_character(name, role, dice) for name, role in [(YOU, YOU), *roles])


def _character(name: str, role: str, dice: SeededDice) -> Character:
    return Character(
        name=name,
        role=role,
        anchors=bool(dice.between(0, 1)),
        to_self_delay=dice.between(_LEAST_DELAY, _MOST_DELAY),
        relay=_terms(dice) if role in (RELAY, CHEAT) else None,
        answers_after=dice.between(_LEAST_ANSWER_S, _MOST_ANSWER_S) if role == SLOW else 0,
    )


def _terms(dice: SeededDice) -> RelayTerms:
    return RelayTerms(
        fee_base=Msat(dice.between(0, _MOST_BASE_MSAT)),
        fee_proportional_millionths=dice.between(_LEAST_PPM, _MOST_PPM),
        cltv_expiry_delta=dice.between(_LEAST_DELTA, _MOST_DELTA),
    )


def called(people: tuple[Character, ...], role: str) -> tuple[str, ...]:
    """The names of all with that role."""
    return tuple(one.name for one in people if one.role == role)

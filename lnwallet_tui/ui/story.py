"""The playground's story: six steps, each ticked by what really happened, in any order.

Pure: what was done is read from the picture and from what hops saw, never from keys. What to do
next depends on where the user stands.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.api.world import HopSight, Person, SpendingSight
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.ways import in_parts, longest, ways

FAR: Final = 3
"""Over how many channels the third step goes."""


class Step(enum.Enum):
    """In the order in which they are told; the value is what a world remembers of it."""

    OPEN = "open"
    BE_PAID = "be paid"
    PAY_FAR = "pay far"
    PAY_IN_PARTS = "pay in parts"
    CLOSE = "close"
    CATCH = "catch"


TITLES: Final = {
    Step.OPEN: "Open a channel",
    Step.BE_PAID: "Be paid",
    Step.PAY_FAR: "Pay over 3 hops or more",
    Step.PAY_IN_PARTS: "Pay in parts",
    Step.CLOSE: "Close a channel",
    Step.CATCH: "Catch a cheat",
}

WHY: Final = {
    Step.OPEN: (
        "Opening is one transaction on the chain. After it you and your peer pay each other at "
        "once, as often as you like, without waiting for blocks."
    ),
    Step.BE_PAID: (
        "You can be paid only what lies on the other side of your channels. A channel that you "
        "open has all of it on yours; so somebody opens one to you, or you pay something first."
    ),
    Step.PAY_FAR: (
        "One channel reaches everybody. Whoever passes a payment on earns a small fee and need "
        "not be trusted: they cannot keep it, and see only who stands next to them."
    ),
    Step.PAY_IN_PARTS: (
        "No single way to the shop is wide enough for so much. The wallet splits it; the parts "
        "go different ways, and all of them arrive or none does."
    ),
    Step.CLOSE: (
        "The money in a channel is yours. At any time its newest state becomes coins on the "
        "chain, together with your peer for a small fee or, if they are gone, alone."
    ),
    Step.CATCH: (
        "A peer could publish an old state in which more was theirs. Your guard looks at every "
        "block and then takes all of the channel: so cheating does not pay."
    ),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What a step is judged by: the wallet, who lives there, what hops saw of a payment, and what
    waits for a block."""

    picture: Picture
    people: tuple[Person, ...]
    seen: Callable[[str], tuple[HopSight, ...]]
    spendings: Callable[[], tuple[SpendingSight, ...]] = tuple


def done(step: Step, scene: Scene) -> bool:
    """Whether it has happened in this wallet."""
    match step:
        case Step.OPEN:
            return _opened(scene.picture)
        case Step.BE_PAID:
            return _was_paid(scene.picture)
        case Step.PAY_FAR:
            return bool(witness(step, scene))
        case Step.PAY_IN_PARTS:
            return bool(witness(step, scene))
        case Step.CLOSE:
            return _ended(scene.picture, "cooperative", "ours")
        case Step.CATCH:
            return _ended(scene.picture, "breach by them")


def _opened(picture: Picture) -> bool:
    """A channel of ours was deep enough in the chain to be used, whatever became of it."""
    return any(
        one.we_opened
        and one.state is not ChannelState.OPENING
        and one.confirmations >= one.confirmations_needed
        for one in picture.channels
    )


def _was_paid(picture: Picture) -> bool:
    return any(not one.outgoing and one.status is PaymentStatus.PAID for one in picture.payments)


def _ended(picture: Picture, *kinds: str) -> bool:
    """A channel was closed in that way, and what was ours in it is back."""
    return any(
        one.state is ChannelState.CLOSED and one.closing_kind in kinds for one in picture.channels
    )


def witness(step: Step, scene: Scene) -> str:
    """The hash of a payment of ours, paid, that shows the step; empty where none does."""
    paid = (
        one.payment_hash
        for one in scene.picture.payments
        if one.outgoing and one.status is PaymentStatus.PAID
    )
    return next((name for name in paid if shows(step, scene.seen(name))), "")


def shows(step: Step, sights: tuple[HopSight, ...]) -> bool:
    """Whether a payment that was seen so is one of which the step tells."""
    found = ways(sights)
    match step:
        case Step.PAY_FAR:
            return longest(found) >= FAR
        case Step.PAY_IN_PARTS:
            return in_parts(found)
        case _:
            return False

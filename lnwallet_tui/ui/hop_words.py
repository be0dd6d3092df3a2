"""What a hop saw of a payment and what it cannot know, in words. Nothing comes from elsewhere than
what the hop itself was given."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from lnwallet_tui.api.world import HopSight
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.ways import Way
from lnwallet_tui.ui.widgets.words import MUTED

COLUMNS: Final = (
    f"{'who':<10}{'offered, sat':>14}{'passed, sat':>14}{'kept, sat':>11}  {'until block':<15}to"
)
NOTHING_SEEN: Final = (
    "Nobody in the playground saw this payment on this visit: it is not paid yet, or it was made "
    "before the program was last started. What people saw is not kept."
)
SAME_HASH: Final = (
    "All of them see the same payment hash. Two hops that tell each other so know that it is one "
    "payment; the ways between them stay hidden."
)
YOU: Final = "you"
"""What the playground calls whose wallet this is."""

_NOTHING: Final = "-"


def heading(way: Way, number: int, of: int) -> str:
    """Above the hops of a way."""
    amount = fmt.exact(way.amount_msat)
    over = fmt.count(len(way.hops), "channel")
    if not way.arrived:
        return f"A try of {amount} that did not arrive"
    if of == 1:
        return f"{amount} over {over}"
    return f"Part {number} of {of}: {amount} over {over}"


def headings(found: tuple[Way, ...]) -> list[str]:
    """One for each way; what arrived is counted."""
    arrived = [way for way in found if way.arrived]
    return [
        heading(way, arrived.index(way) + 1 if way.arrived else 0, len(arrived)) for way in found
    ]


def row(hop: HopSight) -> Content:
    """Who it is, what came in and went out, what it kept, until when it was locked in and out."""
    passes = bool(hop.outgoing_channel)
    out = _figure(hop.forward_msat) if passes else _NOTHING
    kept = _figure(hop.amount_msat - hop.forward_msat) if passes else _NOTHING
    until = f"{hop.expiry_height:,}"
    if passes:
        until += f" → {hop.forward_expiry_height:,}"
    return Content.assemble(
        (f"{hop.name:<10}", "bold"),
        f"{_figure(hop.amount_msat):>14}{out:>14}{kept:>11}  ",
        (f"{until:<15}{hop.to_name}", MUTED),
    )


def _figure(amount_msat: int) -> str:
    """The unit stands above the column."""
    return fmt.exact(amount_msat).removesuffix(" sat")


def saw(hop: HopSight) -> str:
    """What it was given."""
    giver = "You" if hop.from_name == YOU else hop.from_name
    offered = (
        f"{giver} offered {hop.name} {fmt.exact(hop.amount_msat)}, until "
        f"{fmt.height(hop.expiry_height)} at the latest."
    )
    if hop.is_last:
        return (
            f"{offered} The layer of the onion that only {hop.name} can open says: it is for you, "
            f"{fmt.exact(hop.total_msat)} in all."
        )
    if not hop.outgoing_channel:
        return f"{offered} Its layer of the onion says nothing that {hop.name} could follow."
    next_one = hop.to_name or "a channel it does not have"
    return (
        f"{offered} The layer of the onion that only {hop.name} can open says: pass "
        f"{fmt.exact(hop.forward_msat)} on to {next_one}, until "
        f"{fmt.height(hop.forward_expiry_height)} at the latest."
    )


def cannot_know(hop: HopSight) -> str:
    """What that does not tell it."""
    whose = "you are" if hop.from_name == YOU else f"{hop.from_name} is"
    payer = f"whether {whose} the payer or only passed it on"
    if hop.is_last:
        return f"{hop.name} cannot know {payer}, nor which way it came before."
    if hop.to_name == YOU:
        after = "whether you are paid or pass it on again"
    else:
        after = f"whether {hop.to_name or 'the next one'} is paid or passes it on again"
    return (
        f"{hop.name} cannot know {payer}; {after}; how much is paid in all, what for, and "
        "whether other parts go other ways."
    )

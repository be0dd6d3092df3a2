"""How much more a hop may carry of a payment: what was seen of it, and what is made of that.

A node says how much it takes at once, not how much it has. Where an HTLC was turned away there is
less than all HTLCs of ours on that hop together; where one went through there is as much again, as
long as it came back. What is likely lies half way between the two, and what is bold further up: so
each time the guess is wrong, what is not known becomes smaller by a good part of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lnwallet_tui.payment.records import Attempt, Lessons
from lnwallet_tui.payment.route import carried
from lnwallet_tui.routing.graph import Graph, HopKey


@dataclass(frozen=True, slots=True)
class Rooms:
    """What hops carry on top of what is under way, in msat, as a search wants it: of those of which
    anything is known.

    Where a hop is used `boldly`, several HTLCs may pass it that are together more than it takes at
    once; and it is asked for more of what it may have.
    """

    likely: Mapping[HopKey, int]
    bold: Mapping[HopKey, int]


def rooms(graph: Graph, lessons: Lessons, under_way: Mapping[HopKey, int]) -> Rooms:
    """`under_way` is what other HTLCs of the same payment are to carry over hops."""
    turned_away, went_through = lessons.room(), lessons.passed()
    likely: dict[HopKey, int] = {}
    bold: dict[HopKey, int] = {}
    for source in {source for _, source in under_way}:
        for hop in graph.out_of(source):
            if hop.key in under_way:
                likely[hop.key] = hop.htlc_maximum_msat - under_way[hop.key]
    for key, most in turned_away.items():
        least = min(went_through.get(key, 0), most)
        used = under_way.get(key, 0)
        likely[key] = least + (most - least) // 2 - used
        bold[key] = least + (most - least) * 3 // 4 - used
    return Rooms(likely, bold)


def on_the_way(attempts: Iterable[Attempt]) -> dict[HopKey, int]:
    """What these attempts carry over each hop that is not our own, all together."""
    found: dict[HopKey, int] = {}
    for attempt in attempts:
        amounts = carried(attempt.route, attempt.delivers)
        hops = attempt.route.hops
        for before, hop, amount in zip(hops, hops[1:], amounts[1:], strict=False):
            if hop.short_channel_id is not None:
                key = int(hop.short_channel_id), before.node_id
                found[key] = found.get(key, 0) + amount.value
    return found

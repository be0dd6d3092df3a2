"""Several ways at once for an amount that no single one carries.

Each part takes the cheapest way that carries it, as much as that way can, and what it takes is
taken from the hops' room before the next is looked for. Parts are as few as that allows.

How much a hop has is known to nobody but its ends: what it takes at once is the best guess. Parts
that are split boldly go by it one by one, so that several of them may pass a hop that together are
more; only room that was learnt is for all together then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from lnwallet_tui.routing.graph import FirstHop, Graph, HopKey
from lnwallet_tui.routing.path import Path, carried_msat, deliverable_msat
from lnwallet_tui.routing.query import Query
from lnwallet_tui.routing.search import find

SMALLEST_PART_MSAT: Final = 1_000_000
"""Below 1,000 sat a part costs more in base fees and dust than it helps."""
_SAT_MSAT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Part:
    """So much of the amount goes over this path."""

    path: Path
    amount_msat: int


@dataclass(frozen=True, slots=True)
class TooLittleRoom:
    """All ways together bring only so much to the payee, as far as they were looked for."""

    most_msat: int


def split(
    graph: Graph, query: Query, max_parts: int, *, boldly: bool = False
) -> tuple[Part, ...] | TooLittleRoom:
    """Ways that together bring `query.amount_msat` to the payee, within the limits of `query`; a
    single one where that does it. Parts are whole satoshis wherever that leaves room enough."""
    most_msat = _most_msat(graph, query, max_parts if boldly else 1)
    if most_msat < query.amount_msat:
        return TooLittleRoom(most_msat)
    parts, left_msat = _parts(graph, query, max_parts, boldly=boldly, unit_msat=_SAT_MSAT)
    if left_msat > 0 and parts:  # what rounding gave up may have been what was missing
        parts, left_msat = _parts(graph, query, max_parts, boldly=boldly, unit_msat=1)
    return TooLittleRoom(query.amount_msat - left_msat) if left_msat else parts


def _parts(
    graph: Graph, query: Query, max_parts: int, *, boldly: bool, unit_msat: int
) -> tuple[tuple[Part, ...], int]:
    """Those that were found, and how much no part brings."""
    parts: list[Part] = []
    left = query
    while len(parts) < max_parts:
        part = _next_part(graph, left, unit_msat, last=len(parts) == max_parts - 1)
        if part is None:
            break
        parts.append(part)
        if part.amount_msat == left.amount_msat:
            return tuple(parts), 0
        left = _after(left, part, boldly=boldly)
    return tuple(parts), left.amount_msat


def _most_msat(graph: Graph, query: Query, times: int) -> int:
    """What can leave us or arrive at most, if what a hop takes at once passes it so many times."""
    leaves = sum(max(0, first.can_send_msat) for first in query.first_hops)
    arrives = sum(first.can_send_msat for first in query.first_hops if first.peer_id == query.payee)
    for hop in graph.into(query.payee):
        if not hop.is_disabled:
            arrives += max(0, query.room.get(hop.key, hop.htlc_maximum_msat * times))
    return min(leaves, arrives)


def _next_part(graph: Graph, left: Query, unit_msat: int, *, last: bool) -> Part | None:
    """The largest of a whole, a half, a quarter… that has a way, and what more fits there."""
    wanted = left.amount_msat
    while True:
        path = find(graph, replace(left, amount_msat=wanted))
        if path is not None:
            return _filled(path, left, wanted, unit_msat)
        wanted //= 2
        if last or wanted < SMALLEST_PART_MSAT:
            return None


def _filled(path: Path, left: Query, at_least: int, unit_msat: int) -> Part:
    """As much as the path delivers, but no more than is left, for a fee within the limit; and what
    is left then is large enough for another part. Less than all is whole units, if it can be: what
    is known of a hop's room is often a thousandth below a round amount that did not pass."""
    most = min(left.amount_msat, deliverable_msat(path, left.room))
    if 0 < left.amount_msat - most < SMALLEST_PART_MSAT:
        most = max(at_least, left.amount_msat - SMALLEST_PART_MSAT)
    if most < left.amount_msat:
        most = max(at_least, most - most % unit_msat)
    amount = most if _fee_msat(path, most) <= left.max_fee_msat else at_least
    return Part(replace(path, amount_msat=carried_msat(path, amount)[0]), amount)


def _fee_msat(path: Path, amount_msat: int) -> int:
    return carried_msat(path, amount_msat)[0] - amount_msat


def _after(left: Query, part: Part, *, boldly: bool) -> Query:
    """What is still to be done, with the room that the part leaves."""
    carried = carried_msat(part.path, part.amount_msat)
    room: dict[HopKey, int] = dict(left.room)
    for hop, amount in zip(part.path.hops, carried[1:], strict=True):
        if hop.key in left.room or not boldly:
            room[hop.key] = left.room.get(hop.key, hop.htlc_maximum_msat) - amount
    return replace(
        left,
        amount_msat=left.amount_msat - part.amount_msat,
        max_fee_msat=left.max_fee_msat - (carried[0] - part.amount_msat),
        first_hops=tuple(_less(first, part, carried[0]) for first in left.first_hops),
        room=room,
    )


def _less(first: FirstHop, part: Part, carried_msat: int) -> FirstHop:
    if first.channel_id != part.path.first.channel_id:
        return first
    return replace(first, can_send_msat=first.can_send_msat - carried_msat)

"""Why there is no way: the limit that binds, found by lifting one after the other.

The order is that in which a user can do something about it: own channels first, then the payee's,
then what lies between, then the limits of fee, lock time and length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lnwallet_tui.bitcoin.amount import MAX_SAT
from lnwallet_tui.routing.graph import FirstHop, Graph
from lnwallet_tui.routing.path import Path, most_through
from lnwallet_tui.routing.query import Query
from lnwallet_tui.routing.search import find
from lnwallet_tui.routing.widest import widest_msat


@dataclass(frozen=True, slots=True)
class NoFirstHop:
    """No channel of ours can send anything now."""


@dataclass(frozen=True, slots=True)
class FirstHopsTooSmall:
    """Our channels send less at once: the largest `most_msat`, all together `together_msat`."""

    most_msat: int
    together_msat: int


@dataclass(frozen=True, slots=True)
class PayeeUnknown:
    """Nobody is known to forward to the payee."""


@dataclass(frozen=True, slots=True)
class PayeeAcceptsLess:
    """The payee's channels, so many, accept at most that at once."""

    channels: int
    most_msat: int


@dataclass(frozen=True, slots=True)
class NoConnection:
    """No way is known from our peers to the payee, whatever the amount."""


@dataclass(frozen=True, slots=True)
class WayTooNarrow:
    """There is a way, but none for that much; the widest carries `most_msat` to the payee."""

    most_msat: int


@dataclass(frozen=True, slots=True)
class MinimumsTooHigh:
    """On every way a hop takes only payments larger than what the rest of the way carries: on that
    which would be the cheapest, it becomes `needed_msat` where there is room for `most_msat`."""

    needed_msat: int
    most_msat: int


@dataclass(frozen=True, slots=True)
class NoRoomForFees:
    """There are ways for that much, but none for the fees that have to go with it; with them,
    `most_msat` comes out at the payee at most, in whole satoshis."""

    most_msat: int


@dataclass(frozen=True, slots=True)
class FeeAboveLimit:
    """The cheapest way costs `fee_msat`."""

    fee_msat: int


@dataclass(frozen=True, slots=True)
class LockAboveLimit:
    """The way that locks least locks for `blocks`."""

    blocks: int


@dataclass(frozen=True, slots=True)
class WayTooLong:
    """Every way passes more nodes than an onion has room for, which is `most`."""

    most: int


@dataclass(frozen=True, slots=True)
class LimitsTogether:
    """Each limit can be kept, but not all of them on one way: the cheapest within those of lock
    time and length costs `fee_msat`."""

    fee_msat: int


@dataclass(frozen=True, slots=True)
class NoneQuickAndShort:
    """What locks for no more than `cltv` blocks passes more nodes than an onion has room for."""

    cltv: int


Reason = (
    NoFirstHop
    | FirstHopsTooSmall
    | PayeeUnknown
    | PayeeAcceptsLess
    | NoConnection
    | WayTooNarrow
    | MinimumsTooHigh
    | NoRoomForFees
    | FeeAboveLimit
    | LockAboveLimit
    | WayTooLong
    | LimitsTogether
    | NoneQuickAndShort
)

_ANY_FEE_MSAT = MAX_SAT * 1_000
_ANY_TIME = 1 << 30
_ANY_LENGTH = 1 << 30
_SAT_MSAT = 1_000


def why_not(graph: Graph, query: Query) -> Reason:
    """The limit because of which `find` has no answer to `query`."""
    reason = _of_our_channels(query) or _of_the_payee(graph, query)
    if reason is not None:
        return reason
    open_ended = replace(
        query, max_fee_msat=_ANY_FEE_MSAT, max_cltv=_ANY_TIME, max_hops=_ANY_LENGTH
    )
    cheapest = find(graph, open_ended)
    if cheapest is None:
        return _of_the_middle(graph, open_ended)
    if cheapest.amount_msat > query.amount_msat + query.max_fee_msat:
        return FeeAboveLimit(cheapest.amount_msat - query.amount_msat)
    if find(graph, replace(open_ended, max_cltv=query.max_cltv)) is None:
        return LockAboveLimit(_least_lock(graph, open_ended, cheapest.cltv))
    if find(graph, replace(open_ended, max_hops=query.max_hops)) is None:
        return WayTooLong(query.max_hops)
    within = find(graph, replace(query, max_fee_msat=_ANY_FEE_MSAT))
    if within is None:
        return NoneQuickAndShort(query.max_cltv)
    return LimitsTogether(within.amount_msat - query.amount_msat)


def _of_our_channels(query: Query) -> Reason | None:
    sendable = [first.can_send_msat for first in query.first_hops]
    if not any(sendable):
        return NoFirstHop()
    if max(sendable) < query.amount_msat:
        return FirstHopsTooSmall(max(sendable), sum(sendable))
    return None


def _of_the_payee(graph: Graph, query: Query) -> Reason | None:
    if any(first.peer_id == query.payee for first in query.first_hops):
        return None
    into = [hop for hop in graph.into(query.payee) if not hop.is_disabled]
    if not into:
        return PayeeUnknown()
    most_msat = max(most_through(hop, query.room) for hop in into)
    if most_msat < query.amount_msat:
        return PayeeAcceptsLess(len(into), most_msat)
    return None


def _of_the_middle(graph: Graph, query: Query) -> Reason:
    most_msat = widest_msat(graph, query)
    if not most_msat:
        return NoConnection()
    if most_msat < query.amount_msat:
        return WayTooNarrow(most_msat)
    firsts = tuple(map(_freed, query.first_hops))
    without = find(graph.without_minimums(), replace(query, first_hops=firsts))
    if without is None:
        return NoRoomForFees(_most_with_fees(graph, query, most_msat))
    return _of_minimums(graph, query, without)


def _of_minimums(graph: Graph, query: Query, without: Path) -> MinimumsTooHigh:
    """What stands in the way of `without`, which heeds no minimum."""
    amount_msat, ours = query.amount_msat, without.first
    for altered in reversed(without.hops):
        [hop] = (one for one in graph.into(altered.target) if one.key == altered.key)
        amount_msat = max(amount_msat, hop.htlc_minimum_msat)
        if amount_msat > most_through(hop, query.room):
            return MinimumsTooHigh(amount_msat, most_through(hop, query.room))
        amount_msat += hop.fee_msat(amount_msat)
    least = min(one.minimum_msat for one in query.first_hops if _freed(one) == ours)
    return MinimumsTooHigh(max(amount_msat, least), ours.can_send_msat)


def _freed(first: FirstHop) -> FirstHop:
    return replace(first, minimum_msat=0)


def _most_with_fees(graph: Graph, query: Query, too_much: int) -> int:
    """The most whole satoshis that any way brings to the payee; `too_much` msat is more."""
    enough, too_many = 0, -(-too_much // _SAT_MSAT)
    while too_many - enough > 1:
        middle = (enough + too_many) // 2
        if find(graph, replace(query, amount_msat=middle * _SAT_MSAT)) is None:
            too_many = middle
        else:
            enough = middle
    return enough * _SAT_MSAT


def _least_lock(graph: Graph, query: Query, enough: int) -> int:
    """The fewest blocks for which any way locks, `enough` being one that can be kept."""
    too_few = query.final_cltv - 1
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        if find(graph, replace(query, max_cltv=middle)) is None:
            too_few = middle
        else:
            enough = middle
    return enough

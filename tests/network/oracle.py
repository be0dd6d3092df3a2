"""What was possible at all: flows through the network as it really is, computed without `routing`.

Everything in msat. An arc is one direction of a channel with what can move over it at most.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.node.config import RelayTerms
from lnwallet_tui.node.node import Node
from lnwallet_tui.policy import MAX_PARTS
from lnwallet_tui.routing.graph import Hop
from tests.network.land import Land

PLENTY: Final = 10**15
_MOST_HOPS: Final = 20
_OWN: Final = RelayTerms(fee_base=RelayTerms().htlc_minimum, fee_proportional_millionths=0)


@dataclass(frozen=True, slots=True)
class Arc:
    """`room` is what it carries at most by any number of HTLCs, `at_once` by a single one."""

    number: int  # short channel id, or one of our own
    source: bytes
    target: bytes
    room: int
    at_once: int
    base: int = 0
    ppm: int = 0
    least: int = 0

    def fee(self, amount: int) -> int:
        return self.base + amount * self.ppm // 1_000_000


Arcs = dict[tuple[int, bytes], Arc]


# -- what there is
def real_arcs(land: Land, payer: bytes) -> Arcs:
    """By channel and source, each direction that forwards now; of those who do not relay only the
    payer's own, which cost nothing."""
    arcs: Arcs = {}
    for node in land.nodes.values():
        if node._shell.config.relay is None and node.node_id != payer:
            continue
        for channel in node.channel_states():
            arc = _real_arc(node, channel, own=node.node_id == payer)
            if arc is not None:
                arcs[arc.number, arc.source] = arc
    return arcs


def _real_arc(node: Node, channel: Channel, *, own: bool) -> Arc | None:
    held = node._board.channels.find(channel.channel_id)
    assert held is not None
    config = node._shell.config
    terms = _OWN if own else config.relay_to.get(held.peer_id, config.relay or _OWN)
    if channel.phase is not Phase.READY or channel.link is not Link.LIVE or terms.disabled:
        return None
    can_send = held.limits(config.policy)[0].value
    if not can_send:
        return None
    # One large HTLC is what brings most, but where only those go that are too small for an output
    # of their own: of these several fit, up to the limit for dust.
    least_left = channel.ledger.ours.minus_or_zero(channel.theirs.reserve.to_msat()).value
    dust = config.policy.dust_exposure(channel.funding.value).value
    room = max(can_send, min(least_left, dust))
    limits = [can_send]
    if terms.htlc_maximum is not None:
        limits.append(terms.htlc_maximum.value)
    return Arc(
        number=int(channel.short_channel_id or 0),
        source=node.node_id,
        target=held.peer_id,
        room=room,
        at_once=min(limits),
        base=terms.fee_base.value,
        ppm=terms.fee_proportional_millionths,
        least=max(terms.htlc_minimum, channel.theirs.htlc_minimum).value,
    )


def known_arcs(node: Node, hints: Iterable[Hop] = ()) -> Arcs:
    """What a payer knows: its own channels, what was announced, what the invoice hints at."""
    arcs: Arcs = {}
    board = node._board
    for into in board.network._known.graph().by_target.values():
        for hop in into:
            arcs[hop.short_channel_id, hop.source] = _known_arc(hop)
    for hop in hints:
        arcs[hop.short_channel_id, hop.source] = _known_arc(hop)
    arcs = {name: arc for name, arc in arcs.items() if node.node_id not in (arc.source, arc.target)}
    for number, held in enumerate(board.channels):
        can_send = held.limits(board.shell.config.policy)[0].value
        if held.channel.link is Link.LIVE:
            own = Arc(-number, node.node_id, held.peer_id, can_send, can_send)
            arcs[-number, node.node_id] = own
    return arcs


def _known_arc(hop: Hop) -> Arc:
    most = 0 if hop.is_disabled else hop.htlc_maximum_msat
    return Arc(
        number=hop.short_channel_id,
        source=hop.source,
        target=hop.target,
        room=most,
        at_once=most,
        base=hop.fee_base_msat,
        ppm=hop.fee_proportional_millionths,
        least=hop.htlc_minimum_msat,
    )


def usable(real: Arcs, known: Arcs) -> Arcs:
    """What really carries something and what the payer has no reason to avoid. Arcs it has not
    heard of stay in: so what follows are upper bounds."""
    return {
        name: replace(arc, at_once=min(arc.at_once, known[name].at_once)) if name in known else arc
        for name, arc in real.items()
        if name not in known or known[name].at_once > 0
    }


def without_minimums(arcs: Arcs) -> Arcs:
    """As if everybody took the smallest payments, too."""
    return {name: replace(arc, least=0) for name, arc in arcs.items()}


# -- what is possible
def reaches(arcs: Arcs, payer: bytes, payee: bytes) -> bool:
    """Whether anything at all leads there."""
    return widest(arcs, payer, payee) > 0


def widest(arcs: Arcs, payer: bytes, payee: bytes) -> int:
    """The most that one HTLC brings to the payee, leaving fees aside."""
    best = {payer: PLENTY}
    heap = [(-PLENTY, payer)]
    onward = _by_source(arcs)
    while heap:
        width, at = heapq.heappop(heap)
        if at == payee:
            return -width
        for arc in onward.get(at, ()):
            through = min(-width, arc.at_once)
            if through > best.get(arc.target, 0):
                best[arc.target] = through
                heapq.heappush(heap, (-through, arc.target))
    return 0


def cheapest_msat(arcs: Arcs, payer: bytes, payee: bytes, amount: int) -> int | None:
    """What one HTLC must bring along at least so that the payee gets `amount`; None: no way."""
    needed = {payee: amount}
    heap = [(amount, payee)]
    back: dict[bytes, list[Arc]] = {}
    for arc in arcs.values():
        back.setdefault(arc.target, []).append(arc)
    while heap:
        carried, at = heapq.heappop(heap)
        if at == payer:
            return carried
        if carried > needed[at]:
            continue
        for arc in back.get(at, ()):
            through = max(carried, arc.least)
            asked = through + (0 if arc.source == payer else arc.fee(through))
            if through <= arc.at_once and asked < needed.get(arc.source, PLENTY):
                needed[arc.source] = asked
                heapq.heappush(heap, (asked, arc.source))
    return None


def least_fee(arcs: Arcs, payer: bytes, payee: bytes, amount: int) -> int:
    """What getting `amount` through costs at least, were every arc as wide as one likes.

    Parts cost no less than a whole then: of their ways the one with the smallest share would carry
    everything for less. Only their shares are rounded down more often.
    """
    wide = {name: replace(arc, at_once=PLENTY) for name, arc in arcs.items() if arc.at_once}
    carried = cheapest_msat(wide, payer, payee, amount)
    return 0 if carried is None else max(0, carried - amount - MAX_PARTS * _MOST_HOPS)


@dataclass(frozen=True, slots=True)
class Flow:
    """So much can come through in parts, and for that it costs at least so much."""

    amount: int
    least_fee: int


def flow(arcs: Arcs, payer: bytes, payee: bytes, amount: int) -> Flow:
    """As much of `amount` as fits, the cheapest first: by shortest augmenting paths.

    Nothing that a payer can do is cheaper. Each part pays a base in full and a share that is
    rounded down; here a base is paid by the share of the amount that takes that arc.
    """
    flows: dict[tuple[int, bytes], int] = dict.fromkeys(arcs, 0)
    came, cost = 0, 0.0
    while came < amount:
        way = _augmenting(arcs, flows, payer, payee, amount)
        if way is None:
            break
        most = min((arc.room - flows[name] if ahead else flows[name]) for name, arc, ahead in way)
        step = min(most, amount - came)
        for name, arc, ahead in way:
            flows[name] += step if ahead else -step
            cost += step * _rate(arc, payer, amount) * (1 if ahead else -1)
        came += step
    rounding = len(arcs)
    return Flow(came, max(0, int(cost) - rounding))


def _rate(arc: Arc, payer: bytes, amount: int) -> float:
    """What one msat costs on that arc at least."""
    return 0.0 if arc.source == payer else arc.ppm / 1_000_000 + arc.base / amount


_Step = tuple[tuple[int, bytes], Arc, bool]


def _augmenting(
    arcs: Arcs, flows: dict[tuple[int, bytes], int], payer: bytes, payee: bytes, amount: int
) -> list[_Step] | None:
    """The cheapest way with something left, in which flow may also be taken back."""
    residual: dict[bytes, list[tuple[_Step, bytes, float]]] = {}
    for name, arc in arcs.items():
        rate = _rate(arc, payer, amount)
        if flows[name] < arc.room and arc.at_once:
            residual.setdefault(arc.source, []).append(((name, arc, True), arc.target, rate))
        if flows[name] > 0:
            residual.setdefault(arc.target, []).append(((name, arc, False), arc.source, -rate))
    cost, came_by = {payer: 0.0}, dict[bytes, tuple[_Step, bytes]]()
    line, waiting = deque([payer]), {payer}
    while line:
        at = line.popleft()
        waiting.discard(at)
        for step, target, rate in residual.get(at, ()):
            if cost[at] + rate < cost.get(target, float("inf")) - 1e-12:
                cost[target], came_by[target] = cost[at] + rate, (step, at)
                if target not in waiting:
                    line.append(target)
                    waiting.add(target)
    if payee not in came_by:
        return None
    way: list[_Step] = []
    at = payee
    while at != payer:
        step, at = came_by[at]
        way.append(step)
    return way


def _by_source(arcs: Arcs) -> dict[bytes, list[Arc]]:
    found: dict[bytes, list[Arc]] = {}
    for arc in arcs.values():
        found.setdefault(arc.source, []).append(arc)
    return found

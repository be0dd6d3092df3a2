"""From what is to be paid to the routes that pay it: a pure question to the graph.

It may take long on a large network, so the node asks it away from its loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.amount import MAX_SAT, Msat
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.invoice.bolt11 import Invoice
from lnwallet_tui.onion.sphinx import HOP_PAYLOADS_SIZE, hop_size
from lnwallet_tui.payment.limits import most_cltv
from lnwallet_tui.payment.liquidity import on_the_way, rooms
from lnwallet_tui.payment.no_way import refused
from lnwallet_tui.payment.records import Lessons, OutgoingPayment, Route, RouteHop, Way
from lnwallet_tui.payment.route import LastHop
from lnwallet_tui.policy import MAX_PARTS, PAYER_MARGIN, Policy
from lnwallet_tui.routing.graph import FirstHop, Graph, Hop, HopKey
from lnwallet_tui.routing.path import Path
from lnwallet_tui.routing.query import Query
from lnwallet_tui.routing.reasons import why_not
from lnwallet_tui.routing.split import Part, TooLittleRoom, split
from lnwallet_tui.wire import features
from lnwallet_tui.wire.scid import ShortChannelId

_ANY_AMOUNT_MSAT: Final = MAX_SAT * 1_000
_LARGEST_HEIGHT: Final = 0xFFFFFFFF
_LARGEST_HOP: Final = 59
"""Bytes of the onion that a hop takes at most: length, three TLV records, HMAC."""


@dataclass(frozen=True, slots=True)
class Need:
    """What of a payment has no way yet.

    `final_cltv`: blocks from now that the payee must have; `max_cltv`: the most that all may lock.
    `max_parts` is 1 where the payee takes no parts. `hints` are hops that the invoice names,
    `under_way` is what other HTLCs of the payment carry over hops.
    """

    payee: bytes
    amount: Msat
    max_fee: Msat
    final_cltv: int
    max_cltv: int
    max_hops: int
    max_parts: int
    hints: tuple[Hop, ...]
    lessons: Lessons
    under_way: Mapping[HopKey, int] = field(default_factory=dict)


def find_ways(
    graph: Graph, first_hops: tuple[FirstHop, ...], need: Need
) -> tuple[Way, ...] | Refused:
    """The routes that together meet `need`, one if one can; else the limit that binds.

    First with what hops are likely to carry: once an attempt has failed, over those that are twice
    as large as need be, if there are. Then boldly.
    """
    whole = graph.including((*need.hints, *need.lessons.corrected))
    known = rooms(whole, need.lessons, need.under_way)
    query = Query(
        payee=need.payee,
        amount_msat=need.amount.value,
        first_hops=_that_carry(first_hops, need.lessons),
        max_fee_msat=need.max_fee.value,
        final_cltv=need.final_cltv,
        max_cltv=need.max_cltv,
        max_hops=need.max_hops,
        room=known.likely,
        avoided=frozenset(need.lessons.avoided),
    )
    parts = _likely_parts(whole, query, need)
    if isinstance(parts, TooLittleRoom):
        query = replace(query, room=known.bold)
        parts = split(whole, query, need.max_parts, boldly=True)
    if isinstance(parts, TooLittleRoom):
        asked_msat = 0 if need.under_way else query.amount_msat  # what is left is no payment
        return refused(why_not(whole, query), asked_msat)
    return tuple(Way(_route(part.path), Msat(part.amount_msat)) for part in parts)


def _likely_parts(graph: Graph, query: Query, need: Need) -> tuple[Part, ...] | TooLittleRoom:
    if need.lessons.rooms:
        parts = split(graph.cautiously(query.room), query, need.max_parts)
        if not isinstance(parts, TooLittleRoom):
            return parts
    return split(graph, query, need.max_parts)


def _that_carry(first_hops: tuple[FirstHop, ...], lessons: Lessons) -> tuple[FirstHop, ...]:
    """Our channels, with no more than what is known that they take."""
    known = dict(lessons.ours)
    return tuple(
        replace(first, can_send_msat=max(0, min(first.can_send_msat, known[first.channel_id])))
        if first.channel_id in known
        else first
        for first in first_hops
    )


def need_of(invoice: Invoice, amount: Msat, max_fee: Msat, policy: Policy) -> Need:
    """All of a payment that has not begun."""
    takes_parts = invoice.features.has(features.BASIC_MPP)
    secret, metadata = invoice.payment_secret, invoice.payment_metadata
    last = LastHop(amount, amount, _LARGEST_HEIGHT, secret, metadata)
    return Need(
        payee=invoice.payee,
        amount=amount,
        max_fee=max_fee,
        final_cltv=invoice.min_final_cltv_expiry_delta + PAYER_MARGIN,
        max_cltv=policy.max_htlc_cltv,
        max_hops=_most_hops(last),
        max_parts=MAX_PARTS if takes_parts else 1,
        hints=hinted_hops(invoice),
        lessons=Lessons(),
    )


def need_without_invoice(payee: bytes, amount: Msat, max_fee: Msat, policy: Policy) -> Need:
    """All of a payment that nobody asked for: whole, over what is known of the network."""
    last = LastHop(amount, amount, _LARGEST_HEIGHT, None, None, keysend_preimage=bytes(32))
    return Need(
        payee=payee,
        amount=amount,
        max_fee=max_fee,
        final_cltv=policy.final_cltv_delta + PAYER_MARGIN,
        max_cltv=policy.max_htlc_cltv,
        max_hops=_most_hops(last),
        max_parts=1,
        hints=(),
        lessons=Lessons(),
    )


def until(need: Need, latest_expiry: int, height: int, policy: Policy) -> Need:
    """The same where no HTLC may expire after that block (0: nobody named one)."""
    return replace(need, max_cltv=most_cltv(latest_expiry, height, policy))


def rest_of(payment: OutgoingPayment, policy: Policy, height: int) -> Need:
    """What of a payment under way has no way yet."""
    missing, fee_left = payment.without_way, payment.max_fee.minus_or_zero(payment.fee)
    if payment.spontaneous is not None:
        whole = need_without_invoice(payment.spontaneous.payee, missing, fee_left, policy)
    else:
        whole = need_of(bolt11.decode(payment.invoice), missing, fee_left, policy)
    parts = max(1, whole.max_parts - len(payment.alive))
    under_way = on_the_way(payment.alive)
    left = replace(whole, max_parts=parts, lessons=payment.lessons, under_way=under_way)
    return until(left, payment.latest_expiry, height, policy)


def _most_hops(last: LastHop) -> int:
    """How many nodes an onion has room for, when the last one is told all it must be."""
    left = HOP_PAYLOADS_SIZE - hop_size(last.payload().encode())
    return 1 + max(0, left // _LARGEST_HOP)


def hinted_hops(invoice: Invoice) -> tuple[Hop, ...]:
    """The hops that the invoice's route hints name; each hint ends at the payee."""
    hops: list[Hop] = []
    for hint in invoice.route_hints:
        targets = [*(hop.node_id for hop in hint[1:]), invoice.payee]
        hops += [
            Hop(
                short_channel_id=int(hop.short_channel_id),
                source=hop.node_id,
                target=target,
                fee_base_msat=hop.fee_base.value,
                fee_proportional_millionths=hop.fee_proportional_millionths,
                cltv_expiry_delta=hop.cltv_expiry_delta,
                htlc_minimum_msat=0,
                htlc_maximum_msat=_ANY_AMOUNT_MSAT,  # a hint does not say it
            )
            for hop, target in zip(hint, targets, strict=True)
        ]
    return tuple(hops)


def _route(path: Path) -> Route:
    least = Msat(path.first.minimum_msat)
    hops = [RouteHop(node_id=path.first.peer_id, htlc_minimum=least)]
    hops += [
        RouteHop(
            node_id=hop.target,
            short_channel_id=ShortChannelId.from_int(hop.short_channel_id),
            fee_base=Msat(hop.fee_base_msat),
            fee_proportional_millionths=hop.fee_proportional_millionths,
            cltv_expiry_delta=hop.cltv_expiry_delta,
            htlc_minimum=Msat(hop.htlc_minimum_msat),
        )
        for hop in path.hops
    ]
    return Route(path.first.channel_id, tuple(hops))

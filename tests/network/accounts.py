"""Who must have how much after a day, counted from the payments alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lnwallet_tui.payment.records import AttemptStatus, OutgoingPayment
from lnwallet_tui.payment.route import carried
from tests.network.land import Land

Settled = tuple[str, str, OutgoingPayment]
"""Payer, payee, and the payment as the payer has it."""


def holdings(land: Land, name: str) -> int:
    """What a node has in all its channels, in msat."""
    return sum(channel.ledger.ours.value for channel in land.nodes[name].channel_states())


def earnings(names: dict[bytes, str], settled: Iterable[Settled]) -> Counter[str]:
    """What each relay must have earned: of what came in, what it did not have to pass on."""
    earned = Counter[str]()
    for _, _, payment in settled:
        for attempt in payment.attempts:
            if attempt.status is AttemptStatus.FULFILLED:
                amounts = carried(attempt.route, attempt.delivers)
                for hop, came, left in zip(attempt.route.hops, amounts, amounts[1:], strict=False):
                    earned[names[hop.node_id]] += came.value - left.value
    return earned


def differences(names: dict[bytes, str], settled: Iterable[Settled]) -> Counter[str]:
    """By how much each node's holdings must have changed."""
    settled = tuple(settled)
    changed = earnings(names, settled)
    for payer, payee, payment in settled:
        changed[payer] -= payment.amount.value + payment.fee.value
        changed[payee] += payment.amount.value
    return changed


def disagreements(land: Land) -> list[str]:
    """Channels in which money is missing, both ends differ, or an HTLC is left."""
    wrong: list[str] = []
    sides = {
        (channel.channel_id, node.node_id): channel
        for node in land.nodes.values()
        for channel in node.channel_states()
    }
    for (channel_id, node_id), channel in sides.items():
        [other] = (
            one for (id_, peer), one in sides.items() if id_ == channel_id and peer != node_id
        )
        ledger, capacity = channel.ledger, channel.funding.value.to_msat()
        if ledger.htlcs or ledger.ours + ledger.theirs != capacity:
            wrong.append(f"{land.names[node_id]}: {ledger}")
        if ledger.ours != other.ledger.theirs:
            wrong.append(f"{land.names[node_id]}: both ends differ")
    return wrong

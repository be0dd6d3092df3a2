"""Sweeps that wait for a block, as they were noted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from lnwallet_tui.onchain.claim import Claim
from lnwallet_tui.onchain.sweep_groups import Group, Offer
from lnwallet_tui.onchain.sweep_tx import Sweep
from lnwallet_tui.store.closes import Close, Offered


@dataclass(frozen=True, slots=True)
class Standing:
    """What it takes, what it offers, and where it pays."""

    group: Group
    offer: Offer
    script: bytes


def standing(close: Close, claims: Iterable[Claim], txid: bytes) -> Standing | None:
    """The sweep of that id; None where none of this close has it that can confirm."""
    offers = {one.outpoint: one for one in close.offered if one.txid == txid}
    ordered = sorted(claims, key=lambda claim: claim.outpoint)
    group = tuple(claim for claim in ordered if claim.outpoint in offers)
    if not group or len(group) != (one := offers[group[0].outpoint]).inputs:
        return None
    return Standing(group, Offer(one.feerate_per_kw, one.fee, txid, one.inputs), close.script)


def with_offer(close: Close, sweep: Sweep) -> Close:
    """The same once that is offered."""
    one, offered = sweep.offer, {known.outpoint: known for known in close.offered}
    for outpoint in (claim.outpoint for claim in sweep.claims):
        offered[outpoint] = Offered(outpoint, one.feerate_per_kw, one.fee, one.txid, one.inputs)
    return replace(close, offered=tuple(offered.values()))

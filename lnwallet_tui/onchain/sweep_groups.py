"""Which claims share a transaction: those that no rival can make invalid, or pin.

An HTLC output is taken by itself from the beginning. Whoever has put it into a common transaction
must outbid that whole transaction to take it out again. Only what cannot bear a transaction of its
own is taken together. What waits in mempools already stays as it is: what has just come does not
disturb it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.onchain.claim import Claim
from lnwallet_tui.policy import Policy

Group = tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What was offered last for an output: the feerate (sat/kw), and the fee, the id and the
    number of inputs of the transaction in which it waits, and the block for which that was
    offered first (0: nobody knows)."""

    feerate_per_kw: int
    fee: Sat
    txid: bytes
    inputs: int
    since: int = 0


class Judge(Protocol):
    """What decides about a claim."""

    def is_urgent(self, claim: Claim) -> bool: ...
    def bears_its_own(self, claim: Claim) -> bool: ...
    def leaves_something(self, group: Group, fee: Sat) -> bool: ...


def is_urgent(claim: Claim, next_height: int, policy: Policy) -> bool:
    """Whether its deadline is so near that it is taken by itself."""
    return claim.deadline is not None and claim.deadline <= next_height + policy.security_delay


def groups_of(
    ready: Sequence[Claim], before: Mapping[OutPoint, Offer], judge: Judge
) -> tuple[list[Group], list[Group]]:
    """The claims that wait together in a transaction that can still confirm, and the others, as
    they are to be taken."""
    standing = _standing(ready, before, judge)
    waits = {claim.outpoint for group in standing for claim in group}
    return standing, _new([claim for claim in ready if claim.outpoint not in waits], judge)


def _standing(
    ready: Sequence[Claim], before: Mapping[OutPoint, Offer], judge: Judge
) -> list[Group]:
    together: dict[bytes, list[Claim]] = {}
    for claim in ready:
        if claim.outpoint in before:
            together.setdefault(before[claim.outpoint].txid, []).append(claim)
    # Of one that lacks an input somebody else has taken that: it will never confirm.
    # BOLT 5: "MUST handle its transactions being invalidated by HTLC transactions"
    # And one that left nothing was never made, whatever a damaged note of it says.
    return [
        tuple(claims)
        for claims in together.values()
        if len(claims) == (offer := before[claims[0].outpoint]).inputs
        and judge.leaves_something(tuple(claims), offer.fee)
    ]


def _new(claims: Sequence[Claim], judge: Judge) -> list[Group]:
    # BOLT 5: "Using a single penalty transaction for all revoked outputs is thus unsafe"
    alone: list[Claim] = []
    small: list[Claim] = []
    common: list[Claim] = []
    for claim in claims:
        if claim.is_htlc:
            (alone if judge.bears_its_own(claim) else small).append(claim)
        else:
            (alone if judge.is_urgent(claim) else common).append(claim)
    return [group for group in (*((c,) for c in alone), tuple(common), tuple(small)) if group]

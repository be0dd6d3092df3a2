"""What the child of our commitment offers for the next block.

By the estimate while nothing presses, and more for each day in which no block took it; as the
deadline of an HTLC comes nearer, by what is lost with it (`price`), since the commitment must
confirm before that HTLC can be taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import whole_vbytes
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.transactions import HtlcSpec
from lnwallet_tui.coins.replacement import least_replacement
from lnwallet_tui.onchain.bump import fee_of, highest_feerate, our_anchor
from lnwallet_tui.onchain.claims import Preimages
from lnwallet_tui.onchain.deadlines import after_expiry
from lnwallet_tui.onchain.facts import ChannelFacts
from lnwallet_tui.onchain.price import FeeEstimate, after_waiting, feerate_for
from lnwallet_tui.policy import Policy


@dataclass(frozen=True, slots=True)
class ChildTerms:
    """What holds for the child in a block.

    `timeout_patience` and `fresh` as in `stage_offer.StageTerms`; `preimages` are those of HTLCs
    that we take; `estimate` is of what confirms very soon, `asked` what the user wants at least.
    """

    change_script: bytes
    next_height: int
    estimate: FeeEstimate
    preimages: Preimages
    policy: Policy
    timeout_patience: int | None = None
    fresh: AbstractSet[OutPoint] = frozenset()
    asked: int = 0


def wanted_feerate(
    facts: ChannelFacts, parent: Tx, terms: ChildTerms, before: int, waited: int = 0
) -> int:
    """What parent and child are to pay together (sat/kw); `before` is what the child that waits
    offers, 0 if there is none, for `waited` blocks. More than that only by a step that replaces
    it."""
    policy = terms.policy
    highest = highest_feerate(facts, parent, terms.change_script)
    usual = max(policy.min_feerate, terms.estimate(policy.hurry), terms.asked)
    if (anchor := our_anchor(facts, parent)) is None or anchor.outpoint not in terms.fresh:
        usual = max(usual, after_waiting(before, waited, policy))
    wanted = min(highest, max(usual, _pressed(facts, parent, terms, before)))
    if not before:
        return wanted
    stepped = max(wanted, least_replacement(before, policy))
    return stepped if before < wanted and stepped <= highest else before


def offered_alone(facts: ChannelFacts, parent: Tx) -> int:
    """What our commitment offers without a child."""
    return fee_of(facts, parent).value * 1000 // whole_vbytes(parent.weight)


def _pressed(facts: ChannelFacts, parent: Tx, terms: ChildTerms, before: int) -> int:
    deadlines = [
        (deadline, htlc.amount.floor_sat())
        for htlc in facts.our_commitment.spec.htlcs
        if (deadline := _deadline(htlc, terms)) is not None
    ]
    if not deadlines:
        return 0
    nearest = min(deadline for deadline, _ in deadlines)
    return feerate_for(
        value=_sum(value for deadline, value in deadlines if deadline == nearest),
        weight=parent.weight,
        # The HTLC transaction takes a block of its own.
        blocks_after_next=nearest - 2 - terms.next_height,
        raced=True,
        estimate=lambda _: 0,
        policy=terms.policy,
        before=before,
    )


def pressing(facts: ChannelFacts, terms: ChildTerms) -> tuple[HtlcSpec, ...]:
    """The HTLCs of our commitment that have to be taken by some block."""
    htlcs = facts.our_commitment.spec.htlcs
    return tuple(htlc for htlc in htlcs if _deadline(htlc, terms) is not None)


def _deadline(htlc: HtlcSpec, terms: ChildTerms) -> int | None:
    if not htlc.offered:
        return after_expiry(htlc.cltv_expiry) if htlc.htlc_id in terms.preimages else None
    patience = terms.timeout_patience
    return None if patience is None else htlc.cltv_expiry + patience


def _sum(values: Iterable[Sat]) -> Sat:
    return sum(values, ZERO_SAT)

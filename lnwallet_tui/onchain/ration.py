"""Coins that closes under way will still need: for them, no other close may spend the last.

Vulnerability class: flood and loot. Who has to go to chain with many channels at once, when blocks
are dear, and pays for all commitments first, has nothing left for the payments in them, for whose
sake he went. So where the coins do not do for all, they do for some channels with all that is in
them.
"""

from __future__ import annotations

from collections.abc import Iterable

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.fees import htlc_weight
from lnwallet_tui.coins.weights import (
    INPUT_WEIGHT,
    fee_at_least,
    output_weight,
    tx_weight,
    whole_vbytes,
)
from lnwallet_tui.onchain.bump import fee_of, our_anchor
from lnwallet_tui.onchain.child_offer import ChildTerms, pressing
from lnwallet_tui.onchain.facts import ChannelFacts
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.onchain.stage_offer import StageTerms, has_deadline
from lnwallet_tui.policy import Policy


class Ration:
    """What is promised, by the funding output of the close. A hint that is made anew with each
    block: nothing of it is kept."""

    def __init__(self) -> None:
        self._promised: dict[OutPoint, Sat] = {}

    def promise(self, close: OutPoint, needed: Sat) -> None:
        """A close that is under way will need so much more; zero once all of it is paid for."""
        self._promised.pop(close, None)
        if needed:
            self._promised[close] = needed

    def is_short(self, close: OutPoint, needed: Sat, usable: Sat) -> bool:
        """Whether a close that is to begin would take what is promised to another, or could not be
        gone through with; `usable` is what the coins can pay. The first one is never refused."""
        others = [promised for other, promised in self._promised.items() if other != close]
        return bool(others) and usable < sum(others, needed)


def in_all(facts: ChannelFacts, parent: Tx, terms: ChildTerms, feerate: int) -> Sat:
    """What a close costs from its commitment to its last HTLC transaction, at `feerate`."""
    anchor = our_anchor(facts, parent)
    child = tx_weight(1, (terms.change_script,)) + (anchor.input_weight if anchor else 0)
    first = fee_at_least(feerate, whole_vbytes(parent.weight + child))
    return first.minus_or_zero(fee_of(facts, parent)) + to_come(facts, terms, feerate)


def to_come(facts: ChannelFacts, terms: ChildTerms, feerate: int) -> Sat:
    """What the HTLC transactions on our commitment will cost at `feerate`, as far as they have a
    deadline and are worth it."""
    wanted = ((htlc.offered, htlc.amount.floor_sat()) for htlc in pressing(facts, terms))
    return _cost(wanted, terms.change_script, feerate)


def unpaid(stages: Iterable[SecondStage], terms: StageTerms, paid: Iterable[OutPoint]) -> Sat:
    """The same of a commitment that is in the chain, without those that are `paid` for."""
    done = frozenset(paid)
    wanted = (
        (stage.transaction.htlc.offered, stage.value)
        for stage in stages
        if stage.needs_coins and stage.outpoint not in done and has_deadline(stage, terms)
    )
    return _cost(wanted, terms.change_script, _usual(terms))


def _usual(terms: StageTerms) -> int:
    policy: Policy = terms.policy
    return max(policy.min_feerate, terms.estimate(policy.hurry))


def _cost(htlcs: Iterable[tuple[bool, Sat]], change_script: bytes, feerate: int) -> Sat:
    added = INPUT_WEIGHT + output_weight(change_script)
    fees = (
        (fee_at_least(feerate, whole_vbytes(htlc_weight(offered, anchors=True) + added)), value)
        for offered, value in htlcs
    )
    return sum((fee for fee, value in fees if fee <= value // 2), ZERO_SAT)

"""Coins that closes under way will still need: they are kept for where most would be lost.

Vulnerability class: flood and loot. Who has to go to chain with many channels at once, when blocks
are dear, and pays for all commitments first, has nothing left for the payments in them, for whose
sake he went. So where the coins do not do for all, they do for some channels with all that is in
them: for those that are under way, unless more would be lost in the new one than in them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_of_tx
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.fees import htlc_weight
from lnwallet_tui.coins.weights import INPUT_WEIGHT, output_weight, tx_weight
from lnwallet_tui.onchain.bump import fee_of, our_anchor
from lnwallet_tui.onchain.child_offer import ChildTerms, pressing
from lnwallet_tui.onchain.facts import ChannelFacts
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.onchain.stage_offer import StageTerms, has_deadline
from lnwallet_tui.policy import Policy


@dataclass(frozen=True, slots=True)
class Need:
    """The coins that a close will need, and what is lost without them: its HTLCs that have to be
    taken by some block, and are worth it."""

    coins: Sat = ZERO_SAT
    at_stake: Sat = ZERO_SAT


NOTHING = Need()


class Ration:
    """What is promised, by the funding output of the close. A hint that is made anew with each
    block: nothing of it is kept."""

    def __init__(self) -> None:
        self._promised: dict[OutPoint, Need] = {}

    def promise(self, close: OutPoint, need: Need) -> None:
        """A close that is under way will need so much more; nothing once all of it is paid for."""
        self._promised.pop(close, None)
        if need.coins:
            self._promised[close] = need

    def is_short(self, close: OutPoint, need: Need, usable: Sat) -> bool:
        """Whether a close that is to begin would take what is promised to others, or could not be
        gone through with, and less is at stake in it than is lost that way; `usable` is what the
        coins can pay. The first one is never refused."""
        others = self._others(close)
        missing = sum((one.coins for one in others), need.coins).minus_or_zero(usable)
        if not others or not missing:
            return False
        # Where the coins do not do for all of it, only a part of it is saved.
        saved = need.at_stake.value * min(usable, need.coins).value
        return saved <= _lost(others, missing).value * need.coins.value

    def most(self, close: OutPoint, need: Need, usable: Sat) -> Sat | None:
        """The highest fee of a close under way that leaves what is promised where more is at stake;
        None: any."""
        others = self._others(close)
        kept = sum((one.coins for one in others if one.at_stake > need.at_stake), ZERO_SAT)
        return usable.minus_or_zero(kept) if kept else None

    def _others(self, close: OutPoint) -> list[Need]:
        return [promised for other, promised in self._promised.items() if other != close]


def _lost(needs: Iterable[Need], missing: Sat) -> Sat:
    """What is lost, at worst, where so many of the promised coins are missing."""
    lost = ZERO_SAT
    for need in sorted(needs, key=lambda one: one.at_stake, reverse=True):
        if missing:
            lost, missing = lost + need.at_stake, missing.minus_or_zero(need.coins)
    return lost


def in_all(facts: ChannelFacts, parent: Tx, terms: ChildTerms, feerate: int) -> Need:
    """What a close costs from its commitment to its last HTLC transaction, at `feerate`."""
    anchor = our_anchor(facts, parent)
    child = tx_weight(1, (terms.change_script,)) + (anchor.input_weight if anchor else 0)
    first = fee_of_tx(feerate, parent.weight + child)
    later = to_come(facts, terms, feerate)
    return Need(first.minus_or_zero(fee_of(facts, parent)) + later.coins, later.at_stake)


def to_come(facts: ChannelFacts, terms: ChildTerms, feerate: int) -> Need:
    """What the HTLC transactions on our commitment will cost at `feerate`, as far as they have a
    deadline and are worth it."""
    wanted = ((htlc.offered, htlc.amount.floor_sat()) for htlc in pressing(facts, terms))
    return _need(wanted, terms.change_script, feerate)


def unpaid(stages: Iterable[SecondStage], terms: StageTerms, paid: Iterable[OutPoint]) -> Need:
    """The same of a commitment that is in the chain, without those that are `paid` for."""
    done = frozenset(paid)
    wanted = (
        (stage.transaction.htlc.offered, stage.value)
        for stage in stages
        if stage.needs_coins and stage.outpoint not in done and has_deadline(stage, terms)
    )
    return _need(wanted, terms.change_script, _usual(terms))


def _usual(terms: StageTerms) -> int:
    policy: Policy = terms.policy
    return max(policy.min_feerate, terms.estimate(policy.hurry))


def _need(htlcs: Iterable[tuple[bool, Sat]], change_script: bytes, feerate: int) -> Need:
    added = INPUT_WEIGHT + output_weight(change_script)
    fees = (
        (fee_of_tx(feerate, htlc_weight(offered, anchors=True) + added), value)
        for offered, value in htlcs
    )
    worth_it = [(fee, value) for fee, value in fees if fee <= value // 2]
    coins = sum((fee for fee, _ in worth_it), ZERO_SAT)
    return Need(coins, sum((value for _, value in worth_it), ZERO_SAT))

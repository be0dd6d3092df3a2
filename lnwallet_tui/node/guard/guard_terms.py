"""What the guard offers for the next block: fees by the estimate, and by what presses."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Protocol

from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.node.channels.channels import SOON
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.node.ports import ChainSource, Clock
from lnwallet_tui.onchain.child_offer import ChildTerms
from lnwallet_tui.onchain.claim import Claim, HtlcKey
from lnwallet_tui.onchain.claims import Preimages
from lnwallet_tui.onchain.stage_offer import StageTerms
from lnwallet_tui.onchain.sweep import SweepPlan, plan
from lnwallet_tui.onchain.sweep_groups import Offer
from lnwallet_tui.store.closes import Close, Offered


class _Ports(Protocol):
    @property
    def chain(self) -> ChainSource: ...
    @property
    def clock(self) -> Clock: ...


class Around(Protocol):
    """What they depend on: the node's shell has it, and so has the guard without a node."""

    @property
    def config(self) -> NodeConfig: ...
    @property
    def ports(self) -> _Ports: ...


def _offers(offered: Iterable[Offered]) -> dict[OutPoint, Offer]:
    return {
        one.outpoint: Offer(one.feerate_per_kw, one.fee, one.txid, one.inputs, one.since)
        for one in offered
    }


def noted(outpoint: OutPoint, offer: Offer) -> Offered:
    """What is to be kept of it."""
    return Offered(outpoint, offer.feerate_per_kw, offer.fee, offer.txid, offer.inputs, offer.since)


def offered_with(plan: SweepPlan) -> dict[OutPoint, Offered]:
    """What is to be kept of the sweeps of a plan, by what they take."""
    return {outpoint: noted(outpoint, offer) for outpoint, offer in plan.offers().items()}


def blocks_offered(offered: Offered | None, next_height: int) -> int:
    """For how many blocks the same was offered; 0 where nobody knows."""
    return next_height - offered.since if offered is not None and offered.since else 0


def still_offered(outpoint: OutPoint, feerate: int, was: Offered | None, height: int) -> Offered:
    """What is to be noted where coins of the wallet pay: since when it is so much."""
    if was is not None and was.feerate_per_kw == feerate and was.since:
        return was
    return Offered(outpoint, feerate, since=height)


class GuardTerms:
    """Terms of sweeps, second stages and children of commitments."""

    def __init__(self, shell: Around) -> None:
        self._shell = shell
        self._raised: dict[Offered, int] = {}  # when it was offered first; of this run alone

    def stage(self, close: Close, height: int) -> StageTerms:
        """Of HTLC transactions, for the block after `height`."""
        return StageTerms(
            change_script=close.script,
            next_height=height + 1,
            estimate=self._estimate,
            timeout_patience=self._timeout_patience,
            fresh=self._fresh(close),
            policy=self._shell.config.policy,
        )

    def child(self, close: Close, height: int, preimages: Preimages, asked: int = 0) -> ChildTerms:
        """Of the child of our commitment; `asked` is what the user wants to offer at least."""
        return ChildTerms(
            change_script=close.script,
            next_height=height + 1,
            estimate=lambda _: self._estimate(SOON),
            preimages=preimages,
            policy=self._shell.config.policy,
            timeout_patience=self._timeout_patience,
            fresh=self._fresh(close),
            asked=asked,
        )

    def plan(self, close: Close, claims: Iterable[Claim], height: int) -> SweepPlan:
        """The sweeps."""
        return plan(
            map(self._with_patience, claims),
            script=close.script,
            next_height=height + 1,
            estimate=self._estimate,
            before=_offers(close.offered),
            told=_offers(close.told),
            fresh=self._fresh(close),
            policy=self._shell.config.policy,
        )

    def note_raised(self, close: Close) -> None:
        """Remember since when these are offered."""
        for one in close.offered:
            self._raised.setdefault(one, self._shell.ports.clock.now_ms())

    @property
    def _timeout_patience(self) -> int | None:
        """Blocks after its expiry within which an HTLC of ours must have come back, because
        somebody in front of us waits; None: nobody does.

        Not all that we ask for: whoever is behind may come with the preimage until then, and it has
        to be used in front.
        """
        config = self._shell.config
        if config.relay is None:
            return None
        terms = (config.relay, *config.relay_to.values())
        delta = min(one.cltv_expiry_delta for one in terms)
        return max(delta - config.policy.fulfilment_deadline, delta // 2)

    def _with_patience(self, claim: Claim) -> Claim:
        """What times out an HTLC of ours has a deadline where somebody in front of us waits."""
        patience = self._timeout_patience
        if patience is None or not isinstance(claim.key, HtlcKey) or claim.key.preimage is not None:
            return claim
        return dataclasses.replace(claim, deadline=claim.locktime + patience)

    def _fresh(self, close: Close) -> frozenset[OutPoint]:
        """What an offer was raised for just now."""
        young = self._shell.ports.clock.now_ms() - self._shell.config.policy.fresh_offer
        raised = self._raised
        return frozenset(one.outpoint for one in close.offered if raised.get(one, 0) > young)

    def _estimate(self, blocks: int) -> int:
        least = self._shell.config.policy.min_feerate
        return max(self._shell.ports.chain.feerate_per_kw(blocks), least)

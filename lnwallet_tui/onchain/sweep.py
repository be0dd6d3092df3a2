"""Sweeps: transactions that bring claims to one output of the wallet.

`plan` decides what is broadcast for the next block: which claims share a transaction
(`sweep_groups`), and what each pays, so that whatever it replaces is really replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.coins.replacement import fee_to_replace
from lnwallet_tui.coins.weights import dust_threshold, fee_at_least
from lnwallet_tui.onchain.claim import Claim, HtlcKey
from lnwallet_tui.onchain.price import FeeEstimate, fee_limit, feerate_for, highest_for
from lnwallet_tui.onchain.sweep_groups import Group, Offer, groups_of, is_urgent
from lnwallet_tui.onchain.sweep_tx import (
    Sweep,
    as_offered,
    bears_its_own,
    build_sweep,
    sweep_weight,
    total,
)
from lnwallet_tui.policy import POLICY, Policy

Offers = Mapping[OutPoint, Offer]
"""What was offered last for each output; kept with the channel, so that it never falls back
(neither after a restart nor when transactions are grouped in another way)."""


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What to broadcast for the next block, in this order; every claim is in one of the three.

    `written_off` would cost more than they bring, by today's estimate and in this form; `waiting`
    cannot be spent in the next block.
    """

    sweeps: tuple[Sweep, ...]
    written_off: tuple[Claim, ...]
    waiting: tuple[Claim, ...]

    def offers(self) -> dict[OutPoint, Offer]:
        """What is offered with it, to be given to the next plan with what was offered before."""
        return {claim.outpoint: sweep.offer for sweep in self.sweeps for claim in sweep.claims}


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for all sweeps of a plan."""

    script: bytes
    next_height: int
    estimate: FeeEstimate
    before: Offers
    fresh: AbstractSet[OutPoint]
    policy: Policy

    def is_urgent(self, claim: Claim) -> bool:
        return is_urgent(claim, self.next_height, self.policy)

    def bears_its_own(self, claim: Claim) -> bool:
        """Whether a transaction of its own leaves something of it."""
        feerate = max(self.policy.min_feerate, self.estimate(self.policy.hurry))
        return bears_its_own(claim, self.script, feerate)

    def leaves_something(self, group: Group, fee: Sat) -> bool:
        """Whether a transaction that pays this fee has an output that is relayed."""
        return total(group).minus_or_zero(fee) >= dust_threshold(self.script)

    def is_fresh(self, group: Group) -> bool:
        return any(claim.outpoint in self.fresh for claim in group)


@dataclass(slots=True)
class _Draft:
    """A plan while it is made."""

    sweeps: list[Sweep] = field(default_factory=list)
    written_off: list[Claim] = field(default_factory=list)

    def add(self, sweep: Sweep | None, lost: Iterable[Claim]) -> None:
        self.sweeps += [sweep] if sweep else []
        self.written_off += lost


def plan(
    claims: Iterable[Claim],
    *,
    script: bytes,
    next_height: int,
    estimate: FeeEstimate,
    before: Offers,
    told: Offers = MappingProxyType({}),
    fresh: AbstractSet[OutPoint] = frozenset(),
    policy: Policy = POLICY,
) -> SweepPlan:
    """Sweep to `script` all that can be spent in block `next_height`.

    The same arguments give the same transactions, so that publishing them again harms nobody. What
    is to replace others pays more than they did. `told` is what a journal says was offered before,
    which may be forged. `fresh` was offered for so short ago that from its not being confirmed
    nothing follows: that offer stays as it is.
    """
    terms = _Terms(script, next_height, estimate, before, fresh, policy)
    ordered = sorted(claims, key=lambda claim: claim.outpoint)
    ready = [claim for claim in ordered if claim.earliest <= next_height]
    if told:
        terms = replace(terms, before={**before, **_believed(ready, told, terms)})
    draft = _Draft()
    standing, new = groups_of(ready, before, terms)
    for group in standing:
        _plan_standing(group, terms, draft)
    for group in new:
        draft.add(*build_sweep(group, script, _feerate(group, terms)))
    waiting = tuple(claim for claim in ordered if claim.earliest > next_height)
    sweeps = tuple(replace(sweep, since=_since(sweep, terms)) for sweep in draft.sweeps)
    return SweepPlan(sweeps, tuple(draft.written_off), waiting)


def _since(sweep: Sweep, terms: _Terms) -> int:
    """For which block it was offered first."""
    offer = terms.before.get(sweep.claims[0].outpoint)
    if offer is not None and offer.since and offer.txid == sweep.tx.txid:
        return offer.since
    return terms.next_height


def _believed(ready: Iterable[Claim], told: Offers, terms: _Terms) -> dict[OutPoint, Offer]:
    """Of what is told, what is more than we know of and can have been offered by now: for the time
    that is left, or because the chain was dear. Whoever really offered more loses nothing: that
    transaction waits in mempools, and pays for the next block."""
    together: dict[bytes, list[Claim]] = {}
    for claim in ready:
        if claim.outpoint in told:
            together.setdefault(told[claim.outpoint].txid, []).append(claim)
    believed: dict[OutPoint, Offer] = {}
    for group in map(tuple, together.values()):
        most, weight = _most_offered(group, terms), sweep_weight(group, terms.script)
        for claim in group:
            offer, known = told[claim.outpoint], terms.before.get(claim.outpoint)
            is_more = known is None or known.feerate_per_kw < offer.feerate_per_kw
            least_fee = fee_at_least(offer.feerate_per_kw, weight)
            if is_more and least_fee <= offer.fee <= fee_at_least(most, weight):
                believed[claim.outpoint] = replace(offer, since=0)
    return believed


def _most_offered(group: Group, terms: _Terms) -> int:
    policy = terms.policy
    usual = max(policy.bump_feerate, terms.estimate(policy.hurry))
    return highest_for(
        value=total(group).minus_or_zero(dust_threshold(terms.script)),
        weight=sweep_weight(group, terms.script),
        blocks_after_next=_blocks_after_next(group, terms),
        usual=usual,
        policy=policy,
        window=_window(group),
    )


def _plan_standing(group: Group, terms: _Terms, draft: _Draft) -> None:
    """What waits in mempools: split, raised, or left as it is."""
    if terms.is_fresh(group) or not _split(group, terms, draft):
        draft.add(*_raised(group, terms))


def _split(group: Group, terms: _Terms, draft: _Draft) -> bool:
    """Take apart what must not be held back by another any more; False where there is no need, or
    no part of it can pay for what all of them offered."""
    # BOLT 5: "if confirmation doesn't happen before reaching `security_delay` blocks from expiry:
    # SHOULD *resolve* revoked outputs in their own, separate penalty transactions."
    if len(group) == 1 or not any(terms.is_urgent(claim) for claim in group):
        return False
    raced = [c for c in group if c.deadline is not None and terms.bears_its_own(c)]
    rest = tuple(claim for claim in group if claim not in raced)
    parts: list[Group] = [(claim,) for claim in sorted(raced, key=_value, reverse=True)]
    parts += [rest] if rest else []
    if len(parts) == 1:
        return False
    # The first to be sent pushes the whole aggregate out; the others find nothing in their way.
    for part in parts:
        first, lost = _replacing(part, group, terms)
        if first is not None:
            break
    else:
        return False
    draft.add(first, lost)
    for other in parts:
        if other is not part:
            draft.add(*build_sweep(other, terms.script, _feerate(other, terms)))
    return True


def _value(claim: Claim) -> Sat:
    return claim.value


def _raised(group: Group, terms: _Terms) -> tuple[Sweep | None, tuple[Claim, ...]]:
    """The same once more, for a higher fee if it is time for one."""
    offer = terms.before[group[0].outpoint]
    if not terms.is_fresh(group) and _feerate(group, terms) > offer.feerate_per_kw:
        raised, lost = _replacing(group, group, terms)
        if raised is not None:
            return raised, lost
    return as_offered(group, terms.script, offer), ()


def _replacing(part: Group, group: Group, terms: _Terms) -> tuple[Sweep | None, tuple[Claim, ...]]:
    """`part` in place of the transaction in which all of `group` wait; None where that asks for
    more than `part` is worth."""
    offer = terms.before[group[0].outpoint]
    feerate = _feerate(part, terms)
    least = fee_to_replace((offer.fee,), sweep_weight(part, terms.script), terms.policy)
    sweep, lost = build_sweep(part, terms.script, feerate, least)
    if sweep is None or sweep.fee > max(offer.fee, _limit(sweep.claims, terms)):
        return None, ()
    return sweep, lost


def _limit(group: Group, terms: _Terms) -> Sat:
    value = total(group).minus_or_zero(dust_threshold(terms.script))
    return fee_limit(value, _blocks_after_next(group, terms))


def _blocks_after_next(group: Group, terms: _Terms) -> int | None:
    deadline = min((c.deadline for c in group if c.deadline is not None), default=None)
    return None if deadline is None else deadline - 1 - terms.next_height


def _feerate(group: Group, terms: _Terms) -> int:
    offers = [terms.before[one.outpoint] for one in group if one.outpoint in terms.before]
    before = max((offer.feerate_per_kw for offer in offers), default=0)
    since = min((offer.since for offer in offers), default=0)
    if before and terms.is_fresh(group):
        return before
    return feerate_for(
        value=total(group).minus_or_zero(dust_threshold(terms.script)),
        weight=sweep_weight(group, terms.script),
        blocks_after_next=_blocks_after_next(group, terms),
        raced=any(claim.is_raced for claim in group),
        estimate=terms.estimate,
        policy=terms.policy,
        before=before,
        window=_window(group),
        waited=terms.next_height - since if since else 0,
    )


def _window(group: Group) -> int | None:
    """How long there is to take what a rival with the preimage can keep us from taking; None where
    there is something in it that nobody can, or nobody waits for."""
    windows = [
        claim.deadline - claim.locktime
        for claim in group
        if isinstance(claim.key, HtlcKey)
        and claim.key.preimage is None
        and claim.deadline is not None
    ]
    return min(windows) if len(windows) == len(group) else None

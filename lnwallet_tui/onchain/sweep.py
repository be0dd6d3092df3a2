"""Sweeps: transactions that bring claims to one output of the wallet.

`plan` decides what is broadcast for the next block: which claims share a transaction
(`sweep_groups`), and what each pays, so that whatever it replaces is really replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.fees import fee_at_least
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.coins.replacement import fee_to_replace, least_replacement
from lnwallet_tui.coins.weights import dust_threshold
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
    told: Offers
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

    def offered_for(self, group: Group) -> Offer:
        """What all of a group that waits was offered in: each of them has a note of it."""
        one, *_ = group
        return self.before[one.outpoint]

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
    is to replace others pays more than they did. `fresh` was offered for so short ago that from its
    not being confirmed nothing follows: that offer stays as it is, unless one was told that is
    dearer. `told` is what a journal says was offered before, which may be forged. It can have us
    pay more, within bounds; offer anew what is fresh; and take together what waits one by one,
    where no HTLC and nothing urgent is among it. Nothing else.
    """
    terms = _Terms(script, next_height, estimate, before, {}, fresh, policy)
    ordered = sorted(claims, key=lambda claim: claim.outpoint)
    ready = [claim for claim in ordered if claim.earliest <= next_height]
    if told:
        terms = _with_told(ready, told, terms)
    draft = _Draft()
    standing, new = groups_of(ready, terms.before, terms)
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


def _with_told(ready: Sequence[Claim], told: Offers, terms: _Terms) -> _Terms:
    """What was told of all that is known to wait takes the place of that. Else it only says how
    much to offer at least, for what is known may wait all the same."""
    believed = _believed(ready, told, terms)
    if not believed:
        return terms
    standing, _ = groups_of(ready, terms.before, terms)
    waits = {claim.outpoint: group for group in standing for claim in group}
    before = dict(terms.before)
    for offer, group in _together(ready, believed):
        known = {waits[claim.outpoint] for claim in group if claim.outpoint in waits}
        if known and _has_replaced(known, group, offer, terms):
            # Its id is what it would be here: another could stand for something else that waits.
            offer = as_offered(group, terms.script, offer).offer
            before |= dict.fromkeys((claim.outpoint for claim in group), offer)
    return replace(terms, before=before, told=believed, fresh=terms.fresh - believed.keys())


def _has_replaced(known: AbstractSet[Group], group: Group, offer: Offer, terms: _Terms) -> bool:
    """Whether that offer for all of `group` can have taken the place of these."""
    claims = {claim.outpoint for waited in known for claim in waited}
    if len(group) != offer.inputs or not claims <= {claim.outpoint for claim in group}:
        return False
    # Whoever forges it could bind together what is to be taken one by one.
    if group not in known and any(c.is_htlc or terms.is_urgent(c) for c in group):
        return False
    offers = [terms.offered_for(waited) for waited in known]
    weight, policy = sweep_weight(group, terms.script), terms.policy
    return (
        offer.fee >= fee_to_replace((one.fee for one in offers), weight, policy)
        and all(
            offer.feerate_per_kw >= least_replacement(one.feerate_per_kw, policy) for one in offers
        )
        and terms.leaves_something(group, offer.fee)
    )


def _together(ready: Iterable[Claim], told: Offers) -> Iterator[tuple[Offer, Group]]:
    """The claims that one transaction takes, by what was told of it. When it was offered first is
    not asked: from that it would follow how long it has waited."""
    groups: dict[Offer, list[Claim]] = {}
    for claim in ready:
        if claim.outpoint in told:
            groups.setdefault(replace(told[claim.outpoint], since=0), []).append(claim)
    return ((offer, tuple(claims)) for offer, claims in groups.items())


def _believed(ready: Iterable[Claim], told: Offers, terms: _Terms) -> dict[OutPoint, Offer]:
    """Of what is told, what is more than we know of and can have been offered by now: for the time
    that is left, or because the chain was dear. Whoever really offered more loses nothing: that
    transaction waits in mempools, and pays for the next block."""
    return {
        claim.outpoint: offer
        for offer, group in _together(ready, told)
        if _can_be_true(group, offer, terms)
        for claim in group
        if (known := terms.before.get(claim.outpoint)) is None
        or known.feerate_per_kw < offer.feerate_per_kw
    }


def _can_be_true(group: Group, offer: Offer, terms: _Terms) -> bool:
    """Whether that can have been offered for all of these, and perhaps for others beside them."""
    most, weight = _most_offered(group, terms), sweep_weight(group, terms.script)
    if len(group) > offer.inputs or not 0 < offer.feerate_per_kw <= most:
        return False
    return fee_at_least(offer.feerate_per_kw, weight) <= offer.fee <= fee_at_least(most, weight)


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
    offer = terms.offered_for(group)
    if _feerate(group, terms) > offer.feerate_per_kw:
        raised, lost = _replacing(group, group, terms)
        if raised is not None:
            return raised, lost
    return as_offered(group, terms.script, offer), ()


def _replacing(part: Group, group: Group, terms: _Terms) -> tuple[Sweep | None, tuple[Claim, ...]]:
    """`part` in place of the transaction in which all of `group` wait; None where that asks for
    more than `part` is worth."""
    offer = terms.offered_for(group)
    feerate = _feerate(part, terms)
    least = fee_to_replace((offer.fee,), sweep_weight(part, terms.script), terms.policy)
    sweep, lost = build_sweep(part, terms.script, feerate, least)
    if sweep is not None and sweep.fee <= max(offer.fee, _limit(sweep.claims, terms)):
        return sweep, lost
    if sweep is None or not lost:
        return None, ()
    # That was for all of them: what is left when some are not worth it may bear a little less.
    left, more = _replacing(sweep.claims, group, terms)
    return left, (*lost, *more)


def _limit(group: Group, terms: _Terms) -> Sat:
    value = total(group).minus_or_zero(dust_threshold(terms.script))
    return fee_limit(value, _blocks_after_next(group, terms))


def _blocks_after_next(group: Group, terms: _Terms) -> int | None:
    deadline = min((c.deadline for c in group if c.deadline is not None), default=None)
    return None if deadline is None else deadline - 1 - terms.next_height


def _feerate(group: Group, terms: _Terms) -> int:
    """By what is known, and more where what was told asks for it: it never keeps us from more."""
    known = [terms.before[one.outpoint] for one in group if one.outpoint in terms.before]
    before = max((offer.feerate_per_kw for offer in known), default=0)
    since = min((offer.since for offer in known), default=0)
    feerate = _next_feerate(group, before, terms.next_height - since if since else 0, terms)
    told = [terms.told[one.outpoint].feerate_per_kw for one in group if one.outpoint in terms.told]
    if not told:
        return feerate
    # For a part of it, or with others, more may have been offered than this can bear.
    return max(feerate, _next_feerate(group, min(max(told), _most_offered(group, terms)), 0, terms))


def _next_feerate(group: Group, before: int, waited: int, terms: _Terms) -> int:
    """After `before`, 0 for nothing, was offered for so many blocks."""
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
        waited=waited,
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

"""Sweeps: transactions that bring claims to one output of the wallet, and what is not worth it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.coins.weights import dust_threshold, fee_at_least, output_weight
from lnwallet_tui.onchain.claim import Claim
from lnwallet_tui.onchain.price import HURRY, MIN_FEERATE, FeeEstimate, feerate_for

SECURITY_DELAY: Final = 18
"""BOLT 5: "we recommend 18 blocks". So near to its deadline a claim is taken by itself."""

_COUNTS: Final = 3 + 1  # of up to 65,535 inputs, and of one output
_WITHOUT_INPUTS: Final = 4 * (4 + _COUNTS + 4) + 2

Offers = Mapping[OutPoint, int]
"""The feerate (sat/kw) last offered for an output; kept with the channel, so that it never falls
back (neither after a restart nor when transactions are grouped in another way)."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """An unsigned transaction; input `i` takes `claims[i]`."""

    claims: tuple[Claim, ...]
    tx: Tx
    fee: Sat
    feerate_per_kw: int

    def sign(self, signer: ChannelSigner) -> Tx:
        """The transaction, ready to be broadcast."""
        tx = self.tx
        for index, claim in enumerate(self.claims):
            tx = claim.sign(tx, index, signer)
        return tx


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What to broadcast for the next block; every claim is in one of the three.

    `written_off` would cost more than they bring, by today's estimate and in this form; `waiting`
    cannot be spent in the next block.
    """

    sweeps: tuple[Sweep, ...]
    written_off: tuple[Claim, ...]
    waiting: tuple[Claim, ...]

    def offers(self) -> dict[OutPoint, int]:
        """What is offered with it, to be given to the next plan with what was offered before."""
        return {claim.outpoint: s.feerate_per_kw for s in self.sweeps for claim in s.claims}


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for all sweeps of a plan."""

    script: bytes
    next_height: int
    estimate: FeeEstimate
    before: Offers
    fresh: AbstractSet[OutPoint]


def plan(
    claims: Iterable[Claim],
    *,
    script: bytes,
    next_height: int,
    estimate: FeeEstimate,
    before: Offers,
    fresh: AbstractSet[OutPoint] = frozenset(),
) -> SweepPlan:
    """Sweep to `script` all that can be spent in block `next_height`.

    The same arguments give the same transactions, so that publishing them again harms nobody. What
    is to replace others pays more than they did. `fresh` was offered for so short ago that from
    its not being confirmed nothing follows: that offer stays as it is.
    """
    terms = _Terms(script, next_height, estimate, before, fresh)
    ordered = sorted(claims, key=lambda claim: claim.outpoint)
    ready = [claim for claim in ordered if claim.earliest <= next_height]
    sweeps: list[Sweep] = []
    written_off: list[Claim] = []
    for group in _groups(ready, terms):
        sweep, lost = build_sweep(group, script, _feerate(group, terms))
        sweeps += [sweep] if sweep else []
        written_off += lost
    waiting = tuple(claim for claim in ordered if claim.earliest > next_height)
    return SweepPlan(tuple(sweeps), tuple(written_off), waiting)


def _groups(claims: Sequence[Claim], terms: _Terms) -> list[tuple[Claim, ...]]:
    """Which claims share a transaction: those that no rival can make invalid, or pin.

    An HTLC output is taken by itself from the beginning. Whoever has put it into a common
    transaction must outbid that whole transaction to take it out again. Only what cannot bear a
    transaction of its own is taken together.
    """
    # BOLT 5: "Using a single penalty transaction for all revoked outputs is thus unsafe"
    alone = [claim for claim in claims if claim.is_htlc and _bears_its_own(claim, terms)]
    small = [claim for claim in claims if claim.is_htlc and claim not in alone]
    # BOLT 5: "if confirmation doesn't happen before reaching `security_delay` blocks from expiry:
    # SHOULD *resolve* revoked outputs in their own, separate penalty transactions."
    alone += [claim for claim in claims if not claim.is_htlc and _is_urgent(claim, terms)]
    common = [claim for claim in claims if claim not in alone and claim not in small]
    # What waits in mempools already is not disturbed by what has just come.
    old = tuple(claim for claim in common if claim.outpoint in terms.before)
    new = tuple(claim for claim in common if claim.outpoint not in terms.before)
    groups = [*((claim,) for claim in alone), old, new, tuple(small)]
    return [group for group in groups if group]


def _is_urgent(claim: Claim, terms: _Terms) -> bool:
    return claim.deadline is not None and claim.deadline <= terms.next_height + SECURITY_DELAY


def _bears_its_own(claim: Claim, terms: _Terms) -> bool:
    feerate = max(MIN_FEERATE, terms.estimate(HURRY))
    return build_sweep((claim,), terms.script, feerate)[0] is not None


def _feerate(group: tuple[Claim, ...], terms: _Terms) -> int:
    deadline = min((c.deadline for c in group if c.deadline is not None), default=None)
    before = max(terms.before.get(claim.outpoint, 0) for claim in group)
    if before and any(claim.outpoint in terms.fresh for claim in group):
        return before
    return feerate_for(
        value=_total(group).minus_or_zero(dust_threshold(terms.script)),
        weight=sweep_weight(group, terms.script),
        blocks_after_next=None if deadline is None else deadline - 1 - terms.next_height,
        raced=any(claim.is_raced for claim in group),
        estimate=terms.estimate,
        before=before,
    )


def build_sweep(
    claims: tuple[Claim, ...], script: bytes, feerate_per_kw: int
) -> tuple[Sweep | None, tuple[Claim, ...]]:
    """One transaction that takes those of `claims` that are worth it, and those that are not."""
    worth = tuple(
        claim for claim in claims if claim.value > fee_at_least(feerate_per_kw, claim.input_weight)
    )
    fee = fee_at_least(feerate_per_kw, sweep_weight(worth, script))
    if _total(worth).minus_or_zero(fee) < dust_threshold(script):
        return None, claims
    tx = Tx(
        version=2,
        inputs=tuple(TxIn(claim.outpoint, sequence=claim.sequence) for claim in worth),
        outputs=(TxOut(_total(worth) - fee, script),),
        locktime=max(claim.locktime for claim in worth),
    )
    lost = tuple(claim for claim in claims if claim not in worth)
    return Sweep(worth, tx, fee, feerate_per_kw), lost


def is_ever_worth_it(claim: Claim, script: bytes) -> bool:
    """Whether the least feerate that is relayed leaves something of it."""
    return build_sweep((claim,), script, MIN_FEERATE)[0] is not None


def sweep_weight(claims: Iterable[Claim], script: bytes) -> int:
    """The most that a signed sweep of `claims` to `script` can weigh, in whole virtual bytes."""
    inputs = sum(claim.input_weight for claim in claims)
    return whole_vbytes(_WITHOUT_INPUTS + output_weight(script) + inputs)


def whole_vbytes(weight: int) -> int:
    """Rounded up as nodes do: a fee just at their minimum must not fall below it."""
    return -(-weight // 4) * 4


def _total(claims: Iterable[Claim]) -> Sat:
    return sum((claim.value for claim in claims), ZERO_SAT)

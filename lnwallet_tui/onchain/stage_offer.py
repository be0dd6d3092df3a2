"""What the HTLC transactions of our own commitment offer for the next block, on anchors.

Their fee is paid with coins of the wallet, and grows along `price` as the deadline comes nearer. A
replacement spends the coins of what it replaces first, so that it always outbids it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import whole_vbytes
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.replacement import least_replacement
from lnwallet_tui.coins.weights import INPUT_WEIGHT, dust_threshold, output_weight
from lnwallet_tui.onchain.bump import Funded, NotEnoughCoins, fund_second_stage
from lnwallet_tui.onchain.price import FeeEstimate, feerate_for
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.policy import POLICY, Policy


@dataclass(frozen=True, slots=True)
class StageTerms:
    """What holds for all HTLC transactions of a block.

    `timeout_patience`: within how many blocks after its expiry an HTLC of ours must have come back,
    because we owe it to somebody in front of us; None: nobody waits. `fresh` as in `sweep.plan`.
    """

    change_script: bytes
    next_height: int
    estimate: FeeEstimate
    timeout_patience: int | None = None
    fresh: AbstractSet[OutPoint] = frozenset()
    policy: Policy = POLICY


def ready(stages: Iterable[SecondStage], terms: StageTerms) -> list[SecondStage]:
    """Those that the next block may hold, the most urgent first: coins may not do for all."""
    possible = (stage for stage in stages if stage.earliest <= terms.next_height)
    return sorted(possible, key=lambda stage: _urgency(stage, terms))


def _urgency(stage: SecondStage, terms: StageTerms) -> tuple[bool, int, int, int]:
    deadline = _deadline(stage, terms)
    return deadline is None, deadline or 0, -stage.value.value, stage.outpoint.vout


def _deadline(stage: SecondStage, terms: StageTerms) -> int | None:
    if stage.deadline is None and terms.timeout_patience is not None:
        return stage.transaction.htlc.cltv_expiry + terms.timeout_patience
    return stage.deadline


def has_deadline(stage: SecondStage, terms: StageTerms) -> bool:
    """Whether it has to be taken by some block."""
    return _deadline(stage, terms) is not None


def is_near(stage: SecondStage, terms: StageTerms) -> bool:
    """Whether its deadline comes soon."""
    deadline = _deadline(stage, terms)
    return deadline is not None and deadline <= terms.next_height + terms.policy.security_delay


def wanted_feerate(stage: SecondStage, terms: StageTerms, before: int, waited: int = 0) -> int:
    """What to offer (sat/kw); `before` is what was offered the last time, for `waited` blocks; 0
    for nothing."""
    if before and stage.outpoint in terms.fresh:
        return before
    deadline = _deadline(stage, terms)
    weight = stage.weight + INPUT_WEIGHT + output_weight(terms.change_script)
    return feerate_for(
        value=stage.value.minus_or_zero(dust_threshold(terms.change_script)),
        weight=whole_vbytes(weight),
        blocks_after_next=None if deadline is None else deadline - 1 - terms.next_height,
        raced=True,
        estimate=terms.estimate,
        policy=terms.policy,
        before=before,
        waited=waited,
        # Whoever has the preimage of an HTLC of ours can push our timeout out with it.
        window=terms.timeout_patience if stage.deadline is None else None,
    )


def affordable(
    stage: SecondStage,
    coins: Sequence[Coin],
    terms: StageTerms,
    feerate: int,
    least: int,
    replaced: Sat = ZERO_SAT,
    most: Sat | None = None,
) -> tuple[Funded, int] | None:
    """The transaction and its feerate: `feerate` or what the coins allow, not below `least`.

    `replaced` is the fee of what it is to replace, zero for nothing; `most` is the highest that it
    may have, None for any.
    """
    for rate in downwards(feerate, least):
        funded = fund_second_stage(
            stage, coins, terms.change_script, rate, replaced=replaced, policy=terms.policy
        )
        if not isinstance(funded, NotEnoughCoins) and (most is None or funded.fee <= most):
            return funded, rate
    return None


def downwards(feerate: int, least: int) -> Iterator[int]:
    """From what is wanted to the least that is relayed: a poor wallet offers what it has."""
    while feerate > least:
        yield feerate
        feerate = feerate * 3 // 4
    yield least


def least_feerate(before: int, policy: Policy) -> int:
    """The lowest that is relayed: at all, or as a replacement of what offered `before`."""
    return least_replacement(before, policy) if before else policy.min_feerate

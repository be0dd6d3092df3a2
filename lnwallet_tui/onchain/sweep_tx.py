"""The transactions of sweeps: what they weigh, and which claims are worth it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, whole_vbytes
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.coins.weights import dust_threshold, tx_weight
from lnwallet_tui.onchain.claim import Claim
from lnwallet_tui.onchain.sweep_groups import Group, Offer
from lnwallet_tui.policy import Policy

_MANY_INPUTS: Final = 4 * 2  # so much wider is the count of up to 65,535 inputs than that of none


@dataclass(frozen=True, slots=True)
class Sweep:
    """An unsigned transaction; input `i` takes `claims[i]`. `since` as in `Offer`."""

    claims: Group
    tx: Tx
    fee: Sat
    feerate_per_kw: int
    since: int = field(default=0, compare=False)

    @property
    def offer(self) -> Offer:
        """What is to be remembered of it, for each of its claims."""
        inputs = len(self.claims)
        return Offer(self.feerate_per_kw, self.fee, self.tx.txid, inputs, self.since)

    def sign(self, signer: ChannelSigner) -> Tx:
        """The transaction, ready to be broadcast."""
        tx = self.tx
        for index, claim in enumerate(self.claims):
            tx = claim.sign(tx, index, signer)
        return tx


def build_sweep(
    claims: Group, script: bytes, feerate_per_kw: int, least_fee: Sat = ZERO_SAT
) -> tuple[Sweep | None, tuple[Claim, ...]]:
    """One transaction that takes those of `claims` that are worth it, and those that are not."""
    worth = tuple(
        claim for claim in claims if claim.value > fee_at_least(feerate_per_kw, claim.input_weight)
    )
    weight = sweep_weight(worth, script)
    fee = max(fee_at_least(feerate_per_kw, weight), least_fee)
    paid = max(feerate_per_kw, least_fee.value * 1000 // weight)
    brings = total(worth).minus_or_zero(fee)
    if brings < dust_threshold(script):
        return None, claims
    lost = tuple(claim for claim in claims if claim not in worth)
    return _sweep(worth, script, brings, fee, paid), lost


def as_offered(claims: Group, script: bytes, offer: Offer) -> Sweep:
    """The very transaction that was offered for all of these."""
    return _sweep(claims, script, total(claims) - offer.fee, offer.fee, offer.feerate_per_kw)


def _sweep(claims: Group, script: bytes, brings: Sat, fee: Sat, feerate_per_kw: int) -> Sweep:
    tx = Tx(
        version=2,
        inputs=tuple(TxIn(claim.outpoint, sequence=claim.sequence) for claim in claims),
        outputs=(TxOut(brings, script),),
        locktime=max(claim.locktime for claim in claims),
    )
    return Sweep(claims, tx, fee, feerate_per_kw)


def is_ever_worth_it(claim: Claim, script: bytes, policy: Policy) -> bool:
    """Whether the least feerate that is relayed leaves something of it."""
    return bears_its_own(claim, script, policy.min_feerate)


def bears_its_own(claim: Claim, script: bytes, feerate_per_kw: int) -> bool:
    """Whether a transaction of its own leaves something of it: as `build_sweep`, which makes it."""
    fee = fee_at_least(feerate_per_kw, sweep_weight((claim,), script))
    worth = claim.value > fee_at_least(feerate_per_kw, claim.input_weight)
    return worth and claim.value.minus_or_zero(fee) >= dust_threshold(script)


def sweep_weight(claims: Iterable[Claim], script: bytes) -> int:
    """The most that a signed sweep of `claims` to `script` can weigh, in whole virtual bytes."""
    inputs = sum(claim.input_weight for claim in claims)
    return whole_vbytes(tx_weight(0, (script,)) + _MANY_INPUTS + inputs)


def total(claims: Iterable[Claim]) -> Sat:
    """What they are worth together."""
    return sum((claim.value for claim in claims), ZERO_SAT)

"""What of a close is done without the wallet's keys, and what waits for them.

The keys of the key kit take what somebody else could take: everything of a revoked state, and
payments that have a deadline. What only we can ever take waits: our balance in a commitment of the
peer's. So do HTLC transactions that need a coin of the wallet for their fee (anchors).
"""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.onchain.claim import AnchorKey, Claim, ToRemoteKey
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.onchain.second_stage import SecondStage


@dataclass(frozen=True, slots=True)
class Duty:
    """`claims` are to be swept, `stages` published as they are; `unpaid` are those stages that
    nobody pays the fee for until the wallet is open."""

    claims: tuple[Claim, ...]
    stages: tuple[SecondStage, ...]
    unpaid: tuple[SecondStage, ...]


def duty_of(resolution: Resolution) -> Duty:
    """What the guard does about a close by now."""
    return Duty(
        claims=tuple(
            claim
            for claim in resolution.claims
            if not isinstance(claim.key, ToRemoteKey | AnchorKey)
        ),
        stages=tuple(stage for stage in resolution.stages if not stage.needs_coins),
        unpaid=tuple(stage for stage in resolution.stages if stage.needs_coins),
    )

"""Heights: from which block on an output can be taken, and by which it must have been.

All heights are those of the block that holds the spend. At height h the next block is h + 1.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lnwallet_tui.channel.transactions import HtlcSpec
from lnwallet_tui.onchain.facts import ChannelFacts
from lnwallet_tui.policy import Policy


def after_delay(confirmed: int, blocks: int) -> int:
    """The first block that may spend an output made at `confirmed` under BIP112 (0: the same)."""
    return confirmed + blocks


def after_expiry(cltv_expiry: int) -> int:
    """The first block that may hold a transaction with this locktime."""
    # BOLT 5: "The HTLC output has *timed out* once the height of the latest block is equal to or
    # greater than the HTLC `cltv_expiry`."
    return cltv_expiry + 1


@dataclass(frozen=True, slots=True)
class Deadline:
    """Our commitment must be published at `height` for the sake of `htlc`; `outgoing` seen from
    us."""

    height: int
    htlc: HtlcSpec
    outgoing: bool


def publish_by(facts: ChannelFacts, settled: Collection[int], policy: Policy) -> Deadline | None:
    """By when our commitment must be published, and for which of its HTLCs; None: never.

    `settled` are the ids of the incoming HTLCs that we have decided to take: one that we refused,
    though of the same hash, is no reason. Holds for a frozen channel, too: an HTLC's deadline does
    not wait for us.
    """
    commitments = (facts.our_commitment.spec, *(theirs.spec for theirs in facts.their_commitments))
    deadlines = [
        # An HTLC that is outgoing for us is offered in our commitment and received in theirs.
        Deadline(htlc.cltv_expiry + policy.timeout_grace, htlc, outgoing=True)
        if htlc.offered is (index == 0)
        else Deadline(htlc.cltv_expiry - policy.fulfilment_deadline, htlc, outgoing=False)
        for index, spec in enumerate(commitments)
        for htlc in spec.htlcs
        if htlc.offered is (index == 0) or htlc.htlc_id in settled
    ]
    return min(deadlines, key=lambda one: one.height, default=None)

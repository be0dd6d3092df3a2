"""Heights: from which block on an output can be taken, and by which it must have been.

All heights are those of the block that holds the spend. At height h the next block is h + 1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
    """Our commitment must be published at `height` for the sake of `htlc`; `outgoing` seen from us,
    and `waited_for` by somebody in front of us."""

    height: int
    htlc: HtlcSpec
    outgoing: bool
    waited_for: bool = False


def publish_by(
    facts: ChannelFacts,
    settled: Collection[int],
    policy: Policy,
    waited_for: Collection[int] = (),
) -> Deadline | None:
    """By when our commitment must be published, and for which of its HTLCs; None: never."""
    return next(iter(deadlines(facts, settled, policy, waited_for)), None)


def deadlines(
    facts: ChannelFacts,
    settled: Collection[int],
    policy: Policy,
    waited_for: Collection[int] = (),
) -> tuple[Deadline, ...]:
    """Of all that is pending, the first one first.

    `settled` are the ids of the incoming HTLCs that we have decided to take: one that we refused,
    though of the same hash, is no reason. `waited_for` are those of outgoing ones that somebody in
    front of us waits for: of these the time to act is short, while the others are still ours when
    the user has taken his time. Holds for a frozen channel, too: an HTLC's deadline does not wait
    for us.
    """
    found = [
        _to_give_back(htlc, policy, waited_for)
        if outgoing
        else Deadline(htlc.cltv_expiry - policy.fulfilment_deadline, htlc, outgoing=False)
        for htlc, outgoing in _pending(facts)
        if outgoing or htlc.htlc_id in settled
    ]
    return tuple(sorted(found, key=lambda one: one.height))


def _to_give_back(htlc: HtlcSpec, policy: Policy, waited_for: Collection[int]) -> Deadline:
    # BOLT 2: "if an HTLC which it offered is in either node's current commitment transaction, AND
    # is past this timeout deadline: SHOULD send an `error` to the receiving peer (if connected),
    # MUST fail the channel."
    in_a_hurry = htlc.htlc_id in waited_for
    by = htlc.cltv_expiry + patience(policy, waited_for=in_a_hurry)
    return Deadline(by, htlc, outgoing=True, waited_for=in_a_hurry)


def patience(policy: Policy, *, waited_for: bool) -> int:
    """For how many blocks after its expiry an outgoing HTLC may still be given back."""
    return policy.timeout_grace if waited_for else policy.timeout_patience


def overdue(facts: ChannelFacts, height: int, policy: Policy) -> tuple[HtlcSpec, ...]:
    """The HTLCs of ours that the peer should have given back by now, the first to expire first."""
    late = {
        htlc.htlc_id: htlc
        for htlc, outgoing in _pending(facts)
        if outgoing and htlc.cltv_expiry + policy.timeout_grace <= height
    }
    return tuple(sorted(late.values(), key=lambda htlc: (htlc.cltv_expiry, htlc.htlc_id)))


def _pending(facts: ChannelFacts) -> Iterator[tuple[HtlcSpec, bool]]:
    """All that either side could take to the chain, and whether it is outgoing for us."""
    commitments = (facts.our_commitment.spec, *(theirs.spec for theirs in facts.their_commitments))
    for index, spec in enumerate(commitments):
        for htlc in spec.htlcs:
            # What is outgoing for us is offered in our commitment and received in theirs.
            yield htlc, htlc.offered is (index == 0)

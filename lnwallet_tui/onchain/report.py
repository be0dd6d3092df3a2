"""What became of each output of a closed channel, in words that a screen makes sentences of."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import assert_never

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.transactions import (
    CommitmentOutput,
    HtlcOutput,
    HtlcSpec,
    LocalAnchor,
    RemoteAnchor,
    ToLocal,
    ToRemote,
)
from lnwallet_tui.onchain.claim import (
    AnchorKey,
    Claim,
    DelayedKey,
    HtlcKey,
    PenaltyKey,
    ToRemoteKey,
)
from lnwallet_tui.onchain.facts import ConfirmedTx
from lnwallet_tui.onchain.second_stage import SecondStage


class Part(enum.Enum):
    """What an output is, from where we stand."""

    OUR_BALANCE = "our balance"
    THEIR_BALANCE = "their balance"
    OUR_ANCHOR = "our anchor"
    THEIR_ANCHOR = "their anchor"
    HTLC_OFFERED = "a payment that we offered"
    HTLC_RECEIVED = "a payment that they offered"
    OUR_SECOND_STAGE = "a payment of ours on its way home"
    THEIR_SECOND_STAGE = "a payment that they took from a revoked commitment"
    NOT_RECOGNISED = "nothing that we know"


class Fate(enum.Enum):
    """What becomes of an output."""

    THEIRS = "theirs"  # nothing of it is ours to take
    WAITING = "waiting"  # ours from block `earliest` on
    CLAIMABLE = "claimable"  # ours to take in the next block
    TAKEN = "taken"  # by us
    MOVED = "moved"  # to a second stage, which has a report of its own
    LOST = "lost"  # it could have been ours, and somebody else has taken it
    LEFT = "left"  # ours, but it costs more than it brings
    PAID_OUT = "paid out"  # a cooperative close has sent it to our own script


@dataclass(frozen=True, slots=True)
class OutputReport:
    """One output of the closing transaction, or of a second stage on top of it.

    `earliest` and `deadline` are those of the claim. `spent` is the transaction in the best chain
    that spends the output. `htlc` is as the commitment has it: `offered` by its holder.
    """

    outpoint: OutPoint
    value: Sat
    part: Part
    fate: Fate
    earliest: int | None = None
    deadline: int | None = None
    spent: ConfirmedTx | None = None
    htlc: HtlcSpec | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is ours and not home yet."""
        return self.fate in (Fate.WAITING, Fate.CLAIMABLE)


def part_of(role: CommitmentOutput | None, *, is_ours: bool) -> Part:
    """What an output is, in a commitment of ours or of theirs."""
    match role:
        case None:
            return Part.NOT_RECOGNISED
        case ToLocal():
            return Part.OUR_BALANCE if is_ours else Part.THEIR_BALANCE
        case ToRemote():
            return Part.THEIR_BALANCE if is_ours else Part.OUR_BALANCE
        case LocalAnchor():
            return Part.OUR_ANCHOR if is_ours else Part.THEIR_ANCHOR
        case RemoteAnchor():
            return Part.THEIR_ANCHOR if is_ours else Part.OUR_ANCHOR
        case HtlcOutput(htlc):
            return Part.HTLC_OFFERED if htlc.offered is is_ours else Part.HTLC_RECEIVED
        case _:
            assert_never(role)


def fate_of_spent(claim: Claim | SecondStage, tx: Tx) -> Fate:
    """What became of an output that could be ours, now that `tx` has spent it."""
    ours = claim.is_taken_by_us(tx)
    if isinstance(claim, SecondStage):
        if ours:
            return Fate.MOVED
        return Fate.LOST if claim.preimage else Fate.THEIRS
    if ours:
        return Fate.TAKEN
    match claim.key:
        case PenaltyKey(_, None):
            return Fate.LOST
        case PenaltyKey():
            return Fate.MOVED
        case HtlcKey(_, None):
            return Fate.THEIRS  # our payment has arrived
        case HtlcKey() | DelayedKey() | ToRemoteKey() | AnchorKey():
            return Fate.LOST

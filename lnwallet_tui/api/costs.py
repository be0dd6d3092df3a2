"""What a decision costs and gives before it is made: fees at three feerates, every output, and
between what bounds the outcome lies."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import msgspec

from lnwallet_tui.api.feerates import blocks_for


class Pace(enum.Enum):
    """How soon a transaction is to confirm."""

    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"


class CostAt(msgspec.Struct, frozen=True, kw_only=True):
    """What a transaction pays at a feerate that the chain source expects to confirm within so many
    blocks."""

    pace: Pace
    blocks: int
    feerate_per_kw: int
    fee_sat: int


def blocks_at(feerate_per_kw: int, costs: Sequence[CostAt]) -> int:
    """Within how many blocks that feerate is expected to confirm; 0: it pays less than all of
    these, so that nobody can say."""
    return blocks_for(feerate_per_kw, ((one.blocks, one.feerate_per_kw) for one in costs))


class OutputKind(enum.Enum):
    """What an output of a transaction to come is."""

    CHANNEL = "channel"
    CHANGE = "change"
    BALANCE = "balance"
    ANCHOR = "anchor"
    PAYMENT_OUT = "payment going out"
    PAYMENT_IN = "payment coming in"
    FEE = "fee"  # no output: what the others leave over, with all that is too small for one


class Whose(enum.Enum):
    """To whom an output goes."""

    YOURS = "yours"
    THEIRS = "theirs"
    UNDECIDED = "undecided"  # whoever shows the preimage, or waits for the expiry
    MINERS = "miners"


class OutputView(msgspec.Struct, frozen=True, kw_only=True):
    """One output. It can be spent from block `spendable_height` on by whoever it is for, if its
    transaction confirms as soon as its feerate promises; 0: it need not be, or cannot be."""

    kind: OutputKind
    whose: Whose
    amount_sat: int
    spendable_height: int = 0
    spendable_time: int = 0


class OutcomeView(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back, fees already taken: `about` if the chain stays as dear as it is, `worst` if
    fees rise to `worst_feerate_per_kw` and every payment that is under way is lost. Negative: the
    fees cost coins of the wallet beyond what comes back."""

    about_sat: int
    about_height: int
    about_time: int
    worst_sat: int
    worst_height: int
    worst_time: int
    worst_feerate_per_kw: int


def comes_back(amount_sat: int) -> str:
    """What comes back, or what it costs beyond that."""
    return f"{amount_sat:,} sat" if amount_sat >= 0 else f"nothing and {-amount_sat:,} sat less"

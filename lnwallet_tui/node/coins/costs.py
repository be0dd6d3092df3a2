"""What the chain costs at three paces, and when a block comes: what all quotes have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.costs import CostAt, OutputKind, OutputView, Pace, Whose
from lnwallet_tui.api.feerates import blocks_for
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.node.channels.channels import SOON, TODAY
from lnwallet_tui.node.words.block_dates import time_of
from lnwallet_tui.policy import Policy

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

BLOCKS: Final = {Pace.SLOW: TODAY, Pace.NORMAL: 6, Pace.FAST: SOON}
"""Within so many blocks each of them is wanted to confirm; what is said of the chain may expect
the same feerate to take longer, and that is what is told."""


def feerate_at(board: Switchboard, pace: Pace) -> int:
    """In sat/kw, at least what is relayed."""
    chain, least = board.shell.ports.chain, board.shell.config.policy.min_feerate
    return max(chain.feerate_per_kw(BLOCKS[pace]), least)


def blocks_at(board: Switchboard, pace: Pace) -> int:
    """Within how many blocks the feerate of that pace should confirm."""
    readings = board.shell.ports.chain.feerate_readings()
    known = [(one.target_blocks, one.per_kw) for one in readings]
    return blocks_for(feerate_at(board, pace), known) or BLOCKS[pace]


def costs(board: Switchboard, fee_at: Callable[[int], Sat | None]) -> tuple[CostAt, ...]:
    """The fee at each pace, the slowest first; without those at which there is none to pay."""
    found: list[CostAt] = []
    for pace in BLOCKS:
        feerate, blocks = feerate_at(board, pace), blocks_at(board, pace)
        fee = fee_at(feerate)
        if fee is not None:
            cost = CostAt(pace=pace, blocks=blocks, feerate_per_kw=feerate, fee_sat=fee.value)
            found.append(cost)
    return tuple(found)


def highest_feerate(board: Switchboard) -> int:
    """What the worst case reckons with: ten times the present cost, and at least the feerate for
    which coins are kept."""
    policy: Policy = board.shell.config.policy
    soon = feerate_at(board, Pace.FAST)
    return max(soon * policy.max_feerate_multiple, policy.bump_feerate)


def output(
    board: Switchboard, kind: OutputKind, whose: Whose, amount: Sat, spendable: int = 0
) -> OutputView:
    """An output that can be spent from that block on."""
    return OutputView(
        kind=kind,
        whose=whose,
        amount_sat=amount.value,
        spendable_height=spendable,
        spendable_time=time_of(board, spendable) if spendable else 0,
    )

"""Coins that stay on chain for the channels with anchors; only closes may spend them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.channel.state import Phase
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.onchain.reserve import bump_reserve

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def must_stay(board: Switchboard, *, opening: bool = False) -> Sat:
    """What all channels need, as a single coin holds it; with `opening`, and one with anchors that
    is about to be opened. All else of the coins can be spent."""
    count = sum(_needs_it(board, held) for held in board.channels)
    return bump_reserve(board.shell.config.policy) * (count + opening)


def missing(board: Switchboard) -> Sat:
    """What a coin more would have to hold: a channel that a peer opened asks nobody for coins."""
    return board.wallet.lacking(board.chain.height, must_stay(board))


def _needs_it(board: Switchboard, held: Held) -> bool:
    channel = held.channel
    if not channel.anchors or channel.phase is Phase.DONE:
        return False
    if channel.old_state:
        return False  # we publish nothing of it
    if channel.funding.confirmed is None and not channel.we_fund:
        return False  # a peer could bind our coins by proposals that it never pays for
    resolution = board.guard.resolution(held)
    return resolution is None or bool(resolution.stages)

"""Closing transactions that both sides have agreed on, while no block has one: what they pay us is
the wallet's only then, or once a child that hurries one spends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.channel.state import Phase
from lnwallet_tui.coins.ledger import WalletTx

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def waiting(board: Switchboard) -> tuple[WalletTx, ...]:
    """Those that the wallet does not have yet, as they would stand in it."""
    closings = (
        held.channel.closing.tx
        for held in board.channels
        if held.channel.phase is Phase.CLOSING and held.channel.publication is None
    )
    rows = (
        board.wallet.unnoted(tx)
        for tx in closings
        if tx is not None and board.wallet.transaction(tx.txid) is None
    )
    return tuple(row for row in rows if row is not None)


def named(board: Switchboard, txid: bytes) -> WalletTx | None:
    """The one of that id."""
    return next((row for row in waiting(board) if row.txid == txid), None)

"""Our transactions that hang together: what those before one pay too little, and whether nodes pass
on one more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, whole_vbytes
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.coins.ledger import WalletTx
from lnwallet_tui.coins.refusals import TooManyWaiting
from lnwallet_tui.coins.waiting import expect_room_for
from lnwallet_tui.node.coins.tx_kinds import Purpose, Purposes

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def expect(board: Switchboard, tx: Tx, *, instead_of: WalletTx | None = None) -> None:
    """Raises `TooManyWaiting` where nodes pass on no more with `tx`; one that waits may be the one
    `instead_of` which it is to come."""
    replaced = None if instead_of is None else instead_of.txid
    expect_room_for((one for one in board.wallet.waiting() if one.txid != replaced), tx)


def can_be_made_again(board: Switchboard, row: WalletTx, purpose: Purpose) -> bool:
    """Whether it is a payment of ours alone: what others signed with us is not ours to make."""
    is_ours = len(board.wallet.spent_by(row.tx)) == len(row.tx.inputs)
    return purpose.kind is TxKind.SENT and is_ours


def to_hurry(board: Switchboard, error: TooManyWaiting) -> bytes | None:
    """Of those that hang on the one that is waited for, a payment in whose place another can come.
    That pays for all before it as well; a child would be one too many."""
    wallet, purposes = board.wallet, Purposes(board)
    for row in wallet.newest_first():
        hangs = row.height is None and any(
            one.txid == error.waits_for for one in wallet.before(row)
        )
        if hangs and wallet.after(row) is None:
            [entry] = wallet.entries([row])
            if can_be_made_again(board, row, purposes.of(entry)):
                return row.txid
    return None


def lacking(board: Switchboard, row: WalletTx, feerate_per_kw: int) -> Sat:
    """What those that wait before it pay less than that: miners take it with them or not at all."""
    entries = board.wallet.entries(board.wallet.before(row))
    weight = sum(whole_vbytes(entry.row.tx.weight) for entry in entries)
    paid = sum((entry.fee for entry in entries), ZERO_SAT)
    return fee_at_least(feerate_per_kw, weight).minus_or_zero(paid)

"""Hurrying a transaction that waits: another one in its place, or a child that pays for both.

A payment of ours is made again for more (`coins.replacement`). Of what opens a channel, and of what
others sent us, only a child is made: the channel's first commitment is signed over the txid of its
funding, and a transaction of others is not ours to make again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpQuote, SentView, WantedFee
from lnwallet_tui.bitcoin.tx import txid_from_hex, txid_to_hex
from lnwallet_tui.coins.refusals import CoinsRefused
from lnwallet_tui.node.blocks import unread
from lnwallet_tui.node.coins import (
    again_bump,
    agreed_closes,
    child_bump,
    close_bump,
    cluster,
    labels,
    sweep_bump,
)
from lnwallet_tui.node.coins.spending import written
from lnwallet_tui.node.coins.tx_kinds import Purposes
from lnwallet_tui.store.db import Transaction

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

K = TxKind
_BY_ITSELF: Final = (K.SWEEP, K.PENALTY, K.FEE)


# -- asking and doing
def quote(board: Switchboard, txid: str, fee: WantedFee) -> BumpQuote | Refused:
    """What hurrying it would cost."""
    try:
        found = _find(board, txid, fee)
        return found if isinstance(found, Refused) else found.quote()
    except CoinsRefused as error:
        return unread.of_coins(board, error)


def bump(board: Switchboard, txid: str, fee: WantedFee) -> SentView | Refused:
    """Hurry it."""
    try:
        found = _find(board, txid, fee)
    except CoinsRefused as error:
        return unread.of_coins(board, error)
    return found if isinstance(found, Refused) else written(board, found.send)


# -- what it is
class _Way(Protocol):
    """How one transaction is hurried. Both raise `CoinsRefused`."""

    def quote(self) -> BumpQuote: ...
    def send(self, tx: Transaction) -> SentView: ...


def _find(board: Switchboard, txid: str, fee: WantedFee) -> _Way | Refused:
    """How the transaction can be hurried. Raises `CoinsRefused`."""
    # What closes a channel comes first: the wallet knows some of it, too, and may not raise it.
    finders: tuple[Callable[[Switchboard, bytes, WantedFee], _Way | Refused | None], ...] = (
        sweep_bump.find,
        close_bump.find,
        _of_wallet,
    )
    try:
        wanted = txid_from_hex(txid)
    except ValueError:
        return _no_such(board, txid)
    for find in finders:
        if (way := find(board, wanted, fee)) is not None:
            return way
    return _no_such(board, txid)


def _of_wallet(board: Switchboard, txid: bytes, fee: WantedFee) -> _Way | Refused | None:
    """None where the wallet has no such transaction. Raises `CoinsRefused`."""
    row = board.wallet.transaction(txid) or agreed_closes.named(board, txid)
    if row is None:
        return None
    if row.height is not None:
        return Refused(
            RefusalCode.BAD_INPUT, "It is in a block already.", "There is nothing to hurry."
        )
    if row.label in labels.CHILDREN and (parents := board.wallet.before(row)):
        row = parents[-1]  # it was made to hurry that one
    [entry] = board.wallet.entries([row])
    purpose = Purposes(board).of(entry)
    if purpose.kind in _BY_ITSELF:
        return Refused(
            RefusalCode.BAD_INPUT,
            "The wallet raises the fee of this transaction by itself, as its deadline comes and "
            "day by day while no block takes it; a child of it would be in the way of that.",
            "Nobody has to act.",
        )
    if cluster.can_be_made_again(board, row, purpose):
        return again_bump.find(board, row, fee)
    return child_bump.find(board, row, purpose, fee)


def _no_such(board: Switchboard, txid: str) -> Refused:
    """What another version stands in the place of has no place of its own any more."""
    rows = board.wallet.newest_first()
    row = next((one for one in rows if txid in map(txid_to_hex, one.versions)), None)
    if row is None:
        return Refused(
            RefusalCode.UNKNOWN, "There is no such transaction of this wallet.", "See the history."
        )
    other = txid_to_hex(row.txid)
    if row.height is None:
        return Refused(
            RefusalCode.BAD_INPUT,
            f"It was replaced by {other}, which waits for a block.",
            f"Hurry that one instead: {other}.",
        )
    return Refused(
        RefusalCode.BAD_INPUT,
        f"In its place {other} was taken, in block {row.height:,}.",
        "There is nothing to hurry.",
    )

"""Payments of others that a reorganisation took out of the chain: they wait again, and need not
come back. Whoever sent one may have spent the same coins otherwise meanwhile, and then nobody is
to wait for it.

So what they spend is watched, as far as a witness shows what that was: of taproot it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.bitcoin.amount import ZERO_SAT
from lnwallet_tui.bitcoin.hashes import hash160
from lnwallet_tui.bitcoin.script import p2sh, p2wpkh, p2wsh
from lnwallet_tui.bitcoin.tx import TxIn, txid_to_hex
from lnwallet_tui.chain.watch import Delta
from lnwallet_tui.channel.named import is_closed_by
from lnwallet_tui.coins.ledger import WalletTx
from lnwallet_tui.store.db import Transaction

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_KEY, _NESTED = 33, 1
"""Bytes of a public key; of what stands before a script that is the whole of a `script_sig`."""


def block_left(tx: Transaction, board: Switchboard, delta: Delta) -> None:
    """What stood in that block waits for another."""
    rows = board.wallet.newest_first() if delta.undone else ()
    undone = [row for row in rows if row.height == delta.tip]
    board.wallet.forget_block(tx, delta.tip)
    for row in _of_others(board, undone):
        for txin in row.tx.inputs:
            script = spent_script(txin)
            if script is not None:
                board.chain.watch(tx, txin.outpoint, script)


def block_came(tx: Transaction, board: Switchboard, delta: Delta) -> None:
    """What it says of our coins; and what will never come, because of it."""
    rows = board.wallet.newest_first() if delta.happened else ()
    waited = [row for row in rows if row.height is None]
    board.wallet.read(tx, delta.happened, delta.time)
    for row in _of_others(board, waited):
        if board.wallet.transaction(row.txid) is None:
            _tell(tx, board, row)


def spent_script(txin: TxIn) -> bytes | None:
    """What the output that it spends pays to; None where its witness does not show it."""
    if len(txin.witness) < 2:
        return None
    *items, last = txin.witness
    program = p2wpkh(last) if len(items) == 1 and len(last) == _KEY else p2wsh(last)
    nested = txin.script_sig[_NESTED:]
    if not nested:
        return program
    return p2sh(hash160(nested)) if nested == program else None


def _of_others(board: Switchboard, rows: list[WalletTx]) -> list[WalletTx]:
    """Those among them that no channel of ours brought."""
    rows = [row for row in rows if not row.ours and not row.label and not row.is_coinbase]
    if not rows:
        return []
    channels = [held.channel for held in board.channels]
    closing = {
        one.funding.outpoint
        for one in channels
        for row in rows
        if one.funding.outpoint in row.spends and is_closed_by(one, row.tx)
    }
    for held in board.channels:
        closing |= {one.outpoint for one in board.guard.known_close(held).offered}
    return [row for row in rows if row.spends.isdisjoint(closing)]


def _tell(tx: Transaction, board: Switchboard, row: WalletTx) -> None:
    value = sum((coin.value for coin in row.coins()), ZERO_SAT)
    board.shell.herald.tell(
        tx,
        InboxKind.NOTICE,
        f"{value.value:,} sat that were paid to you will not come: a reorganisation took the "
        "payment out of the chain, and what it spent went elsewhere.",
        "Nothing of yours was spent. Who sent it has to send it again.",
        urgent=True,
        subject=f"undone {txid_to_hex(row.txid)}",
    )

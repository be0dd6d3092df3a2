"""After a start: takes up what the last stop, or crash, interrupted.

Each channel by itself: a disk that does not take one of them is told of and asked again, and a
channel of which the file gives nothing that can be read is frozen. The others go on.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.node.channels import lost_channels
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.store.damage import Kind
from lnwallet_tui.store.errors import RowDamaged, StoreError, WalletCorrupt

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_DAMAGED: Final = {WalletCorrupt.__name__, RowDamaged.__name__}


def start(board: Switchboard) -> None:
    """All of it, before anything that follows from it. Raises `StoreError`."""
    if board.shell.damaged.has(Kind.FACT):
        _know_of_spends(board)
    board.shell.turns.take(partial(_line_up, board))


def _know_of_spends(board: Switchboard) -> None:
    """What closed a channel is a fact of the chain, which may be among those that are damaged; so
    is what brought its money home, and until that is learned anew it would be counted twice. That
    it is looked for at all may be damaged as well, so this is known again first."""
    spends = [(held, held.channel.spend) for held in board.channels]
    closes = [(held.channel, spend) for held, spend in spends if spend is not None]
    rows = reversed(board.wallet.newest_first())
    in_blocks = [(row.tx, row.height) for row in rows if row.height is not None]
    with board.shell.store.transaction() as tx:
        for channel, _ in closes:
            board.chain.watch_funding(tx, channel)
        for by, height in (*((spend.tx, spend.height) for _, spend in closes), *in_blocks):
            board.chain.descend_again(by, height)
        for by, height in in_blocks:
            board.chain.confirmed_again(tx, by, height)
        for channel, spend in closes:
            board.chain.spent_again(tx, channel.funding.outpoint, spend.tx, spend.height)


def _line_up(board: Switchboard) -> None:
    """Channels first: what they tell of payments counts when those are taken up."""
    for held in board.channels:
        board.shell.turns.take(partial(_wake, board, held))
    board.shell.turns.take(partial(_resume, board))
    board.shell.turns.take(board.publish_pending)


def cause(frozen: str) -> str:
    """What stopped a frozen channel, inside of a sentence."""
    return (
        "a damaged row of the wallet's file" if frozen in _DAMAGED else f"a bug of ours ({frozen})"
    )


def _wake(board: Switchboard, held: Held) -> None:
    if board.peers.features(held.peer_id) is not None:
        return  # it was asked again too late: what came with the connection did it
    try:
        board.channels.wake(held)
    except WalletCorrupt as error:
        board.channels.freeze(held, error)
    except StoreError:
        again = board.shell.take_later(partial(_wake, board, held))
        board.shell.tasks.start(again, "waking, again")
        raise


def _resume(board: Switchboard) -> None:
    """Payments. Raises `StoreError`, and then nothing happened: it is done again, for what nobody
    takes up stands still, and may be taken to chain for its deadline."""
    try:
        _take_up(board)
    except StoreError:
        again = board.shell.take_later(partial(_resume, board))
        board.shell.tasks.start(again, "payments, again")
        raise


def _take_up(board: Switchboard) -> None:
    ours = lost_channels.with_pending(board, board.channels.held_htlcs(Side.US))
    theirs = board.channels.held_htlcs(Side.THEM)
    with board.shell.store.transaction() as tx:
        if board.relay is not None:
            board.relay.resume(tx, theirs, ours)
        board.payments.resume(tx, ours, theirs)

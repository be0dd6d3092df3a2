"""What mempools may have dropped, or a reorganisation took out of the chain: it is offered to them
with each block, and after a start. What we publish alone is the guard's, with a fee that rises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import labels
from lnwallet_tui.onchain.classify import Cooperative, Theirs, TheirsUnexpected, classify

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

Package = tuple[tuple[Tx, ...], str]
"""Parents first, and what it is."""


def by(board: Switchboard) -> Iterator[Package]:
    """All of it."""
    for pending in board.wallet.pending():
        yield pending, "the wallet's own"
    yield from _left_children(board)
    yield from _made_before(board)
    for held in board.channels:
        close = _close(board, held)
        if close is not None:
            yield (*_parents(held.channel), close[0]), close[1]


def _left_children(board: Switchboard) -> Iterator[Package]:
    """A commitment can come into a block without its child. That one can confirm as long as nobody
    else takes the anchor, so its coins are not free: it is offered, even when the channel is done
    with, until it does, and they come back as its change."""
    if board.wallet.waiting():
        spends = (held.channel.spend for held in board.channels)
        for child in board.wallet.children_of({one.tx.txid for one in spends if one}):
            yield (child,), "the child of a commitment"


def _made_before(board: Switchboard) -> Iterator[Package]:
    """What the guard has made of a close, and cannot make again: the row of the channel is damaged,
    which has the peer's signatures, or that of the payment, which has the preimage."""
    if not board.wallet.waiting():
        return
    for held in board.channels:
        resolution = board.guard.resolution(held)
        if resolution is None or held.channel.phase is Phase.DONE:
            continue
        made_now = {stage.outpoint for stage in resolution.stages}
        for output in resolution.outputs:
            waiting = board.wallet.waiting_for(output.outpoint)
            if waiting is None or waiting.label != labels.FEE_OF_PAYMENT:
                continue
            if output.outpoint not in made_now:
                yield (waiting.tx,), "a payment on chain"


def _close(board: Switchboard, held: Held) -> tuple[Tx, str] | None:
    """What closes a channel that is closed, and stands in no block."""
    channel = held.channel
    if channel.phase is not Phase.CLOSING or channel.publication is not None:
        return None
    if channel.spend is not None:
        return None
    if channel.closing.tx is not None and not channel.old_state:
        return channel.closing.tx, "cooperative close"
    return None if channel.undone is None else _undone(board, held, channel.undone)


def _undone(board: Switchboard, held: Held, undone: Tx) -> tuple[Tx, str] | None:
    """What the peer closed the channel with, and a reorganisation undid: the peer need not come
    back with it, and we rely on it, so that our money would wait until the user closes by himself.

    This is no sixth reason for publishing our commitment (`channel.errors`): it is the peer's own,
    which it signed and published itself, or what both agreed on. A commitment of ours is left to
    those reasons, whoever published it; and one that the peer has revoked to the peer: nobody is
    punished for what we published.
    """
    match classify(board.guard.read_past(held), undone, held.signer.per_commitment_point):
        case Cooperative():
            return undone, "cooperative close that a reorganisation undid"
        case Theirs() | TheirsUnexpected():
            return undone, "the peer's commitment that a reorganisation undid"
        case _:
            return None


def _parents(channel: Channel) -> tuple[Tx, ...]:
    funding = channel.funding
    return () if funding.confirmed is not None or funding.tx is None else (funding.tx,)

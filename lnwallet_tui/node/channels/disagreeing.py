"""Channels of which one side knows, or may know, more than the other.

Who runs an old copy of the wallet's folder would publish a commitment that is revoked, and lose the
whole channel by it. A peer that knows this, and wants it to happen, need only keep quiet about it:
so where a peer gives a channel up before it has agreed with our state, the user is asked. A peer
that lies, and agrees with the old state first, is found out by what the wallet keeps outside of its
folder alone (node/channels/older_copy.py): nothing in the protocol shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.channel.reestablish import asks_to_fail
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import ChannelReestablish

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_CELLS: Final = 80
_REMEDY: Final = (
    "If this wallet's folder is no older copy that was put back, close the channel alone now. If "
    "it is one, do not: wait for the peer to close it."
)


def ask_to_fail(board: Switchboard, peer_id: bytes, message: ChannelReestablish) -> None:
    """The peer has a channel with us that is lost here, where the wallet was restored from its
    words alone for example: our money in it comes home once the peer closes it. Whoever asks
    for the same is not asked back: two who both know nothing would never end."""
    channel_id = message.channel_id
    known = {held.number for held in board.channels.of_peer(peer_id)}
    if any(one.peer_id == peer_id and one.number not in known for one in board.channels.lost):
        return  # it may be that one, which stands still: see `lost_channels`
    if message.next_commitment_number:
        board.peers.send(peer_id, asks_to_fail(channel_id, board.shell.node_id))
    board.peers.send(peer_id, Error(channel_id, b"this channel is not known here"))


def ask_the_user(
    tx: Transaction, board: Switchboard, held: Held, said: bytes, *, is_ahead: bool = False
) -> None:
    """Whether our state of a channel is the newest; once."""
    ledger = held.channel.ledger
    if not held.channel.we_fund and not ledger.ours.value and not ledger.htlcs:
        return  # nothing of ours is in it
    text = (_is_ahead if is_ahead else _gave_up)(held.peer_id.hex()[:8])
    subject = f"unproved {held.channel.channel_id.hex()}"
    if board.shell.herald.inbox.about(subject) is not None:
        return
    quoted = Untrusted(said).quoted(_CELLS)
    board.shell.herald.tell(
        tx,
        InboxKind.CLOSE,
        text,
        _REMEDY,
        urgent=True,
        subject=subject,
        channel_id=held.channel.channel_id,
        details=f" It says: {quoted}." if quoted else "",
    )


def _gave_up(name: str) -> str:
    return (
        f"{name} has given its channel with us up, and wants our state of it on the chain. Since "
        "this start it has not shown that this state is the newest, so the wallet does not publish "
        "it by itself."
    )


def _is_ahead(name: str) -> str:
    return (
        f"{name} knows a state of its channel with us that this wallet does not know: the disk has "
        "lost what it kept last, this folder is an older copy, or the peer is wrong. The channel "
        "cannot go on. The peer was asked to close it, and the wallet does not publish its own "
        "state by itself."
    )

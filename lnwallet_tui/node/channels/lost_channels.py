"""Channels whose state in the wallet's file is damaged: what is left of each comes from its backup.

Such a channel stands still, for nothing is known of its commitments: its peer is told nothing, and
we publish nothing. The guard watches its funding output like any other, and takes what is ours of
the transaction that closes it, as far as a backup tells it. The damaged row stays as it is: whoever
has a newer copy of the file may put it back.

What was under way in it is not heard of any more, so it is neither failed nor tried again. Where
the chain shows its preimage it has arrived.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lnwallet_tui.channel.backup import BackedUp
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.onchain.resolve import preimages_in
from lnwallet_tui.payment.records import AttemptStatus, HtlcName, OutgoingPayment
from lnwallet_tui.store import payments as stored
from lnwallet_tui.store.closes import closes_noted
from lnwallet_tui.store.damage import Damaged, Kind
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import RowDamaged

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def take_up(board: Switchboard) -> None:
    """What can be of them, before anything looks at the channels. Raises `StoreError`."""
    lists = board.backups.lists()
    _put_right(board, {one.channel_id: one for one in lists.get(board.backups.places[0], ())})
    if not board.channels.lost:
        return
    closes = closes_noted(board.shell.store)
    listed = {
        (one.number, one.salt): one
        for place in reversed(board.backups.places)  # that of the first is the newest
        for one in lists.get(place, ())
    }
    lists_all = board.backups.places[0] in lists
    for lost in tuple(board.channels.lost):
        kept = listed.get((lost.number, lost.salt))
        name = f"{lost.number} with {lost.peer_id.hex()[:8]}"
        closing = Damaged(Kind.CLOSING_CHANNEL, name)
        if kept is not None:
            _stand_in(board, kept)
            board.shell.damaged.met(Damaged(Kind.CHANNEL, name))
        elif lost.number not in closes:
            board.shell.damaged.met(Damaged(Kind.WHOLE_CHANNEL, name))
        elif not lists_all or board.shell.damaged.was_told(closing):  # it was written anew since
            board.shell.damaged.met(closing)
        else:  # what is not over would be listed
            board.channels.lost.remove(lost)
            board.shell.damaged.met(Damaged(Kind.CLOSED_CHANNEL, name))


def _put_right(board: Switchboard, kept: Mapping[bytes, BackedUp]) -> None:
    """Of a state that is whole the backup says whose it is, where what stands beside it in its row
    is damaged: a number, a peer and a salt have no checksum."""
    channels = board.channels
    lost = [(one.row, one) for one in channels.lost if one.row is not None]
    for row, one in (*lost, *((held.row(), None) for held in channels)):
        known = kept.get(row.state.channel_id)
        if known is None:
            continue
        right = replace(row, number=known.number, peer_id=known.peer_id, salt=known.salt)
        if right == row:
            continue
        held = Held.stored(right, board.shell.keys)
        is_taken = any(held.number == other.number != row.number for other in channels)
        if is_taken or not held.has_its_keys:
            continue
        with board.shell.store.transaction() as tx:
            channels.put_right(tx, held, row.number)
        if one is not None:
            channels.lost.remove(one)
        name = f"{held.number} with {held.peer_id.hex()[:8]}"
        board.shell.damaged.met(Damaged(Kind.WHOSE_CHANNEL, name))


def with_pending(
    board: Switchboard, ours: dict[bytes, set[HtlcName]]
) -> dict[bytes, set[HtlcName]]:
    """What channels hold of ours, by payment hash, and what lost ones may hold: nobody has said
    that it is over."""
    if board.channels.lost:
        for payment_hash, name in _pending(board):
            if board.channels.is_lost(name[0]):
                ours.setdefault(payment_hash, set()).add(name)
    return ours


def tell_shown(tx: Transaction, board: Switchboard, held: Held) -> None:
    """Of what had left by a lost channel, the preimages that the chain shows since its close."""
    channel_id, relay = held.channel.channel_id, board.relay
    left = [(hash_, name) for hash_, name in _pending(board) if name[0] == channel_id]
    hashes = {hash_ for hash_, _ in left} | (set() if relay is None else relay.sought())
    if not hashes:
        return
    spends = board.chain.spends_of(held.channel)
    seen = preimages_in((spent.tx for spent in spends), hashes)
    for hash_, (_, htlc_id) in left:
        if hash_ in seen:
            board.payments.shown(tx, channel_id, htlc_id, seen[hash_])
    if relay is not None:
        relay.found(tx, channel_id, seen)


def _pending(board: Switchboard) -> Iterator[tuple[bytes, HtlcName]]:
    """What payments had left by before this start."""
    for payment in stored.under_way(board.shell.store, lambda _: None):
        if isinstance(payment, OutgoingPayment):
            for attempt in payment.attempts:
                if attempt.status is AttemptStatus.PENDING and attempt.htlc_id is not None:
                    yield payment.payment_hash, (attempt.route.channel_id, attempt.htlc_id)
    if board.relay is not None:
        yield from board.relay.pending()


def _stand_in(board: Switchboard, kept: BackedUp) -> None:
    held = Held.restored(kept, board.shell.keys)
    held.frozen = RowDamaged.__name__
    board.channels.stand_in(held)
    with board.shell.store.transaction() as tx:
        board.chain.watch_funding(tx, held.channel)

"""Takes the channels of a backup into a wallet that has lost them."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.channel.backup import BackedUp, Backup
from lnwallet_tui.channel.state import Phase
from lnwallet_tui.keys.backup_key import BackupUnreadable
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.store import backup_file
from lnwallet_tui.store import channels as stored
from lnwallet_tui.store.backup_taken import save_backup_taken
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import SchemaTooNew, WalletCorrupt

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_SUBJECT: Final = "restored channels"


def restore(board: Switchboard, backup: Backup) -> int:
    """How many channels came back. Before the node starts, so that the chain is looked at with
    them. Raises `StoreError`.

    One that is here already stays as it is. One whose keys serve another channel by now does not
    come back as a channel: what is ours in it is looked for by these keys all the same.
    """
    taken = {held.number for held in board.channels}
    lost = [one for one in backup.channels if one.number not in taken]
    with board.shell.store.transaction() as tx:
        save_backup_taken(tx, backup.time)
        for kept in lost:
            _take_over(tx, board, kept)
        if lost:
            _tell(
                tx, board, _came_back(len(lost)), "See your channels: each says what it waits for."
            )
    return len(lost)


def look(tx: Transaction, board: Switchboard) -> None:
    """With each block: what was told when they came back is over once all of them are."""
    restored = [held for held in board.channels if held.channel.restored]
    if not restored or not all(map(partial(_is_over, board), restored)):
        return
    told, text = board.shell.herald.inbox.about(_SUBJECT), _are_over(len(restored))
    if told is not None and told.text != text:
        _tell(tx, board, text)


def _is_over(board: Switchboard, held: Held) -> bool:
    """Closed, and nothing of it still to come home."""
    resolution = board.guard.resolution(held)
    if held.channel.phase is Phase.DONE or resolution is None:
        return held.channel.phase is Phase.DONE
    return not resolution.pending


def _tell(tx: Transaction, board: Switchboard, text: str, remedy: str = "") -> None:
    board.shell.herald.tell(tx, InboxKind.NOTICE, text, remedy, subject=_SUBJECT)


def _came_back(count: int) -> str:
    if count == 1:
        return (
            "1 channel came back from the channel backup. If it is still open, its peer is asked "
            "to close it, and what is yours comes home by itself."
        )
    return (
        f"{count:,} channels came back from the channel backup. The peers of those that are still "
        "open are asked to close them, and what is yours comes home by itself."
    )


def _are_over(count: int) -> str:
    if count == 1:
        return (
            "The channel that came back from the channel backup is closed, and what it paid you is "
            "in the wallet."
        )
    return (
        f"The {count:,} channels that came back from the channel backup are closed, and what they "
        "paid you is in the wallet."
    )


def restore_what_lies_there(board: Switchboard) -> None:
    """A wallet that has seen no block is new, or was restored from its words: where it finds a
    backup of them at one of its places, it takes that over. Raises `StoreError`."""
    if not board.backups.is_kept or board.chain.time or any(board.channels):
        return
    for place in board.backups.places:
        file = backup_file.read(place)
        if file is None:
            continue
        # What cannot be read is told where all backups are looked at (node/channels/backups.py).
        with suppress(BackupUnreadable, WalletCorrupt, SchemaTooNew):
            restore(board, board.backups.read(file))


def _take_over(tx: Transaction, board: Switchboard, kept: BackedUp) -> None:
    held = Held.restored(kept, board.shell.keys)
    stored.skip_numbers(tx, kept.number + 1)
    board.channels.adopt(tx, held)
    board.chain.watch_funding(tx, held.channel)
    for address in kept.addresses[:1]:
        board.peers.welcome(kept.peer_id, address)

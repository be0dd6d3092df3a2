"""Takes the channels of a backup into a wallet that has lost them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.channel.backup import BackedUp, Backup
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.keys.backup_key import BackupUnreadable
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.store import backup_file
from lnwallet_tui.store import channels as stored
from lnwallet_tui.store.backup_taken import save_backup_taken
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import SchemaTooNew, WalletCorrupt

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


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
    if not lost:
        return 0
    board.shell.notice(
        f"{len(lost)} channel{'s' * (len(lost) > 1)} came back from the channel backup. The peers "
        "are asked to close them, and what is yours comes home by itself.",
        "See your channels: each says what it waits for.",
    )
    return len(lost)


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
    script = p2wsh(held.channel.params(Side.US).funding_script)
    board.chain.watch(tx, held.channel.funding.outpoint, script)
    for address in kept.addresses[:1]:
        board.peers.welcome(kept.peer_id, address)

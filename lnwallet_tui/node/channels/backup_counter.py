"""What can be asked of the channel backup, and said about it (`api.node.NodeApi`)."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.api.backup import BackupView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.node import refusing
from lnwallet_tui.node.channels.backups import Backups
from lnwallet_tui.node.switchboard import Switchboard
from lnwallet_tui.store.backup_file import BackupNotWritten
from lnwallet_tui.store.errors import StoreError


class BackupCounter:
    """The backup's part of the node."""

    _board: Switchboard

    async def backup(self) -> BackupView:
        return _view(self._board.backups)

    async def set_second_backup(self, folder: str) -> BackupView | Refused:
        backups = self._board.backups
        if not backups.is_kept:
            return Refused(RefusalCode.NOT_READY, _NOT_KEPT)
        place = _folder(folder, backups) if folder else None
        if isinstance(place, Refused):
            return place
        try:
            backups.name_second(place)
        except BackupNotWritten as error:
            return Refused(RefusalCode.DISK, f"{error}", "Name a folder that can be written to.")
        except StoreError as error:
            return refusing.of_disk(error)
        return _view(backups)


_NOT_KEPT = "No channel backup is kept here: these channels are nowhere else."


def _folder(text: str, backups: Backups) -> Path | Refused:
    path, own = Path(text), backups.places[0].parent
    try:
        is_folder = path.is_absolute() and path.is_dir()
        is_own = is_folder and path.resolve() == own.resolve()
    except (OSError, ValueError):  # a name too long, or with a NUL in it
        is_folder = is_own = False
    if not is_folder:
        return Refused(
            RefusalCode.BAD_INPUT,
            "There is no such folder.",
            "Name one that is there, on another disk if you can, from the root on.",
        )
    if is_own:
        return Refused(
            RefusalCode.BAD_INPUT,
            "That is the wallet's own folder, in which the backup lies already.",
            "Name one on another disk, or one that is copied to another machine.",
        )
    return path


def _view(backups: Backups) -> BackupView:
    if not backups.is_kept:
        return BackupView(file="", second="", channels=0, written=0, explanation=_NOT_KEPT)
    first, *others = backups.places
    return BackupView(
        file=f"{first}",
        second=f"{others[0]}" if others else "",
        channels=backups.listed_count,
        written=backups.written_at,
        explanation=_explanation(backups),
        taken=backups.is_taken,
    )


def _explanation(backups: Backups) -> str:
    if backups.trouble:
        where = " and ".join(f"{place.parent}" for place in backups.trouble)
        return f"It could not be written in {where}; the wallet tries again by itself."
    count, has_second = backups.listed_count, len(backups.places) > 1
    if not count:
        return "No channel is in it; the file is written before one begins."
    what = f"{count} channel{'s are' if count > 1 else ' is'} in it"
    if has_second:
        return f"{what}, at both places."
    return (
        f"{what}, beside the wallet only. If that disk is lost, your words alone bring home what "
        "peers pay you, but a peer that you cannot name is not asked to close. Name a second place."
    )

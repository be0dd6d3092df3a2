"""What the node says to its user: to the log, to whoever listens, and to the inbox, where it stays.

A disk that takes nothing is told of at once, and once more when it takes things again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.node.inbox import Inbox
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.inbox import Entry

if TYPE_CHECKING:
    from lnwallet_tui.node.shell import Shell

_REMIND_SECONDS: Final = 600
"""What is wrong with the disk is told again after so long, not with every attempt."""
_AGAIN_MS: Final = 10_000
_DISK: Final = "disk"
_OF_PAYMENTS: Final = frozenset({InboxKind.RECEIVED, InboxKind.FAILED, InboxKind.STUCK})


class Herald:
    """Says things, each sentence once at a time."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.inbox: Final = Inbox(shell.store, shell.feed, shell.damaged.met)
        self._told_of_disk = ("", 0)  # what, and when
        self._waits_for_disk = False

    def tell(
        self,
        tx: Transaction,
        kind: InboxKind,
        text: str,
        remedy: str = "",
        *,
        urgent: bool = False,
        subject: str = "",
        channel_id: bytes = b"",
        payment_hash: bytes = b"",
        final_at: int = 0,
        details: str = "",
        happened: int | None = None,
    ) -> None:
        """Say it once `tx` is durable; it takes the place of what was said of the same subject.
        `happened`: when, where that is not now."""
        said = self._entry(kind, text, remedy, subject or text, urgent=urgent)
        entry = replace(
            said,
            time=said.time if happened is None else happened,
            channel_id=channel_id,
            payment_hash=payment_hash,
            final_at=final_at,
            details=details,
        )
        self.inbox.put(tx, entry)
        tx.after(partial(self._said, entry))

    def say(self, kind: InboxKind, text: str, remedy: str = "", *, urgent: bool = False) -> None:
        """Say it now, outside of any transaction, also while the disk takes nothing."""
        try:
            with self._shell.store.transaction() as tx:
                self.tell(tx, kind, text, remedy, urgent=urgent)
        except StoreError:
            self._say_without_disk(self._entry(kind, text, remedy, text, urgent=urgent))

    def _entry(
        self, kind: InboxKind, text: str, remedy: str, subject: str, *, urgent: bool
    ) -> Entry:
        return Entry(
            time=self._shell.now(),
            kind=kind,
            text=text,
            remedy=remedy,
            urgent=urgent,
            subject=subject,
        )

    def _say_without_disk(self, entry: Entry) -> None:
        self.inbox.put_unsaved(entry)
        self._said(entry)

    def _said(self, entry: Entry) -> None:
        log = self._shell.log
        (log.warning if entry.urgent else log.info)("inbox", entry.text)
        if entry.kind not in _OF_PAYMENTS:
            self._shell.feed.publish(Notice(entry.text, entry.remedy, entry.urgent))

    # -- the disk
    def disk_failed(self, error: StoreError) -> None:
        """It did not take something; told now and then as long as that is so."""
        text, at = self._told_of_disk
        now = self._shell.now()
        if str(error) == text and now - at < _REMIND_SECONDS:
            return
        self._told_of_disk = str(error), now
        entry = self._entry(InboxKind.DISK, str(error), error.remedy, _DISK, urgent=True)
        self._say_without_disk(entry)
        if error.mended and not self._waits_for_disk:
            self._waits_for_disk = True
            self._shell.tasks.start(self._until_it_takes(error.mended), "disk, again")

    async def _until_it_takes(self, mended: str) -> None:
        clock = self._shell.ports.clock
        while self._waits_for_disk:
            await clock.sleep_until(clock.now_ms() + _AGAIN_MS)
            self._shell.turns.take(partial(self._try, mended))

    def _try(self, mended: str) -> None:
        if not self.inbox.flush() or not self._shell.store.has_room():
            return
        with self._shell.store.transaction() as tx:
            self.tell(tx, InboxKind.DISK, mended, subject=_DISK)
        self._told_of_disk = ("", 0)
        self._waits_for_disk = False

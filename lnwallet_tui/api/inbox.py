"""The inbox: what was said about money and safety, until it has been read and beyond."""

from __future__ import annotations

import enum
from typing import Final

from lnwallet_tui.api.views import View

MOST_GLIMPSED: Final = 20


class InboxKind(enum.Enum):
    """What an entry is about."""

    NOTICE = "notice"
    CLOSE = "close"
    BREACH = "breach"
    RECEIVED = "received"
    FAILED = "failed"
    STUCK = "stuck"
    DISK = "disk"
    BUG = "bug"


class InboxEntry(View, frozen=True, kw_only=True):
    """A sentence of ours and what to do about it, with the channel or payment that it is about.

    `final_at` is the height from which on it is final, 0 where that is not known or no question.
    When that is, or that it was, is for who shows it to say: it changes with every block.
    `details` go on where `text` ends, for whoever reads the entry itself.
    """

    number: int
    time: int
    kind: InboxKind
    text: str
    remedy: str = ""
    urgent: bool = False
    is_read: bool = False
    channel_id: str = ""
    payment_hash: str = ""
    final_at: int = 0
    details: str = ""


class InboxGlance(View, frozen=True, kw_only=True):
    """How many are unread, and the newest of them, `MOST_GLIMPSED` at most: of more, urgent ones
    are among them before others, and payments that came in after all else."""

    unread: int = 0
    newest: tuple[InboxEntry, ...] = ()

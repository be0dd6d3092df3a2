"""The words of the inbox: how an entry looks in the list, and where it leads."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.inbox import InboxEntry, InboxKind
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.last_look import harmless
from lnwallet_tui.ui.needs import Weight
from lnwallet_tui.ui.widgets.words import MUTED

NOTHING: Final = (
    "Nothing yet. What comes in, what fails, what others close, what the guard does and what is "
    "wrong with the disk is told here, and stays when the program ends."
)
_WORDS: Final = {
    InboxKind.NOTICE: "notice",
    InboxKind.CLOSE: "close",
    InboxKind.BREACH: "cheat",
    InboxKind.RECEIVED: "received",
    InboxKind.FAILED: "failed",
    InboxKind.STUCK: "stuck",
    InboxKind.DISK: "disk",
    InboxKind.BUG: "our bug",
}


def title(entries: int, unread: int, to_mend: int) -> str:
    """What stands above the list."""
    parts = [
        *([f"{fmt.count(to_mend, 'thing')} to mend"] if to_mend else []),
        *([f"{unread:,} unread of {entries:,}"] if entries else []),
    ]
    return f"Inbox: {', '.join(parts)}" if parts else "Inbox"


def standing_row(notice: Notice, width: int) -> Content:
    """What is wrong with a file of the user's, for as long as it is."""
    return Content.assemble(
        ("!", "bold $warning"),
        (f" {'now':<12} ", MUTED),
        (f"{Weight.CARE.value} ", "$warning"),
        (f"{'settings':<9}", MUTED),
        (harmless(notice.text), "bold"),
    ).truncate(width, ellipsis=True)


def row(entry: InboxEntry, now: int, text: str, width: int) -> Content:
    """One line with the entry's `text` as it is now: unread by its mark and bold."""
    weight = Weight.BAD if entry.urgent else Weight.PLAIN
    ink = "" if entry.is_read else "bold"
    return Content.assemble(
        (" " if entry.is_read else "●", "bold $accent"),
        (f" {fmt.clock(entry.time, now):<12} ", MUTED),
        (f"{weight.value} ", "$error" if entry.urgent else MUTED),
        (f"{_WORDS[entry.kind]:<9}", MUTED),
        (harmless(text), ink),
    ).truncate(width, ellipsis=True)


def kind_word(entry: InboxEntry) -> str:
    """What it is about, in a word or two."""
    return _WORDS[entry.kind]


def leads_to(entry: InboxEntry | Notice) -> str:
    """Where enter goes, in words; empty where there is nowhere to go."""
    if isinstance(entry, Notice):
        return "enter: the settings"
    if entry.payment_hash:
        return "enter: the payment"
    if entry.channel_id:
        return "enter: the channel"
    return {InboxKind.BUG: "enter: the log", InboxKind.BREACH: "enter: the guard"}.get(
        entry.kind, ""
    )

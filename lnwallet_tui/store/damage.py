"""Rows of the wallet's file that are not what we wrote: each is named, and the others are read.

What a damaged row held is not known any more. Whoever loads a kind of rows says what goes on
without it, and tells who asked for them which one it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from lnwallet_tui.store.codec import decode
from lnwallet_tui.store.errors import RowDamaged

T = TypeVar("T")


class Kind(StrEnum):
    """What a row was about."""

    CHANNEL = "channel"
    CLOSED_CHANNEL = "channel that is closed"
    CLOSING_CHANNEL = "channel that is being closed"
    WHOSE_CHANNEL = "whose a channel is"
    WHOLE_CHANNEL = "channel without a backup"
    SIGNER = "signer"
    HELD_HTLC = "held HTLC"
    CLOSE = "close"
    LEFT_BEHIND = "left behind"
    FORWARD = "forward"
    PEER = "peer"
    PEER_POLICY = "peer policy"
    COINS = "coins"
    WATCH = "watch"
    FACT = "fact"
    LOOK_BEHIND = "look behind"
    INBOX = "inbox"
    SECOND_PLACE = "second place"


@dataclass(frozen=True, slots=True)
class Damaged:
    """One such row. `name` says which of its kind, as the user may know it; empty for the only
    one."""

    kind: Kind
    name: str = ""


OnDamage = Callable[[Damaged], None]


def not_asked(_: Damaged) -> None:
    """For those who go on without, and are not the ones who tell."""


def read_whole(body: object, kind: type[T], row: Damaged, damaged: OnDamage) -> T | None:
    """What a row holds; None, once it was told, where that cannot be read. Raises `SchemaTooNew`:
    what a newer program wrote is not damaged."""
    assert isinstance(body, bytes)
    try:
        return decode(body, kind)
    except RowDamaged:
        damaged(row)
        return None

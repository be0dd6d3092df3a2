"""What the guard has done about closed channels, and what it said (C19)."""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.store import singles
from lnwallet_tui.store.codec import decode_or, encode
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage, read_whole
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.rows import Rows

_MOST_SKIPPED: Final = 2**40
_LEFT_BEHIND: Final = "left behind"
_DAMAGED: Final = "This line of the log is damaged in the wallet's file."


class Offered(msgspec.Struct, frozen=True):
    """The feerate (sat/kw) that was offered last to take an output; it never goes down.

    For a sweep also the fee, the id and the number of inputs of its transaction, which must be
    outbid as a whole. `since` is the block for which that was offered first, 0 where it was not
    noted.
    """

    outpoint: OutPoint
    feerate_per_kw: int
    fee: Sat = ZERO_SAT
    txid: bytes = b""
    inputs: int = 0
    since: int = 0


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """A channel whose funding output is spent, or whose commitment we publish.

    `script` is where our money goes. `said` are the keys of the log's lines that stand already,
    so that none is said twice. `told` is what a guard's journal says was offered: anybody who
    writes to that folder can say so, and it is believed only as far as it can be true.
    """

    script: bytes
    offered: tuple[Offered, ...] = ()
    said: tuple[str, ...] = ()
    told: tuple[Offered, ...] = ()


def save_close(tx: Transaction, channel: int, close: Close) -> None:
    """Write or replace what is known of channel number `channel`."""
    tx.write("INSERT OR REPLACE INTO closes VALUES (?, ?)", (channel, encode(close)))


def load_closes(store: Rows, damaged: OnDamage) -> dict[int, Close]:
    """By channel number; without those that are damaged."""
    closes: dict[int, Close] = {}
    for channel, body in store.read("SELECT channel, body FROM closes ORDER BY channel"):
        assert isinstance(channel, int)
        close = read_whole(body, Close, Damaged(Kind.CLOSE, f"{channel}"), damaged)
        if close is not None:
            closes[channel] = close
    return closes


def closes_noted(store: Rows) -> frozenset[int]:
    """The numbers of the channels of which anything is known, be it damaged or not."""
    rows = store.read("SELECT channel FROM closes")
    return frozenset(channel for (channel,) in rows if isinstance(channel, int))


def save_left_behind(tx: Transaction, close: Close) -> None:
    """Write or replace what was done about channels that are not known any more, all together."""
    singles.save(tx, _LEFT_BEHIND, close)


def load_left_behind(store: Store, damaged: OnDamage) -> Close | None:
    """None where nothing of theirs was ever found, or what is known of it is damaged."""
    return singles.load(store, _LEFT_BEHIND, Close, Damaged(Kind.LEFT_BEHIND), damaged)


def add_entry(tx: Transaction, entry: GuardEntry) -> None:
    """Append a line to the guard's log."""
    tx.write("INSERT INTO guard_log (body) VALUES (?)", (encode(entry),))


def newest_entries(store: Store, limit: int, skip: int = 0) -> tuple[GuardEntry, ...]:
    """The newest lines of the log without the very newest `skip`, the oldest of them first."""
    sql = "SELECT body FROM guard_log ORDER BY number DESC LIMIT ? OFFSET ?"
    rows = store.read(sql, (limit, min(skip, _MOST_SKIPPED)))
    damaged = GuardEntry(height=0, time=0, text=_DAMAGED, txid="")  # keeps its place
    return tuple(decode_or(body, damaged) for (body,) in reversed(rows))


def count_entries(store: Store) -> int:
    """How many lines the log has."""
    [(number,)] = store.read("SELECT count(*) FROM guard_log")
    assert isinstance(number, int)
    return number

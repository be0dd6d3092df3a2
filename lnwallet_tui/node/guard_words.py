"""The lines of the guard's log: what happened to a close, each said once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, assert_never

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.onchain.classify import (
    CloseKind,
    Cooperative,
    Ours,
    OursUnexpected,
    Revoked,
    Theirs,
    TheirsUnexpected,
    Unknown,
)
from lnwallet_tui.onchain.report import Fate, OutputReport
from lnwallet_tui.onchain.resolve import Resolution

_BLOCK_SECONDS: Final = 600


def when(height: int, tip: int, now: int) -> str:
    """A height to come, with its date at ten minutes a block from `tip` at `now`."""
    date = datetime.fromtimestamp(now + (height - tip) * _BLOCK_SECONDS, tz=UTC)
    return f"block {height:,} (about {date.day} {date:%b %H:%M} UTC)"


def kind_word(close: CloseKind) -> str:
    """The word that views use for how a channel was closed."""
    match close:
        case Cooperative():
            return "cooperative"
        case Ours() | OursUnexpected():
            return "ours"
        case Theirs() | TheirsUnexpected():
            return "theirs"
        case Revoked():
            return "breach by them"
        case Unknown():
            return "unknown"
        case _:
            assert_never(close)


def lines(resolution: Resolution, peer: str, height: int) -> tuple[tuple[str, str], ...]:
    """Sentences with the transaction that each is about, oldest first."""
    return tuple(_lines(resolution, peer, height))


def _lines(resolution: Resolution, peer: str, height: int) -> Iterator[tuple[str, str]]:
    txid = txid_to_hex(resolution.closing.tx.txid)
    yield _closed(resolution, peer), txid
    for output in resolution.outputs:
        yield from _output(output, resolution.close, peer)
    if resolution.is_final(height):
        yield f"The close of the channel with {peer} is final: no reorganisation can undo it.", txid


def _closed(resolution: Resolution, peer: str) -> str:
    at = resolution.closing.height
    match resolution.close:
        case Cooperative():
            return f"The channel with {peer} was closed in agreement, in block {at:,}."
        case Ours() | OursUnexpected():
            return f"Our own close of the channel with {peer} is in block {at:,}."
        case Theirs() | TheirsUnexpected():
            return f"{peer} closed its channel with us alone, in block {at:,}."
        case Revoked(number):
            return (
                f"{peer} CHEATED: it published its old state {number:,} in block {at:,}. "
                "Everything in the channel is ours now, and the guard takes it."
            )
        case Unknown():
            return (
                f"Something unknown closed the channel with {peer} in block {at:,}. "
                "Please report this."
            )
        case _:
            assert_never(resolution.close)


def _output(output: OutputReport, close: CloseKind, peer: str) -> Iterator[tuple[str, str]]:
    value = f"{output.value.value:,} sat"
    spent = "" if output.spent is None else txid_to_hex(output.spent.tx.txid)
    match output.fate:
        case Fate.TAKEN if isinstance(close, Revoked):
            yield f"Justice: {value} were taken from {peer}'s old state.", spent
        case Fate.TAKEN:
            yield f"{value} of the channel with {peer} are back in the wallet.", spent
        case Fate.LOST:
            yield f"{value} of the channel with {peer} were taken by somebody else.", spent
        case Fate.WAITING:
            yield f"{value} of the channel with {peer} wait until block {output.earliest:,}.", ""
        case Fate.LEFT if output.value > Sat(330):
            yield f"{value} of the channel with {peer} cost more to take than they are worth.", ""
        case _:
            return


def caught(resolution: Resolution, peer: str, height: int, now: int) -> str:
    """A breach that is punished but not final yet, in one sentence; else empty."""
    final_at = resolution.final_at
    if not isinstance(resolution.close, Revoked) or final_at is None or final_at <= height:
        return ""
    final = when(final_at, height, now)
    taken = resolution.total(Fate.TAKEN).value
    lost = resolution.total(Fate.LOST).value
    less = f" and lost {lost:,} sat" if lost else ""
    return (
        f"{peer} cheated with an old state: {taken:,} sat taken (less the fee){less}, "
        f"final at {final}."
    )


def child(peer: str, fee: Sat) -> str:
    """A child pays for our commitment."""
    return f"The close of the channel with {peer} is hurried with {fee.value:,} sat of fee."

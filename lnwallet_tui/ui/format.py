"""Turns amounts, blocks and times into the words of the screen; nothing else does.

Amounts are whole satoshis with thousands separated; the thousandths show only where `exact`
asks for them. Everywhere else an amount is rounded down, so that one and the same is so on every
page, and never said to be more than it is; where several stand above their sum, `rounded_off` is
what they then lack to it. A number of blocks always stands beside a time, at ten minutes a block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from lnwallet_tui.api.dates import BLOCK_SECONDS, block_at, clock, expected, moment, utc
from lnwallet_tui.bitcoin.amount import MAX_SAT

__all__ = [
    "BLOCK_SECONDS",
    "ago",
    "block_at",
    "blocks",
    "clock",
    "count",
    "day_and_time",
    "exact",
    "expected",
    "feerate",
    "height",
    "left",
    "moment",
    "msat",
    "parse_feerate",
    "parse_sat",
    "rounded_off",
    "sat",
    "short",
    "signed",
    "span",
]

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3_600, 86_400, 604_800
_WEIGHT_PER_VBYTE: Final = 4
_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}([ ,._'])[0-9]{3}(?:\1[0-9]{3})*|[0-9]{1,16}")
"""Plain digits, or thousands separated, all alike; `12.5` and `0.001` are not guessed at."""

_FEERATE: Final = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{0,3}))?", re.ASCII)


def sat(amount_sat: int) -> str:
    """`1,234,567 sat`."""
    return f"{amount_sat:,} sat"


def msat(amount_msat: int) -> str:
    """The whole satoshis in it: `1,234 sat`; what is less than one is `under 1 sat`."""
    if 0 < amount_msat < 1000:
        return "under 1 sat"
    return sat(amount_msat // 1000)


def exact(amount_msat: int) -> str:
    """With its thousandths where there are any: `1,234.567 sat`."""
    whole, rest = divmod(amount_msat, 1000)
    return f"{whole:,}.{rest:03} sat" if rest else sat(whole)


def rounded_off(parts_msat: Iterable[int], total_msat: int) -> int:
    """How many whole satoshis the thousandths of the parts make in their sum."""
    return total_msat // 1000 - sum(part // 1000 for part in parts_msat)


def signed(amount_msat: int, *, outgoing: bool) -> str:
    """With the sign seen from us: `-1,234 sat`, `+1,234 sat`."""
    return f"{'-' if outgoing else '+'}{msat(amount_msat)}"


def parse_sat(text: str) -> int | None:
    """The amount a person typed: `250000`, `250,000`, `250 000 sat`; None where it is none."""
    typed = text.strip().lower().removesuffix("sat").removesuffix("s").strip()
    grouped = _GROUPED.fullmatch(typed)
    if grouped is None:
        return None
    amount_sat = int(typed.replace(grouped[1] or " ", ""))
    return amount_sat if amount_sat <= MAX_SAT else None


def feerate(per_kw: int) -> str:
    """sat/kw as `2.5 sat/vB`."""
    tenths = per_kw * _WEIGHT_PER_VBYTE // 100
    return f"{tenths // 10:,}.{tenths % 10} sat/vB"


def parse_feerate(text: str) -> int | None:
    """A feerate that a person typed in sat/vB, `2.5`, in sat/kw, rounded up; None where it is
    none."""
    typed = _FEERATE.fullmatch(text.strip())
    if typed is None:
        return None
    thousandths = int(typed[1]) * 1000 + int((typed[2] or "").ljust(3, "0"))
    return -(-thousandths // _WEIGHT_PER_VBYTE)


def span(seconds: int) -> str:
    """About how long: `40 s`, `59 min`, `3 h`, `5 days`, `3 weeks`."""
    if seconds < _MINUTE:
        return f"{max(0, seconds)} s"
    if seconds < 2 * _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{round(seconds / _HOUR)} h"
    if seconds < 3 * _WEEK:
        return f"{round(seconds / _DAY)} days"
    return f"{round(seconds / _WEEK)} weeks"


def blocks(count: int) -> str:
    """`144 blocks (~24 h)`; `1 block (~10 min)`."""
    return f"{count:,} {'block' if count == 1 else 'blocks'} (~{span(count * BLOCK_SECONDS)})"


def height(block: int) -> str:
    """`block 976,120`."""
    return f"block {block:,}"


def day_and_time(unix: int, *, wide: bool = False) -> str:
    """For a clock: `Mon 4 Feb 14:02`; with room for it `Mon 4 Feb 2025, 14:02 UTC`."""
    then = utc(unix)
    return moment(unix) if wide else f"{then:%a} {then.day} {then:%b %H:%M}"


def ago(unix: int, now: int) -> str:
    """`3 min ago`; `just now` below a minute."""
    return "just now" if now - unix < _MINUTE else f"{span(now - unix)} ago"


def left(unix: int, now: int) -> str:
    """`in 59 min`, or `over` when it has passed."""
    return f"in {span(unix - now)}" if unix > now else "over"


def short(identifier: str) -> str:
    """A long hex id by its ends, eight digits each: `02c65e9a…1f9ee5aa`."""
    return identifier if len(identifier) <= 17 else f"{identifier[:8]}…{identifier[-8:]}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 channel`, `3 channels`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"

"""Keys that were counted and that nothing came of: whoever wants one gets one of these first.

They are lent to what may come to nothing, an opening, or a payment that others are to sign. Nobody
else gets one that something under way may use, and nobody at all one that was used: it leaves in
the transaction of what used it. So after a crash nothing that was signed or published is lent
again, and nothing else is lost. A damaged row is as none: what stood in it is lent no more.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

import msgspec

from lnwallet_tui.coins.coin import KeyPath
from lnwallet_tui.store import singles
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.rows import Rows

_SCRIPTS: Final = "spare scripts"
_NUMBERS: Final = "spare channel keys"


class SpareScript(msgspec.Struct, frozen=True):
    """A key on chain. `exported`: a payment that others have may pay to it."""

    path: KeyPath
    exported: bool = False


class SpareScripts(msgspec.Struct, frozen=True):
    """In the order in which they were counted."""

    scripts: tuple[SpareScript, ...] = ()


class SpareNumber(msgspec.Struct, frozen=True):
    """The keys of a channel, and the peer that was shown their public halves."""

    number: int
    peer_id: bytes


class SpareNumbers(msgspec.Struct, frozen=True):
    """In the order in which they came to these peers."""

    numbers: tuple[SpareNumber, ...] = ()


# -- keys on chain
def spare_scripts(rows: Rows) -> tuple[SpareScript, ...]:
    """All of them."""
    return singles.load_or(rows, _SCRIPTS, SpareScripts()).scripts


def save_scripts(tx: Transaction, scripts: Iterable[SpareScript]) -> None:
    """Write or replace."""
    singles.save(tx, _SCRIPTS, SpareScripts(tuple(scripts)))


def use_scripts(tx: Transaction, used: Iterable[KeyPath]) -> None:
    """These are lent no more."""
    gone, known = frozenset(used), spare_scripts(tx)
    left = tuple(one for one in known if one.path not in gone)
    if left != known:
        save_scripts(tx, left)


# -- keys of channels
def spare_numbers(rows: Rows) -> tuple[SpareNumber, ...]:
    """All of them."""
    return singles.load_or(rows, _NUMBERS, SpareNumbers()).numbers


def save_numbers(tx: Transaction, numbers: Iterable[SpareNumber]) -> None:
    """Write or replace."""
    singles.save(tx, _NUMBERS, SpareNumbers(tuple(numbers)))


def use_numbers(tx: Transaction, used: Container[int]) -> None:
    """These are lent no more."""
    known = spare_numbers(tx)
    left = tuple(one for one in known if one.number not in used)
    if left != known:
        save_numbers(tx, left)

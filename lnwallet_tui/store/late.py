"""Since when the user knows that a channel is to be closed alone for a late payment, beside the
channel itself: half a day from then it is, however often the program starts meanwhile."""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import RowDamaged
from lnwallet_tui.store.rows import Rows

_NAME: Final = "late "


class LateHtlc(msgspec.Struct, frozen=True, kw_only=True):
    """An HTLC, `outgoing` as seen from us, and when the user was told of it (Unix seconds)."""

    outgoing: bool
    htlc_id: int
    told: int


class LateHtlcs(msgspec.Struct, frozen=True):
    """Those of a channel."""

    htlcs: tuple[LateHtlc, ...] = ()

    def told(self, htlc_id: int, *, outgoing: bool) -> int | None:
        """When; None where the user was not told."""
        same = (one for one in self.htlcs if (one.htlc_id, one.outgoing) == (htlc_id, outgoing))
        found = next(same, None)
        return None if found is None else found.told

    def and_also(self, htlc: LateHtlc) -> LateHtlcs:
        """With one more."""
        return LateHtlcs((*self.htlcs, htlc))


def save_late(tx: Transaction, number: int, late: LateHtlcs) -> None:
    """Write or replace those of channel `number`."""
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (f"{_NAME}{number}", encode(late)))


def forget_late(tx: Transaction, number: int) -> None:
    """Of a channel that nothing came of."""
    tx.write("DELETE FROM singles WHERE name = ?", (f"{_NAME}{number}",))


def load_late(store: Rows, number: int) -> LateHtlcs:
    """Those of channel `number`; none where they are damaged, and the user is told anew."""
    rows = store.read("SELECT body FROM singles WHERE name = ?", (f"{_NAME}{number}",))
    if not rows:
        return LateHtlcs()
    [(body,)] = rows
    assert isinstance(body, bytes)
    try:
        return decode(body, LateHtlcs)
    except RowDamaged:
        return LateHtlcs()

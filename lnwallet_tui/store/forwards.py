"""Payments of others that pass through us, by the HTLC that came in."""

from __future__ import annotations

from lnwallet_tui.payment.records import HtlcName
from lnwallet_tui.payment.relay import Forward
from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage, read_whole
from lnwallet_tui.store.db import Store, Transaction


def save(tx: Transaction, forward: Forward) -> None:
    """Write or replace it; before its outgoing HTLC leaves."""
    tx.write(
        "INSERT OR REPLACE INTO forwards VALUES (?, ?, ?)", (*forward.incoming, encode(forward))
    )


def forget(tx: Transaction, incoming: HtlcName) -> None:
    """It is over, nothing was earned, and its onion is too old to come again."""
    tx.write("DELETE FROM forwards WHERE channel_id = ? AND htlc_id = ?", incoming)


def load(store: Store, damaged: OnDamage) -> dict[HtlcName, Forward | None]:
    """All of them by the name of the incoming HTLC; None for one that is damaged."""
    rows = store.read("SELECT channel_id, htlc_id, body FROM forwards ORDER BY channel_id, htlc_id")
    found: dict[HtlcName, Forward | None] = {}
    for channel_id, htlc_id, body in rows:
        assert isinstance(channel_id, bytes)
        assert isinstance(htlc_id, int)
        row = Damaged(Kind.FORWARD, f"HTLC {htlc_id} of channel {channel_id.hex()[:8]}")
        forward = read_whole(body, Forward, row, damaged)
        if forward is not None and forward.incoming != (channel_id, htlc_id):
            damaged(row)
            forward = None
        found[channel_id, htlc_id] = forward
    return found

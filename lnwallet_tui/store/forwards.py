"""Payments of others that pass through us, by the HTLC that came in."""

from __future__ import annotations

from lnwallet_tui.payment.records import HtlcName
from lnwallet_tui.payment.relay import Forward
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Store, Transaction


def save(tx: Transaction, forward: Forward) -> None:
    """Write or replace it; before its outgoing HTLC leaves."""
    tx.write(
        "INSERT OR REPLACE INTO forwards VALUES (?, ?, ?)", (*forward.incoming, encode(forward))
    )


def forget(tx: Transaction, incoming: HtlcName) -> None:
    """It is over, nothing was earned, and its onion is too old to come again."""
    tx.write("DELETE FROM forwards WHERE channel_id = ? AND htlc_id = ?", incoming)


def load(store: Store) -> dict[HtlcName, Forward]:
    """All of them by the name of the incoming HTLC."""
    rows = store.read("SELECT body FROM forwards ORDER BY channel_id, htlc_id")
    found: dict[HtlcName, Forward] = {}
    for (body,) in rows:
        assert isinstance(body, bytes)
        forward = decode(body, Forward)
        found[forward.incoming] = forward
    return found

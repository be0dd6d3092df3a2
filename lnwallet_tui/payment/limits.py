"""The numbers of this room that are our choice, each with its reason."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.policy import Policy

PAYER_MARGIN: Final = 3
"""Blocks added to the payee's `min_final_cltv_expiry_delta`: they may be found on the way."""

DEADLINE_MARGIN: Final = 3
"""Blocks between the nearest expiry that we take and the deadline to go to chain; LND's too."""

MAX_ATTEMPTS: Final = 40
"""HTLCs for one payment. Each asks something of others; after so many the way is not the reason."""

RETRY_SECONDS: Final = 60
"""No new attempt after that: who pays at a counter does not wait longer, nor does the payee."""

MAX_PARTS: Final = 16
"""HTLCs at once for one payment; LND's default. Each takes a slot in every channel it passes."""

SET_TIMEOUT: Final = 60
"""Seconds for all parts of a payment. BOLT 4: "SHOULD wait for at least 60 seconds"."""

MOST_HELD: Final = 483
"""BOLT 2: a channel never holds more HTLCs of one side, so what was refused before is gone."""


def nearest_expiry(height: int, policy: Policy) -> int:
    """The lowest `cltv_expiry` of an HTLC that can still be fulfilled without a race."""
    return height + policy.fulfilment_deadline + DEADLINE_MARGIN

"""How near to its expiry an HTLC is still taken."""

from __future__ import annotations

from lnwallet_tui.policy import DEADLINE_MARGIN, Policy


def nearest_expiry(height: int, policy: Policy) -> int:
    """The lowest `cltv_expiry` of an HTLC that can still be fulfilled without a race."""
    return height + policy.fulfilment_deadline + DEADLINE_MARGIN

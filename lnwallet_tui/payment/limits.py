"""How near to its expiry an HTLC is still taken, and how far from it one of ours may be."""

from __future__ import annotations

from collections.abc import Iterable

from lnwallet_tui.payment.records import Way
from lnwallet_tui.policy import DEADLINE_MARGIN, PAYER_MARGIN, RETRY_LOCK, SHADOW_BLOCKS, Policy


def nearest_expiry(height: int, policy: Policy) -> int:
    """The lowest `cltv_expiry` of an HTLC that can still be fulfilled without a race."""
    return height + policy.fulfilment_deadline + DEADLINE_MARGIN


def latest_expiry(ways: Iterable[Way], final_cltv: int, height: int, policy: Policy) -> int:
    """The highest `cltv_expiry` of any HTLC of a payment, also of those that are tried later, when
    these are its first ways and the payee asks for `final_cltv` blocks."""
    longest = max((way.route.cltv for way in ways), default=0)
    locked = final_cltv + PAYER_MARGIN + SHADOW_BLOCKS + longest + RETRY_LOCK
    return height + min(policy.max_htlc_cltv, locked)


def most_cltv(latest: int, height: int, policy: Policy) -> int:
    """For how many blocks an HTLC of a payment may lock now; `latest` as in `OutgoingPayment`."""
    return min(policy.max_htlc_cltv, latest - height) if latest else policy.max_htlc_cltv

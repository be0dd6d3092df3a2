"""What one side of a channel may have under way in it, and how much of that is used."""

from __future__ import annotations

import msgspec


class SideLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Of the payments that one side offers. The other side has set all but `dust_limit_sat`, which
    is that of the offering side's own commitment: what is smaller has no output there."""

    reserve_sat: int
    in_flight_msat: int
    max_in_flight_msat: int
    htlcs: int
    max_htlcs: int
    htlc_minimum_msat: int
    dust_limit_sat: int

"""Payments to the wallet that nodes tell of, and that are in no block yet."""

from __future__ import annotations

from lnwallet_tui.api.views import View


class ArrivingView(View, frozen=True, kw_only=True):
    """Somebody's transaction that pays the wallet, as `nodes` of them say, since `since` (Unix
    seconds). Nothing of it counts anywhere before a block has it."""

    txid: str
    amount_sat: int
    nodes: int
    since: int
    explanation: str

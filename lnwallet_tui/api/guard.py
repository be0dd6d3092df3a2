"""What the breach guard watches, output by output, and its log as far back as it goes."""

from __future__ import annotations

import enum

from lnwallet_tui.api.views import GuardEntry, View


class WatchKind(enum.Enum):
    """What is watched."""

    FUNDING = "funding"  # unspent: the channel is open
    CLOSE = "close"  # the transaction that spent it
    BALANCE = "balance"  # an output of a close
    HTLC = "payment"
    SECOND_STAGE = "second stage"


class WatchView(View, frozen=True, kw_only=True):
    """One thing on the chain that the guard looks for with every block.

    `explanation` says what would happen if it was spent, or what became of it. Outputs of a close
    follow their close. `by_height` is the first block that could take it from us for good, 0 where
    none can.
    """

    kind: WatchKind
    channel_id: str
    peer_id: str
    txid: str
    vout: int  # -1: the whole transaction
    amount_sat: int
    explanation: str
    by_height: int = 0
    is_open: bool = True  # False: nothing is to be done for it any more


class GuardLogPage(View, frozen=True, kw_only=True):
    """A part of the guard's log, the newest first, of `total` lines in all."""

    entries: tuple[GuardEntry, ...]
    total: int

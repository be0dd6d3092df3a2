"""What is kept of the steps that ended a channel: who took them, why, and what we knew then.

A record is part of the channel's state, so that it is durable before anything of the close leaves.
"""

from __future__ import annotations

import msgspec

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import Msat


class PendingHtlc(msgspec.Struct, frozen=True, kw_only=True):
    """An HTLC that was under way; `outgoing` seen from us."""

    htlc_id: int
    outgoing: bool
    amount: Msat
    cltv_expiry: int


class CloseRecord(msgspec.Struct, frozen=True, kw_only=True, tag="close-1"):
    """One step towards the end of a channel. Another version of it gets another tag.

    `time` in Unix seconds; `ours` and `theirs` are the balances, an HTLC's amount with whom it
    comes from. `feerate_per_kw` is that of our commitment, which has the number `our_number`;
    `soon_per_kw` what the chain cost. `their_revoked` counts the commitments that they had revoked.
    `fault` is our name for what the peer did wrong, `said` what it said, `deadline` the HTLC that
    could not wait any longer.
    """

    began: CloseBegan
    height: int
    time: int
    ours: Msat
    theirs: Msat
    htlcs: tuple[PendingHtlc, ...]
    peer_online: bool
    feerate_per_kw: int
    soon_per_kw: int
    our_number: int
    their_revoked: int
    fault: str = ""
    said: Untrusted = Untrusted("")
    deadline: PendingHtlc | None = None

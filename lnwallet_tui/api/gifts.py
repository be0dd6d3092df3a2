"""What the opener of a channel gave the other side with it: no payment, and no transaction of who
got it, but it moved money."""

from __future__ import annotations

import msgspec


class GiftView(msgspec.Struct, frozen=True, kw_only=True):
    """One. `time` is when both had signed the opening (Unix seconds), `txid` the transaction that
    opened the channel. It `waits` until the channel is ready: until then its opener may have the
    coins back, so that what comes in counts for nothing."""

    channel_id: str
    peer_id: str
    outgoing: bool
    amount_msat: int
    time: int
    txid: str
    waits: bool = False

    @property
    def change_msat(self) -> int:
        """What it changed of all that the wallet has."""
        if self.outgoing:
            return -self.amount_msat
        return 0 if self.waits else self.amount_msat

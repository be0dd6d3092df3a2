"""What a guard watches, as a node would hand it out."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.guard import WatchKind, WatchView
from tests.ui import views

FUNDING = WatchView(
    kind=WatchKind.FUNDING, channel_id=views.CHANNEL, peer_id=views.PEER, txid="44" * 32, vout=1,
    amount_sat=1_000_000, explanation="Unspent. Any of 3 old states would be punished.",
)  # fmt: skip
CLOSE = replace(
    FUNDING, kind=WatchKind.CLOSE, channel_id="bb" * 32, txid="55" * 32, vout=-1,
    explanation="Closed by the peer alone, in block 1,020. Some of it is still to come home.",
)  # fmt: skip
HTLC = replace(
    CLOSE, kind=WatchKind.HTLC, vout=2, amount_sat=50_000, by_height=1_060,
    explanation="A payment that we offered: being taken.",
)  # fmt: skip

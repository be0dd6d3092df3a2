"""What is said of a row of the wallet's file that is damaged: what is lost, and what goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lnwallet_tui.store.damage import Damaged, Kind
from lnwallet_tui.store.errors import RowDamaged

_OF: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.HELD_HTLC: (
        "of a payment in channel {}",
        "Should the peer publish an old state that held this payment, the guard takes the rest of "
        "it; everything else goes on.",
    ),
    Kind.CLOSE: (
        "of what the guard did about channel {}",
        "The guard works it out anew from the chain; everything else goes on.",
    ),
    Kind.LEFT_BEHIND: (
        "of what lost channels left",
        "The wallet works it out anew from the chain; everything else goes on.",
    ),
    Kind.FORWARD: (
        "of a payment that passes through this node ({})",
        "Where it is still under way, the node finds it again in its channels; everything else "
        "goes on.",
    ),
    Kind.PEER: (
        "of the peer {}",
        "Its channels go on once it connects, or once you connect to it by its address.",
    ),
    Kind.PEER_POLICY: (
        "of what the peer asks for passing payments on in channel {}",
        "Your invoices name this channel again once the peer has said it anew.",
    ),
    Kind.INBOX: ("of an entry of the inbox", "The others are here; everything else goes on."),
}


def told(row: Damaged) -> tuple[str, str]:
    """A sentence or two, and a remedy."""
    of, goes_on = _OF[row.kind]
    text = f"What the wallet's file holds {of.format(row.name)} is damaged. {goes_on}"
    return text, RowDamaged.remedy

"""What is said of a row of the wallet's file that is damaged: what is lost, and what goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lnwallet_tui.store.damage import Damaged, Kind
from lnwallet_tui.store.errors import RowDamaged

_A_COPY: Final = (
    "If an older copy of the backup lists it, name that one's folder as the second place of the "
    "backup, and start the wallet again."
)
_OF: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.CHANNEL: (
        "of channel {}",
        "The channel stands still. Once it is closed, the guard takes your balance in it; payments "
        "that are under way in it are not known any more. If it is not closed yet, ask the peer to "
        "close it.",
    ),
    Kind.CLOSED_CHANNEL: (
        "of channel {}",
        "It was closed before, and is in no list any more; everything else goes on.",
    ),
    Kind.CLOSING_CHANNEL: (
        "of channel {}",
        "Its close had begun, and it is in no channel backup either: what the peer has paid you "
        "comes home by itself, and what your own transactions had still to bring home does not. "
        f"{_A_COPY}",
    ),
    Kind.WHOSE_CHANNEL: (
        "of whose channel {} is",
        "The channel backup says it, and the channel goes on.",
    ),
    Kind.WHOLE_CHANNEL: (
        "of channel {}",
        "It is in no channel backup either, so the wallet cannot watch it. Ask the peer to close "
        f"it: what it pays you then comes home by itself. {_A_COPY}",
    ),
    Kind.SIGNER: (
        "of the signatures in channel {}",
        "The channel stands still, and is guarded as before: its deadlines are kept, and you can "
        "force-close it.",
    ),
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
    Kind.COINS: (
        "of your coins",
        "The wallet reads the chain once more to find them; until it has, not all of them are "
        "shown. What it sent and is in no block yet is not known any more, nor are the coins that "
        "you have frozen.",
    ),
    Kind.WATCH: (
        "of what it looks for on the chain ({})",
        "It looks for what your channels and coins need all the same.",
    ),
    Kind.FACT: (
        "of block {}",
        "The wallet reads the chain once more; until it has, what came home from a closed channel "
        "may be counted twice. Everything else goes on.",
    ),
    Kind.LOOK_BEHIND: (
        "of addresses to be looked for in older blocks",
        "The wallet looks for all of your addresses instead; everything else goes on.",
    ),
    Kind.SECOND_PLACE: (
        "of the second place of the channel backup",
        "No copy is written there until you name the folder again; the backup beside the wallet is "
        "kept as ever.",
    ),
    Kind.INBOX: ("of an entry of the inbox", "The others are here; everything else goes on."),
}


def told(row: Damaged) -> tuple[str, str]:
    """A sentence or two, and a remedy."""
    of, goes_on = _OF[row.kind]
    text = f"What the wallet's file holds {of.format(row.name)} is damaged. {goes_on}"
    return text, RowDamaged.remedy

"""Which keys an opening gets. A channel has its own, for ever; keys with which nothing was signed
are lent to the next opening, and to one of the same peer first.

A wallet restored from its words looks so far beyond the last number that was paid, and no further
(`onchain.left_behind.GAP`): who proposes channels, and takes each back, must not use them up. The
random part of the keys (`keys.derive`) is drawn anew for each opening, so that no per-commitment
point is shown twice.
"""

from __future__ import annotations

from collections.abc import Container

from lnwallet_tui.channel.state import Channel, ChannelState, Opening, OpeningStage
from lnwallet_tui.policy import MOST_SPARE_NUMBERS
from lnwallet_tui.store import channels as stored
from lnwallet_tui.store import spares
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.spares import SpareNumber


def lend(tx: Transaction, peer_id: bytes, lent: Container[int]) -> int:
    """For an opening with that peer; `lent` are those of openings under way."""
    known = spares.spare_numbers(tx)
    free = [one for one in known if one.number not in lent]
    for one in free:
        if one.peer_id == peer_id:
            return one.number
    is_enough = free and len(known) >= MOST_SPARE_NUMBERS
    number = free[0].number if is_enough else stored.take_number(tx)
    others = (one for one in known if one.number != number)
    spares.save_numbers(tx, (*others, SpareNumber(number, peer_id)))
    return number


def note(tx: Transaction, number: int, before: ChannelState | None, after: ChannelState) -> None:
    """Once anything is signed with them, they serve no other."""
    if _is_signed(after) and not _is_signed(before):
        spares.use_numbers(tx, [number])


def _is_signed(state: ChannelState | None) -> bool:
    match state:
        case Channel():
            return True
        case Opening(stage=stage):
            return stage is OpeningStage.SIGNED
        case _:
            return False

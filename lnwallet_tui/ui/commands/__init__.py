"""All commands, one class each, a module for each place.

They register themselves when they are imported; a place's own come in the order they are written.
"""

from __future__ import annotations

from lnwallet_tui.ui.command import (
    ALL,
    EVERYWHERE,
    MOST_IN_FOOTER,
    PLACES,
    Command,
    action_of,
    bindings,
    id_of,
    name_of,
    of_place,
    usable,
)
from lnwallet_tui.ui.commands import (
    activity,
    chain,
    channels,
    everywhere,
    first_run,
    guard,
    home,
    inbox,
    logs,
    onchain,
    payment,
    peers,
    people,
    receive,
    satoshis,
    scan,
    send,
    settings,
    spending,
    story,
)
from lnwallet_tui.ui.commands.everywhere import MineOne, MineUntil, Palette, People, SkipDay

PLACE_MODULES = (
    home,
    activity,
    channels,
    receive,
    send,
    payment,
    guard,
    satoshis,
    onchain,
    spending,
    peers,
    chain,
    scan,
    people,
    story,
    first_run,
    settings,
    inbox,
    logs,
    everywhere,
)

__all__ = [
    "ALL",
    "EVERYWHERE",
    "MOST_IN_FOOTER",
    "PLACES",
    "PLACE_MODULES",
    "Command",
    "MineOne",
    "MineUntil",
    "Palette",
    "People",
    "SkipDay",
    "action_of",
    "bindings",
    "id_of",
    "name_of",
    "of_place",
    "usable",
]

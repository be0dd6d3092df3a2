"""Which screens there are: the modes, each with its tab, and the pages laid on top of one.

A screen's module is loaded when it is gone to for the first time: the first frame needs one of
them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session

MODES: Final = {
    "home": "home.HomeScreen",
    "channels": "channels.ChannelsScreen",
    "receive": "receive.ReceiveScreen",
    "send": "send.SendScreen",
    "guard": "guard.GuardScreen",
    "activity": "activity.ActivityScreen",
}
"""Module and class."""

PAGES: Final = {
    "satoshis": "satoshis.SatoshisScreen",
    "onchain": "onchain.OnchainScreen",
    "peers": "peers.PeersScreen",
    "chain": "chain.ChainScreen",
    "scan": "scan.ScanScreen",
    "people": "people.PeopleScreen",
    "story": "story.StoryScreen",
    "new_world": "new_world.NewWorldScreen",
    "first_run": "first_run.FirstRunScreen",
    "settings": "settings.SettingsScreen",
    "inbox": "inbox.InboxScreen",
    "logs": "logs.LogsScreen",
}
"""The same, by the name that a command calls: `page('NAME')`."""

OF_WORLD: Final = frozenset({"people", "story", "new_world"})
"""The pages that only a playground has."""


def screen_of(name: str) -> type[WalletScreen]:
    """The screen of a mode or page."""
    module, _, kind = (MODES | PAGES)[name].partition(".")
    screen: object = getattr(import_module(f"lnwallet_tui.ui.screens.{module}"), kind)
    assert isinstance(screen, type)
    assert issubclass(screen, WalletScreen)
    return screen


def new_screen(name: str, session: Session) -> WalletScreen:
    """One of them."""
    return screen_of(name)(session)

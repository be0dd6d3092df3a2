"""Which screens there are: the modes, each with its tab, and the pages laid on top of one."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.ui.screens.activity import ActivityScreen
from lnwallet_tui.ui.screens.channels import ChannelsScreen
from lnwallet_tui.ui.screens.first_run import FirstRunScreen
from lnwallet_tui.ui.screens.guard import GuardScreen
from lnwallet_tui.ui.screens.home import HomeScreen
from lnwallet_tui.ui.screens.inbox import InboxScreen
from lnwallet_tui.ui.screens.logs import LogsScreen
from lnwallet_tui.ui.screens.new_world import NewWorldScreen
from lnwallet_tui.ui.screens.onchain import OnchainScreen
from lnwallet_tui.ui.screens.peers import PeersScreen
from lnwallet_tui.ui.screens.people import PeopleScreen
from lnwallet_tui.ui.screens.receive import ReceiveScreen
from lnwallet_tui.ui.screens.satoshis import SatoshisScreen
from lnwallet_tui.ui.screens.scan import ScanScreen
from lnwallet_tui.ui.screens.send import SendScreen
from lnwallet_tui.ui.screens.settings import SettingsScreen
from lnwallet_tui.ui.screens.story import StoryScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen

MODE_SCREENS: Final[dict[str, type[WalletScreen]]] = {
    "home": HomeScreen,
    "channels": ChannelsScreen,
    "receive": ReceiveScreen,
    "send": SendScreen,
    "guard": GuardScreen,
    "activity": ActivityScreen,
}

PAGES: Final[dict[str, type[WalletScreen]]] = {
    "satoshis": SatoshisScreen,
    "onchain": OnchainScreen,
    "peers": PeersScreen,
    "scan": ScanScreen,
    "people": PeopleScreen,
    "story": StoryScreen,
    "new_world": NewWorldScreen,
    "first_run": FirstRunScreen,
    "settings": SettingsScreen,
    "inbox": InboxScreen,
    "logs": LogsScreen,
}
"""By the name that a command calls: `page('NAME')`."""

OF_WORLD: Final = frozenset({"people", "story", "new_world"})
"""The pages that only a playground has."""

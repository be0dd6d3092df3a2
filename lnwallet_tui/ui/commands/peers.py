"""What can be done with peers."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class ConnectTo(
    Command, where="peers", keys="n", title="Connect", action="connect", footer="peers"
):
    """Connect to a node: type or paste its address, NODE_ID@HOST:PORT."""


class OpenToPeer(Command, where="peers", keys="o", title="Open", action="open_to", footer="peers"):
    """Open a channel to the peer under the cursor."""


class LetGo(Command, where="peers", keys="x", title="Let go", action="let_go", footer="peers"):
    """End the connection to the peer under the cursor; forget one that is not connected."""


class FilterPeers(
    Command, where="peers", keys="slash", title="Filter", action="filter", footer="peers"
):
    """Show the peers only whose name, id or address has what you type."""


class CopyPeer(
    Command, where="peers", keys="y", title="Copy address", action="copy", footer="peers"
):
    """Copy the NODE_ID@HOST:PORT of the peer under the cursor, or its id."""


class ShowChain(Command, where="peers", keys="b", title="Bitcoin network", action="show_chain"):
    """The Bitcoin network: how far the chain is verified, by whom, and what is waited for."""


class ConnectAgain(
    Command, where="peers", keys="enter", title="Connect to it", action="connect_again"
):
    """Dial the peer under the cursor, where it is not connected and its address is known."""

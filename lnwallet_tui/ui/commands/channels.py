"""What can be done with channels, and with the one that is shown."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class OpenChannel(
    Command, where="channels", keys="o", title="Open", action="open_channel", footer="channels"
):
    """Open a channel to a peer: who, how much, what it costs, then decide."""


class CloseChannel(
    Command, where="channels", keys="x", title="Close", action="close_channel", footer="channels"
):
    """Close the channel under the cursor, together or alone; costs and dates come first."""


class ShowChannel(
    Command,
    where="channels",
    keys="enter",
    title="Details",
    action="show_channel",
    footer="channels",
):
    """Show every number of the channel under the cursor."""


class CopyPeer(Command, where="channels", keys="y", title="Copy id", action="copy_peer"):
    """Copy the peer's node id to the clipboard."""


class NextPace(Command, where="open", keys="f", title="Fee rate", action="pace", footer="open"):
    """Take the next of the three fee rates for the opening: slow, normal, fast."""


class CloseThis(
    Command, where="channel", keys="x", title="Close", action="close_channel", footer="channel"
):
    """Close this channel, together or alone; costs and dates come first."""


class HurryClose(
    Command, where="channel", keys="b", title="Hurry", action="hurry", footer="channel"
):
    """Hurry your state of this channel, which waits for a block; the cost comes first."""


class CopyChannel(
    Command, where="channel", keys="y", title="Copy id", action="copy", footer="channel"
):
    """Copy the channel's id to the clipboard."""

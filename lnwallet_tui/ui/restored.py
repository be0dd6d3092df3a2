"""Channels that came back from the channel backup."""

from __future__ import annotations

from lnwallet_tui.api.views import ChannelState, ChannelView


def is_unknown(channel: ChannelView) -> bool:
    """Whether nobody here knows whose is how much: only a close will tell."""
    ended = channel.state in {ChannelState.CLOSING, ChannelState.CLOSED}
    return channel.restored and not ended

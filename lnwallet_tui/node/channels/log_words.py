"""What the log calls a channel, and what of a step it tells."""

from __future__ import annotations

from lnwallet_tui.channel.state import Channel, ChannelState, Forgotten, Opening
from lnwallet_tui.node.channels.held import Held


def name(held: Held) -> str:
    """As the log calls it."""
    return f"channel {called(held)}"


def called(held: Held) -> str:
    """As others name it in a sentence."""
    return f"{held.number} with {held.peer_id.hex()[:8]}"


def change(before: ChannelState | None, after: ChannelState) -> str:
    """What of a step the log tells; empty for what a payment does, which it tells by itself."""
    match before, after:
        case Channel(phase=old), Channel(phase=new):
            return "" if old is new else f"{old.value} -> {new.value}"
        case _, Channel(phase=new, we_fund=ours):
            return f"{'our' if ours else 'their'} opening -> {new.value}"
        case Channel() | Opening(), Forgotten():
            return "forgotten"
        case _:
            return ""

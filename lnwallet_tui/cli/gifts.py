"""What the opener of a channel gave the other side with it, as `payments` tells of it."""

from __future__ import annotations

from lnwallet_tui.api.activity import gift_status
from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.cli.answers import Answer


def answer(view: GiftView) -> Answer:
    """With fields that stay, as all of `answers`."""
    return {
        "channel_id": view.channel_id,
        "peer_id": view.peer_id,
        "direction": "out" if view.outgoing else "in",
        "status": gift_status(view).value,
        "amount_msat": view.amount_msat,
        "created_at": view.time,
        "explanation": _about_gift(view),
    }


def _about_gift(view: GiftView) -> str:
    if view.outgoing:
        said, whose = "You gave it to the other side when you opened the channel.", "theirs"
    else:
        said, whose = "The other side gave it to you when it opened the channel.", "yours"
    return f"{said} It is {whose} once the channel is ready." if view.waits else said

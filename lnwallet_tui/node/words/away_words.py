"""What a channel is doing whose peer is away, or which only its peer can close."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.coming_back import coming_back
from lnwallet_tui.node.words.scene import Scene, payments

_SEEN_BY_NOW: Final = 144  # blocks


def offline(scene: Scene) -> str:
    """The peer is away, or there and does not take the channel up again. What it said stands on a
    line without an amount."""
    pending = f" {payments(scene)}." if scene.channel.ledger.htlcs else ""
    if scene.is_connected:
        says = f"\nIt says: {scene.complaint}." if scene.complaint else ""
        return (
            "The peer is connected but has not taken up the channel again, so nothing can be paid "
            f"here now; your {scene.ours} wait.{pending} "
            f"{scene.alone('If that does not pass')}{says}"
        )
    said = f"\nThe last it complained of: {scene.complaint}." if scene.complaint else ""
    return (
        f"The peer is not connected, so nothing can be paid here now; your {scene.ours} wait."
        f"{pending} {coming_back(scene.address)} {scene.alone('If it stays away')}{said}"
    )


def waits_for_peer(scene: Scene) -> str:
    """Of a close in agreement, with a blank before it: nothing goes on while the peer is away."""
    if scene.is_connected:
        return ""
    return (
        " The peer is not connected, and closing together takes both. "
        f"{coming_back(scene.address)} {scene.alone('If it stays away')}"
    )


def lost(scene: Scene) -> str:
    """Only the peer can close it: what the wallet knew of it, or its newest part, is lost."""
    channel, funding = scene.channel, scene.channel.funding
    value = f"{funding.value.value:,} sat"
    what = (
        f"Restored from the channel backup, which does not say how much of its {value} is yours: "
        "only the peer can close it safely."
        if channel.restored
        else f"This wallet's copy of the channel with {value} is proved to be old: what it "
        "knows must never be published, and only the peer can close it safely."
    )
    if channel.restored and scene.bug:
        return (
            f"What the wallet's file holds of this channel is damaged, and its backup does not say "
            f"how much of its {value} is yours: only the peer can close it safely, and nobody has "
            "asked it to. Ask who runs it: once it closes the channel, your money comes home by "
            "itself."
        )
    said = f"\nIt says: {scene.complaint}." if scene.complaint else ""
    home = "once it closes the channel, your money comes home by itself"
    if scene.is_connected:
        return f"{what} It is connected and was asked to; {home}. You need not do anything.{said}"
    if funding.confirmed is None and scene.height > funding.begun + _SEEN_BY_NOW:
        what += (
            f" Its funding transaction is in no block up to {scene.height:,}: if it was never "
            "published, nothing of yours is in it."
        )
    moved = " If it has moved, connect to it at its new address." if scene.address else ""
    return (
        f"{what} It is not connected. {coming_back(scene.address)} Then it is asked to, and {home}."
        f"{moved}{said}"
    )

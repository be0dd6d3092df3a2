"""Of a channel whose wallet is locked: what it does meanwhile, and what needs it unlocked."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.node.words.scene import Scene, msat

_OFFERS_A_CLOSE: Final = (ChannelState.OFFLINE, ChannelState.SHUTTING_DOWN, ChannelState.FROZEN)


def ready(scene: Scene) -> str:
    """It is paid, and pays nobody."""
    pay, be_paid = msat(scene.sendable), msat(scene.receivable)
    if not scene.receivable.value and not scene.sendable.value:
        return (
            f"Ready, but the wallet is locked, and all of your {scene.ours} are held back: you can "
            "only close it, which needs the wallet unlocked."
        )
    if not scene.receivable.value and scene.lacking:
        return (
            f"Ready, but the wallet is locked: to pay up to {pay} or to close, unlock it first; to "
            f"be paid here, {scene.to_be_paid} then."
        )
    if not scene.sendable.value:
        return (
            f"Ready, but the wallet is locked: you can be paid up to {be_paid}, and pay from here "
            "once you were; to close, unlock it first."
        )
    return (
        f"Ready, but the wallet is locked: you can be paid up to {be_paid}; to pay up to {pay} or "
        "to close, unlock it first."
    )


def of_closing(told: str, state: ChannelState) -> str:
    """A sentence that may offer a close, with what that needs; words of others stay behind it."""
    if state not in _OFFERS_A_CLOSE:
        return told
    ours, line, theirs = told.partition("\n")
    return f"{ours} The wallet is locked: to close alone, unlock it first.{line}{theirs}"

"""Our commitment that is in no block yet: what is known of it, and what it must not be called.

Another close of the channel, such as the peer's own commitment, may be in the way. On the Bitcoin
network no node says that it refuses ours for it, so that it goes round is said only once another
node was seen to have it.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node.words.scene import Scene

_IN_THE_WAY: Final = (
    " A node that knows another close of this channel, such as the peer's, passes yours over "
    "without a word: a block takes only one of them."
)


def sentence(scene: Scene, asked: str) -> str:
    """While no block has a close; `asked` is who took the last step, with a blank before it."""
    channel = scene.channel
    fee = " before its fee" if channel.we_fund else ""
    what = f"Your commitment with {scene.ours} of yours{fee}"
    if scene.refused:
        return (
            f"{what} is refused by the network: as a rule the peer's close has its place then, and "
            "a block takes only one of them. It is offered again with each block."
            f"{asked} {waits(channel)}{unhurried(channel)}{says(scene)}"
        )
    if not scene.goes_round:
        return (
            f"{what} is offered to the network and in no block yet.{scene.way}{_IN_THE_WAY}{asked} "
            f"{waits(channel)}{unhurried(channel)}"
        )
    hurry = " It can be hurried for a higher fee." if channel.anchors else ""
    return (
        f"{what} is published and waits for a block.{hurry}{asked} After that your money waits "
        f"{channel.theirs.to_self_delay:,} blocks; the wallet brings it home by itself."
    )


def beside_another(scene: Scene) -> str:
    """How far ours has come, where the peer has published its own as a rule."""
    if scene.refused:
        return "is refused by the network now, as if the peer's was there before it"
    return "is published too" if scene.goes_round else "is offered, too"


def waits(channel: Channel) -> str:
    """How long, by whose it is."""
    return (
        "If it is the peer's, your balance is free at once; if it is yours, it waits "
        f"{channel.theirs.to_self_delay:,} blocks."
    )


def unhurried(channel: Channel) -> str:
    """Nobody should pay to be in front of what is better for us."""
    if not channel.anchors:
        return " The wallet brings it home by itself."
    return (
        " The wallet brings it home by itself: hurry yours only if no block takes either of them."
    )


def says(scene: Scene) -> str:
    """Words of others stand on a line of their own."""
    return f"\nThe network says: {scene.refused}." if scene.refused else ""

"""A channel that its peer gave up with an `error`: two commitments may wait for a block then.

# BOLT 1: "MUST fail the channel referred to by `channel_id`"
# BOLT 5: "MUST broadcast the last commitment transaction, for which it has a signature"

So ours is published; but who fails a channel has published its own as a rule, and that one is the
better one for us: our balance in it waits for nothing. The user must not pay to be in front of it.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.channel.close_record import CloseRecord
from lnwallet_tui.channel.errors import CloseReason
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node.words import published
from lnwallet_tui.node.words.scene import Scene

RULE: Final = (
    ": by the rules of Lightning (BOLT 1) the wallet had to close it then, too, and published its "
    "own commitment; nobody here ordered that"
)
"""Behind what the peer did, where ours came into a block."""
_BY_WALLET: Final = (
    CloseBegan.DEADLINE, CloseBegan.PEER_ERROR, CloseBegan.PEER_FAULT, CloseBegan.NO_CLOSING_FEE
)  # fmt: skip
"""What the wallet publishes for by itself."""


def is_given_up(channel: Channel) -> bool:
    """Whether the peer said so, and not that it has lost the channel: then it has nothing to
    publish, and asks for ours."""
    publication = channel.publication
    if publication is None or publication.reason is not CloseReason.PEER_ERROR:
        return False
    return not any(one.fault for one in channel.close_records)


def late_order(channel: Channel) -> CloseRecord | None:
    """The user's, that it be closed alone, where the wallet had published already."""
    newest = channel.close_records[-2:]
    if len(newest) < 2 or newest[1].began is not CloseBegan.COMMAND:
        return None
    return newest[1] if newest[0].began in _BY_WALLET else None


def sentence(scene: Scene) -> str:
    """While no block has either."""
    channel = scene.channel
    began = [one for one in channel.close_records if one.began is CloseBegan.PEER_ERROR]
    at = f", at block {began[0].height:,}" if began else ""
    order = late_order(channel)
    yours = f" You ordered your own close at block {order.height:,}." if order else ""
    fee = " before its fee" if channel.we_fund else ""
    return (
        f"The peer gave the channel up with an error{at}; who does that mostly publishes its own "
        f"commitment.{yours} By the rules of Lightning (BOLT 1) this wallet has to close it then, "
        f"too: yours, with {scene.ours} of yours{fee}, "
        f"{published.beside_another(scene)}, and a block takes only one of the two. "
        f"{published.waits(channel)}{published.unhurried(channel)}{published.says(scene)}"
    )


def caution(channel: Channel) -> str:
    """Before the user pays for ours to be the one."""
    if not is_given_up(channel):
        return ""
    return (
        "The peer gave this channel up with an error, and mostly publishes its own commitment "
        f"then. {published.waits(channel)} Hurried, yours is likely to be the one."
    )

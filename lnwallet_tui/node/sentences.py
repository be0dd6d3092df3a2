"""What a channel is doing, in a plain sentence: what it is, who must act, what happens when.

Each sentence has the channel's own numbers in it. Dates are reckoned at ten minutes a block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.channel.errors import CLOSE_REASONS
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.node.guard_words import when
from lnwallet_tui.node.held import Held
from lnwallet_tui.onchain.classify import Cooperative, Ours, Revoked, Theirs
from lnwallet_tui.onchain.resolve import Resolution

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_COMPLAINT_LIMIT: Final = 80  # cells


def explanation(
    board: Switchboard, held: Held, state: ChannelState, resolution: Resolution | None
) -> str:
    """The sentence for the state."""
    channel = held.channel
    match state:
        case ChannelState.OPENING:
            return _opening(board, channel)
        case ChannelState.READY:
            return _ready(board, held)
        case ChannelState.OFFLINE:
            return _offline(board, held)
        case ChannelState.SHUTTING_DOWN:
            return _shutting_down(channel)
        case ChannelState.CLOSING:
            return _closing(board, channel, resolution)
        case ChannelState.CLOSED:
            return _closed(board, channel, resolution)
        case ChannelState.FROZEN:
            return (
                "A bug of ours stopped this channel. Your money in it is guarded as before. "
                "Please report it; to get the money out, force-close."
            )


def _when(board: Switchboard, height: int) -> str:
    """A height to come, with its date."""
    return when(height, board.chain.height, board.shell.now())


def _opening(board: Switchboard, channel: Channel) -> str:
    height, funding = board.chain.height, channel.funding
    depth, needed = funding.depth(height), funding.minimum_depth
    who = "Your" if channel.we_fund else "The peer's"
    if funding.confirmed is None:
        return (
            f"{who} funding transaction waits for a block. The channel can be used after "
            f"{needed} confirmations; there is nothing for you to do."
        )
    if depth < needed:
        at = _when(board, height + needed - depth)
        return f"{who} funding transaction has {depth} of {needed} confirmations: ready at {at}."
    return "The funding is deep enough; the channel waits for the peer to say the same."


def _ready(board: Switchboard, held: Held) -> str:
    channel = held.channel
    if not channel.funding.is_deep(board.chain.height):
        return (
            "A reorganisation took the funding transaction back: nothing is paid here until it "
            "is deep enough in the chain again. There is nothing for you to do."
        )
    if channel.ledger.htlcs:
        pending = len(channel.ledger.htlcs)
        first = min(htlc.cltv_expiry for htlc in channel.ledger.htlcs)
        under_way = (
            f"1 payment is under way in it, at the latest until {_when(board, first)}."
            if pending == 1
            else f"{pending} payments are under way in it, the first until {_when(board, first)}."
        )
        return f"Ready; {under_way}"
    sendable, receivable = held.limits(board.shell.config.policy)
    if not receivable.value:
        return "Ready: you can pay and close at any time; to be paid here, pay something first."
    if not sendable.value:
        return "Ready: you can be paid and close at any time; to pay from here, be paid first."
    return "Ready: you can pay, be paid and close at any time."


def _offline(board: Switchboard, held: Held) -> str:
    """The peer is away, or there and does not take the channel up again."""
    record = board.peers.record(held.peer_id)
    words = record.last_error.quoted(_COMPLAINT_LIMIT) if record is not None else ""
    if board.peers.features(held.peer_id) is not None:
        says = f" It says: {words}." if words else ""
        return (
            "The peer is connected but has not taken up the channel again, so nothing can be paid "
            f"here now.{says} If that does not pass, you can close alone."
        )
    said = f" The last it complained of: {words}." if words else ""
    return (
        "The peer is not connected, so nothing can be paid here now. It is dialled again by "
        f"itself; if it stays away, you can close alone.{said}"
    )


def _shutting_down(channel: Channel) -> str:
    if channel.ledger.htlcs:
        return (
            f"Closing in agreement once its {len(channel.ledger.htlcs)} pending payments have "
            "ended; no new ones are taken."
        )
    return (
        "Closing in agreement: the two sides settle on a fee. It takes a moment when both are on."
    )


def _closing(board: Switchboard, channel: Channel, resolution: Resolution | None) -> str:
    if resolution is None:
        if channel.publication is not None:
            rule = CLOSE_REASONS[channel.publication.reason]
            return (
                f"Your commitment is published and waits for a block. {rule.sentence} After that "
                f"your money waits {channel.theirs.to_self_delay:,} blocks; the wallet brings it "
                "home by itself."
            )
        return (
            "The closing transaction that both sides signed waits for a block; there is nothing "
            "for you to do."
        )
    pending = f"{resolution.pending.value:,} sat"
    waits = [o.earliest for o in resolution.outputs if o.is_open and o.earliest is not None]
    match resolution.close:
        case Ours():
            return f"You closed alone. {pending} are yours from {_when(board, max(waits))} on."
        case Theirs():
            return f"The peer closed alone. {pending} of yours are on their way to your wallet."
        case Revoked(number):
            return (
                f"The peer CHEATED with its old state {number:,}. The guard takes all of it: "
                f"{pending} are on their way to your wallet."
            )
        case _:
            return f"Closed; {pending} of yours are on their way to your wallet."


def _closed(board: Switchboard, channel: Channel, resolution: Resolution | None) -> str:
    how = "alone"
    if resolution is not None and isinstance(resolution.close, Cooperative):
        how = "in agreement"
    elif resolution is not None and isinstance(resolution.close, Revoked):
        how = "by a cheat, who lost everything in it"
    at = "" if channel.spend is None else f" in block {channel.spend.height:,}"
    if channel.phase is Phase.DONE or resolution is None or resolution.final_at is None:
        return f"Closed {how}{at}. Everything of yours is back in the wallet."
    final = _when(board, resolution.final_at)
    return f"Closed {how}{at}. Everything of yours is back in the wallet; final at {final}."

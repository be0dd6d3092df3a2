"""What mining waits for, where time can be moved: the nearest thing that blocks will bring."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.api.world import Spending, SpendingSight
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.picture import Picture

_UNDER_WAY = {PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK}
_ENDING = {ChannelState.SHUTTING_DOWN, ChannelState.CLOSING}


_SPENDINGS: Final = {
    Spending.CHEAT: "the old state that {} published",
    Spending.PENALTY: "your penalty against {}",
    Spending.THEIR_CLOSE: "the close that {} published",
    Spending.CLOSE: "the close with {}",
    Spending.HOME: "what comes home from the close with {}",
}
_LAST: Final = {
    Spending.COINS: "your transaction",
    Spending.THEIRS: "what {} takes of the close",
}


def awaited(
    picture: Picture, who: Callable[[str], str], spendings: Sequence[SpendingSight] = ()
) -> str:
    """What is waited for, as a sentence goes on behind “waiting for”; empty where nothing is.
    `who` names a node; `spendings` are what the world's mempool holds, which the wallet may not
    have heard of."""
    return next(_all(picture, who, spendings), "")


def _all(
    picture: Picture, who: Callable[[str], str], spendings: Sequence[SpendingSight]
) -> Iterator[str]:
    for what, words in _SPENDINGS.items():  # the next block brings it
        yield from (words.format(one.peer) for one in spendings if one.what is what)
    yield from _of_wallet(picture, who)
    for what, words in _LAST.items():  # to others
        yield from (words.format(one.peer) for one in spendings if one.what is what)


def _of_wallet(picture: Picture, who: Callable[[str], str]) -> Iterator[str]:
    for payment in picture.payments:
        if payment.status in _UNDER_WAY:
            whose = "your payment" if payment.outgoing else "a payment to you"
            yield f"{whose} of {fmt.msat(payment.amount_msat or 0)}"
    for channel in picture.channels:
        peer = who(channel.peer_id)
        if channel.state is ChannelState.OPENING:
            depth, needed = channel.confirmations, channel.confirmations_needed
            yield f"the channel with {peer} ({depth} of {needed} blocks)"
        elif channel.state in _ENDING:
            yield f"the close with {peer}"
    if picture.balance.closing_msat:
        yield "what comes home from a close"
    if picture.balance.onchain_pending_sat:
        yield f"{fmt.sat(picture.balance.onchain_pending_sat)} on chain"
    for channel in picture.channels:
        if channel.state is ChannelState.OFFLINE:
            yield f"{who(channel.peer_id)}, who is away"

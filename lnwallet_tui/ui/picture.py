"""What the screen draws: the latest snapshot of the node with the feed's events folded in.

The screen keeps no truth of its own. Losing a picture costs one `snapshot`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from lnwallet_tui.api.events import (
    BalanceChanged,
    ChannelChanged,
    FeedEvent,
    GuardActed,
    InboxChanged,
    Notice,
    PaymentChanged,
    PeerChanged,
    StatusChanged,
    WaitingChanged,
)
from lnwallet_tui.api.inbox import InboxGlance
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.views import (
    BalanceView,
    ChannelState,
    ChannelView,
    GuardView,
    PaymentStatus,
    PaymentView,
    PeerView,
    StatusView,
)

MOST_PAYMENTS: Final = 200
MOST_NOTICES: Final = 20


@dataclass(frozen=True, slots=True)
class Picture:
    """One moment of the node. `payments` and `notices` stand with the newest first; `notices` are
    the screen's own, what the node has to say is in its inbox. `guard_asked_at` is the newest block
    that was known when the guard was asked; None: that of the status."""

    status: StatusView
    balance: BalanceView
    channels: tuple[ChannelView, ...]
    payments: tuple[PaymentView, ...]
    peers: tuple[PeerView, ...]
    guard: GuardView
    notices: tuple[Notice, ...] = ()
    inbox: InboxGlance = field(default_factory=InboxGlance)
    guard_asked_at: int | None = None

    @property
    def has_read(self) -> bool:
        """Whether any block was read: the first of a chain is in the program, and says nothing of
        what is whose."""
        return self.status.height > 0 and self.status.tip_time > 0

    def channel(self, channel_id: str) -> ChannelView | None:
        """The channel of that id."""
        return next((one for one in self.channels if one.channel_id == channel_id), None)

    def guard_behind(self) -> int:
        """How many blocks the guard had not checked when it was asked. Blocks that were heard of
        since say nothing about it: its own answer is still to come."""
        at = self.status.height if self.guard_asked_at is None else self.guard_asked_at
        return max(0, at - self.guard.last_block_checked)

    def ends_by(self, payment_hash: str) -> int:
        """The block at which the last of its HTLCs that go out ends at the latest; 0: there is
        none."""
        htlcs = (one for channel in self.channels for one in channel.htlcs)
        heights = (
            one.expiry_height for one in htlcs if one.outgoing and one.payment_hash == payment_hash
        )
        return max(heights, default=0)

    def payment(self, payment_hash: str) -> PaymentView | None:
        """The payment of that hash."""
        return next((one for one in self.payments if one.payment_hash == payment_hash), None)

    def open_channels(self) -> tuple[ChannelView, ...]:
        """The channels that are not closed for good."""
        return tuple(one for one in self.channels if one.state is not ChannelState.CLOSED)

    def to_pay_first_sat(self) -> int:
        """How much must be paid before one of the channels brings anything; 0 where that is not
        what keeps them from it."""
        lacking = (one.lacking_msat for one in self.channels if one.state is ChannelState.READY)
        return -(-min(filter(None, lacking), default=0) // 1000)

    def awaits_blocks(self) -> bool:
        """Whether something is under way that only blocks bring to its end."""
        still = {ChannelState.READY, ChannelState.OFFLINE, ChannelState.CLOSED}
        unconfirmed = bool(self.balance.onchain_pending_sat or self.balance.closing_msat)
        return unconfirmed or any(one.state not in still for one in self.channels)

    def paying(self) -> tuple[PaymentView, ...]:
        """The payments of ours that are under way."""
        under_way = {PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK}
        return tuple(one for one in self.payments if one.outgoing and one.status in under_way)


async def snapshot(node: NodeApi, notices: tuple[Notice, ...] = ()) -> Picture:
    """Ask the node for everything; `notices` were read before and are kept."""
    status = await node.status()
    return Picture(
        status=status,
        balance=await node.balance(),
        channels=await node.channels(),
        payments=await node.payments(limit=MOST_PAYMENTS),
        peers=await node.peers(),
        guard=await node.guard(),
        notices=notices,
        inbox=await node.inbox_glance(),
        guard_asked_at=status.height,
    )


def fold(picture: Picture, event: FeedEvent) -> Picture:
    """The picture after `event`."""
    match event:
        case StatusChanged(status):
            return replace(picture, status=status)
        case BalanceChanged(balance):
            return replace(picture, balance=balance)
        case ChannelChanged(channel):
            return replace(picture, channels=_with_channel(picture.channels, channel))
        case PaymentChanged(payment):
            return replace(picture, payments=_with_payment(picture.payments, payment))
        case PeerChanged(peer):
            return replace(picture, peers=_with_peer(picture.peers, peer))
        case GuardActed():
            return picture  # its log is part of the guard's view, which is asked for again
        case InboxChanged(glance):
            return replace(picture, inbox=glance)
        case WaitingChanged():
            return replace(picture)  # another one, from which the screen is drawn again
        case Notice():
            return picture  # its inbox has it
        case _:
            assert_never(event)


def with_notice(picture: Picture, notice: Notice) -> Picture:
    """The picture with one more sentence for the user; the same sentence stands once."""
    others = tuple(one for one in picture.notices if one != notice)
    return replace(picture, notices=(notice, *others)[:MOST_NOTICES])


def _with_channel(channels: tuple[ChannelView, ...], new: ChannelView) -> tuple[ChannelView, ...]:
    if any(old.channel_id == new.channel_id for old in channels):
        return tuple(new if old.channel_id == new.channel_id else old for old in channels)
    return (*channels, new)


def _with_payment(payments: tuple[PaymentView, ...], new: PaymentView) -> tuple[PaymentView, ...]:
    if any(old.payment_hash == new.payment_hash for old in payments):
        return tuple(new if old.payment_hash == new.payment_hash else old for old in payments)
    return (new, *payments)[:MOST_PAYMENTS]


def _with_peer(peers: tuple[PeerView, ...], new: PeerView) -> tuple[PeerView, ...]:
    if any(old.node_id == new.node_id for old in peers):
        return tuple(new if old.node_id == new.node_id else old for old in peers)
    return (*peers, new)

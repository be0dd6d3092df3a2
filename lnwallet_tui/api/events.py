"""What the node tells without being asked. The feed is numbered; a reader that fell behind
takes a snapshot."""

from __future__ import annotations

import msgspec

from lnwallet_tui.api.inbox import InboxGlance
from lnwallet_tui.api.views import (
    BalanceView,
    ChannelView,
    GuardEntry,
    PaymentView,
    PeerView,
    StatusView,
)


class StatusChanged(msgspec.Struct, frozen=True, tag=True):
    """A new block, or something is awaited or no longer."""

    status: StatusView


class BalanceChanged(msgspec.Struct, frozen=True, tag=True):
    """A balance is not what it was."""

    balance: BalanceView


class ChannelChanged(msgspec.Struct, frozen=True, tag=True):
    """A channel is new or not what it was."""

    channel: ChannelView


class PaymentChanged(msgspec.Struct, frozen=True, tag=True):
    """A payment is new or not what it was."""

    payment: PaymentView


class PeerChanged(msgspec.Struct, frozen=True, tag=True):
    """A peer connected, left, or was learned."""

    peer: PeerView


class GuardActed(msgspec.Struct, frozen=True, tag=True):
    """The guard has something to say."""

    entry: GuardEntry


class Notice(msgspec.Struct, frozen=True, tag=True):
    """Something the user should read: a sentence of ours and what to do. The node's own are in its
    inbox, too."""

    text: str
    remedy: str = ""
    urgent: bool = False


class InboxChanged(msgspec.Struct, frozen=True, tag=True):
    """Something came, or was read."""

    glance: InboxGlance


class WaitingChanged(msgspec.Struct, frozen=True, tag=True):
    """More, or less, is known of transactions that are in no block yet: who shows such asks
    again."""


FeedEvent = (
    StatusChanged
    | BalanceChanged
    | ChannelChanged
    | PaymentChanged
    | PeerChanged
    | GuardActed
    | Notice
    | InboxChanged
    | WaitingChanged
)


class FeedItem(msgspec.Struct, frozen=True):
    """A numbered event."""

    number: int
    event: FeedEvent

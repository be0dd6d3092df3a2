"""Where every satoshi is: one tree, the total at its root, each millisatoshi in one leaf.

The children of every node add up to it exactly. What is not ours any more stands in a second tree,
beside the sum.
"""

from __future__ import annotations

import enum

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import View


class HoldingKind(enum.Enum):
    """What a node of the tree is."""

    # -- what holds others
    TOTAL = "total"
    SPENDABLE = "spendable"
    RESERVED = "reserved"
    IN_FLIGHT = "in flight"
    OPENING = "being opened"
    CLOSING = "closing"
    CLOSING_AGREED = "closing in agreement"  # whose fee is taken off already
    UNCONFIRMED = "unconfirmed"
    BUMP_RESERVE = "bump reserve"
    FROZEN = "frozen"
    CHANNEL = "channel"  # the part of one channel
    # -- in channels that are in use
    CAN_SEND = "can send"
    CHANNEL_RESERVE = "channel reserve"
    COMMITMENT_FEE = "commitment fee"
    ANCHORS = "anchors"
    FEE_BUFFER = "fee-spike buffer"
    HELD_UP = "held up"  # the peer is away, or a limit is reached
    HTLC = "htlc"
    # -- in channels that begin or end
    FUNDING = "funding"
    COIN_FOR_FUNDING = "coin for funding"
    CLOSE_UNCONFIRMED = "close unconfirmed"
    CLOSE_AGREED = "agreed close unconfirmed"
    DELAYED = "delayed"
    HTLC_ON_CHAIN = "htlc on chain"
    SWEEP = "sweep unconfirmed"
    # -- on chain
    COIN = "coin"
    COIN_UNCONFIRMED = "coin unconfirmed"
    COIN_IMMATURE = "coin immature"
    COIN_KEPT = "coin kept"  # what of it the bump reserve takes
    COIN_FROZEN = "coin frozen"  # by the user
    # -- beside the sum
    WRITTEN_OFF = "written off"
    CLOSE_FEE = "fee of the close"
    SWEEP_FEE = "fee of bringing it home"
    FEE_BY_COINS = "fee paid by coins"  # of the wallet, beside what the close held
    ANCHORS_LEFT = "anchors left"
    DUST = "dust"
    TRIMMED = "trimmed payment"
    TAKEN_BY_OTHERS = "taken by others"


class HoldingView(View, frozen=True, kw_only=True):
    """A node of the tree. `name` tells it from its siblings and stays the same while it is there.

    `explanation` says in a plain sentence what it is, who must act, when, and what one can do.
    `until_height` is the block that it waits for, 0 where none is known; `until_time` is about when
    that comes. A leaf has ids as far as they apply: `vout` is -1 without an output. `words` are
    those of the invoice that an HTLC pays. `coin_sat` is the whole of the coin that a leaf is, or
    is a part of; 0 where it is none.
    """

    kind: HoldingKind
    name: str
    amount_msat: int
    explanation: str
    children: tuple[HoldingView, ...] = ()
    until_height: int = 0
    until_time: int = 0
    channel_id: str = ""
    peer_id: str = ""
    txid: str = ""
    vout: int = -1
    payment_hash: str = ""
    payee: str = ""
    coin_sat: int = 0
    words: Untrusted = Untrusted("")


class HoldingsView(View, frozen=True, kw_only=True):
    """`total` is everything that is ours; `written_off` is what is not any more, as far as the node
    knows it: information, not part of the sum."""

    total: HoldingView
    written_off: HoldingView

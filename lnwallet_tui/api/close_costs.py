"""What closes cost beside the fees that the wallet's own transactions paid: the fee and the anchors
of a close that pays the wallet nothing at once, dust, the parts of a satoshi, what others took. Of
a channel of which the wallet has lost what happened in it, all that is not known stands here, too.

With them, payments, gifts at openings and transactions are all that ever changed what the wallet
has.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from lnwallet_tui.api.activity import is_meant
from lnwallet_tui.api.coins import TransactionView, TxKind
from lnwallet_tui.api.filter import Filter, Names, fold
from lnwallet_tui.api.holdings import HoldingKind, HoldingView
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import ChannelView, PaymentStatus, PaymentView

BREACH: Final = "breach by them"
_BRING_HOME: Final = {TxKind.CLOSE, TxKind.SWEEP}
_BETWEEN_POCKETS: Final = {TxKind.OPENING, TxKind.CLOSE, TxKind.SWEEP}
"""From coins into a channel, or back: only their fee is lost."""


class What(enum.Enum):
    """What it is; the value is its kind in a file."""

    COST = "close cost"
    NOT_KNOWN = "not known"  # what went through a channel before its state was lost
    NOT_SETTLED = "not settled"  # payments that have ended, and whose money stands there still


_SENTENCES: Final = {
    What.COST: "",
    What.NOT_KNOWN: "This makes up for what went through the channel and is not known: the wallet "
    "was restored, or lost what it knew of it. Of one that is still open, nothing counts as yours.",
    What.NOT_SETTLED: "This makes up for payments of which the channel, or the chain, has not "
    "settled all.",
}


class CloseCost(NamedTuple):
    """Of one channel. Negative: more than was ours stands in other rows, such as the fee of a close
    with what the peer lost in it, or the coins that a cheat had to leave. `time` is 0 where it is
    of none."""

    channel: ChannelView
    txid: str
    time: int
    cost_msat: int
    what: What = What.COST

    @property
    def sentence(self) -> str:
        """Why it is there, where its kind does not say it."""
        return _SENTENCES[self.what]

    @property
    def is_of_cheat(self) -> bool:
        """Whether it is what was ours in a channel whose peer cheated."""
        return self.channel.closing_kind == BREACH

    def is_meant(self, wanted: Filter, names: Names) -> bool:
        """Whether it is looked for, as the transaction that closed the channel is."""
        sat = self.cost_msat // 1000
        like = TransactionView(
            txid=self.txid,
            kind=TxKind.CLOSE,
            amount_sat=-sat,
            fee_sat=max(0, sat),
            explanation="",
            height=1,
            confirmations=1,
            time=self.time,
            channel_id=self.channel.channel_id,
            peer_id=self.channel.peer_id,
            note=Untrusted(""),
        )
        called = {
            word: {node_id for node_id, name in names if word in fold(name)}
            for word in wanted.words
        }
        return is_meant(wanted, like, self.time, called)


def close_costs(
    written_off: HoldingView,
    channels: Sequence[ChannelView],
    transactions: Iterable[TransactionView],
) -> Iterator[CloseCost]:
    """Of each channel that has ended or is about to, or of which not all is known or settled."""
    moves: dict[str, list[TransactionView]] = {}
    for one in transactions:
        moves.setdefault(one.channel_id, []).append(one)
    lost = {view.channel_id: _not_by_coins(view) for view in written_off.children}
    for channel in channels:
        of_it = moves.get(channel.channel_id, [])
        cost_msat = _cost(channel, of_it, lost.get(channel.channel_id, 0))
        time = channel.closes[-1].time if channel.closes else 0
        is_lost = channel.restored or not channel.knows_end
        what = What.NOT_KNOWN if is_lost else What.COST
        if cost_msat:
            yield CloseCost(channel, channel.closing_txid, time, cost_msat, what)
        if channel.undecided_msat:
            more_msat = channel.undecided_msat
            yield CloseCost(channel, channel.closing_txid, time, -more_msat, What.NOT_SETTLED)


def _cost(channel: ChannelView, moves: Sequence[TransactionView], lost_msat: int) -> int:
    home = [one for one in moves if one.kind in _BRING_HOME]
    final = [one for one in home if one.height]  # before that nothing is written off
    coming_msat, before_msat = channel.coming_home_sat * 1000, _before(channel, moves)
    if channel.restored or not channel.knows_end:
        came_sat = sum(one.amount_sat + one.fee_sat for one in final)
        return before_msat - came_sat * 1000 - coming_msat
    if channel.agreed_sat >= 0:  # payments went on after the close began
        fees_sat = sum(one.fee_sat for one in home)
        return channel.local_msat - (channel.agreed_sat + fees_sat) * 1000
    if not channel.closing_kind:
        return 0
    if channel.closing_kind == BREACH:
        return before_msat - coming_msat  # the penalty brings all of the channel instead
    return lost_msat - sum(one.fee_sat for one in final) * 1000


def _before(channel: ChannelView, moves: Iterable[TransactionView]) -> int:
    """What all other rows say there is of ours in a channel that is closed, or not known."""
    if channel.restored:
        is_opening = any(one.kind is TxKind.OPENING for one in moves)
        return channel.capacity_sat * 1000 if is_opening else 0
    return channel.closes[-1].ours_msat if channel.closes else channel.local_msat


def _not_by_coins(view: HoldingView) -> int:
    """What coins paid stands in rows of its own; so does the fee of what brings money home, but not
    that of a transaction which takes a payment to its second stage and pays the wallet nothing."""
    leaves = (leaf for leaf in view.children if leaf.kind is not HoldingKind.FEE_BY_COINS)
    return sum(leaf.amount_msat for leaf in leaves)


# -- what one row changed of all that the wallet has
def by_payment(payment: PaymentView) -> int:
    """Nothing before it is paid: until then what is under way counts as the wallet's."""
    if payment.status is not PaymentStatus.PAID:
        return 0
    amount_msat = payment.amount_msat or 0
    return -amount_msat - payment.fee_msat if payment.outgoing else amount_msat


def by_transaction(one: TransactionView) -> int:
    """What goes into a channel of its own, or comes back, stays the wallet's."""
    return -one.fee_sat * 1000 if one.kind in _BETWEEN_POCKETS else one.amount_sat * 1000

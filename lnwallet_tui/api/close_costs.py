"""What closes cost beside the fees that the wallet's own transactions paid: the fee and the anchors
of a close that pays the wallet nothing at once, dust, the parts of a satoshi, what others took.

With them, payments and transactions are all that ever changed what the wallet has.
"""

from __future__ import annotations

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


class CloseCost(NamedTuple):
    """Of one channel. Negative: more than was ours stands in other rows, such as the fee of a close
    with what the peer lost in it, or the coins that a cheat had to leave."""

    channel: ChannelView
    txid: str
    time: int
    cost_msat: int

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
    """One for each channel that has ended, as far as its end is known."""
    fees: dict[str, int] = {}
    for one in transactions:
        if one.kind in _BRING_HOME and one.height:  # before that nothing is written off
            fees[one.channel_id] = fees.get(one.channel_id, 0) + one.fee_sat * 1000
    lost = {view.channel_id: _not_by_coins(view) for view in written_off.children}
    for channel in channels:
        if not channel.closing_txid or not channel.closes:
            continue
        step = channel.closes[-1]
        if channel.closing_kind == BREACH:
            cost_msat = step.ours_msat  # the penalty brings all of the channel instead
        else:
            cost_msat = lost.get(channel.channel_id, 0) - fees.get(channel.channel_id, 0)
        if cost_msat:
            yield CloseCost(channel, channel.closing_txid, step.time, cost_msat)


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

"""What the transactions of the wallet were for, by what they spend and pay.

Worked out anew from the channels each time, so that it also holds for what the wallet learnt from
the chain alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.named import is_closed_by
from lnwallet_tui.coins.ledger import HistoryEntry, WalletTx
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import labels
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from lnwallet_tui.onchain.resolve import Resolution

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a transaction was for, and the channel that it has to do with."""

    kind: TxKind
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class _Output:
    """Something of a closed channel. `ours`: as far as is known, we take it, or have taken it; what
    is the peer's pays us, if at all, because the peer wants it to."""

    held: Held
    resolution: Resolution
    value: Sat
    ours: bool


def _stays(entry: HistoryEntry) -> bool:
    """Whether nothing but a fee left the wallet by it. What a wallet that came back from its words
    had made before, it knows from the chain alone, without a label."""
    return entry.change_sat < 0 and len(entry.row.own_outputs) == len(entry.row.tx.outputs)


def _is_ours(output: OutputReport, resolution: Resolution) -> bool:
    """Not what a close in agreement paid: that is a coin, whatever is done with it."""
    if output.fate is Fate.MOVED:  # by the cheat, where one is punished
        return not isinstance(resolution.close, Revoked)
    if output.part is Part.OUR_ANCHOR and output.fate is Fate.LEFT:
        return output.spent is None  # else anybody's who cared for so little
    return output.fate in (Fate.WAITING, Fate.CLAIMABLE, Fate.TAKEN, Fate.LEFT)


class Purposes:
    """Of all transactions, as things stand now."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._funded: dict[bytes, Held] = {}
        self._closed: dict[OutPoint, Held] = {}
        self._left: dict[OutPoint, _Output] = {}  # by closes
        for held in board.channels:
            funding = held.channel.funding
            self._closed[funding.outpoint] = held
            if held.channel.we_fund:
                self._funded[funding.outpoint.txid] = held
            resolution = board.guard.resolution(held)
            if resolution is not None:
                for output in resolution.outputs:
                    self._left[output.outpoint] = _Output(
                        held, resolution, output.value, _is_ours(output, resolution)
                    )

    def of(self, entry: HistoryEntry) -> Purpose:
        """What it was for."""
        row = entry.row
        if row.is_coinbase:
            return Purpose(TxKind.MINED)
        if row.txid in self._funded or row.label == labels.OPENS:
            return Purpose(TxKind.OPENING, self._funded.get(row.txid))
        closed = next((self._closed[one] for one in row.spends if one in self._closed), None)
        if closed is not None and is_closed_by(closed.channel, row.tx):
            return Purpose(TxKind.CLOSE, closed)
        received = sum(coin.value.value for coin in row.coins())
        return self._by_coins(entry, spends_ours=received > entry.change_sat)

    def _by_coins(self, entry: HistoryEntry, *, spends_ours: bool) -> Purpose:
        row = entry.row
        if row.label in labels.PAYMENTS:  # also of the coin that a close paid to the wallet
            return Purpose(TxKind.SENT)
        left = [self._left[one] for one in row.spends if one in self._left]
        taken = next((one for one in left if one.ours), None)
        if taken is not None and not spends_ours and row.label not in labels.FEES:
            cheated = isinstance(taken.resolution.close, Revoked)
            return Purpose(TxKind.PENALTY if cheated else TxKind.SWEEP, taken.held)
        is_fee = row.label in labels.FEES or taken is not None
        if is_fee or (spends_ours and _stays(entry)):
            return Purpose(TxKind.FEE, left[0].held if left else self._hurried(row))
        return Purpose(TxKind.SPENT if spends_ours else TxKind.RECEIVED)

    def _hurried(self, row: WalletTx) -> Held | None:
        """The channel whose funding, or whose close that waits for a block, it is a child of."""
        parents = {outpoint.txid for outpoint in row.spends}
        for txid in parents & self._funded.keys():
            return self._funded[txid]
        waiting = (held for held in self._board.channels if held.channel.publication is not None)
        return next((one for one in waiting if self._board.guard.our_txid(one) in parents), None)

    def fee(self, entry: HistoryEntry, purpose: Purpose) -> Sat:
        """What we paid or bore of its fee, as far as that is known."""
        tx, held = entry.row.tx, purpose.held
        paid = sum((output.value for output in tx.outputs), ZERO_SAT)
        if purpose.kind is TxKind.CLOSE and held is not None:
            # BOLT 2, of a close in agreement: "the non-funder is not paying the fee"
            return held.channel.funding.value - paid if held.channel.we_fund else ZERO_SAT
        if purpose.kind in (TxKind.SWEEP, TxKind.PENALTY):
            taken = [self._left.get(txin.outpoint) for txin in tx.inputs]
            if None not in taken:
                values = (one.value for one in taken if one is not None)
                return sum(values, ZERO_SAT).minus_or_zero(paid)
        if purpose.kind is TxKind.FEE and entry.change_sat < 0:
            return Sat(-entry.change_sat)  # an anchor that it spends was written off before
        return entry.fee

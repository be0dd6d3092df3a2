"""Hurrying by a child: a second transaction, of what came to us, pays for both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpQuote, BumpWay, SentView, WantedFee
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_of_tx
from lnwallet_tui.bitcoin.tx import Tx, txid_to_hex
from lnwallet_tui.coins.build import expect_sane_fee
from lnwallet_tui.coins.child import build_child, least_fee, least_of_both
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.ledger import WalletTx
from lnwallet_tui.node.channels.channels import SOON
from lnwallet_tui.node.coins import cluster, labels, wanted_fee
from lnwallet_tui.node.coins.tx_kinds import Purpose
from lnwallet_tui.node.coins.wallet import PREVIEW
from lnwallet_tui.store.db import Transaction

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_WHY: Final = "a transaction that waits, and its child"


@dataclass(frozen=True, slots=True)
class Child:
    """A second transaction, of what came to us."""

    board: Switchboard
    row: WalletTx
    coin: Coin
    before: WalletTx | None  # the child that it replaces
    script: bytes  # where the rest goes; empty for a fresh one
    parent_fee: Sat
    label: str
    feerate_per_kw: int
    parent_fee_known: bool = True

    def build(self, script: bytes) -> tuple[Tx, Sat] | None:
        lacking = cluster.lacking(self.board, self.row, self.feerate_per_kw)
        return build_child(
            self.row.tx, self.parent_fee, self.coin, script, self.feerate_per_kw, lacking
        )

    def quote(self) -> BumpQuote:
        made = self.build(self.script or PREVIEW)
        assert made is not None, "it was tried before"
        fee, before = made[1], ZERO_SAT
        if self.before is not None and self.before.fee is not None:
            before = self.before.fee
        ours = sum((coin.value for coin in self.row.coins()), ZERO_SAT)
        others = sum((out.value for out in self.row.tx.outputs), ZERO_SAT) - ours
        return BumpQuote(
            txid=txid_to_hex(self.row.txid),
            way=BumpWay.CHILD,
            fee_sat=fee.value,
            added_fee_sat=(fee - before).value,
            amount_sat=others.value,
            feerate_per_kw=self.feerate_per_kw,
            fee_of_parent_known=self.parent_fee_known,
            replaces_child=self.before is not None,
        )

    def send(self, tx: Transaction) -> SentView:
        board, script = self.board, self.script
        if not script:
            script = board.wallet.take_script(tx, change=True)
            board.chain.look_for(tx, script)
        made = self.build(script)
        assert made is not None, "it was tried before"
        child, fee = made
        if _is_unnoted(board, self.row):  # from now on what it pays us is the wallet's
            board.wallet.publishing(tx, self.row.tx, "", ours=False)
        signed = board.wallet.sign(child, [self.coin])
        # Not "ours": the next one may take its place, and nothing must hang on what comes back.
        board.wallet.publishing(tx, signed, self.label, ours=False, fee=fee)
        tx.after(partial(board.publish, (self.row.tx, signed), _WHY))
        return SentView(txid=txid_to_hex(signed.txid), amount_sat=0, fee_sat=fee.value)


def find(board: Switchboard, row: WalletTx, purpose: Purpose, fee: WantedFee) -> Child | Refused:
    """What of it came to us pays for both. Raises `CoinsRefused`."""
    found = board.wallet.change_of(row.txid)
    if found is None and _is_unnoted(board, row) and (paid_us := next(row.coins(), None)):
        found = paid_us, None
    if found is None:
        return _no_child(board, row)
    coin, before = found
    opening, policy = purpose.kind is TxKind.OPENING, board.shell.config.policy
    paid = _fee_of(board, row, purpose)
    known, parent_fee = paid is not None, paid or ZERO_SAT
    there = None if before is None or before.fee is None else (before.tx, before.fee)
    least = least_of_both(row.tx, parent_fee, there, policy)
    terms = wanted_fee.read_to_hurry(board, fee, SOON, least)
    if isinstance(terms, Refused):
        return terms
    script = b"" if before is None else before.tx.outputs[0].script_pubkey
    if not script and opening and purpose.held is not None:
        script = purpose.held.channel.shutdown_script  # as the wallet does it by itself when late
    label = labels.FEE_OF_OPENING if opening else labels.FEE_OF_WAITING
    feerate = terms.feerate_per_kw
    child = Child(board, row, coin, before, script, parent_fee, label, feerate, known)
    return _judged(child, terms.most)


def _is_unnoted(board: Switchboard, row: WalletTx) -> bool:
    return board.wallet.transaction(row.txid) is None


def _judged(child: Child, most: Sat | None) -> Child | Refused:
    """Whether it can be made, and takes the place of the one before. Raises `FeeTooHigh` and
    `TooManyWaiting`."""
    made = child.build(child.script or PREVIEW)
    pays = fee_of_tx(child.feerate_per_kw, child.row.tx.weight)
    if made is None and pays <= child.parent_fee:
        return Refused(
            RefusalCode.FEE_TOO_LOW,
            "It pays that much by itself already.",
            "Give a higher feerate, or wait.",
        )
    if made is None:
        return Refused(
            RefusalCode.NOT_ENOUGH,
            f"Of the {child.coin.value.value:,} sat that came to you, hurrying it so much would "
            "cost more than half.",
            "Give a lower feerate, or wait.",
        )
    fee, before = made[1], child.before
    expect_sane_fee(fee, child.coin.value, most)
    cluster.expect(child.board, made[0], instead_of=before)
    if before is None or before.fee is None:
        return child
    needed = least_fee(before.tx, before.fee, child.board.shell.config.policy)
    if fee < needed:
        return Refused(
            RefusalCode.FEE_TOO_LOW,
            f"A child that pays {before.fee.value:,} sat hurries it already; another one must pay "
            f"at least {needed.value:,} sat.",
            "Give a higher feerate, or wait.",
        )
    return child


def _no_child(board: Switchboard, row: WalletTx) -> Refused:
    later = board.wallet.after(row)
    if later is not None:
        return Refused(
            RefusalCode.BAD_INPUT,
            "What came to you of it is spent already by another transaction that waits.",
            f"Hurry that one instead: {txid_to_hex(later.txid)}.",
        )
    if next(row.coins(), None) is not None:
        return Refused(
            RefusalCode.BAD_INPUT,
            "What came to you of it is frozen, so that nothing spends it.",
            "Thaw it first.",
        )
    return Refused(
        RefusalCode.BAD_INPUT,
        "It cannot be hurried: nothing of it came back to you that could pay for it, and it cannot "
        "be made again without losing what hangs on it.",
        "Wait until a block takes it.",
    )


def _fee_of(board: Switchboard, row: WalletTx, purpose: Purpose) -> Sat | None:
    """What it pays. Of a transaction by others nobody here knows it, unless they said it when
    we signed with them."""
    coins = board.wallet.spent_by(row.tx)
    paid = sum((output.value for output in row.tx.outputs), ZERO_SAT)
    if purpose.kind is TxKind.CLOSE and purpose.held is not None:
        return purpose.held.channel.funding.value.minus_or_zero(paid)
    if len(coins) < len(row.tx.inputs):
        return row.fee
    return sum((coin.value for coin in coins), ZERO_SAT) - paid

"""Hurrying a transaction that waits: another one in its place, or a child that pays for both.

A payment of ours is made again for more (`coins.replacement`). Of what opens a channel, and of what
others sent us, only a child is made: the channel's first commitment is signed over the txid of its
funding, and a transaction of others is not ours to make again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpQuote, BumpWay, SentView, WantedFee
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, fee_of_tx, whole_vbytes
from lnwallet_tui.bitcoin.tx import Tx, txid_from_hex, txid_to_hex
from lnwallet_tui.coins.build import BuiltTx, expect_sane_fee
from lnwallet_tui.coins.child import build_child, least_fee, least_of_both
from lnwallet_tui.coins.coin import Coin, weight_of
from lnwallet_tui.coins.keep import expect_kept
from lnwallet_tui.coins.ledger import WalletTx
from lnwallet_tui.coins.refusals import CoinsRefused
from lnwallet_tui.coins.replacement import (
    Original,
    build_replacement,
    least_replacement,
)
from lnwallet_tui.node.blocks import unread
from lnwallet_tui.node.channels.channels import SOON
from lnwallet_tui.node.coins import (
    agreed_closes,
    bump_reserve,
    close_bump,
    cluster,
    labels,
    sweep_bump,
    wanted_fee,
)
from lnwallet_tui.node.coins.spending import paid_to_others, paid_to_us, with_change, written
from lnwallet_tui.node.coins.tx_kinds import Purpose, Purposes
from lnwallet_tui.node.coins.wallet import PREVIEW
from lnwallet_tui.store import coins as stored
from lnwallet_tui.store.db import Transaction

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

K = TxKind
_BY_ITSELF: Final = (K.SWEEP, K.PENALTY, K.FEE)
_WHY_AGAIN: Final = "a payment of yours, for a higher fee"
_WHY_CHILD: Final = "a transaction that waits, and its child"


# -- asking and doing
def quote(board: Switchboard, txid: str, fee: WantedFee) -> BumpQuote | Refused:
    """What hurrying it would cost."""
    try:
        found = _find(board, txid, fee)
        return found if isinstance(found, Refused) else found.quote()
    except CoinsRefused as error:
        return unread.of_coins(board, error)


def bump(board: Switchboard, txid: str, fee: WantedFee) -> SentView | Refused:
    """Hurry it."""
    try:
        found = _find(board, txid, fee)
    except CoinsRefused as error:
        return unread.of_coins(board, error)
    return found if isinstance(found, Refused) else written(board, found.send)


# -- what it is
class _Way(Protocol):
    """How one transaction is hurried. Both raise `CoinsRefused`."""

    def quote(self) -> BumpQuote: ...
    def send(self, tx: Transaction) -> SentView: ...


def _find(board: Switchboard, txid: str, fee: WantedFee) -> _Way | Refused:
    """How the transaction can be hurried. Raises `CoinsRefused`."""
    # What closes a channel comes first: the wallet knows some of it, too, and may not raise it.
    finders: tuple[Callable[[Switchboard, bytes, WantedFee], _Way | Refused | None], ...] = (
        sweep_bump.find,
        close_bump.find,
        _of_wallet,
    )
    try:
        wanted = txid_from_hex(txid)
    except ValueError:
        return _no_such(board, txid)
    for find in finders:
        if (way := find(board, wanted, fee)) is not None:
            return way
    return _no_such(board, txid)


def _of_wallet(board: Switchboard, txid: bytes, fee: WantedFee) -> _Way | Refused | None:
    """None where the wallet has no such transaction. Raises `CoinsRefused`."""
    row = board.wallet.transaction(txid) or agreed_closes.named(board, txid)
    if row is None:
        return None
    if row.height is not None:
        return Refused(
            RefusalCode.BAD_INPUT, "It is in a block already.", "There is nothing to hurry."
        )
    if row.label in labels.CHILDREN and (parents := board.wallet.before(row)):
        row = parents[-1]  # it was made to hurry that one
    [entry] = board.wallet.entries([row])
    purpose = Purposes(board).of(entry)
    if purpose.kind in _BY_ITSELF:
        return Refused(
            RefusalCode.BAD_INPUT,
            "The wallet raises the fee of this transaction by itself, as its deadline comes and "
            "day by day while no block takes it; a child of it would be in the way of that.",
            "Nobody has to act.",
        )
    if cluster.can_be_made_again(board, row, purpose):
        return _again(board, row, fee)
    return _child(board, row, purpose, fee)


def _no_such(board: Switchboard, txid: str) -> Refused:
    """What another version stands in the place of has no place of its own any more."""
    rows = board.wallet.newest_first()
    row = next((one for one in rows if txid in map(txid_to_hex, one.versions)), None)
    if row is None:
        return Refused(
            RefusalCode.UNKNOWN, "There is no such transaction of this wallet.", "See the history."
        )
    other = txid_to_hex(row.txid)
    if row.height is None:
        return Refused(
            RefusalCode.BAD_INPUT,
            f"It was replaced by {other}, which waits for a block.",
            f"Hurry that one instead: {other}.",
        )
    return Refused(
        RefusalCode.BAD_INPUT,
        f"In its place {other} was taken, in block {row.height:,}.",
        "There is nothing to hurry.",
    )


def _lacking(board: Switchboard, row: WalletTx, feerate_per_kw: int) -> Sat:
    """What those that wait before it pay less than that: miners take it with them or not at all."""
    entries = board.wallet.entries(board.wallet.before(row))
    weight = sum(whole_vbytes(entry.row.tx.weight) for entry in entries)
    paid = sum((entry.fee for entry in entries), ZERO_SAT)
    return fee_at_least(feerate_per_kw, weight).minus_or_zero(paid)


# -- in its place
@dataclass(frozen=True, slots=True)
class _Again:
    """The same payment for more."""

    board: Switchboard
    row: WalletTx
    original: Original
    feerate_per_kw: int
    most_fee: Sat | None

    def build(self, change_script: bytes) -> BuiltTx:
        """Raises `CoinsRefused`."""
        board, wallet = self.board, self.board.wallet
        conditions = wallet.conditions(self.feerate_per_kw, board.chain.height, self.most_fee)
        more = wallet.confirmed_coins(board.chain.height)
        policy = board.shell.config.policy
        built = build_replacement(self.original, more, change_script, conditions, policy)
        # What came back of the original is gone with it.
        left = [
            coin
            for coin in wallet.spendable(board.chain.height)
            if coin.outpoint.txid != self.row.txid
        ]
        expect_kept(left, built, wallet.keeping(bump_reserve.must_stay(board)))
        return built

    def quote(self) -> BumpQuote:
        """Raises `CoinsRefused`."""
        built = self.build(PREVIEW)
        return BumpQuote(
            txid=txid_to_hex(self.row.txid),
            way=BumpWay.REPLACE,
            fee_sat=built.fee.value,
            added_fee_sat=(built.fee - self.original.fee).value,
            amount_sat=paid_to_others(built).value,
            feerate_per_kw=self.feerate_per_kw,
            to_us_sat=paid_to_us(self.board, built).value,
            alone_feerate_per_kw=self._alone(built),
        )

    def _alone(self, built: BuiltTx) -> int:
        """Its own feerate, where it pays for those before it, too; else 0."""
        if not self.original.lacking:
            return 0
        scripts = [one.script_pubkey for one in built.tx.outputs]
        weight = whole_vbytes(weight_of(built.coins, scripts))
        return built.fee.value * 1000 // weight

    def send(self, tx: Transaction) -> SentView:
        """Raises `CoinsRefused`."""
        board = self.board
        built = with_change(board, tx, self.build)
        signed = board.wallet.sign(built.tx, built.coins)
        board.wallet.replacing(tx, self.row.txid, signed)
        for note in stored.notes_of(board.shell.store, [self.row.txid]).values():
            stored.save_note(tx, signed.txid, note)
        tx.after(partial(board.publish, (signed,), _WHY_AGAIN))
        return SentView(
            txid=txid_to_hex(signed.txid),
            amount_sat=paid_to_others(built).value,
            fee_sat=built.fee.value,
        )


def _again(board: Switchboard, row: WalletTx, fee: WantedFee) -> _Again | Refused:
    later = board.wallet.after(row)
    if later is not None:
        return Refused(
            RefusalCode.BAD_INPUT,
            "What came back to you of it is spent already by another transaction that waits, which "
            "would be lost with it.",
            f"Hurry that one instead: {txid_to_hex(later.txid)}.",
        )
    coins = board.wallet.spent_by(row.tx)
    change = next((own.vout for own in row.own_outputs if own.path.change), None)
    pays = change
    if row.label == labels.SENDS_ALL:
        [pays] = [at for at in range(len(row.tx.outputs)) if at != change]
    alone = Original(row.tx, coins, change, pays)
    least = least_replacement(alone.feerate, board.shell.config.policy)
    terms = wanted_fee.read_to_hurry(board, fee, SOON, least)
    if isinstance(terms, Refused):
        return terms
    feerate, most = terms.feerate_per_kw, terms.most
    lacking = _lacking(board, row, feerate)
    return _Again(board, row, Original(row.tx, coins, change, pays, lacking), feerate, most)


# -- a child
@dataclass(frozen=True, slots=True)
class _Child:
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
        lacking = _lacking(self.board, self.row, self.feerate_per_kw)
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
        tx.after(partial(board.publish, (self.row.tx, signed), _WHY_CHILD))
        return SentView(txid=txid_to_hex(signed.txid), amount_sat=0, fee_sat=fee.value)


def _child(board: Switchboard, row: WalletTx, purpose: Purpose, fee: WantedFee) -> _Child | Refused:
    found = board.wallet.change_of(row.txid)
    if found is None and _is_unnoted(board, row) and (paid_us := next(row.coins(), None)):
        found = paid_us, None
    if found is None:
        return _no_child(board, row)
    coin, before = found
    opening, policy = purpose.kind is K.OPENING, board.shell.config.policy
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
    child = _Child(board, row, coin, before, script, parent_fee, label, feerate, known)
    return _judged(child, terms.most)


def _is_unnoted(board: Switchboard, row: WalletTx) -> bool:
    return board.wallet.transaction(row.txid) is None


def _judged(child: _Child, most: Sat | None) -> _Child | Refused:
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
    if purpose.kind is K.CLOSE and purpose.held is not None:
        return purpose.held.channel.funding.value.minus_or_zero(paid)
    if len(coins) < len(row.tx.inputs):
        return row.fee
    return sum((coin.value for coin in coins), ZERO_SAT) - paid

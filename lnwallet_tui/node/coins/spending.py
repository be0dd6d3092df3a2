"""Payments from the wallet's coins: what they would cost, and sending them.

What is sent is written down with the coins that it spends before any of it leaves; from then on it
is offered with each block until one has it (`Switchboard.publish_pending`), also after a crash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import Coins, Payouts, Sending, SendQuote, SentView
from lnwallet_tui.bitcoin.amount import MAX_SAT, ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import TxOut, txid_to_hex
from lnwallet_tui.coins.build import BuiltTx
from lnwallet_tui.coins.chosen import Chosen
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.refusals import CoinsRefused, NotAsQuoted
from lnwallet_tui.node import refusing
from lnwallet_tui.node.blocks import unread
from lnwallet_tui.node.coins import addresses, bump_reserve, costs, labels, wanted_fee
from lnwallet_tui.node.coins.wallet import PREVIEW, with_change_to
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import StoreError

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

MOST_PAYOUTS: Final = 500
WHY: Final = "a payment of yours"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be paid, read and judged; with `everything` the first output's value is open."""

    outputs: tuple[TxOut, ...]
    everything: bool
    feerate_per_kw: int
    most_fee: Sat | None
    chosen: tuple[Coin, ...] = ()  # by hand; none: the wallet chooses
    quoted_sat: int | None = None  # what it is to be in all, where somebody was told

    def build(self, board: Switchboard, change_script: bytes, feerate_per_kw: int = 0) -> BuiltTx:
        """Raises `CoinsRefused`."""
        feerate, height = feerate_per_kw or self.feerate_per_kw, board.chain.height
        keep = bump_reserve.must_stay(board)
        if self.chosen:
            return self._build_chosen(board, change_script, feerate, keep)
        if self.everything:
            script = self.outputs[0].script_pubkey
            return board.wallet.build_all(
                script, change_script, feerate, height, keep, self.most_fee
            )
        return board.wallet.build(self.outputs, change_script, feerate, height, keep, self.most_fee)

    def build_as_quoted(self, board: Switchboard, change_script: bytes) -> BuiltTx:
        """The same, where it pays what somebody was told. Raises `CoinsRefused`."""
        built = self.build(board, change_script)
        paid = paid_to_others(built)
        if self.quoted_sat is not None and paid.value != self.quoted_sat:
            raise NotAsQuoted(paid, self.quoted_sat)
        return built

    def _build_chosen(
        self, board: Switchboard, change_script: bytes, feerate: int, keep: Sat
    ) -> BuiltTx:
        wallet, height = board.wallet, board.chain.height
        chosen = Chosen(self.chosen, wallet.spendable(height), wallet.waiting())
        conditions = wallet.conditions(feerate, height, self.most_fee)
        if self.everything:
            script = self.outputs[0].script_pubkey
            return chosen.build_all(script, change_script, conditions, wallet.keeping(keep))
        return chosen.build(self.outputs, change_script, conditions, wallet.keeping(keep))


# -- asking
def quote(board: Switchboard, sending: Sending) -> SendQuote | Refused:
    """What it would cost."""
    plan = read_plan(board, sending)
    if isinstance(plan, Refused):
        return plan
    try:
        built = plan.build(board, PREVIEW)
    except CoinsRefused as error:
        return unread.of_coins(board, error)
    balance, height = board.wallet.balance(), board.chain.height
    free = board.wallet.spendable(height)
    there = balance.confirmed + balance.pending
    used = built.coins if plan.everything and not plan.chosen else free
    taken = {coin.outpoint for coin in built.coins}
    others = any(one.outpoint not in taken and one.height is not None for one in free)
    return SendQuote(
        amount_sat=paid_to_others(built).value,
        fee_sat=built.fee.value,
        change_sat=built.change_value.value,
        inputs=len(built.coins),
        feerate_per_kw=plan.feerate_per_kw,
        rates=costs.costs(board, partial(_fee_at, board, plan)),
        must_stay_sat=bump_reserve.must_stay(board).value,
        left_alone_sat=there.value - sum(coin.value.value for coin in used),
        can_be_hurried=plan.everything or built.change is not None or others,
        to_us_sat=paid_to_us(board, built).value,
    )


def _fee_at(board: Switchboard, plan: Plan, feerate_per_kw: int) -> Sat | None:
    try:
        return plan.build(board, PREVIEW, feerate_per_kw).fee
    except CoinsRefused:
        return None


def paid_to_others(built: BuiltTx) -> Sat:
    """All but what comes back."""
    return Sat(
        sum(output.value.value for at, output in enumerate(built.tx.outputs) if at != built.change)
    )


def paid_to_us(board: Switchboard, built: BuiltTx) -> Sat:
    """What of it goes to addresses of our own."""
    paid = (output for at, output in enumerate(built.tx.outputs) if at != built.change)
    return sum((one.value for one in paid if board.wallet.owns(one.script_pubkey)), ZERO_SAT)


# -- doing
def send(board: Switchboard, sending: Sending) -> SentView | Refused:
    """Send it."""
    plan = read_plan(board, sending)
    if isinstance(plan, Refused):
        return plan
    label = labels.SENDS_ALL if plan.everything else labels.SENDS

    def keep(tx: Transaction) -> SentView:
        built = with_change(board, tx, partial(plan.build_as_quoted, board))
        signed = board.wallet.sign(built.tx, built.coins)
        board.wallet.publishing(tx, signed, label, ours=True)
        tx.after(partial(board.publish, (signed,), WHY))
        return SentView(
            txid=txid_to_hex(signed.txid),
            amount_sat=paid_to_others(built).value,
            fee_sat=built.fee.value,
        )

    return written(board, keep)


def written(board: Switchboard, keep: Callable[[Transaction], SentView]) -> SentView | Refused:
    """Durable first, then sent; or nothing changed."""
    try:
        with board.shell.store.transaction() as tx:
            sent = keep(tx)
            tx.after(board.tell_balance)
    except CoinsRefused as error:
        return unread.of_coins(board, error)
    except StoreError as error:
        return refusing.of_disk(error)
    return sent


def with_change(board: Switchboard, tx: Transaction, build: Callable[[bytes], BuiltTx]) -> BuiltTx:
    """What `build` makes, which is sent with `tx`."""

    def fresh() -> bytes:
        script = board.wallet.take_script(tx, change=True)
        board.chain.look_for(tx, script)
        return script

    return with_change_to(build, fresh)


# -- reading what was typed
def read_plan(board: Switchboard, sending: Sending) -> Plan | Refused:
    """What is to be paid, as it was typed."""
    chosen = _chosen(board, sending.coins)
    if isinstance(chosen, Refused):
        return chosen
    outputs = _outputs(board, sending.payouts, everything=sending.everything)
    if isinstance(outputs, Refused):
        return outputs
    terms = wanted_fee.read(board, sending.fee)
    if isinstance(terms, Refused):
        return terms
    return Plan(
        outputs,
        sending.everything,
        terms.feerate_per_kw,
        terms.most,
        chosen,
        sending.quoted_sat,
    )


def _chosen(board: Switchboard, coins: Coins) -> tuple[Coin, ...] | Refused:
    """Those that were named, in the order in which the wallet has them."""
    named = frozenset(coins)
    known = {str(coin.outpoint): coin for coin in board.wallet.coins()}
    free = {str(coin.outpoint): coin for coin in board.wallet.spendable(board.chain.height)}
    if named - known.keys():
        return Refused(
            RefusalCode.UNKNOWN,
            "Of the coins that you chose some are not in this wallet, or spent already.",
            "Choose anew.",
        )
    if named - free.keys():
        return Refused(
            RefusalCode.NOT_READY,
            "Of the coins that you chose some cannot be spent now: frozen, kept for an opening, "
            "or unconfirmed and from others.",
            "Thaw them, wait for a block, or choose others.",
        )
    return tuple(coin for name, coin in free.items() if name in named)


def _outputs(
    board: Switchboard, payouts: Payouts, *, everything: bool
) -> tuple[TxOut, ...] | Refused:
    if everything and len(payouts) != 1:
        return Refused(
            RefusalCode.BAD_INPUT, "Everything goes to one address.", "Give one address."
        )
    if not payouts:
        return Refused(
            RefusalCode.BAD_INPUT,
            "No address is given.",
            f"Give from 1 to {MOST_PAYOUTS} addresses.",
        )
    if len(payouts) > MOST_PAYOUTS:
        return Refused(
            RefusalCode.BAD_INPUT,
            "So many addresses cannot be paid at once.",
            f"Give from 1 to {MOST_PAYOUTS} addresses.",
        )
    if not all(0 <= sat <= MAX_SAT for _, sat in payouts) or sum(s for _, s in payouts) > MAX_SAT:
        return refusing.no_such_amount()
    outputs = []
    for address, amount_sat in payouts:
        script = addresses.script_of(address, board.shell.config.network)
        if isinstance(script, Refused):
            return script
        outputs.append(TxOut(Sat(amount_sat), script))
    return tuple(outputs)

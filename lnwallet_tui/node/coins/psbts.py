"""Payments that others sign with us, or look at first: partially signed transactions (BIP174)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import PsbtView, Sending, SpendsView
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, whole_vbytes
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx, TxOut, txid_to_hex
from lnwallet_tui.coins import signatures
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.keep import usable
from lnwallet_tui.coins.psbt import Psbt, PsbtError
from lnwallet_tui.coins.psbt_spend import (
    Origins,
    extracted,
    finalised,
    spent_output,
    unsigned,
    weight_once_signed,
)
from lnwallet_tui.coins.refusals import CoinsRefused, MustStay
from lnwallet_tui.coins.weights import INPUT_WEIGHT, MOST_WEIGHT
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from lnwallet_tui.keys.psbt_signer import sign_own
from lnwallet_tui.node import refusing
from lnwallet_tui.node.blocks import unread
from lnwallet_tui.node.coins import bump_reserve, cluster, labels
from lnwallet_tui.node.coins.addresses import paid_to
from lnwallet_tui.node.coins.spending import read_plan
from lnwallet_tui.node.coins.wallet import with_change_to
from lnwallet_tui.store.errors import StoreError

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_WHY: Final = "a payment that was signed by several"


def export(board: Switchboard, sending: Sending) -> PsbtView | Refused:
    """What would be sent, unsigned. Its coins are not kept for it."""
    plan = read_plan(board, sending)
    if isinstance(plan, Refused):
        return plan
    wallet = board.wallet

    def lent() -> bytes:
        script = wallet.scripts.lend_to_export(tx)
        board.chain.look_for(tx, script)
        return script

    try:
        with board.shell.store.transaction() as tx:
            built = with_change_to(partial(plan.build_as_quoted, board), lent)
    except CoinsRefused as error:
        return unread.of_coins(board, error)
    except StoreError as error:
        return refusing.of_disk(error)
    change = None
    if built.change is not None:
        change = wallet.path_of(built.tx.outputs[built.change].script_pubkey)
    made = (wallet.transaction(coin.outpoint.txid) for coin in built.coins)
    parents = {row.txid: row.tx for row in made if row is not None}
    psbt = unsigned(built, change, _origins(board), parents)
    return _read(board, psbt).view(psbt)


def look(board: Switchboard, text: str) -> PsbtView | Refused:
    """Whom it pays, and what it would cost us to sign it, or why we do not."""
    read = _parsed(board, text)
    return read if isinstance(read, Refused) else read.view(read.psbt)


def sign(board: Switchboard, text: str, most_sat: int | None) -> PsbtView | Refused:
    """Sign what is ours; and where nobody else has to, send it."""
    read = _parsed(board, text)
    if isinstance(read, Refused):
        return read
    if read.refused is not None:
        return read.refused
    if most_sat is not None and read.takes_sat > most_sat:
        return refusing.dearer(read.takes_sat, most_sat)
    try:
        _expect_kept(board, read)
        signed = finalised(sign_own(KeyCoinSigner(board.shell.keys), read.psbt, read.coins))
        whole = extracted(signed)
        if whole is not None:
            _expect_valid(whole, read)
            cluster.expect(board, whole)
            _send(board, whole, read)
    except CoinsRefused as error:
        return unread.of_coins(board, error)
    except PsbtError as error:
        return _not_one(error)
    except StoreError as error:
        return refusing.of_disk(error)
    return read.view(signed, sent=whole is not None)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was handed in: the coins of ours that it spends, what comes back, and its fee where all
    of it is known."""

    psbt: Psbt
    coins: tuple[Coin, ...]
    spent: tuple[TxOut | None, ...]  # by its inputs, as far as that is known
    back: tuple[TxOut, ...]
    fee: Sat | None
    network: Network
    refused: Refused | None  # why we do not sign it

    @property
    def takes_sat(self) -> int:
        """What it costs us; below zero where it pays us."""
        spent = sum(coin.value.value for coin in self.coins)
        return spent - sum(output.value.value for output in self.back)

    def view(self, psbt: Psbt, *, sent: bool = False) -> PsbtView:
        ours = {coin.outpoint: coin.input_weight for coin in self.coins}
        weight = weight_once_signed(psbt, ours)
        feerate = 0
        if weight is not None and self.fee is not None:
            feerate = self.fee.value * 1000 // whole_vbytes(weight)
        return PsbtView(
            psbt=psbt.to_text(),
            txid=txid_to_hex(psbt.tx.txid),
            takes_sat=self.takes_sat,
            fee_sat=None if self.fee is None else self.fee.value,
            complete=extracted(psbt) is not None,
            sent=sent,
            pays=tuple(
                paid_to(output, self.network, yours=output in self.back)
                for output in psbt.tx.outputs
            ),
            spends=tuple(
                SpendsView(
                    coin=str(one.outpoint),
                    amount_sat=None if output is None else output.value.value,
                    yours=one.outpoint in ours,
                )
                for one, output in zip(psbt.tx.inputs, self.spent, strict=True)
            ),
            sends=weight is not None and self.refused is None,
            feerate_per_kw=feerate,
            refused=self.refused,
        )


def _origins(board: Switchboard) -> Origins:
    keys = board.shell.keys
    coin_type = keys.network.coin_type
    return Origins(keys.fingerprint, coin_type, keys.account(), keys.taproot_account())


def _parsed(board: Switchboard, text: str) -> _Read | Refused:
    try:
        return _read(board, Psbt.from_text(text))
    except PsbtError as error:
        return _not_one(error)


def _read(board: Switchboard, psbt: Psbt) -> _Read:
    """Raises `PsbtError`."""
    outpoints = [one.outpoint for one in psbt.tx.inputs]
    if len(set(outpoints)) < len(outpoints):
        raise PsbtError("it spends something twice")
    if not psbt.tx.outputs:
        raise PsbtError("it pays nobody")
    known = {coin.outpoint: coin for coin in board.wallet.coins()}
    coins = tuple(known[one.outpoint] for one in psbt.tx.inputs if one.outpoint in known)
    back = tuple(out for out in psbt.tx.outputs if board.wallet.owns(out.script_pubkey))
    said = [spent_output(psbt, at) for at in range(len(psbt.tx.inputs))]
    spent = tuple(
        known[one.outpoint].output if one.outpoint in known else output
        for one, output in zip(psbt.tx.inputs, said, strict=True)
    )
    fee = None
    if None not in spent:
        values = sum(one.value.value for one in spent if one is not None)
        paid = sum(output.value.value for output in psbt.tx.outputs)
        if paid > values:
            raise PsbtError("it pays more than it has")
        fee = Sat(values - paid)
    refused = _refused(board, psbt, coins)
    return _Read(psbt, coins, spent, back, fee, board.shell.config.network, refused)


def _refused(board: Switchboard, psbt: Psbt, coins: tuple[Coin, ...]) -> Refused | None:
    if not coins:
        return _done(board, psbt.tx.txid) or Refused(
            RefusalCode.UNKNOWN,
            "It spends no coin of this wallet, or none that is still there.",
            "Look at the coins, and have it made again.",
        )
    if not all(coin.is_spendable(board.chain.height + 1) for coin in coins):
        return Refused(
            RefusalCode.NOT_ENOUGH,
            "It spends a coin of yours that is frozen, kept for an opening or cannot be spent yet.",
            "Look at the coins, and have it made again without that one.",
        )
    return None


def _done(board: Switchboard, txid: bytes) -> Refused | None:
    """What became of it, where it was sent before; it, or another version in its place."""
    row = next(
        (one for one in board.wallet.newest_first() if txid in (one.txid, *one.versions)), None
    )
    if row is None:
        return None
    it = "It" if row.txid == txid else f"It was replaced by {txid_to_hex(row.txid)}, which"
    where = "waits for a block" if row.height is None else f"is in block {row.height:,}"
    sent = "is sent already and " if row.txid == txid else ""
    return Refused(
        RefusalCode.ALREADY_PAID,
        f"{it} {sent}{where}.",
        "There is nothing to do; do not pay again.",
    )


def _expect_kept(board: Switchboard, read: _Read) -> None:
    """Raises `MustStay`."""
    keep = bump_reserve.must_stay(board)
    gone = {coin.outpoint for coin in read.coins}
    left = [one for one in board.wallet.spendable(board.chain.height) if one.outpoint not in gone]
    rate = board.shell.config.policy.bump_feerate
    cost = fee_at_least(rate, INPUT_WEIGHT)  # of each that comes back, when it is used
    comes_back = sum((out.value.minus_or_zero(cost) for out in read.back), ZERO_SAT)
    if keep and usable(left, rate) + comes_back + cost < keep:  # one input is in it already
        raise MustStay(keep, ZERO_SAT)


def _expect_valid(whole: Tx, read: _Read) -> None:
    """Raises `PsbtError`: what no node passes on would hold our coins for ever."""
    # BIP174: "The Extractor should produce a fully valid, network serialized transaction if all
    # inputs are complete."
    if not signatures.are_right(whole, read.spent):
        raise PsbtError("one of the signatures in it is false")
    if whole.weight > MOST_WEIGHT:
        raise PsbtError("it is larger than nodes pass on")


def _send(board: Switchboard, whole: Tx, read: _Read) -> None:
    ours = len(read.coins) == len(whole.inputs)
    with board.shell.store.transaction() as tx:
        board.wallet.publishing(tx, whole, labels.SENDS, ours=ours, fee=read.fee)
        tx.after(partial(board.publish, (whole,), _WHY))
        tx.after(board.tell_balance)


def _not_one(error: PsbtError) -> Refused:
    return Refused(
        RefusalCode.BAD_INPUT,
        f"This cannot be signed as a partially signed transaction: {error}.",
        "Have it made again, as BIP 174 says, and paste all of it.",
    )

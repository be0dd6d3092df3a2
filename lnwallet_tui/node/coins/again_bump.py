"""Hurrying a payment of ours: the same for more, in its place (`coins.replacement`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpQuote, BumpWay, PaidView, SentView, WantedFee
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.fees import whole_vbytes
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.coins.build import BuiltTx
from lnwallet_tui.coins.coin import weight_of
from lnwallet_tui.coins.keep import expect_kept
from lnwallet_tui.coins.ledger import WalletTx
from lnwallet_tui.coins.replacement import Original, build_replacement, least_replacement
from lnwallet_tui.node.channels.channels import SOON
from lnwallet_tui.node.coins import bump_reserve, cluster, labels, wanted_fee
from lnwallet_tui.node.coins.addresses import paid_to
from lnwallet_tui.node.coins.spending import paid_to_others, paid_to_us, with_change
from lnwallet_tui.node.coins.wallet import PREVIEW
from lnwallet_tui.store import coins as stored
from lnwallet_tui.store.db import Transaction

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_WHY: Final = "a payment of yours, for a higher fee"


@dataclass(frozen=True, slots=True)
class Again:
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
            pays=self._pays(built),
            feerate_per_kw=self.feerate_per_kw,
            to_us_sat=paid_to_us(self.board, built).value,
            alone_feerate_per_kw=self._alone(built),
        )

    def _pays(self, built: BuiltTx) -> tuple[PaidView, ...]:
        wallet, network = self.board.wallet, self.board.shell.config.network
        return tuple(
            paid_to(output, network, yours=wallet.owns(output.script_pubkey))
            for at, output in enumerate(built.tx.outputs)
            if at != built.change
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
        tx.after(partial(board.publish, (signed,), _WHY))
        return SentView(
            txid=txid_to_hex(signed.txid),
            amount_sat=paid_to_others(built).value,
            fee_sat=built.fee.value,
        )


def find(board: Switchboard, row: WalletTx, fee: WantedFee) -> Again | Refused:
    """How it is made again, unless something hangs on it."""
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
    lacking = cluster.lacking(board, row, feerate)
    return Again(board, row, Original(row.tx, coins, change, pays, lacking), feerate, most)

"""Hurrying by hand what brings the money of a closed channel home.

The guard raises it by itself as its deadline comes, and what has none as the estimate rises: slowly
in the eyes of somebody who waits. What is paid by hand is the guard's offer from then on, which
never goes down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lnwallet_tui.api.feerates import sat_vb
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpQuote, BumpWay, SentView, WantedFee
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.coins.build import expect_sane_fee
from lnwallet_tui.node.channels.channels import SOON
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import wanted_fee
from lnwallet_tui.node.coins.standing import Standing
from lnwallet_tui.onchain.hurried import hurried, range_of
from lnwallet_tui.onchain.sweep_tx import Sweep, total
from lnwallet_tui.store.db import Transaction

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class SweepAgain:
    """The same outputs, for more of what they bring."""

    board: Switchboard
    held: Held
    standing: Standing
    sweep: Sweep

    def quote(self) -> BumpQuote:
        """What it costs."""
        brings = total(self.sweep.claims) - self.sweep.fee
        return BumpQuote(
            txid=txid_to_hex(self.standing.offer.txid),
            way=BumpWay.REPLACE,
            fee_sat=self.sweep.fee.value,
            added_fee_sat=(self.sweep.fee - self.standing.offer.fee).value,
            amount_sat=brings.value,
            feerate_per_kw=self.sweep.feerate_per_kw,
            to_us_sat=brings.value,
        )

    def send(self, tx: Transaction) -> SentView:
        """Durable with `tx`; then it is published."""
        self.board.guard.hurry(tx, self.held, self.sweep)
        brings = total(self.sweep.claims) - self.sweep.fee
        return SentView(
            txid=txid_to_hex(self.sweep.tx.txid),
            amount_sat=brings.value,
            fee_sat=self.sweep.fee.value,
        )


def find(board: Switchboard, txid: bytes, fee: WantedFee) -> SweepAgain | Refused | None:
    """None where no sweep that waits has that id. Raises `CoinsRefused`."""
    for held in board.channels:
        if (standing := board.guard.standing(held, txid)) is not None:
            return _again(board, held, standing, fee)
    return None


def _again(
    board: Switchboard, held: Held, standing: Standing, fee: WantedFee
) -> SweepAgain | Refused:
    policy, next_height = board.shell.config.policy, board.chain.height + 1
    group, offer, script = standing.group, standing.offer, standing.script
    within = range_of(group, offer, script, next_height, policy)
    terms = wanted_fee.read_to_hurry(board, fee, SOON, within.least_feerate)
    if isinstance(terms, Refused):
        return terms
    feerate = terms.feerate_per_kw
    if feerate < within.least_feerate:
        return _too_little(offer.fee, within.least_feerate)
    sweep = hurried(group, script, feerate, within)
    if sweep is None:
        return _too_much(total(group), within.most_fee)
    expect_sane_fee(sweep.fee, total(group), terms.most)
    return SweepAgain(board, held, standing, sweep)


def _too_little(paid: Sat, least_feerate: int) -> Refused:
    return Refused(
        RefusalCode.FEE_TOO_LOW,
        f"It pays {paid.value:,} sat already; what takes its place must pay at least "
        f"{sat_vb(least_feerate)}.",
        "Give a higher feerate, or wait: the wallet raises it by itself when that is needed.",
    )


def _too_much(brings: Sat, most: Sat) -> Refused:
    return Refused(
        RefusalCode.NOT_ENOUGH,
        f"Of the {brings.value:,} sat that it brings home, a fee may take {most.value:,} sat at "
        "most now.",
        "Give a lower feerate, or wait: the wallet raises it by itself when that is needed.",
    )

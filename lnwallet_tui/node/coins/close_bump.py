"""Hurrying by hand a commitment of ours that waits for a block: its child pays more for both.

The guard makes that child where an estimate or a payment asks for it, and raises it. What is paid
by hand is the guard's offer from then on, which never goes down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lnwallet_tui.api.feerates import sat_vb
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpQuote, BumpWay, SentView, WantedFee
from lnwallet_tui.bitcoin.amount import ZERO_SAT
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.channel.fees import ANCHOR_VALUE
from lnwallet_tui.coins.build import expect_sane_fee
from lnwallet_tui.node.channels.channels import SOON
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import wanted_fee
from lnwallet_tui.node.guard.anchor_children import ChildQuote
from lnwallet_tui.node.words import given_up
from lnwallet_tui.onchain.bump import NotEnoughCoins, highest_feerate
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.store.db import Transaction

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class CloseChild:
    """A child of our commitment, in place of the one that there may be."""

    board: Switchboard
    held: Held
    made: ChildQuote

    def quote(self) -> BumpQuote:
        """What it costs: the anchor is lost to the close anyhow."""
        before = self.made.replaced
        return BumpQuote(
            txid=txid_to_hex(self.made.parent.txid),
            way=BumpWay.CHILD,
            fee_sat=self.made.fee.value,
            added_fee_sat=(self.made.fee - (before or ANCHOR_VALUE)).value,
            amount_sat=0,
            feerate_per_kw=self.made.feerate,
            by_coins=True,
            from_anchor_sat=ANCHOR_VALUE.value,
            replaces_child=before is not None,
            caution=given_up.caution(self.held.channel),
        )

    def send(self, tx: Transaction) -> SentView:
        """Durable with `tx`; then both are published."""
        raised = self.board.guard.raise_fee(tx, self.held, self.made.feerate)
        fee = ZERO_SAT if raised.child is None else raised.child.funded.fee
        return SentView(txid=txid_to_hex(raised.txid), amount_sat=0, fee_sat=fee.value)


def find(board: Switchboard, txid: bytes, fee: WantedFee) -> CloseChild | Refused | None:
    """None where no commitment of ours that waits has that id, nor a child of it. Raises
    `CoinsRefused`."""
    held = _waiting(board, txid)
    if held is None:
        return None
    if not held.channel.anchors:
        return _no_anchor()
    parent = _Parent(board, held)
    terms = wanted_fee.read_to_hurry(board, fee, SOON, parent.least)
    if isinstance(terms, Refused):
        return terms
    made = parent.child(terms.feerate_per_kw)
    if isinstance(made, Refused):
        return made
    expect_sane_fee(made.fee, held.channel.ledger.ours.floor_sat(), terms.most)
    return CloseChild(board, held, made)


class _Parent:
    """The commitment that waits, and what the guard knows of it."""

    def __init__(self, board: Switchboard, held: Held) -> None:
        assert held.channel.publication is not None, "no quote signs what was not decided on"
        guard = board.guard
        self._children, self._facts = guard.children, guard.facts(held)
        self._close = guard.known_close(held)
        self._terms = guard.child_terms(held, self._close, 0)
        self._tx = our_commitment(self._facts, held.signer)
        self.least = self._children.least(self._facts, self._tx, self._close, self._terms)
        """The feerate from which on a child, or another one, helps."""

    def child(self, feerate: int) -> ChildQuote | Refused:
        """What would be made for that feerate."""
        highest = highest_feerate(self._facts, self._tx, self._terms.change_script)
        if feerate < self.least:
            return _too_little(self.least)
        if feerate > highest:
            return _too_much(highest)
        terms = replace(self._terms, asked=feerate)
        made = self._children.quote(self._facts, self._tx, self._close, terms)
        if isinstance(made, NotEnoughCoins):
            return _no_coins(made)
        return _too_little(self.least) if made is None else made


def _waiting(board: Switchboard, txid: bytes) -> Held | None:
    row = board.wallet.transaction(txid)
    ids = {txid} if row is None else {txid, *(spent.txid for spent in row.spends)}
    for held in board.channels:
        if board.guard.is_raising(held) and board.guard.our_txid(held) in ids:
            return held
    return None


def _no_anchor() -> Refused:
    return Refused(
        RefusalCode.BAD_INPUT,
        "This channel is of a type (static_remotekey) whose states carry their whole fee: nothing "
        "can be added to it.",
        "Wait until a block takes it.",
    )


def _too_little(least: int) -> Refused:
    return Refused(
        RefusalCode.FEE_TOO_LOW,
        f"It is offered for that much already; what hurries it pays at least {sat_vb(least)}.",
        "Give a higher feerate, or wait: the wallet raises it by itself, day by day.",
    )


def _too_much(highest: int) -> Refused:
    return Refused(
        RefusalCode.NOT_ENOUGH,
        "So much would cost more than half of what is yours in this channel.",
        f"The most that is taken is {sat_vb(highest)}.",
    )


def _no_coins(lacking: NotEnoughCoins) -> Refused:
    return Refused(
        RefusalCode.NOT_ENOUGH,
        "A child of it is paid with confirmed coins of the wallet, and these do not do for that: "
        f"{lacking.missing.value:,} sat are missing.",
        "Send some thousand sat to an address of this wallet, or give a lower feerate.",
    )

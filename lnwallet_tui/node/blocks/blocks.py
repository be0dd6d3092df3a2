"""What a block changes: coins, channels, payments and the guard, in the block's transaction."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lnwallet_tui.chain.blocks import BlockConnected
from lnwallet_tui.chain.watch import Confirmed, Delta, Fact, Follower, ScriptPaid, Spent
from lnwallet_tui.channel import events
from lnwallet_tui.channel.feerates import proposed_feerate
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.node.channels import lost_channels, restoring
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins.funding_bump import FundingBumps
from lnwallet_tui.node.payments import outcomes, undone_payments
from lnwallet_tui.store.db import Transaction

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


class Blocks:
    """Reads blocks for everybody (`chain.Reader`)."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._bumps = FundingBumps(board)

    def block_comes(self, tx: Transaction, block: BlockConnected) -> bool:
        """Addresses that an earlier life of the wallet gave out: where one is paid, later ones may
        be, in the same block even."""
        paid = [out.script_pubkey for _, one in block.txs for out in one.outputs]
        return bool(self._board.shell.alone(tx, partial(self._find_ahead, tx, paid)))

    def _find_ahead(self, tx: Transaction, paid: list[bytes]) -> bool:
        wallet, found = self._board.wallet, False
        # What this life gives out moves the gap, too, and says nothing of an earlier one; but in
        # the first reading of a chain that one may have been paid there already.
        chain, is_first = self._board.chain, self._board.catching_up.is_first
        for script in wallet.scripts.look_ahead(tx):
            found = True
            (chain.look_behind if is_first else chain.look_for)(tx, script)
        while scripts := wallet.scripts.find_ahead(tx, paid):
            found = True
            for script in scripts:
                chain.look_behind(tx, script)
        return found

    def found_behind(self, tx: Transaction, facts: tuple[Fact, ...], time: int) -> None:
        """Addresses that were paid before they were looked for."""
        board, alone = self._board, partial(self._board.shell.alone, tx)
        paid = [one.output.script_pubkey for one in facts if isinstance(one, ScriptPaid)]
        alone(partial(self._find_ahead, tx, paid))
        alone(partial(board.wallet.read, tx, facts, time))
        alone(partial(board.left_behind.look, tx, board, facts))
        tx.after(board.tell_balance)
        tx.after(board.tell_block)

    def block_came(self, tx: Transaction, delta: Delta) -> None:
        """One block more."""
        alone = partial(self._board.shell.alone, tx)
        alone(partial(undone_payments.block_came, tx, self._board, delta))
        for fact in delta.happened:
            alone(partial(self._fact, tx, fact))
        # What the chain shows of one channel, the others use in the same block: a preimage seen
        # downstream is worth nothing once the HTLC in front of it can be timed out.
        self._board.guard.meet(tx)
        for held in self._board.channels:
            alone(partial(self._tell_outcomes, tx, held))
        for held in self._board.channels:
            if held.channel.phase is not Phase.DONE:
                alone(partial(self._new_tip, tx, held))
                if isinstance(held.state, Channel):  # with this block it may have been given up
                    alone(partial(self._bumps.look, tx, held))
        alone(partial(self._board.left_behind.look, tx, self._board, delta.happened))
        alone(partial(self._board.payments.tick, tx))
        for held in self._board.guard.look(tx):
            self._board.channels.drive(held, events.CloseResolved())
        alone(partial(restoring.look, tx, self._board))
        tx.after(self._board.publish_pending)
        tx.after(self._board.tell_block)
        tx.after(self._board.catching_up.look)

    def _tell_outcomes(self, tx: Transaction, held: Held) -> None:
        """What became of the payments in a channel that is closed."""
        channel, board = held.channel, self._board
        if board.channels.is_stand_in(held):
            lost_channels.tell_shown(tx, board, held)
        if channel.phase is Phase.DONE or not channel.ledger.htlcs:  # one that froze is at any
            return
        resolution = board.guard.resolution(held)
        if resolution is not None:
            height, policy = board.chain.height, board.shell.config.policy
            outcomes.tell(tx, board.payments, channel, resolution, height, policy)

    def _fact(self, tx: Transaction, fact: Fact) -> None:
        for held in self._funded_by(fact):
            if isinstance(fact, Confirmed):
                event = events.FundingConfirmed(fact.tx, fact.height, fact.tx_index)
                self._board.channels.drive(held, event)
            elif isinstance(fact, Spent):
                self._board.channels.drive(held, events.FundingSpent(fact.tx, fact.height))
                if isinstance(held.state, Channel):  # else it was never this channel's output
                    self._board.payments.closed(tx, held.channel)

    def _funded_by(self, fact: Fact) -> tuple[Held, ...]:
        return tuple(
            held
            for held in self._board.channels
            if isinstance(fact, Confirmed | Spent)
            and fact.outpoint == held.channel.funding.outpoint
        )

    def _new_tip(self, tx: Transaction, held: Held) -> None:
        self._board.channels.drive(held, events.NewTip())
        if not isinstance(held.state, Channel) or self._board.last_resort.look(tx, held):
            return
        if held.channel.we_fund and held.channel.link is Link.LIVE:
            self._follow_fees(held)

    def _follow_fees(self, held: Held) -> None:
        env = self._board.channels.env(held)
        ours = held.channel.ledger.feerate_per_kw
        wanted = proposed_feerate(held.channel.anchors, env.feerates, env.policy)
        if abs(wanted - ours) * 100 > ours * env.policy.feerate_step_percent:
            self._board.channels.drive(held, events.UpdateFee(wanted), events.SignCommitment())

    def block_seen(self, follower: Follower) -> None:
        """A block that could not be kept."""
        self._board.guard.look_from_memory(follower)

    def block_left(self, tx: Transaction, delta: Delta) -> None:
        """The newest block left the best chain."""
        undone_payments.block_left(tx, self._board, delta)
        for fact in delta.undone:
            for held in self._funded_by(fact):
                if isinstance(fact, Confirmed):
                    self._board.channels.drive(held, events.FundingReorganised())
                else:
                    self._board.channels.drive(held, events.FundingSpendReorganised())
        tx.after(self._board.tell_block)

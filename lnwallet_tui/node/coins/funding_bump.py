"""Fundings of ours that no block takes: hurried by a child of their change, and said at last.

BOLT 2: the peer "SHOULD forget the channel if it does not see the correct funding transaction after
a timeout of 2016 blocks"; the coins would then be in a channel that only we know.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.coins.child import build_child, fee_of, least_fee
from lnwallet_tui.coins.ledger import WalletTx
from lnwallet_tui.coins.refusals import TooManyWaiting
from lnwallet_tui.node.channels.channels import SOON
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import cluster, labels
from lnwallet_tui.store.db import Transaction

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


_NEWS: Final = 6
"""Blocks on top, until which it is new that a funding has come into one."""


def _subject(channel: Channel) -> str:
    return f"funding {channel.channel_id.hex()}"


class FundingBumps:
    """Looks at every funding of ours with each block."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._warned: set[int] = set()

    def look(self, tx: Transaction, held: Held) -> None:
        """Hurry it, or say that it is late, if it is time for that."""
        channel, policy = held.channel, self._board.shell.config.policy
        if not channel.we_fund:
            return
        if 0 < channel.funding.depth(self._board.chain.height) <= _NEWS:
            self._tell_that_it_came(tx, held)
        if channel.phase is not Phase.FUNDING:
            return
        if channel.funding.confirmed is not None or channel.funding.tx is None:
            return
        waited = self._board.chain.height - channel.funding.begun
        if waited >= policy.funding_bump:
            self._bump(tx, channel, channel.funding.tx)
        if waited >= policy.funding_warning and held.number not in self._warned:
            self._warned.add(held.number)
            forgotten = channel.funding.begun + policy.funding_timeout
            text = (
                f"The channel with {held.peer_id.hex()[:8]} waits for its funding transaction to "
                f"confirm. The peer may forget it from block {forgotten:,} on."
            )
            remedy = "If it does not confirm until then, force-close the channel."
            self._tell(tx, channel, text, remedy, urgent=True)

    def _tell_that_it_came(self, tx: Transaction, held: Held) -> None:
        """In the place of the warning, which is over."""
        told = self._board.shell.herald.inbox.about(_subject(held.channel))
        if told is not None and told.urgent:
            peer = held.peer_id.hex()[:8]
            text = f"The funding transaction of the channel with {peer} has come into a block."
            self._tell(tx, held.channel, text, urgent=False)

    def _tell(
        self, tx: Transaction, channel: Channel, text: str, remedy: str = "", *, urgent: bool
    ) -> None:
        self._board.shell.herald.tell(
            tx,
            InboxKind.NOTICE,
            text,
            remedy,
            urgent=urgent,
            subject=_subject(channel),
            channel_id=channel.channel_id,
        )

    def _bump(self, tx: Transaction, channel: Channel, parent: Tx) -> None:
        wallet, policy = self._board.wallet, self._board.shell.config.policy
        found = wallet.change_of(parent.txid)
        if found is None:
            return  # none came back, or it pays for something else by now
        change, waiting = found
        wanted = max(self._board.shell.ports.chain.feerate_per_kw(SOON), policy.min_feerate)
        made = build_child(
            parent, fee_of(parent, wallet.spent_by(parent)), change, channel.shutdown_script, wanted
        )
        if made is None:
            if waiting is not None:
                self._publish(tx, parent, waiting.tx)
            return
        child, fee = made
        paid = None if waiting is None else waiting.fee
        if waiting is not None and paid is not None and fee < least_fee(waiting.tx, paid, policy):
            self._publish(tx, parent, waiting.tx)
            return
        if not self._has_room(child, waiting):
            return
        signed = wallet.sign(child, [change])
        # Not "ours": the next one may take its place, and nothing must hang on what comes back.
        wallet.publishing(tx, signed, labels.FEE_OF_OPENING, ours=False, fee=fee)
        self._publish(tx, parent, signed)

    def _has_room(self, child: Tx, before: WalletTx | None) -> bool:
        """Whether nodes pass it on, with all that it hangs on; else a later block asks again."""
        try:
            cluster.expect(self._board, child, instead_of=before)
        except TooManyWaiting:
            return False
        return True

    def _publish(self, tx: Transaction, parent: Tx, child: Tx) -> None:
        tx.after(partial(self._board.publish, (parent, child), "a funding and its child"))

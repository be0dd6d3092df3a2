"""What payments ask of channels, and what they hear of HTLCs that are irrevocably gone.

What is asked runs in the transaction of what asked for it; after a start, in one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from lnwallet_tui.api.events import PaymentChanged
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.channel import events
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason
from lnwallet_tui.channel.htlcs import Htlc, Side
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node import views
from lnwallet_tui.node.blocks.up_to_date import is_blind
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.payments import routes
from lnwallet_tui.payment.effects import OfferHtlc, RefuseHtlc, RefuseMalformed, SettleHtlc
from lnwallet_tui.payment.forwarding import Outgoing
from lnwallet_tui.payment.records import Way
from lnwallet_tui.payment.relay import OfferForward
from lnwallet_tui.payment.ways import Need
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.wire.scid import ShortChannelId

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


class PaymentDesk:
    """Implements `payments.Desk` and `relay.RelayDesk`."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._to_sign: set[int] = set()  # numbers of channels

    def height(self) -> int:
        """The newest block processed."""
        return self._board.height()

    def is_blind(self) -> bool:
        """Whether that is too long ago to judge by it what may expire soon: we have just woken up,
        or somebody keeps blocks from us. Who offers an HTLC then may have it back at once."""
        return is_blind(self._board)

    async def ways_for(self, need: Need) -> tuple[Way, ...] | Refused:
        """Routes for what is to be paid."""
        return await routes.ways_for(self._board, need)

    def offer(self, effect: OfferHtlc) -> None:
        """Offer an HTLC of a payment of ours."""
        held = self._board.channels.find(effect.channel_id)
        if held is None or held.frozen:
            with self._board.shell.store.transaction() as tx:
                self._board.payments.refused(tx, effect, ChannelRefusal(RefusalReason.CLOSED))
            return
        number = self._board.commands.number()
        self._board.payments.command_for(effect, number)
        add = events.AddHtlc(
            number, effect.amount, effect.payment_hash, effect.cltv_expiry, effect.onion
        )
        self._drive(held, add)

    def outgoing(self, short_channel_id: ShortChannelId) -> Outgoing | None:
        """The channel that an onion names."""
        return self._board.terms.outgoing(short_channel_id)

    def is_lost(self, short_channel_id: ShortChannelId | None) -> bool:
        """Whether the channel that an onion names may be one whose state is damaged."""
        named = None if short_channel_id is None else self.outgoing(short_channel_id)
        return self._board.channels.is_lost(b"" if named is None else named.channel_id)

    def offered(self, payment_hash: bytes) -> Iterator[tuple[bytes, Htlc]]:
        """What is ours of these in all channels, each with the channel's id."""
        for held in self._board.channels:
            for htlc in held.channel.ledger.htlcs:
                if htlc.offered_by is Side.US and htlc.payment_hash == payment_hash:
                    yield held.channel.channel_id, htlc

    def forward(self, effect: OfferForward) -> None:
        """Offer an HTLC of a payment of others."""
        assert self._board.relay is not None, "who does not relay forwards nothing"
        held = self._board.channels.find(effect.channel_id)
        if held is None or held.frozen:
            with self._board.shell.store.transaction() as tx:
                self._board.relay.refused(tx, effect)
            return
        number = self._board.commands.number()
        self._board.relay.command_for(effect, number)
        add = events.AddHtlc(
            number, effect.amount, effect.payment_hash, effect.cltv_expiry, effect.onion
        )
        self._drive(held, add)

    def settle(self, effect: SettleHtlc) -> None:
        """Take an incoming payment. It is ours once the HTLC is irrevocably gone, or the chain has
        decided: a preimage that the peer was not shown in time is worth nothing."""
        held = self._board.channels.find(effect.channel_id)
        if held is None:
            return
        with self._board.shell.store.transaction() as tx:
            self._drive(held, events.FulfillHtlc(effect.htlc_id, effect.preimage))
            if held.is_gone(effect.htlc_id):  # since before a crash
                self._board.payments.settled(tx, effect.channel_id, effect.htlc_id, effect.preimage)

    def refuse(self, effect: RefuseHtlc | RefuseMalformed) -> None:
        """Refuse an incoming HTLC."""
        held = self._board.channels.find(effect.channel_id)
        if held is None:
            return
        command = (
            events.FailHtlc(effect.htlc_id, effect.reason)
            if isinstance(effect, RefuseHtlc)
            else events.FailMalformedHtlc(
                effect.htlc_id, effect.sha256_of_onion, int(effect.failure_code)
            )
        )
        self._drive(held, command)

    def _drive(self, held: Held, update: events.ChannelEvent) -> None:
        """An update, and one signature for all updates of a transaction."""
        with self._board.shell.store.transaction() as tx:
            self._board.channels.drive(held, update)
            if held.number not in self._to_sign:
                self._to_sign.add(held.number)
                tx.undo(partial(self._to_sign.discard, held.number))
                self._board.shell.also(tx, partial(self._sign, held))

    def _sign(self, held: Held) -> None:
        self._to_sign.discard(held.number)
        self._board.channels.drive(held, events.SignCommitment())

    def payment_changed(self, payment_hash: bytes) -> None:
        """Tell the screen."""
        view = views.payment(self._board, payment_hash) if self._board.shell.feed.is_read else None
        if view is not None:
            self._board.shell.feed.publish(PaymentChanged(view))
        self._board.tell_balance()

    # -- inside a channel's own transaction
    def changed(self, tx: Transaction, held: Held) -> None:
        """Tell whose incoming HTLCs are irrevocably gone from the channel."""
        if not held.begun or not isinstance(held.state, Channel):
            return
        channel_id, payments = held.channel.channel_id, self._board.payments
        listed = held.received()
        for htlc_id, preimage in payments.settling_in(channel_id):
            if htlc_id not in listed:
                payments.settled(tx, channel_id, htlc_id, preimage)
        if self._board.relay is not None:
            self._board.relay.gone(tx, channel_id, held.is_gone)

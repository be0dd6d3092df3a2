"""Payments between their machines and the channels: every change in the transaction of its cause.

So is what a payment asks of a channel; see `asking`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Protocol, assert_never

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel import effects as channel_effects
from lnwallet_tui.channel.errors import ChannelRefusal
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node.channels.asking import Asking
from lnwallet_tui.node.payments.arrivals import arrived_htlc, offered_hashes
from lnwallet_tui.node.payments.beginnings import Beginnings, Command
from lnwallet_tui.node.payments.offers import Offers
from lnwallet_tui.node.payments.payment_book import PaymentBook
from lnwallet_tui.node.payments.payment_news import PaymentNews
from lnwallet_tui.node.payments.relay import Relay
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.payment import attempts, events, incoming, outgoing
from lnwallet_tui.payment.arrival import Env as ArrivalEnv
from lnwallet_tui.payment.arrival import read_transit
from lnwallet_tui.payment.command import refusal_of_ours
from lnwallet_tui.payment.effects import (
    FindWays,
    IncomingEffect,
    OfferHtlc,
    OutgoingEffect,
    PaymentChanged,
    RefuseHtlc,
    RefuseMalformed,
    SettleHtlc,
)
from lnwallet_tui.payment.records import (
    AttemptStatus,
    HtlcName,
    IncomingInvoice,
    InvoiceStatus,
    OutgoingPayment,
    OutgoingStatus,
    Way,
)
from lnwallet_tui.payment.ways import Need, rest_of
from lnwallet_tui.policy import SHADOW_BLOCKS
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import StoreError

HtlcEffect = (
    channel_effects.HtlcReceived
    | channel_effects.HtlcFulfilled
    | channel_effects.HtlcFailed
    | channel_effects.HtlcNeverSent
)


Payment = OutgoingPayment | IncomingInvoice
PaymentEffect = OutgoingEffect | IncomingEffect
HtlcEnded = events.HtlcFulfilled | events.HtlcFailed | events.HtlcNeverSent | events.HtlcTimedOut


class Desk(Protocol):
    """What payments ask of the node."""

    def height(self) -> int: ...
    def is_blind(self) -> bool: ...
    async def ways_for(self, need: Need) -> tuple[Way, ...] | Refused: ...
    def offer(self, effect: OfferHtlc) -> None: ...
    def settle(self, effect: SettleHtlc) -> None: ...
    def refuse(self, effect: RefuseHtlc | RefuseMalformed) -> None: ...
    def payment_changed(self, payment_hash: bytes) -> None: ...


class Payments:
    """All payments, out and in."""

    def __init__(self, shell: Shell, desk: Desk, relay: Relay | None = None) -> None:
        self._shell = shell
        self._desk = desk
        self._relay = relay  # None: payments of others do not pass
        self._asking: Asking[PaymentEffect] = Asking(shell, self)
        self._beginnings = Beginnings(shell, self.start)
        self._all = PaymentBook(shell, PaymentNews(shell).tell)
        self._offers: Offers[tuple[bytes, int]] = Offers()  # payment hash, attempt
        self._waiting: dict[bytes, list[asyncio.Future[OutgoingPayment]]] = {}

    # -- questions
    def sent(self, payment_hash: bytes) -> OutgoingPayment | None:
        """The payment of ours with this hash."""
        return self._all.sent(payment_hash)

    @property
    def book(self) -> PaymentBook:
        """All that there are, for those who only read."""
        return self._all

    def under_way(self) -> list[Payment]:
        """Those that are, the newest first; the disk is not asked."""
        return self._all.under_way()

    def preimages(self, channel: Channel) -> dict[int, bytes]:
        """Of the HTLCs that a channel's peer offered and that are ours to take, by their ids: the
        parts of what we have decided to take, and what was passed on."""
        channel_id = channel.channel_id
        passed = {} if self._relay is None else self._relay.preimages(channel_id)
        return passed | self._all.preimages(channel_id, offered_hashes(channel))

    def settling_in(self, channel_id: bytes) -> list[tuple[int, bytes]]:
        """The HTLCs of a channel that are being settled, each with its preimage."""
        return [
            (part.htlc_id, invoice.preimage)
            for invoice in self._all.settling()
            for part in invoice.parts
            if part.channel_id == channel_id and not part.settled
        ]

    # -- commands
    async def begin(self, command: Command) -> OutgoingPayment | Refused:
        """Begin to pay. Durable when it returns; raises `StoreError` where it could not be."""
        return await self._beginnings.begin(command)

    def start(self, tx: Transaction, command: Command) -> OutgoingPayment | Refused:
        """The same, as a part of a transaction."""
        existing, issued = self.sent(command.payment_hash), self._all.issued(command.payment_hash)
        network, node_id = self._shell.config.network, self._shell.node_id
        begun = refusal_of_ours(issued) or outgoing.start(
            existing, command, network, node_id, self._outgoing_env()
        )
        if isinstance(begun, Refused):
            return begun
        self._all.add(tx, begun.payment)
        self._schedule(tx, begun.effects)
        return begun.payment

    async def ended(self, payment_hash: bytes) -> OutgoingPayment:
        """The payment once it was paid, failed, or is stuck."""
        payment = self.sent(payment_hash)
        assert payment is not None, "it was begun"
        if payment.status is not OutgoingStatus.IN_FLIGHT:
            return payment
        end: asyncio.Future[OutgoingPayment] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(payment_hash, []).append(end)
        return await end

    def issue(self, tx: Transaction, invoice: IncomingInvoice) -> None:
        """Keep a new invoice, before anybody sees it (C13)."""
        self._all.add(tx, invoice)
        self._schedule(tx, (PaymentChanged(invoice.payment_hash),))

    # -- what channels tell, inside their transaction
    def heard(self, tx: Transaction, channel: Channel, effect: HtlcEffect) -> None:
        """An HTLC arrived, or one of ours has ended."""
        channel_id = channel.channel_id
        match effect:
            case channel_effects.HtlcReceived():
                self._arrived(tx, channel, effect)
            case channel_effects.HtlcFulfilled(htlc_id, hash_, preimage):
                self._ours(tx, hash_, events.HtlcFulfilled(channel_id, htlc_id, preimage))
            case channel_effects.HtlcFailed(htlc_id, hash_, reason, code):
                self._ours(tx, hash_, events.HtlcFailed(channel_id, htlc_id, reason, code))
            case channel_effects.HtlcNeverSent(htlc_id, hash_):
                self._ours(tx, hash_, events.HtlcNeverSent(channel_id, htlc_id))
            case _:
                assert_never(effect)

    def command_for(self, effect: OfferHtlc, number: int) -> None:
        """The answer to command `number` is about this offer."""
        self._offers.remember(number, (effect.payment_hash, effect.attempt))

    def answered(self, tx: Transaction, number: int, result: int | ChannelRefusal | None) -> None:
        """A channel took an offer, or would not; of other commands nothing is known here."""
        offer = self._offers.answered(tx, number)
        if offer is None:
            if self._relay is not None:
                self._relay.answered(tx, number, result)
            return
        payment_hash, attempt = offer
        if isinstance(result, ChannelRefusal):
            self._out(tx, payment_hash, events.OfferRefused(attempt, result))
        elif result is not None:
            self._out(tx, payment_hash, events.HtlcOffered(attempt, result))

    def refused(self, tx: Transaction, effect: OfferHtlc, refusal: ChannelRefusal) -> None:
        """No channel could even be asked."""
        self._out(tx, effect.payment_hash, events.OfferRefused(effect.attempt, refusal))

    def settled(self, tx: Transaction, channel_id: bytes, htlc_id: int, preimage: bytes) -> None:
        """An HTLC that was offered to us is irrevocably ours."""
        self._in_by_hash(tx, sha256(preimage), events.HtlcSettled(channel_id, htlc_id))

    def closed(self, tx: Transaction, channel: Channel) -> None:
        """A commitment was published: what is pending in the channel is decided on chain. A part
        that waits there for others has nothing to wait for: what the chain gives for it may be less
        than it costs, and the others would bring the payer the preimage."""
        channel_id = channel.channel_id
        for htlc in channel.ledger.htlcs:
            if htlc.offered_by is Side.US:
                self._out(tx, htlc.payment_hash, events.ChannelClosed(channel_id))
            elif self._waits(htlc.payment_hash):
                lost = events.HtlcLost(channel_id, htlc.id)
                self._in_by_hash(tx, htlc.payment_hash, lost)

    def _waits(self, payment_hash: bytes) -> bool:
        invoice = self._all.issued_if_whole(payment_hash)
        return invoice is not None and invoice.status is InvoiceStatus.WAITING

    def open_still(self, tx: Transaction, hash_: bytes, event: events.HtlcOpen) -> None:
        """An HTLC of ours should have come back by now, or the chain will not tell of it."""
        self._out(tx, hash_, event)

    def timed_out(self, tx: Transaction, channel_id: bytes, htlc_id: int, hash_: bytes) -> None:
        """An HTLC of ours came back to us on chain, and is buried."""
        self._ours(tx, hash_, events.HtlcTimedOut(channel_id, htlc_id))

    def shown(self, tx: Transaction, channel_id: bytes, htlc_id: int, preimage: bytes) -> None:
        """An HTLC of ours was taken on chain, with its preimage."""
        event = events.HtlcFulfilled(channel_id, htlc_id, preimage)
        self._ours(tx, sha256(preimage), event)

    def seen_elsewhere(self, channel_id: bytes, htlc_id: int) -> bytes | None:
        """The preimage of an HTLC that we passed on, shown by another part of its payment."""
        return None if self._relay is None else self._relay.seen_elsewhere((channel_id, htlc_id))

    def lost(self, tx: Transaction, channel_id: bytes, htlc_id: int, hash_: bytes) -> None:
        """An HTLC that was offered to us is gone, and was not settled."""
        self._in_by_hash(tx, hash_, events.HtlcLost(channel_id, htlc_id))

    def tick(self, tx: Transaction) -> None:
        """Time or height went on: sets that stay incomplete are refused, what came back is over."""
        for payment_hash in self._all.unseen():
            self._out(tx, payment_hash, events.Tick())
        for payment_hash in tuple(self._all.incoming):
            if incoming.next_deadline(self._all.incoming[payment_hash]) is not None:
                self._in_by_hash(tx, payment_hash, events.Tick())

    def next_deadline(self) -> int | None:
        """The Unix second of the next `tick`."""
        deadlines = map(incoming.next_deadline, self._all.incoming.values())
        return min((one for one in deadlines if one is not None), default=None)

    # -- after a start
    def resume(
        self,
        tx: Transaction,
        ours: dict[bytes, set[HtlcName]],
        theirs: dict[bytes, set[HtlcName]],
    ) -> None:
        """Take up what a stop interrupted: by payment hash, the HTLCs that channels hold, offered
        by us and to us."""
        self._all.take_up(ours, theirs)
        for payment in self._all.interrupted():
            resumed = outgoing.resume(payment, ours.get(payment.payment_hash, set()))
            self._keep(tx, payment, resumed.payment)
            self._asking.later(tx, resumed.effects)
        for invoice in self._all.asked_by(theirs):
            names = theirs.get(invoice.payment_hash, set())
            taken_up = incoming.resume(invoice, names)
            self._keep(tx, invoice, taken_up.invoice)
            self._asking.later(tx, taken_up.effects)

    # -- the machines
    def _ours(self, tx: Transaction, payment_hash: bytes, event: HtlcEnded) -> None:
        """An HTLC that we offered has ended: a payment of ours, or of others."""
        name = event.channel_id, event.htlc_id
        if self._relay is not None and self._relay.owns(name):
            self._relay.heard(tx, name, event)
        else:
            self._out(tx, payment_hash, event)

    def _out(self, tx: Transaction, payment_hash: bytes, event: events.OutgoingEvent) -> None:
        payment = self._all.sent_if_whole(payment_hash)
        if payment is not None:
            self._adopt_out(tx, payment, outgoing.step(payment, event, self._outgoing_env()))

    def _adopt_out(self, tx: Transaction, before: OutgoingPayment, step: outgoing.Step) -> None:
        self._keep(tx, before, step.payment)
        self._schedule(tx, step.effects)

    def _arrived(
        self, tx: Transaction, channel: Channel, effect: channel_effects.HtlcReceived
    ) -> None:
        if channel.is_dead:
            return  # told anew by a start; what we take of it was decided on before the close
        arrived = arrived_htlc(channel, effect)
        transit = read_transit(arrived, self._incoming_env()) if self._relay else None
        if self._relay is not None and transit is not None:
            self._relay.arrived(tx, arrived, transit)
        elif self._all.issued_if_whole(effect.payment_hash) is not None:
            self._in_by_hash(tx, effect.payment_hash, arrived)
        else:
            # What comes by a hash that we pay for is no other payment: its receiver has chosen it.
            is_new = not self._all.is_sent(effect.payment_hash)
            self._unasked(tx, incoming.unasked(arrived, self._incoming_env(is_new=is_new)))

    def _unasked(self, tx: Transaction, judged: incoming.Step | IncomingEffect) -> None:
        """Keep what came without an invoice, or refuse it."""
        if isinstance(judged, incoming.Step):
            self._all.add(tx, judged.invoice)
            self._schedule(tx, judged.effects)
        else:
            self._schedule(tx, (judged,))

    def _in_by_hash(self, tx: Transaction, hash_: bytes, event: events.IncomingEvent) -> None:
        invoice = self._all.issued_if_whole(hash_)
        if invoice is not None:
            self._adopt_in(tx, invoice, incoming.step(invoice, event, self._incoming_env()))

    def _adopt_in(self, tx: Transaction, before: IncomingInvoice, step: incoming.Step) -> None:
        self._keep(tx, before, step.invoice)
        self._schedule(tx, step.effects)

    def _keep(self, tx: Transaction, before: Payment, after: Payment) -> None:
        if after != before:
            self._all.save(tx, after)

    # -- effects
    def _schedule(self, tx: Transaction, effects: Iterable[PaymentEffect]) -> None:
        """What channels are asked belongs to the transaction, what is told comes after it."""
        for effect in effects:
            is_asked = not isinstance(effect, FindWays | PaymentChanged)
            (self._asking.together if is_asked else self._asking.later)(tx, (effect,))

    def is_wanted(self, effect: PaymentEffect) -> bool:
        """Whether the payment still waits for an offer; anything else does no harm twice."""
        if not isinstance(effect, OfferHtlc):
            return True
        payment = self._all.outgoing.get(effect.payment_hash)
        if payment is None or payment.status is not OutgoingStatus.IN_FLIGHT:
            return False
        attempt = payment.attempts[effect.attempt]
        return attempt.status is AttemptStatus.PENDING and attempt.htlc_id is None

    def perform(self, effect: PaymentEffect) -> None:
        """Carry it out."""
        match effect:
            case FindWays(payment_hash):
                self._shell.tasks.start(self._find_ways(payment_hash), "find ways")
            case OfferHtlc():
                self._desk.offer(effect)
            case SettleHtlc():
                self._desk.settle(effect)
            case RefuseHtlc() | RefuseMalformed():
                self._desk.refuse(effect)
            case PaymentChanged(payment_hash):
                self._tell_waiting(payment_hash)
                self._desk.payment_changed(payment_hash)
            case _:
                assert_never(effect)

    async def _find_ways(self, payment_hash: bytes) -> None:
        payment = self._all.outgoing.get(payment_hash)
        if payment is None or not payment.without_way:
            return
        need = rest_of(payment, self._shell.config.policy, self._desk.height())
        found = await self._desk.ways_for(need)
        event = events.NoWays(found) if isinstance(found, Refused) else events.WaysFound(found)
        self._shell.turns.take(partial(self._ways_found, payment_hash, event))

    def _ways_found(self, payment_hash: bytes, event: events.WaysFound | events.NoWays) -> None:
        """Meanwhile another part may have failed, or the payment may be over: the machine sees."""
        try:
            with self._shell.store.transaction() as tx:
                self._out(tx, payment_hash, event)
        except StoreError:
            self._asking.again(FindWays(payment_hash))
            raise

    def _tell_waiting(self, payment_hash: bytes) -> None:
        payment = self.sent(payment_hash)
        if payment is None or payment.status is OutgoingStatus.IN_FLIGHT:
            return
        for end in self._waiting.pop(payment_hash, ()):
            if not end.done():
                end.set_result(payment)

    # -- what the machines are given
    def _outgoing_env(self) -> attempts.Env:
        return attempts.Env(
            now=self._shell.now(),
            height=self._desk.height(),
            policy=self._shell.config.policy,
            session_key=self._shell.fresh_secret(),
            shadow_blocks=self._shell.number_below(SHADOW_BLOCKS),
        )

    def _incoming_env(self, *, is_new: bool = True) -> ArrivalEnv:
        return ArrivalEnv(
            now=self._shell.now(),
            height=self._desk.height(),
            policy=self._shell.config.policy,
            ecdh=self._shell.node_key.ecdh,
            takes_keysend=is_new and self._shell.config.takes_keysend,
            is_blind=self._desk.is_blind(),
        )

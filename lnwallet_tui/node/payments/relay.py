"""Payments of others through this node: every change in the transaction of its cause.

Off in a wallet. So is what a record asks of a channel; see `asking`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Protocol, assert_never

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat
from lnwallet_tui.channel.errors import ChannelRefusal
from lnwallet_tui.channel.htlcs import Htlc
from lnwallet_tui.node.channels.asking import Asking
from lnwallet_tui.node.payments.offers import Offers
from lnwallet_tui.node.payments.passed_onions import PassedOnions
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.onion.messages import Failure, TemporaryNodeFailure
from lnwallet_tui.payment import events, relay
from lnwallet_tui.payment.arrival import Transit, refuse
from lnwallet_tui.payment.effects import RefuseHtlc, SettleHtlc
from lnwallet_tui.payment.forwarding import Leg, Outgoing, judge_forward, nearest_outgoing
from lnwallet_tui.payment.records import HtlcName
from lnwallet_tui.payment.relay import (
    Forward,
    ForwardEffect,
    ForwardEvent,
    ForwardOffered,
    ForwardRefused,
    OfferForward,
)
from lnwallet_tui.store import forwards as stored
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.wire.scid import ShortChannelId


class RelayDesk(Protocol):
    """What relaying asks of the node."""

    def height(self) -> int: ...
    def is_blind(self) -> bool: ...
    def outgoing(self, short_channel_id: ShortChannelId) -> Outgoing | None: ...
    def is_lost(self, short_channel_id: ShortChannelId | None) -> bool:
        """Whether the channel that an onion names may be one whose state is damaged."""
        ...

    def offered(self, payment_hash: bytes) -> Iterable[tuple[bytes, Htlc]]:
        """What is ours of these in all channels, each with the channel's id."""
        ...

    def forward(self, effect: OfferForward) -> None: ...
    def settle(self, effect: SettleHtlc) -> None: ...
    def refuse(self, effect: RefuseHtlc) -> None: ...


class Relay:
    """All payments that pass. Those that have passed stay on disk, and here as a sum of fees."""

    def __init__(self, shell: Shell, desk: RelayDesk) -> None:
        self._shell, self._desk = shell, desk
        self._asking: Asking[ForwardEffect] = Asking(shell, self)
        read = stored.load(shell.store, shell.damaged.met)
        self._lost = {name for name, one in read.items() if one is None}  # damaged
        self._sought: dict[HtlcName, tuple[events.HtlcArrived, Transit]] = {}
        self._all = {name: one for name, one in read.items() if one is not None}
        paid = (one.fee for one in self._all.values() if one.preimage is not None)
        self._earned = sum(paid, ZERO_MSAT)
        self._onions = PassedOnions(self._all.values())
        self._leaving = {one.outgoing: name for name, one in self._all.items() if one.outgoing}
        self._offers: Offers[HtlcName] = Offers()  # the incoming HTLC

    # -- questions
    def owns(self, outgoing: HtlcName) -> bool:
        """Whether this HTLC of ours is a payment of others."""
        return outgoing in self._leaving

    def preimages(self, channel_id: bytes) -> dict[int, bytes]:
        """Of incoming HTLCs of a channel, by their ids, whose outgoing ones were taken."""
        return {
            one.incoming_htlc: one.preimage
            for one in self._all.values()
            if one.preimage is not None and one.incoming_channel == channel_id
        }

    def in_front(self, channel_id: bytes, seen: Mapping[bytes, bytes]) -> dict[HtlcName, bytes]:
        """The incoming HTLCs of what left by a channel, with their preimages, which `seen` has by
        payment hash."""
        return {
            one.incoming: seen[one.payment_hash]
            for one in self._all.values()
            if one.outgoing is not None
            and one.outgoing_channel == channel_id
            and one.payment_hash in seen
        }

    def pending(self) -> Iterator[tuple[bytes, HtlcName]]:
        """What has left and is not over, by its payment hash."""
        for one in self._all.values():
            if one.outgoing is not None and not one.is_over:
                yield one.payment_hash, one.outgoing

    def waited_for(self, channel_id: bytes) -> frozenset[int]:
        """The ids of HTLCs that left by a channel, and whose incoming ones have no answer yet."""
        return frozenset(
            one.outgoing_htlc
            for one in self._all.values()
            if one.outgoing_htlc is not None
            and one.outgoing_channel == channel_id
            and not one.is_over
        )

    def seen_elsewhere(self, outgoing: HtlcName) -> bytes | None:
        """The preimage of what is pending there, shown by another part of the same payment; that
        one may have passed long ago, so the disk is asked."""
        incoming = self._leaving.get(outgoing)
        if incoming is None or self._all[incoming].is_over:
            return None
        payment_hash = self._all[incoming].payment_hash
        read = stored.load(self._shell.store, self._shell.damaged.met).values()
        parts = (one for one in read if one is not None)
        shown = (one.preimage for one in parts if one.payment_hash == payment_hash)
        return next((preimage for preimage in shown if preimage is not None), None)

    def sought(self) -> set[bytes]:
        """The payment hashes of those whose records are damaged, and that may have left by a
        channel of which nobody knows what is in it."""
        return {htlc.payment_hash for htlc, _ in self._sought.values()}

    def earned(self) -> Msat:
        """All fees together."""
        return self._earned

    # -- what channels tell, inside their transaction
    def arrived(self, tx: Transaction, htlc: events.HtlcArrived, transit: Transit) -> None:
        """An HTLC for somebody else; after a start each comes once more."""
        if (htlc.channel_id, htlc.htlc_id) in self._all:
            return
        if (htlc.channel_id, htlc.htlc_id) in self._lost:
            self._find_again(tx, htlc, transit)
            return
        scid = transit.payload.short_channel_id
        outgoing = None if scid is None else self._desk.outgoing(scid)
        policy = self._shell.config.policy
        judged: Leg | Failure = TemporaryNodeFailure()
        self._onions.forget_old(tx, self._desk.height())
        if not self._desk.is_blind() and transit.shared_secret not in self._onions:
            judged = judge_forward(htlc, transit.payload, outgoing, self._desk.height(), policy)
        if isinstance(judged, Failure):
            answer = refuse(htlc.channel_id, htlc.htlc_id, transit.shared_secret, judged)
            self._asking.together(tx, (answer,))
            return
        begun = relay.begin(htlc, judged, transit.shared_secret, transit.next_packet)
        self._onions.add(tx, begun.forward)
        self._adopt(tx, begun)

    def _find_again(self, tx: Transaction, htlc: events.HtlcArrived, transit: Transit) -> None:
        """Its record is damaged, and it must not pass twice: what left for it is in a channel
        still, or is not waited for. Of a lost channel nobody knows what is in it: then what may
        have left by it is neither refused nor passed, until the chain shows that it has arrived."""
        amount, expiry = transit.payload.amt_to_forward, transit.payload.outgoing_cltv_value
        if amount is None or expiry is None or amount > htlc.amount:
            return  # none such has passed
        left = (
            (channel_id, one)
            for channel_id, one in self._desk.offered(htlc.payment_hash)
            if (one.amount, one.cltv_expiry) == (amount, expiry)
            and not self.owns((channel_id, one.id))
        )
        channel_id, found = next(left, (htlc.channel_id, None))
        if found is None and self._desk.is_lost(transit.payload.short_channel_id):
            self._sought[htlc.channel_id, htlc.htlc_id] = htlc, transit
            return
        standing = None if found is None else (found.id, found.preimage)
        self._begin_again(tx, htlc, transit, Leg(channel_id, amount, expiry), standing)

    def found(self, tx: Transaction, channel_id: bytes, preimages: Mapping[bytes, bytes]) -> None:
        """The chain shows these, by payment hash: what is sought has left by that channel."""
        for name, (htlc, transit) in tuple(self._sought.items()):
            amount, expiry = transit.payload.amt_to_forward, transit.payload.outgoing_cltv_value
            preimage = preimages.get(htlc.payment_hash)
            if preimage is None or amount is None or expiry is None:
                continue
            tx.undo(partial(self._sought.__setitem__, name, self._sought.pop(name)))
            self._begin_again(tx, htlc, transit, Leg(channel_id, amount, expiry), (None, preimage))

    def _begin_again(
        self,
        tx: Transaction,
        htlc: events.HtlcArrived,
        transit: Transit,
        leg: Leg,
        left: tuple[int | None, bytes | None] | None,
    ) -> None:
        secret, packet = transit.shared_secret, transit.next_packet
        begun = relay.begin_again(htlc, leg, secret, packet, left=left)
        self._onions.add(tx, begun.forward)
        self._adopt(tx, begun)

    def heard(self, tx: Transaction, outgoing: HtlcName, event: ForwardEvent) -> None:
        """Something happened to an outgoing HTLC that we own."""
        self._step(tx, self._leaving[outgoing], event)

    def command_for(self, effect: OfferForward, number: int) -> None:
        """The answer to command `number` is about this offer."""
        self._offers.remember(number, effect.incoming)

    def answered(self, tx: Transaction, number: int, result: int | ChannelRefusal | None) -> bool:
        """A channel took an offer, or would not; False for an answer that is not about one."""
        incoming = self._offers.answered(tx, number)
        if incoming is None:
            return False
        if isinstance(result, ChannelRefusal):
            self._step(tx, incoming, ForwardRefused())
        elif result is not None:
            self._step(tx, incoming, ForwardOffered(result))
        return True

    def refused(self, tx: Transaction, effect: OfferForward) -> None:
        """No channel could even be asked."""
        self._step(tx, effect.incoming, ForwardRefused())

    def gone(self, tx: Transaction, channel_id: bytes, is_gone: Callable[[int], bool]) -> None:
        """Let go of what has passed: its incoming HTLC is irrevocably gone from this channel."""
        for forward in tuple(self._all.values()):
            is_here = forward.incoming_channel == channel_id
            if is_here and forward.is_over and is_gone(forward.incoming_htlc):
                self._let_go(tx, forward)

    def _let_go(self, tx: Transaction, forward: Forward) -> None:
        """Out of memory; from disk, too, where nothing was earned, when its onion is too old."""
        if forward.preimage is None:
            self._onions.keep(tx, forward)
        tx.undo(partial(self._put, forward, forward))
        self._put(forward, None)

    # -- after a start
    def resume(
        self,
        tx: Transaction,
        incoming: dict[bytes, set[HtlcName]],
        ours: dict[bytes, set[HtlcName]],
    ) -> None:
        """Take up what a stop interrupted; by payment hash, what was offered to us and by us."""
        for forward in tuple(self._all.values()):
            held = incoming.get(forward.payment_hash, set())
            if forward.is_over and forward.incoming not in held:
                self._let_go(tx, forward)
                continue
            leaving = ours.get(forward.payment_hash, set())
            taken_up = relay.resume(forward, held, leaving)
            self._keep(tx, taken_up.forward)
            self._asking.later(tx, taken_up.effects)

    # -- the machine
    def _step(self, tx: Transaction, incoming: HtlcName, event: ForwardEvent) -> None:
        self._adopt(tx, relay.step(self._all[incoming], event))

    def _adopt(self, tx: Transaction, step: relay.Step) -> None:
        self._keep(tx, step.forward)
        self._asking.together(tx, step.effects)

    def _keep(self, tx: Transaction, forward: Forward) -> None:
        before = self._all.get(forward.incoming)
        if forward == before:
            return
        if forward.preimage is not None and (before is None or before.preimage is None):
            self._earn(tx, forward.fee)
        stored.save(tx, forward)
        tx.undo(partial(self._put, forward, before))
        self._put(before or forward, forward)

    def _put(self, named: Forward, forward: Forward | None) -> None:
        """Into memory under that name, or out of it."""
        if named.outgoing is not None and self._leaving.get(named.outgoing) == named.incoming:
            del self._leaving[named.outgoing]
        if forward is None:
            self._all.pop(named.incoming, None)
            return
        self._all[forward.incoming] = forward
        if forward.outgoing is not None:
            self._leaving[forward.outgoing] = forward.incoming

    def _earn(self, tx: Transaction, fee: Msat) -> None:
        before = self._earned

        def restore() -> None:
            self._earned = before

        tx.undo(restore)
        self._earned += fee

    # -- effects
    def _offer(self, effect: OfferForward) -> None:
        """Offer it; but not any more if it had to wait, for a disk, until its end is near."""
        soon = self._desk.height() + nearest_outgoing(self._shell.config.policy)
        if effect.cltv_expiry > soon:
            self._desk.forward(effect)
            return
        with self._shell.store.transaction() as tx:
            self.refused(tx, effect)

    def is_wanted(self, effect: ForwardEffect) -> bool:
        """Whether the payment still waits for an offer; anything else does no harm twice."""
        if not isinstance(effect, OfferForward):
            return True
        forward = self._all.get(effect.incoming)
        return forward is not None and forward.outgoing is None and forward.state == "pending"

    def perform(self, effect: ForwardEffect) -> None:
        """Carry it out."""
        match effect:
            case OfferForward():
                self._offer(effect)
            case SettleHtlc():
                self._desk.settle(effect)
            case RefuseHtlc():
                self._desk.refuse(effect)
            case _:
                assert_never(effect)

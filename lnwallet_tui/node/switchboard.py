"""Ties the node's parts together: who is told of what, and which part carries out which effect.

Every method runs inside a turn. What an event changes is written in one transaction; what leaves
the node does so after its commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import assert_never

from lnwallet_tui.api.events import BalanceChanged, ChannelChanged, StatusChanged
from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel import effects, events
from lnwallet_tui.channel.close_record import PendingHtlc
from lnwallet_tui.channel.errors import CloseReason
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.node import views, waking
from lnwallet_tui.node.blocks import offered_again
from lnwallet_tui.node.blocks.arriving import Arriving
from lnwallet_tui.node.blocks.blocks import Blocks
from lnwallet_tui.node.blocks.catching_up import CatchingUp
from lnwallet_tui.node.blocks.chain import Chain
from lnwallet_tui.node.blocks.chain_news import ChainNews
from lnwallet_tui.node.blocks.lookout import Lookout
from lnwallet_tui.node.blocks.publishing import Publishing
from lnwallet_tui.node.blocks.waiting import Waiting
from lnwallet_tui.node.channels import disagreeing, lost_channels
from lnwallet_tui.node.channels.backups import Backups
from lnwallet_tui.node.channels.channels import Channels
from lnwallet_tui.node.channels.doorway import Doorway
from lnwallet_tui.node.channels.forwarding_terms import ForwardingTerms
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.channels.inbound import Inbound
from lnwallet_tui.node.channels.last_resort import LastResort
from lnwallet_tui.node.channels.older_copy import OlderCopy
from lnwallet_tui.node.channels.revocations import Revocations
from lnwallet_tui.node.coins import bump_reserve, labels
from lnwallet_tui.node.coins.funding import Funding
from lnwallet_tui.node.coins.left_behind import LeftBehind
from lnwallet_tui.node.coins.promised import promised
from lnwallet_tui.node.coins.wallet import Wallet
from lnwallet_tui.node.commands import Commands
from lnwallet_tui.node.guard.guard import Guard
from lnwallet_tui.node.guard.key_kit import KeyKit
from lnwallet_tui.node.payments.payment_desk import PaymentDesk
from lnwallet_tui.node.payments.payments import Payments
from lnwallet_tui.node.payments.relay import Relay
from lnwallet_tui.node.peers import complaints, gossip
from lnwallet_tui.node.peers.network import Network
from lnwallet_tui.node.peers.peers import Peers
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.payment.records import HtlcName
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.wire import bolt2
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.bolt7 import (
    ChannelAnnouncement,
    ChannelUpdate,
    GossipTimestampFilter,
    NodeAnnouncement,
)
from lnwallet_tui.wire.features import Features
from lnwallet_tui.wire.message import Message


class Switchboard:
    """One node's parts, made and joined."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.wallet = Wallet(shell)
        self.wallet.scripts.promised = partial(promised, self)
        self.commands = Commands(shell)
        self.left_behind = LeftBehind(shell)
        scripts = (*self.wallet.scripts.watched(), *self.left_behind.scripts())
        self.chain = Chain(shell, Blocks(self), scripts)
        self.publishing = Publishing(shell, self.chain, lambda: self.waiting.tell())
        self.peers = Peers(shell, self)
        self.channels = Channels(shell, self)
        self.revocations = Revocations(shell, self.peers)
        self.terms = ForwardingTerms(shell, self.channels, self.peers)
        self.network = Network(shell, self.channels, self.peers, self.terms)
        self.desk = PaymentDesk(self)
        self.relay = Relay(shell, self.desk) if shell.config.relay is not None else None
        self.payments = Payments(shell, self.desk, self.relay)
        keep = partial(bump_reserve.must_stay, self)
        self.funding = Funding(shell, self.wallet, self.chain, self.channels, keep)
        self.doorway = Doorway(shell, self.payments)
        self.guard = Guard(shell, self, self.channels, self.chain, self.wallet)
        self.older_copy = OlderCopy(self)
        self.last_resort = LastResort(self)
        self.inbound = Inbound(shell, self.channels, self.peers, self.wallet, self.chain)
        self.backups = Backups(shell, self.channels, self.peers, self.height)
        self.key_kit = KeyKit(shell, self.channels)
        self.waiting = Waiting(self)
        self.reaching: list[bytes] = []  # whom the user wants to be connected to, and is not yet
        self.arriving = Arriving(self)
        self._lookout = Lookout(shell, lambda: self.chain.time, self.tell_block)
        self._chain_news = ChainNews(shell, self.tell_status)
        self.catching_up = CatchingUp(self, self.peers.start)

    def start(self) -> None:
        """Take up what the last stop, or crash, interrupted; then follow the chain and dial. Raises
        `StoreError`."""
        begun = f"started on {self.shell.config.network.value} at block {self.chain.height:,}"
        self.shell.log.info("node", begun)
        lost_channels.take_up(self)
        self.older_copy.start()
        self.shell.damaged.start()
        self.shell.turns.take(self.backups.start)
        self.shell.turns.take(self.key_kit.start)
        self.shell.turns.take(self.guard.look_over)
        waking.start(self)
        self.chain.start()
        self.catching_up.start()
        self.network.start()
        self._lookout.start()
        self._chain_news.start()
        self.waiting.start()
        self.shell.tasks.start(self._tick_payments(), "payments")

    def publish_pending(self) -> None:
        """Whatever a mempool may have dropped is offered to it again."""
        for txs, why in offered_again.by(self):
            self.publish(txs, why)

    async def _tick_payments(self) -> None:
        """Refuse sets that stay incomplete, when their time is over."""
        clock = self.shell.ports.clock
        while True:
            deadline = self.payments.next_deadline()
            now = clock.now_ms()
            await clock.sleep_until(
                max(now + 1_000, (deadline or 0) * 1000) if deadline else now + 60_000
            )
            self.shell.turns.take(self._tick)

    def _tick(self) -> None:
        if self.payments.next_deadline() is not None:
            with self.shell.store.transaction() as tx:
                self.payments.tick(tx)

    # -- what channels ask and do (channels.Surroundings)
    def height(self) -> int:
        """The newest block processed."""
        return self.chain.height

    def features(self, peer_id: bytes) -> Features:
        """What a peer offers; nothing while it is not connected."""
        return self.peers.features(peer_id) or Features()

    def was_heard(self, peer_id: bytes) -> bool:
        """Whether a peer has said something recently."""
        return self.peers.was_heard(peer_id)

    def record(self, tx: Transaction, held: Held, effect: effects.Effect) -> None:
        """What of an effect belongs to the transaction of its step."""
        match effect:
            case effects.Watch(outpoint, script):
                self.chain.watch(tx, outpoint, script)
            case (
                effects.HtlcReceived()
                | effects.HtlcFulfilled()
                | effects.HtlcFailed()
                | effects.HtlcNeverSent()
            ):
                self.doorway.heard(tx, held, effect)
            case effects.Answer(command_id, result):
                self.payments.answered(tx, command_id, result)
            case effects.Broadcast(txs):
                self._record_broadcast(tx, held, txs)
            case effects.ReleaseFunding():
                self.wallet.release(tx, held.purpose)
            case effects.UserMustDecide(said, is_ahead):
                disagreeing.ask_the_user(tx, self, held, said, is_ahead=is_ahead)
            case effects.Send() | effects.Disconnect() | effects.AskWhetherThere():
                pass
            case effects.StateChanged():
                self.desk.changed(tx, held)
                self.backups.changed(tx, held)
                self.key_kit.changed(tx, held)
                self.older_copy.changed(tx)
            case effects.NeedFunding() | effects.Announced():
                pass
            case _:
                assert_never(effect)

    def _record_broadcast(self, tx: Transaction, held: Held, txs: tuple[Tx, ...]) -> None:
        funding = held.channel.funding
        for sent in txs:
            if sent.txid == funding.outpoint.txid:
                self.wallet.publishing(tx, sent, labels.OPENS, ours=True)
                self.wallet.release(tx, held.purpose)
        if held.channel.publication is not None:
            self.payments.closed(tx, held.channel)

    def perform(self, held: Held, effect: effects.Effect) -> None:
        """What leaves after the commit."""
        match effect:
            case effects.Send(message):
                self.peers.send(held.peer_id, message)
                self.revocations.sent(held, message)
            case effects.Disconnect(reason):
                self.peers.disconnect(held.peer_id, reason)
            case effects.AskWhetherThere():
                self.peers.ask_whether_there(held.peer_id)
            case effects.NeedFunding():
                self.shell.turns.take(partial(self.funding.build, held, effect))
            case effects.Broadcast(txs, why):
                self.publish(txs, why)
            case effects.Answer(command_id, result):
                self.commands.answer(command_id, result)
            case effects.Announced(announcement):
                self.network.announced(held.channel, held.peer_id, announcement)
            case effects.StateChanged():
                self.terms.tell(held)
                self._public_changed(held)
                self._tell_channel(held)
            case _:
                self.tell_balance()

    def _public_changed(self, held: Held) -> None:
        if held.begun and isinstance(held.state, Channel):
            self.network.changed(held.state, held.peer_id)

    def froze(self, tx: Transaction, held: Held) -> None:
        """A bug of ours, or a damaged row, stopped this channel, or ended this opening."""
        self.shell.herald.tell(
            tx,
            InboxKind.BUG,
            f"The channel with {held.peer_id.hex()[:8]} is frozen by {waking.cause(held.frozen)}.",
            "Your money in it is watched as before. Please report it; you can force-close it.",
            urgent=True,
            channel_id=held.state.channel_id if isinstance(held.state, Channel) else b"",
        )

    def forgot(self, tx: Transaction, channel: Channel) -> None:
        """Nothing came of this channel."""
        self.chain.forget_funding(tx, channel)

    def publish(self, txs: tuple[Tx, ...], why: str) -> None:
        """Hand transactions to the network."""
        self.publishing.publish(txs, why)

    # -- what peers do (peers.Listener)
    def is_needed(self, peer_id: bytes) -> bool:
        """Whether we want to be connected to it."""
        return self.channels.is_needed(peer_id)

    def peer_up(self, peer_id: bytes, features: Features) -> None:
        """`init` was exchanged."""
        for held in self.channels.of_peer(peer_id):
            if isinstance(held.state, Channel):
                # Where the disk did not take the end of the last connection, it is caught up on.
                gone = () if held.state.link is Link.OFFLINE else (events.PeerDisconnected(),)
                self.channels.drive(held, *gone, events.PeerConnected(features))
        self.inbound.introduce(peer_id)
        self.network.peer_up(peer_id)

    def peer_down(self, peer_id: bytes) -> None:
        """The connection has ended."""
        self.terms.peer_down(peer_id)
        self.network.peer_down(peer_id)
        for held in self.channels.of_peer(peer_id):
            self.channels.drive(held, events.PeerDisconnected())

    def peer_is_there(self, peer_id: bytes) -> None:
        """It was asked for, and heard: what waits for a signature of ours gets it."""
        for held in self.channels.of_peer(peer_id):
            if isinstance(held.state, Channel):
                self.channels.drive(held, events.SignCommitment())

    def peer_said(self, peer_id: bytes, *messages: Message) -> None:
        """Messages that are none of the connection's own; several only about one channel's
        commitments, which share a transaction."""
        message, *others = messages
        if others:
            held = self._addressed(peer_id, message)
            if held is not None:
                self.channels.drive(held, *map(events.MessageReceived, messages))
            return
        reply = gossip.answer(message)
        if reply is not None:
            self.peers.send(peer_id, reply)
            return
        try:
            self._peer_said(peer_id, message)
        except gossip.BadGossipSignature:
            self.network.lied(peer_id)

    def _peer_said(self, peer_id: bytes, message: Message) -> None:
        match message:
            case Error(channel_id, data) | Warning_(channel_id, data):
                about = complaints.concerned(self, peer_id, channel_id)
                self.peers.complained(peer_id, data, about)
                for one in about:
                    self.channels.drive(one, events.MessageReceived(message))
            case bolt2.OpenChannel():
                self.inbound.asked_to_open(peer_id, message)
            case GossipTimestampFilter():
                self.network.asked(peer_id, message)
            case ChannelUpdate():
                self.terms.heard(peer_id, message)
                self.network.heard(peer_id, message)
            case ChannelAnnouncement():
                self.network.heard(peer_id, message)
            case NodeAnnouncement():
                alias = gossip.read_alias(message, peer_id)
                if alias is not None:
                    self.peers.calls_itself(peer_id, alias)
                self.network.heard(peer_id, message)
            case _:
                held = self._addressed(peer_id, message)
                if held is not None:
                    self.channels.drive(held, events.MessageReceived(message))
                elif isinstance(message, bolt2.ChannelReestablish):
                    disagreeing.ask_to_fail(self, peer_id, message)

    def _addressed(self, peer_id: bytes, message: Message) -> Held | None:
        """The channel that a message is for, which must be one with that peer."""
        if isinstance(message, bolt2.AcceptChannel | bolt2.FundingCreated):
            return self.channels.opening(peer_id, message.temporary_channel_id)
        channel_id = getattr(message, "channel_id", None)
        for held in self.channels.of_peer(peer_id):
            if channel_id in held.names:
                return held
        return None

    # -- what the guard asks (guard.Ward)
    def preimages(self, channel: Channel) -> dict[int, bytes]:
        """Of the HTLCs that were offered to us in a channel and that we take."""
        return self.payments.preimages(channel)

    def in_front(self, channel_id: bytes, seen: Mapping[bytes, bytes]) -> dict[HtlcName, bytes]:
        """The HTLCs that preimages open which a channel shows on chain: those that it passed on."""
        return {} if self.relay is None else self.relay.in_front(channel_id, seen)

    def waited_for(self, channel_id: bytes) -> frozenset[int]:
        """The ids of HTLCs of ours in a channel that somebody in front waits for."""
        return frozenset() if self.relay is None else self.relay.waited_for(channel_id)

    def take_to_chain(
        self, held: Held, reason: CloseReason, due: PendingHtlc | None = None
    ) -> None:
        """Publish our commitment; of a frozen channel without its machine. `due` is the HTLC for
        whose sake it is done."""
        if not held.frozen:
            command = events.ForceClose(self.commands.number(), reason.value, due)
            self.channels.drive(held, command)
            return
        with self.shell.store.transaction() as tx:
            self.channels.publish_frozen(tx, held, reason, due)
            self.key_kit.changed(tx, held)
            self.payments.closed(tx, held.channel)
            self.guard.publish_now(tx, held)
            tx.after(partial(self._tell_channel, held))

    # -- telling
    def _tell_channel(self, held: Held) -> None:
        if self.shell.feed.is_read and held.begun and isinstance(held.state, Channel):
            self.shell.feed.publish(ChannelChanged(views.channel(self, held)))
        self.tell_balance()

    def tell_balance(self) -> None:
        """The balance as it is now."""
        if self.shell.feed.is_read:
            self.shell.feed.publish(BalanceChanged(views.balance(self)))

    def tell_status(self) -> None:
        """Where the node stands now."""
        self.shell.feed.publish(StatusChanged(views.status(self)))

    def tell_block(self) -> None:
        if not self.shell.feed.is_read:
            return
        self.tell_status()
        for held in self.channels:
            if held.channel.phase is not Phase.DONE:
                self.shell.feed.publish(ChannelChanged(views.channel(self, held)))
        self.tell_balance()

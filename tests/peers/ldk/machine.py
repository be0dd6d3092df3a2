"""Our channel machine with LDK, and nothing else of a node: one channel, one connection.

What a node does around the machine is done here in its plainest form, so that what fails is the
machine or what it is made of. States go through the store's format at every step (`Party`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Final

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.channel.effects import (
    Answer,
    Broadcast,
    Disconnect,
    Effect,
    HtlcFailed,
    HtlcFulfilled,
    HtlcNeverSent,
    HtlcReceived,
    NeedFunding,
)
from lnwallet_tui.channel.env import Announcer
from lnwallet_tui.channel.errors import ChannelRefusal, CloseReason
from lnwallet_tui.channel.events import (
    AddHtlc,
    ChannelEvent,
    CloseCooperatively,
    FailHtlc,
    ForceClose,
    FulfillHtlc,
    FundingConfirmed,
    FundingSpent,
    FundingTransactionSigned,
    MessageReceived,
    NewTip,
    PeerConnected,
    PeerDisconnected,
    SignCommitment,
)
from lnwallet_tui.channel.opening import Acceptance, OpenRequest
from lnwallet_tui.channel.resume import asleep, resume
from lnwallet_tui.channel.state import Channel, ChannelType, Link, Opening, Phase
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.keys.node_key import NodeKey
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.onion.failure import build_error, decode_error
from lnwallet_tui.onion.messages import Failure, IncorrectOrUnknownPaymentDetails
from lnwallet_tui.onion.payload import HopPayload, PaymentData
from lnwallet_tui.onion.sphinx import BuiltOnion, build_onion, peel_onion
from lnwallet_tui.peer import events as peer
from lnwallet_tui.playground.simchain import ChainBlock
from lnwallet_tui.wire import bolt1, bolt2, features
from lnwallet_tui.wire.bolt7 import AnnouncementSignatures
from lnwallet_tui.wire.features import Features
from lnwallet_tui.wire.message import Message
from tests.channel.two import FEERATES, Party
from tests.peers.ldk.guard import Guard
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.process import PATIENCE_SECONDS
from tests.peers.ldk.talker import NODE_ID, SECRET, Talker
from tests.peers.ldk.world import World

_FINAL_MARGIN: Final = 3  # blocks that may be found while a payment is under way
_CLOSE_FEERATE: Final = 1_000
MOST_CLOSE_FEE: Final = Sat(2_000)
_INVOICE_FEATURES: Final = Features((features.VAR_ONION_OPTIN, features.PAYMENT_SECRET))
_CHANNEL_MESSAGES: Final = tuple(
    declared
    for declared in (*vars(bolt2).values(), AnnouncementSignatures)
    if isinstance(declared, type) and issubclass(declared, Message) and declared is not Message
)


@dataclass
class Paying:
    """A payment of ours: its onion's secrets, and its end (the preimage, a failure, or nothing)."""

    onion: BuiltOnion
    ended: asyncio.Future[bytes | Failure | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Machine:
    """Us. `cut_at` ends the connection at the n-th channel message from now on: what LDK said with
    it is lost, or (with `after`) what we would have said. With `announces` channels are public."""

    def __init__(self, world: World, ldk: LdkNode, *, announces: bool = False) -> None:
        self.party = Party("us", height=world.chain.height, now=world.clock.now())
        if announces:
            sign = NodeKey(Secret(SECRET)).sign
            self.party.announcer = Announcer(NODE_ID, ldk.node_id, sign)
        self.guard = Guard(world, self.party)
        self.ldk = ldk
        self.preimages: dict[bytes, bytes] = {}
        self.paying: dict[bytes, Paying] = {}
        self.heard: list[Message] = []
        self._world = world
        self._commands = count(1)
        self._performed = 0
        self._talker: Talker | None = None
        self._reading: asyncio.Task[None] | None = None
        self._cut: tuple[int, bool] | None = None
        self._listening = asyncio.Event()
        self._listening.set()
        world.inhabitants.append(self)

    @property
    def channel(self) -> Channel:
        """The channel, which is more than an opening by now."""
        return self.party.channel

    # -- the connection
    async def connect(self) -> None:
        """Dial LDK; returns when the channel, if there is one, is up again."""
        talker = self._talker = await Talker.dial(self.ldk)
        assert (await talker.event(peer.Handshaken)).remote_pubkey == self.ldk.node_id
        init = (await talker.event(peer.InitReceived)).init
        self.party.features = init.offered()
        self._reading = asyncio.create_task(self._read(talker))
        if isinstance(self.party.state, Channel):
            self.do(PeerConnected(init.offered()))

    async def up(self) -> None:
        """Until the channel can be used."""
        await self._world.until(
            lambda: (
                isinstance(self.party.state, Channel)
                and (self.channel.link, self.channel.phase) == (Link.LIVE, Phase.READY)
            ),
            "the channel is up",
        )
        await self._world.ask_until(
            self.ldk.channels, lambda channels: channels[0].usable, "LDK finds the channel up"
        )

    async def hang_up(self) -> None:
        """Close the connection, both sides having noticed."""
        assert self._talker is not None
        self._talker.hang_up()
        await self.lost()

    async def lost(self) -> None:
        """Until the connection has ended, by whomever, and both have noticed."""
        assert self._reading is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.shield(self._reading)
        await self._world.ask_until(self.ldk.peers, lambda peers: peers == (), "LDK noticed")

    def wait(self) -> None:
        """Hear nothing until `cut_at`."""
        self._listening.clear()

    def cut_at(self, number: int, *, after: bool) -> None:
        """See the class; hear what was said in the meantime."""
        self._cut = number, after
        self._listening.set()

    async def is_cut(self, paying: Paying) -> bool:
        """Wait for the cut, or for the end of a payment and of everything else; whether it came."""
        await self._world.until(
            lambda: self._cut is None or (paying.ended.done() and not self.channel.ledger.htlcs),
            "the cut, or the end",
        )
        cut, self._cut = self._cut is None, None
        return cut

    def restart(self) -> None:
        """As if the process had been killed and started again; not connected."""
        stored = self.channel
        effects = resume(stored, self.party.env(self.party.signer))
        self.party.state = asleep(stored)
        self.party.effects += effects
        self.party.outbox.clear()
        self._perform()

    async def stop(self) -> None:
        """End with the test."""
        if self._talker is not None:
            self._talker.hang_up()
        if self._reading is not None:
            await self._reading

    async def _read(self, talker: Talker) -> None:
        while True:
            while (event := talker.connection.next_event()) is None:
                await talker.read()
            if isinstance(event, peer.MessageReceived):
                await self._listening.wait()
                if self._is_cut(event.message):
                    break
                self._receive(event.message)
            if isinstance(event, peer.Closed):
                break
        await talker.close()
        self._talker = None
        self.do(PeerDisconnected())

    def _is_cut(self, message: Message) -> bool:
        if self._cut is None or not isinstance(message, _CHANNEL_MESSAGES):
            return False
        left, after = self._cut[0] - 1, self._cut[1]
        self._cut = (left, after) if left else None
        if left == 0 and after:
            self._talker = None
            self._receive(message)
            self.party.outbox.clear()
        return left == 0

    def _receive(self, message: Message) -> None:
        self.heard.append(message)
        if isinstance(message, bolt2.OpenChannel):
            acceptance = Acceptance(shutdown_script=self.party.script, alias=self.party.alias)
            self.party.accept(message, acceptance)
            self._perform()
        elif isinstance(message, (*_CHANNEL_MESSAGES, bolt1.Error, bolt1.Warning_)):
            self.do(MessageReceived(message))

    # -- the loop
    def do(self, event: ChannelEvent) -> None:
        """One event and all that follows."""
        if isinstance(self.party.state, Channel | Opening):
            self.party.do(event)
        self._perform()

    def _perform(self) -> None:
        """Do what was asked for; sign what is to be signed; send."""
        while True:
            while self._performed < len(self.party.effects):
                self._performed += 1
                self._one(self.party.effects[self._performed - 1])
            before = len(self.party.effects)
            if isinstance(self.party.state, Channel):
                self.party.do(SignCommitment())
            if len(self.party.effects) == before:
                break
        while self.party.outbox:
            message = self.party.outbox.popleft()
            if self._talker is not None:
                self._talker.send(message)

    def _one(self, effect: Effect) -> None:
        match effect:
            case NeedFunding():
                tx = self._world.faucet.pay([TxOut(effect.amount, effect.script)])
                self.party.do(FundingTransactionSigned(tx, 0))
            case Broadcast():
                self._world.publish("us", effect.txs)
            case HtlcReceived():
                self._decide(effect)
            case HtlcFulfilled():
                self._end(effect.payment_hash, effect.preimage)
            case HtlcFailed():
                self._end(effect.payment_hash, self._read_failure(effect))
            case HtlcNeverSent():
                self._end(effect.payment_hash, None)
            case Disconnect() if self._talker is not None:
                self._talker.connection.close(effect.reason)
            case Answer(result=ChannelRefusal() as refusal):
                raise AssertionError(refusal)
            case _:
                pass

    # -- commands
    def open(self, funding: Sat, push: Msat, *, anchors: bool) -> None:
        """Propose a channel to LDK."""
        self.party.open(
            OpenRequest(
                command_id=next(self._commands),
                temporary_channel_id=sha256(b"temporary"),
                funding=funding,
                push=push,
                channel_type=ChannelType.of(anchors=anchors),
                funding_feerate_per_kw=FEERATES.today,
                shutdown_script=self.party.script,
                alias=self.party.alias,
            )
        )
        self._perform()

    def close(self) -> None:
        """Begin a cooperative close."""
        self.do(
            CloseCooperatively(
                next(self._commands), self.party.script, _CLOSE_FEERATE, MOST_CLOSE_FEE
            )
        )

    def force_close(self) -> None:
        """Publish our commitment."""
        self.do(ForceClose(next(self._commands), CloseReason.USER.value))

    def offer(self, invoice_text: str) -> Paying:
        """Begin to pay LDK's invoice."""
        invoice = bolt11.decode(invoice_text)
        assert invoice.amount is not None
        expiry = self.party.height + invoice.min_final_cltv_expiry_delta + _FINAL_MARGIN
        payload = HopPayload(
            amt_to_forward=invoice.amount,
            outgoing_cltv_value=expiry,
            payment_data=PaymentData(invoice.payment_secret, invoice.amount),
            payment_metadata=invoice.payment_metadata,
        )
        hops = [(invoice.payee, payload.encode())]
        onion = build_onion(sha256(invoice_text.encode()), hops, invoice.payment_hash)
        paying = self.paying[invoice.payment_hash] = Paying(onion)
        self.do(
            AddHtlc(
                next(self._commands), invoice.amount, invoice.payment_hash, expiry, onion.packet
            )
        )
        return paying

    async def pay(self, invoice_text: str) -> bytes | Failure | None:
        """Pay LDK's invoice: the preimage, LDK's failure, or None where it never left."""
        paying = self.offer(invoice_text)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await paying.ended

    def invoice(self, amount: Msat) -> str:
        """An invoice of ours, for LDK to pay."""
        preimage = sha256(f"preimage {next(self._commands)}".encode())
        payment_hash = sha256(preimage)
        self.preimages[payment_hash] = preimage
        made = bolt11.Invoice(
            network=self.party.env(self.party.signer).network,
            payee=curve.public_key(SECRET),
            payment_hash=payment_hash,
            payment_secret=sha256(b"secret" + payment_hash),
            timestamp=self._world.chain.tip.time,
            amount=amount,
            description=Untrusted(""),
            min_final_cltv_expiry_delta=144,
            features=_INVOICE_FEATURES,
        )
        return bolt11.encode(made, partial(curve.sign_recoverable, SECRET))

    def _decide(self, htlc: HtlcReceived) -> None:
        preimage = self.preimages.get(htlc.payment_hash)
        peeled = peel_onion(partial(curve.ecdh, SECRET), htlc.onion, htlc.payment_hash)
        if preimage is None:
            failure = IncorrectOrUnknownPaymentDetails(htlc.amount, self.party.height)
            self.party.do(FailHtlc(htlc.htlc_id, build_error(peeled.shared_secret, failure)))
        else:
            self.party.do(FulfillHtlc(htlc.htlc_id, preimage))

    def _end(self, payment_hash: bytes, how: bytes | Failure | None) -> None:
        ended = self.paying[payment_hash].ended
        if not ended.done():
            ended.set_result(how)

    def _read_failure(self, failed: HtlcFailed) -> Failure:
        assert failed.reason is not None, "LDK found our onion malformed"
        secrets = self.paying[failed.payment_hash].onion.shared_secrets
        decoded = decode_error(secrets, failed.reason)
        assert decoded is not None, "nobody signed this error"
        return decoded[1]

    # -- the chain
    async def catch_up(self) -> None:
        """As `Inhabitant.catch_up`."""
        while self.party.height < self._world.chain.height:
            self.party.height += 1
            block = self._world.chain.at(self.party.height)
            self.party.now = block.time
            self._read_block(block)

    def _read_block(self, block: ChainBlock) -> None:
        if isinstance(self.party.state, Channel):
            outpoint = self.channel.funding.outpoint
            for index, tx in enumerate(block.block.transactions):
                if tx.txid == outpoint.txid:
                    self.do(FundingConfirmed(tx, block.height, index))
                if any(txin.outpoint == outpoint for txin in tx.inputs):
                    self.do(FundingSpent(tx, block.height))
            self.guard.look()
        self.do(NewTip())

"""Two channel machines and the wires between them, driven by hand: a step at a time.

Every state goes through the store's format, every message through the codec, and every signer is
made anew of its stored memory for each step, so that nothing lives which a restart would lose.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TypeVar

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat, Sat
from lnwallet_tui.bitcoin.curve import public_key, sign, to_der
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wpkh, p2wpkh_script_code
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, segwit_v0_digest
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel.effects import Broadcast, Disconnect, Effect, NeedFunding, Send
from lnwallet_tui.channel.env import Announcer, Env, Feerates, Record, Step
from lnwallet_tui.channel.events import (
    ChannelEvent,
    FundingConfirmed,
    FundingTransactionSigned,
    MessageReceived,
    PeerConnected,
    PeerDisconnected,
)
from lnwallet_tui.channel.opening import Acceptance, OpenRequest, accept_open, open_channel
from lnwallet_tui.channel.state import Channel, ChannelState, ChannelType, Forgotten, Opening
from lnwallet_tui.channel.step import step
from lnwallet_tui.keys.derive import ChannelKeys
from lnwallet_tui.keys.node_key import NodeKey
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.policy import POLICY, Policy
from lnwallet_tui.store import codec as stored
from lnwallet_tui.wire.bolt2 import OpenChannel
from lnwallet_tui.wire.codec import Message, decode, encode
from lnwallet_tui.wire.features import OUR_INIT_FEATURES, Features
from lnwallet_tui.wire.scid import ShortChannelId

E = TypeVar("E")
M = TypeVar("M", bound=Message)

ANCHORS = ChannelType.of(anchors=True)
STATIC = ChannelType.of(anchors=False)
FEERATES = Feerates(soon=2_000, today=1_000, minimum=253)
COIN_SECRET = sha256(b"the coin that funds")
COIN = TxOut(Sat(50_000_000), p2wpkh(public_key(COIN_SECRET)))
OPEN_COMMAND = 7


def script_of(name: str) -> bytes:
    """Where somebody wants the money of a close."""
    return p2wpkh(public_key(sha256(name.encode())))


def node_key(name: str) -> NodeKey:
    """The key of somebody's node."""
    return NodeKey(Secret(sha256(f"{name} node".encode())))


@dataclass
class Party:
    """One machine: its state, its signer's memory, and what it wanted of the world."""

    name: str
    policy: Policy = POLICY
    height: int = 100
    now: int = 1_700_000_000
    feerates: Feerates = FEERATES
    features: Features = OUR_INIT_FEATURES
    peer_was_heard: bool = True
    announcer: Announcer | None = None
    agreed: bool = True
    is_older: bool = False
    memory: SignerMemory = field(default_factory=SignerMemory)
    state: ChannelState = field(default_factory=Forgotten)
    outbox: deque[Message] = field(default_factory=deque)
    effects: list[Effect] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    history: list[ChannelState] = field(default_factory=list)
    steps: list[tuple[Step, SignerMemory]] = field(default_factory=list)

    @property
    def signer(self) -> Signer:
        secrets = [
            sha256(f"{self.name} {what}".encode())
            for what in ("funding", "revocation", "payment", "delayed", "htlc", "seed")
        ]
        return Signer(ChannelKeys(*map(Secret, secrets)), self.memory)

    def env(self, signer: Signer) -> Env:
        return Env(
            network=Network.REGTEST,
            height=self.height,
            now=self.now,
            feerates=self.feerates,
            policy=self.policy,
            signer=signer,
            features=self.features,
            peer_was_heard=self.peer_was_heard,
            announcer=self.announcer,
            agreed=self.agreed,
            is_older=self.is_older,
        )

    @property
    def script(self) -> bytes:
        return script_of(self.name)

    @property
    def alias(self) -> ShortChannelId:
        return ShortChannelId(16_000_000, 1, sum(self.name.encode()))

    @property
    def channel(self) -> Channel:
        assert isinstance(self.state, Channel), self.state
        return self.state

    @property
    def signer_point(self) -> bytes:
        """A valid point, for messages in which any will do."""
        return self.signer.per_commitment_point(0)

    @property
    def gone(self) -> bool:
        """Whether nothing is left of its channel."""
        return isinstance(self.state, Forgotten)

    # -- steps
    def do(self, event: ChannelEvent) -> tuple[Effect, ...]:
        """One step, stored and performed; its effects."""
        signer = self.signer
        return self._take(step(self.state, event, self.env(signer)), signer)

    def open(self, request: OpenRequest) -> tuple[Effect, ...]:
        signer = self.signer
        return self._take(open_channel(request, self.env(signer)), signer)

    def accept(self, message: OpenChannel, acceptance: Acceptance) -> tuple[Effect, ...]:
        signer = self.signer
        return self._take(accept_open(message, acceptance, self.env(signer)), signer)

    def receive(self, message: Message) -> tuple[Effect, ...]:
        """One message, through the codec."""
        return self.do(MessageReceived(decode(encode(message))))

    def _take(self, taken: Step, signer: Signer) -> tuple[Effect, ...]:
        self.memory = signer.memory
        self.state = taken.state
        if isinstance(taken.state, Channel):
            self.state = stored.decode(stored.encode(taken.state), Channel)
            assert self.state == taken.state
        self.history.append(self.state)
        self.steps.append((taken, self.memory))
        self.records += taken.records
        self.effects += taken.effects
        self.outbox += [effect.message for effect in taken.effects if isinstance(effect, Send)]
        return taken.effects

    # -- what it wanted
    def all(self, kind: type[E]) -> list[E]:
        """All effects of a kind so far."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def said(self, kind: type[M]) -> list[M]:
        """All messages of a kind that it sent."""
        return [send.message for send in self.all(Send) if isinstance(send.message, kind)]


def one(effects: tuple[Effect, ...] | list[Effect], kind: type[E]) -> E:
    """The only effect of that kind."""
    (found,) = [effect for effect in effects if isinstance(effect, kind)]
    return found


def request(party: Party, **changes: object) -> OpenRequest:
    """A plain request to open."""
    asked = OpenRequest(
        command_id=OPEN_COMMAND,
        temporary_channel_id=sha256(b"temporary"),
        funding=Sat(1_000_000),
        push=ZERO_MSAT,
        channel_type=ANCHORS,
        funding_feerate_per_kw=1_000,
        shutdown_script=party.script,
        alias=party.alias,
    )
    return replace(asked, **changes)  # type: ignore[arg-type]  # the tests name real fields


def acceptance(party: Party, **changes: object) -> Acceptance:
    """A plain consent."""
    plain = Acceptance(shutdown_script=party.script, alias=party.alias)
    return replace(plain, **changes)  # type: ignore[arg-type]  # the tests name real fields


def funding_transaction(need: NeedFunding) -> FundingTransactionSigned:
    """What the coins room does: a signed transaction with change, not broadcast."""
    pubkey, fee = public_key(COIN_SECRET), Sat(500)
    change = TxOut(COIN.value - need.amount - fee, COIN.script_pubkey)
    unsigned = Tx(
        version=2,
        inputs=(TxIn(OutPoint(sha256(b"coin"), 0)),),
        outputs=(change, TxOut(need.amount, need.script)),
    )
    digest = segwit_v0_digest(unsigned, 0, p2wpkh_script_code(pubkey), COIN.value, SIGHASH_ALL)
    der = to_der(sign(COIN_SECRET, digest)) + bytes((SIGHASH_ALL,))
    return FundingTransactionSigned(unsigned.with_witness(0, (der, pubkey)), 1)


@dataclass
class Two:
    """A funder and a fundee."""

    a: Party
    b: Party

    @classmethod
    def fresh(cls, *, policy: Policy = POLICY) -> Two:
        return cls(Party("anna", policy), Party("bert", policy))

    @classmethod
    def relays(cls, names: tuple[str, str] = ("anna", "bert"), *, policy: Policy = POLICY) -> Two:
        """Two nodes that relay: their channels are public."""
        two = cls(Party(names[0], policy), Party(names[1], policy))
        for party, peer in (two.both, two.both[::-1]):
            key, peer_id = node_key(party.name), node_key(peer.name).public_key
            party.announcer = Announcer(key.public_key, peer_id, key.sign)
        return two

    @property
    def both(self) -> tuple[Party, Party]:
        return self.a, self.b

    def exchange(self, most: int = 1_000) -> None:
        """Deliver until nobody has anything to say."""
        for _ in range(most):
            if not self.deliver_one():
                return
        raise AssertionError("they never stop talking")

    def deliver_one(self) -> bool:
        """Deliver the oldest message of either."""
        for sender, receiver in (self.both, self.both[::-1]):
            if sender.outbox:
                message = sender.outbox.popleft()
                if isinstance(message, OpenChannel) and not isinstance(receiver.state, Opening):
                    receiver.accept(decode_as(message, OpenChannel), acceptance(receiver))
                else:
                    receiver.receive(message)
                return True
        return False

    # -- the way of a channel
    def open(self, **changes: object) -> None:
        """To two channels whose funding is published and in no block."""
        self.a.open(request(self.a, **changes))
        self.exchange()
        self.a.do(funding_transaction(self.a.all(NeedFunding)[-1]))
        self.exchange()

    def bury(self, blocks: int = 6) -> None:
        """The funding confirms and gets deep, for both."""
        for party in self.both:
            height = party.height + 1
            party.height += blocks
            party.do(FundingConfirmed(self.funding_tx, height, 1))
        self.exchange()

    def ready(self, **changes: object) -> None:
        """To two channels in use."""
        self.open(**changes)
        self.bury()

    @property
    def funding_tx(self) -> Tx:
        tx = self.a.channel.funding.tx
        assert tx is not None
        return tx

    # -- trouble
    def disconnect(self) -> None:
        """Both notice; whatever was on the way is lost."""
        for party in self.both:
            party.outbox.clear()
            party.do(PeerDisconnected())

    def connect(self) -> None:
        for party in self.both:
            party.do(PeerConnected(party.features))
        self.exchange()

    def disconnections(self) -> list[str]:
        return [effect.reason for party in self.both for effect in party.all(Disconnect)]

    # -- the engine's word
    def check_broadcasts(self, engine: Engine) -> list[Tx]:
        """Every transaction that either wanted to publish is valid; all of them, in order."""
        published = [tx for p in self.both for effect in p.all(Broadcast) for tx in effect.txs]
        for tx in published:
            if tx == self.funding_tx:
                assert engine.verify_inputs(tx, [COIN]) is None
            else:
                spent = self.funding_tx.outputs[self.a.channel.funding.outpoint.vout]
                assert engine.verify_inputs(tx, [spent]) is None
        return published


def decode_as(message: M, kind: type[M]) -> M:
    """The message, through the codec."""
    decoded = decode(encode(message))
    assert isinstance(decoded, kind)
    return decoded


def paid(tx: Tx, script: bytes) -> Sat:
    """What the transaction pays to the script."""
    return sum((out.value for out in tx.outputs if out.script_pubkey == script), Sat(0))


def msat(sat: int) -> Msat:
    """Whole satoshis in millisatoshis."""
    return Msat(sat * 1000)

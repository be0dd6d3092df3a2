"""Two channel machines in any order of events: a driver for tests that let chance choose.

Every state has been through the store's format and every signer is made anew of its memory (see
`two`). After each act the pair compares itself with what must always hold; at the end every HTLC
has exactly one fate, and every commitment that was ever signed can be published or punished.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import product

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, SIGHASH_SINGLE_ANYONECANPAY
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.commitment import CommitmentSpec
from lnwallet_tui.channel.effects import (
    Announced,
    Answer,
    Effect,
    HtlcFailed,
    HtlcFulfilled,
    HtlcNeverSent,
    HtlcReceived,
    Send,
)
from lnwallet_tui.channel.errors import CloseReason
from lnwallet_tui.channel.events import (
    AddHtlc,
    ChannelEvent,
    CloseCooperatively,
    FailHtlc,
    FailMalformedHtlc,
    ForceClose,
    FulfillHtlc,
    NewTip,
    PeerConnected,
    PeerDisconnected,
    SignCommitment,
    UpdateFee,
)
from lnwallet_tui.channel.held_htlcs import HeldHtlc, HtlcEntered, held_in
from lnwallet_tui.channel.htlcs import Side, View
from lnwallet_tui.channel.limits import can_send
from lnwallet_tui.channel.resume import asleep, resume
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.channel.transactions import build_commitment, signed_by_both
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.policy import ANNOUNCEMENT_DEPTH
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import CommitmentSigned
from tests.channel.two import Party, Two

ONION = bytes(1366)
BADONION = 0x8000 | 0x4000 | 5


@dataclass
class Book:
    """What one party has to answer for: its offers and their fates, its duties, their states."""

    offers: dict[int, bytes] = field(default_factory=dict)
    fates: dict[int, str] = field(default_factory=dict)
    undecided: dict[int, HtlcReceived] = field(default_factory=dict)
    signed: dict[int, CommitmentSpec] = field(default_factory=dict)
    held: list[HeldHtlc] = field(default_factory=list)


@dataclass
class Pair:
    """A channel in use, and the acts that chance chooses from. `seen` counts what was reached."""

    two: Two
    engine: Engine
    seen: Counter[str] = field(default_factory=Counter)
    books: dict[str, Book] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    commands: int = 100

    def __post_init__(self) -> None:
        for party in self.two.both:
            self.books[party.name] = Book()
            self.heard[party.name] = len(party.effects)
            self._note_signed(party)

    # -- acts
    def add(self, party: Party, choice: int) -> None:
        """Offer an HTLC: tiny, small, a share of what can be sent, or all of it."""
        most = can_send(party.channel, party.policy).value
        amounts = (1 + choice * 997, 400_000 + choice * 7_919, most * (choice % 97) // 97, most)
        amount = amounts[choice % 4]
        if amount > 0:
            self.offer(party, amount)

    def offer(self, party: Party, amount: int) -> None:
        """Offer an HTLC of so many msat; it may be refused."""
        self.commands += 1
        payment_hash = sha256(_preimage(party, self.commands))
        event = AddHtlc(self.commands, Msat(amount), payment_hash, party.height + 50, ONION)
        self._do(party, event)
        answers = [e for e in party.all(Answer) if e.command_id == self.commands]
        (answer,) = answers
        if isinstance(answer.result, int):
            self.books[party.name].offers[answer.result] = _preimage(party, self.commands)
            self.seen["offer"] += 1
        else:
            self.seen["refusal"] += 1

    def decide(self, party: Party, choice: int) -> None:
        """Settle or refuse an HTLC that was offered to the party."""
        undecided = self.books[party.name].undecided
        if not undecided:
            return
        htlc_id = sorted(undecided)[choice % len(undecided)]
        undecided.pop(htlc_id)
        other = self._other(party)
        preimage = self.books[other.name].offers[htlc_id]
        match choice % 3:
            case 0:
                self._do(party, FailHtlc(htlc_id, b"an encrypted reason"))
            case 1:
                self._do(party, FulfillHtlc(htlc_id, preimage))
            case _:
                self._do(party, FailMalformedHtlc(htlc_id, sha256(ONION), BADONION))
        away = party.channel.link is not Link.LIVE
        self.seen["decision while the peer is away"] += away

    def sign(self, party: Party, choice: int = 0) -> None:
        """Sign what is proposed."""
        self._do(party, SignCommitment())

    def set_fee(self, party: Party, choice: int) -> None:
        """The funder proposes another feerate."""
        before = party.channel.ledger
        self._do(party, UpdateFee(300 + choice * 13 % 4_000))
        if party.channel.ledger != before:
            self.seen["fee change"] += 1

    def deliver(self, party: Party, choice: int) -> None:
        """Some messages arrive."""
        for _ in range(1 + choice % 3):
            if not party.outbox:
                return
            receiver = self._other(party)
            if receiver.channel.link is Link.OFFLINE:
                return
            receiver.receive(party.outbox.popleft())
            self.after(receiver)

    def catch_up(self, party: Party, choice: int) -> None:
        """The party signs, and everything arrives."""
        self.sign(party)
        for _ in range(20):
            for one in self.two.both:
                self.deliver(one, choice)

    def cut(self, party: Party, choice: int) -> None:
        """The connection breaks; one of both may be started anew, from what it stored."""
        for one in self.two.both:
            one.outbox.clear()
        for one in self.two.both:
            if one is party and choice % 2:
                self._restart(one)
            else:
                self._do(one, PeerDisconnected())

    def _restart(self, party: Party) -> None:
        stored = party.channel
        effects = resume(stored, party.env(party.signer))
        party.state = asleep(stored)
        party.effects += effects
        self.seen["restart"] += 1
        self.after(party)

    def connect(self, party: Party, choice: int = 0) -> None:
        """They meet again."""
        if any(one.channel.link is not Link.OFFLINE for one in self.two.both):
            return
        for one in self.two.both:
            self._do(one, PeerConnected(one.features))
        # What each sends once it has heard where the other stands is sent again, if anything is.
        for one in self.two.both:
            self._other(one).receive(one.outbox.popleft())
        for one in self.two.both:
            again = {type(message) for message in one.outbox}
            self.seen.update(f"{kind.__name__} sent again" for kind in again)
            self.after(one)

    def mine(self, party: Party, choice: int) -> None:
        """A block, of which the other hears later."""
        party.height += 1
        self._do(party, NewTip())

    def close(self, party: Party, choice: int) -> None:
        """Begin a cooperative close; new terms in mid negotiation would end the connection."""
        if party.channel.phase is Phase.NEGOTIATING:
            return
        self.commands += 1
        if party.channel.ledger.htlcs and party.channel.link is Link.LIVE:
            self.seen["close with HTLCs pending"] += 1
        self._do(party, CloseCooperatively(self.commands, party.script, 1_000, Sat(20_000)))

    # -- to the end
    def force(self, party: Party) -> None:
        """The party closes by force, whatever is under way; the other hears of it if it is there.

        Both publish a commitment that the engine takes, and could take every HTLC output.
        """
        self.seen["force close"] += 1
        if party.channel.our_commitment.spec.htlcs:
            self.seen["force close with HTLCs pending"] += 1
        party.do(ForceClose(1, CloseReason.USER.value))
        other = self._other(party)
        if other.channel.link is Link.LIVE and isinstance(party.outbox[-1], Error):
            other.receive(party.outbox[-1])
            assert other.channel.phase is Phase.CLOSING
        for one in self.two.both:
            self.check_publishable(one)

    def settle(self) -> None:
        """Connect, decide on everything, and let all of it come to rest."""
        for _ in range(200):
            self.connect(self.two.a)
            if not any(one.outbox for one in self.two.both):
                for one in self.two.both:
                    while self.books[one.name].undecided:
                        self.decide(one, 1)
                    self.sign(one)
            if not any(one.outbox for one in self.two.both):
                return
            for one in self.two.both:
                self.deliver(one, 2)
        raise AssertionError("they never come to rest")

    # -- what must hold
    def _do(self, party: Party, event: ChannelEvent) -> None:
        party.do(event)
        self.after(party)

    def after(self, party: Party) -> None:
        """Hear what the step told, and check what must hold after every one."""
        effects = party.effects[self.heard[party.name] :]
        self.heard[party.name] = len(party.effects)
        for effect in effects:
            self._hear(party, effect)
        self._note_signed(party)
        channel = party.channel
        ledger = channel.ledger
        assert ledger.ours + ledger.theirs == channel.funding.value.to_msat()
        for owner, view in product(Side, (View.OLDEST, View.SIGNED, View.NEXT)):
            for side, demanded in ((Side.US, channel.theirs), (Side.THEM, channel.ours)):
                left = ledger.balance_in(side, owner, view)
                assert left >= demanded.reserve.to_msat().value
        assert self.two.disconnections() == []

    def _hear(self, party: Party, effect: Effect) -> None:
        book = self.books[party.name]
        match effect:
            case HtlcReceived():
                book.undecided[effect.htlc_id] = effect
            case HtlcFulfilled():
                assert sha256(effect.preimage) == effect.payment_hash
                self._fate(book, effect.htlc_id, "fulfilled")
            case HtlcFailed():
                self._fate(book, effect.htlc_id, "failed")
            case HtlcNeverSent():
                book.offers.pop(effect.htlc_id)
                self.seen["never sent"] += 1
            case Send(CommitmentSigned()):
                self._look_for_trimmed(party.channel)
            case _:
                pass

    def _fate(self, book: Book, htlc_id: int, fate: str) -> None:
        assert book.fates.setdefault(htlc_id, fate) == fate, "an HTLC has one fate"
        self.seen[fate] += 1

    def _look_for_trimmed(self, channel: Channel) -> None:
        spec = (channel.their_next or channel.their_current).spec
        if len(spec.untrimmed(channel.params(Side.THEM))) < len(spec.htlcs):
            self.seen["trimmed HTLC"] += 1

    def _note_signed(self, party: Party) -> None:
        book, channel = self.books[party.name], party.channel
        for theirs in (channel.their_current, channel.their_next):
            if theirs is not None:
                known = book.signed.setdefault(theirs.spec.number, theirs.spec)
                assert known == theirs.spec, "one number, two states"
        for record in party.records:
            if isinstance(record, HtlcEntered):
                book.held.append(HeldHtlc(record.htlc, record.first))
            else:
                book.held = [
                    HeldHtlc(row.htlc, row.first, record.last)
                    if row.last is None
                    and (row.htlc.offered, row.htlc.htlc_id) == (record.offered, record.htlc_id)
                    else row
                    for row in book.held
                ]
        party.records.clear()

    def _other(self, party: Party) -> Party:
        return self.two.b if party is self.two.a else self.two.a

    # -- at the end
    def check_the_end(self) -> None:
        """Both agree, every offer had its fate, and every state is enforceable."""
        for party in self.two.both:
            other, book = self._other(party), self.books[party.name]
            assert set(book.fates) == set(book.offers)
            assert party.channel.ledger.ours == other.channel.ledger.theirs
            assert party.channel.our_commitment.spec == other.channel.their_current.spec
            self._check_punishable(party)
            self.check_publishable(party)
        self._check_announced()

    def _check_announced(self) -> None:
        """Both tell the network the same of a public channel, and at rest neither waits."""
        told = [{one.announcement for one in party.all(Announced)} for party in self.two.both]
        assert len(told[0] | told[1]) <= 1
        channels = [(party.channel, party.height) for party in self.two.both]
        if all(
            channel.announcing is not None
            and channel.phase is Phase.READY
            and channel.funding.depth(height) >= ANNOUNCEMENT_DEPTH
            for channel, height in channels
        ):
            assert told[0] == told[1] != set()
            self.seen["announced"] += 1

    def _check_punishable(self, party: Party) -> None:
        """Each revoked state of the other can be rebuilt from rows and its secret."""
        book, channel = self.books[party.name], party.channel
        for number, spec in book.signed.items():
            assert set(held_in(book.held, number)) == set(spec.htlcs)
            revoked = number < channel.their_current.spec.number
            assert (channel.their_secrets.secret_of(number) is not None) == revoked

    def check_publishable(self, party: Party) -> None:
        """Its newest commitment and each HTLC transaction of it satisfy the consensus engine."""
        channel, signer = party.channel, party.signer
        params, ours = channel.params(Side.US), channel.our_commitment
        point = signer.per_commitment_point(ours.spec.number)
        built = build_commitment(params, point, ours.spec)
        mine = signer.sign_holder_commitment(ours.spec.number, built.tx, built.funding_input)
        tx = signed_by_both(params, built.tx, mine, ours.signature)
        spent = self.two.funding_tx.outputs[channel.funding.outpoint.vout]
        assert self.engine.verify_inputs(tx, [spent]) is None
        for htlc, theirs in zip(built.htlc_transactions, ours.htlc_signatures, strict=True):
            own = signer.sign_holder_htlc(htlc.tx, htlc.holder_input, ours.spec.number)
            sighash = SIGHASH_SINGLE_ANYONECANPAY if channel.anchors else SIGHASH_ALL
            preimage = None if htlc.htlc.offered else self._preimage_of(htlc.htlc.payment_hash)
            witness = witnesses.htlc_transaction(
                theirs, sighash, own, preimage, htlc.witness_script
            )
            self._engine_takes(htlc.tx.with_witness(0, witness), tx.outputs[htlc.vout])
            self.seen["HTLC transaction"] += 1

    def _engine_takes(self, tx: Tx, spent: TxOut) -> None:
        assert self.engine.verify_inputs(tx, [spent]) is None

    def _preimage_of(self, payment_hash: bytes) -> bytes:
        for book in self.books.values():
            for preimage in book.offers.values():
                if sha256(preimage) == payment_hash:
                    return preimage
        raise AssertionError("an HTLC that nobody offered")

    @property
    def closed(self) -> bool:
        """Whether both agreed on a closing transaction."""
        return all(party.channel.phase is Phase.CLOSING for party in self.two.both)


def _preimage(party: Party, command: int) -> bytes:
    return sha256(f"{party.name} pays {command}".encode())

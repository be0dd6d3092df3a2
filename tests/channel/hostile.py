"""A peer that knows all of our state, signs whatever we would accept, and keeps no other rule.

Only the victim is a machine. What the peer says is made up from the victim's own state: so it comes
far, where a machine with other books would be sent away at its first signature.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel import commitments
from lnwallet_tui.channel.effects import Disconnect, Effect, HtlcFulfilled
from lnwallet_tui.channel.events import (
    AddHtlc,
    ChannelEvent,
    FailHtlc,
    FulfillHtlc,
    NewTip,
    PeerConnected,
    PeerDisconnected,
    SignCommitment,
    UpdateFee,
)
from lnwallet_tui.channel.htlcs import Side, Stage, View
from lnwallet_tui.channel.limits import can_receive, can_send
from lnwallet_tui.channel.state import Channel, Link
from lnwallet_tui.channel.transactions import (
    ClosingOutput,
    build_closing,
    build_commitment,
    without_output_to,
)
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.wire import bolt2
from lnwallet_tui.wire.codec import Message
from tests.channel.two import Party, Two

PREIMAGES = {sha256(p): p for p in (sha256(bytes((i,))) for i in range(6))}
ONION = bytes(1366)


@dataclass
class Hostile:
    """The victim, its peer, and chance."""

    two: Two
    victim: Party
    peer: Party
    dice: Random
    seen: Counter[str] = field(default_factory=Counter)
    shown: dict[int, int] = field(default_factory=dict)  # msat, of offers whose preimage was shown

    def __post_init__(self) -> None:
        self.start = self.channel.ledger.ours.value

    @property
    def channel(self) -> Channel:
        return self.victim.channel

    # -- acts of the victim
    def our_offer(self) -> None:
        most = can_send(self.channel, self.victim.policy).value
        amount = self.dice.choice((1, 330_000, 546_000, most, self.dice.randint(1, most or 1)))
        expiry = self.victim.height + 100
        self._do(AddHtlc(1, Msat(amount or 1), self.dice.choice([*PREIMAGES]), expiry, ONION))

    def our_signature(self) -> None:
        self._do(SignCommitment())

    def our_decision(self) -> None:
        for htlc in self.channel.ledger.htlcs:
            if htlc.offered_by is Side.THEM and htlc.stage is Stage.LOCKED_IN:
                settles = FulfillHtlc(htlc.id, PREIMAGES[htlc.payment_hash])
                self._do(self.dice.choice((settles, FailHtlc(htlc.id, b"an encrypted reason"))))
                return

    def our_feerate(self) -> None:
        self._do(UpdateFee(self.dice.choice((260, 1_000, 2_500))))

    def block(self) -> None:
        self.victim.height += 1
        self.victim.now += 600
        self._do(NewTip())

    # -- acts of the peer
    def offer(self) -> None:
        ledger, dice = self.channel.ledger, self.dice
        most = can_receive(self.channel, self.victim.policy).value
        amounts = (0, 1, 330_000, 545_999, 546_000, most, most + 1, dice.randint(1, most or 1))
        expiry = dice.choice((0, 1, self.victim.height + 100, 499_999_999, 500_000_000))
        name = ledger.their_next_id + (dice.random() < 0.05)
        amount, payment_hash = Msat(dice.choice(amounts)), dice.choice([*PREIMAGES])
        add = bolt2.UpdateAddHtlc(self._id, name, amount, payment_hash, expiry, ONION)
        self._hear(add)

    def removal(self) -> None:
        ledger = self.channel.ledger
        name = self.dice.choice([htlc.id for htlc in ledger.htlcs] or [0])
        htlc = ledger.find(Side.US, name)
        preimage = PREIMAGES[htlc.payment_hash] if htlc else bytes(32)
        messages: tuple[Message, ...] = (
            bolt2.UpdateFulfillHtlc(self._id, name, preimage),
            bolt2.UpdateFailHtlc(self._id, name, b"no"),
            bolt2.UpdateFailMalformedHtlc(self._id, name, bytes(32), 0x8005),
        )
        self._hear(self.dice.choice(messages))

    def feerate(self) -> None:
        rates = (253, 300, 1_000, 2_500, 20_000, 45_000, 150_000, self.dice.randint(0, 60_000))
        self._hear(bolt2.UpdateFee(self._id, self.dice.choice(rates)))

    def signature(self) -> None:
        """Of what the victim would sign itself, whether or not there is anything to sign."""
        number, params = self.channel.our_number + 1, self.channel.params(Side.US)
        point = self.victim.signer.per_commitment_point(number)
        spec = commitments.spec_for(self.channel.ledger, Side.US, View.NEXT, number)
        built = build_commitment(params, point, spec)
        signer = self._signer(signed=number - 1)
        signature = signer.sign_counterparty_commitment(number, built.tx, built.funding_input)
        htlcs = tuple(
            signer.sign_counterparty_htlc(htlc.tx, htlc.counterparty_input, point)
            for htlc in built.htlc_transactions
        )
        self._hear(bolt2.CommitmentSigned(self._id, signature, htlcs))

    def revocation(self) -> None:
        """Of its oldest commitment, asked for or not."""
        number = self.channel.their_current.spec.number
        secret = _secret(self.peer, number)
        point = self.peer.signer.per_commitment_point(self.channel.their_number + 1)
        self._hear(bolt2.RevokeAndAck(self._id, secret, point))

    def shutdown(self) -> None:
        scripts = (self.peer.script, self.victim.script, b"\x51")
        self._hear(bolt2.Shutdown(self._id, self.dice.choice(scripts)))

    def closing_fee(self) -> None:
        closing, ledger = self.channel.closing, self.channel.ledger
        fee = Sat(self.dice.choice((0, 171, 300, 676, 5_000)))
        if not closing.their_script or not closing.our_script or ledger.theirs < fee.to_msat():
            return
        params = self.channel.params(Side.THEM)
        mine = ClosingOutput(ledger.theirs, closing.their_script)
        tx = build_closing(params, mine, ClosingOutput(ledger.ours, closing.our_script), fee)
        if self.dice.random() < 0.3:
            tx = without_output_to(tx, closing.their_script)
        signature = self._signer().sign_closing(tx, params.funding_input)
        named = self.dice.choice((None, bolt2.FeeRange(Sat(0), Sat(10_000))))
        self._hear(bolt2.ClosingSigned(self._id, fee, signature, named))

    # -- how
    @property
    def _id(self) -> bytes:
        return self.channel.channel_id

    def _signer(self, **memory: int) -> Signer:
        return Signer(self.peer.signer._keys, changed(self.peer.memory, **memory))

    def _hear(self, message: Message) -> None:
        self.seen[type(message).__name__] += 1
        self._heed(self.victim.receive(message))

    def _do(self, event: ChannelEvent) -> None:
        self._heed(self.victim.do(event))

    def _heed(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            self.seen[type(effect).__name__] += 1
            if isinstance(effect, HtlcFulfilled):
                htlc = self.channel.ledger.find(Side.US, effect.htlc_id)
                assert htlc is not None
                self.shown[htlc.id] = htlc.amount.value
            if isinstance(effect, Disconnect):
                self.seen[effect.reason] += 1
                self._do(PeerDisconnected())

    def connect(self) -> None:
        """Re-establish, with numbers that fit."""
        if self.channel.link is Link.LIVE:
            return
        self._do(PeerDisconnected())
        self._do(PeerConnected(self.victim.features))
        channel = self.channel
        ours, theirs = channel.our_number, channel.their_number
        hello = bolt2.ChannelReestablish(
            channel_id=self._id,
            next_commitment_number=theirs + (channel.their_next is None),
            next_revocation_number=ours,
            your_last_per_commitment_secret=_secret(self.victim, ours - 1) if ours else bytes(32),
            my_current_per_commitment_point=self.peer.signer_point,
        )
        self._heed(self.victim.receive(hello))
        self.seen["connections"] += 1

    # -- what always holds
    def check(self) -> None:
        """Nothing leaves without a preimage, and no amount is in two places."""
        ledger = self.channel.ledger
        assert ledger.ours + ledger.theirs == self.channel.funding.value.to_msat()
        assert ledger.ours.value >= self.start - sum(self.shown.values())
        assert len(ledger.fee_updates) <= len(Stage)
        limit = self.channel.ours.max_accepted_htlcs
        assert sum(htlc.offered_by is Side.THEM for htlc in ledger.htlcs) <= 2 * limit


def _secret(party: Party, number: int) -> bytes:
    """Any secret of the party."""
    memory = changed(party.memory, accepted=number + 1, released=number - 1, published=-1)
    return Signer(party.signer._keys, memory).release_secret(number)

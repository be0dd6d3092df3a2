"""A channel between Alice, who is us, and Bob, with real keys, signatures and a funding output.

Its states are built directly from BOLT 3, one after the other, with payments that come and go. Both
sides' commitments have the same numbers. Bob can publish any of his.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.script import p2wpkh, p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.held_htlcs import HeldHtlc, HtlcEntered, changes
from lnwallet_tui.channel.scripts import funding_script
from lnwallet_tui.channel.shachain import ShachainStore, index_of
from lnwallet_tui.channel.signing import SpentOutput
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    CommitmentParams,
    CommitmentSpec,
    HtlcSpec,
    HtlcTransaction,
    ToLocal,
    build_commitment,
    signed_by_both,
)
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.onchain.facts import OurCommitment, PastFacts, TheirCommitment
from tests.keys.pair import basepoints_of, keys_of
from tests.playground.bench import HOME, Bench, Coin, sign_home

FUNDING_VALUE = Sat(1_000_000)
OUR_HOME = p2wpkh(b"\x02" + bytes(31) + b"\x01")
BOBS_HOME = HOME
BOBS_DELAY = 60  # what Bob waits for his money
OUR_DELAY = 30


@dataclass(frozen=True)
class Payment:
    """An HTLC while it is pending."""

    id: int
    from_us: bool
    amount: Msat
    expiry: int

    @property
    def preimage(self) -> bytes:
        return sha256(f"preimage {self.id} {self.from_us}".encode())

    def spec(self, *, ours: bool) -> HtlcSpec:
        """As it stands in a commitment of ours or of Bob's."""
        payment_hash = sha256(self.preimage)
        return HtlcSpec(self.from_us is ours, self.amount, payment_hash, self.expiry, self.id)


@dataclass(frozen=True)
class State:
    """Both balances without the pending payments."""

    ours: Msat
    theirs: Msat
    feerate: int
    payments: tuple[Payment, ...] = ()

    def spec(self, number: int, *, ours: bool) -> CommitmentSpec:
        balances = (self.ours, self.theirs) if ours else (self.theirs, self.ours)
        htlcs = tuple(payment.spec(ours=ours) for payment in self.payments)
        return CommitmentSpec(number, self.feerate, *balances, htlcs)

    def offering(self, payment: Payment) -> State:
        paid = replace(self, payments=(*self.payments, payment))
        if payment.from_us:
            return replace(paid, ours=self.ours - payment.amount)
        return replace(paid, theirs=self.theirs - payment.amount)

    def settling(self, payment: Payment, *, fulfilled: bool) -> State:
        left = tuple(other for other in self.payments if other != payment)
        if payment.from_us is fulfilled:
            return replace(self, payments=left, theirs=self.theirs + payment.amount)
        return replace(self, payments=left, ours=self.ours + payment.amount)


QUIET = State(Msat(600_000_000), Msat(400_000_000), 1_000)


def random_states(seed: int, count: int, *, height: int, anchors: bool) -> list[State]:
    """A run of states, some with payments in both directions, some of them trimmed."""
    dice, states = Random(seed), [QUIET]
    ids = {True: 0, False: 0}
    while len(states) < count:
        state = replace(states[-1], feerate=dice.randint(253, 2_500 if anchors else 5_000))
        if state.payments and dice.random() < 0.45:
            payment = dice.choice(state.payments)
            states.append(state.settling(payment, fulfilled=dice.random() < 0.6))
            continue
        from_us = dice.random() < 0.5
        amount = Msat(dice.choice((dice.randint(100_000, 1_500_000), dice.randint(1, 50_000_000))))
        balance = state.ours if from_us else state.theirs
        if balance.value - amount.value < 40_000_000:
            continue
        expiry = height + dice.randint(-15, 60)
        states.append(state.offering(Payment(ids[from_us], from_us, amount, expiry)))
        ids[from_us] += 1
    return states


class Duel:
    """The channel as Alice knows it after `states`, and what Bob can do with it."""

    def __init__(
        self, bench: Bench, states: list[State], *, anchors: bool = True, we_fund: bool = True
    ) -> None:
        self.bench, self.states, self.anchors, self.we_fund = bench, states, anchors, we_fund
        self.alice = Signer(keys_of("alice"))
        self.bobs_coins: list[Coin] = []  # for what he joins; else each is made in its own block
        self.funding = self._fund()
        self._our_signatures: list[tuple[bytes, tuple[bytes, ...]]] = []
        self.held = self._walk()

    def _fund(self) -> OutPoint:
        keys = [basepoints_of(name).funding_pubkey for name in ("alice", "bob")]
        tx = self.bench.faucet.pay([TxOut(FUNDING_VALUE, p2wsh(funding_script(*keys)))])
        self.bench.put(tx)
        self.height = self.bench.chain.height
        return tx.outpoint(0)

    def _walk(self) -> tuple[HeldHtlc, ...]:
        """Alice signs Bob's commitments one by one, and notes which HTLCs they hold."""
        held: dict[tuple[bool, int], HeldHtlc] = {}
        before: CommitmentSpec | None = None
        for number in range(len(self.states)):
            built, point = (
                self.theirs(number),
                self.bobs_signer(number).per_commitment_point(number),
            )
            signature = self.alice.sign_counterparty_commitment(
                number, built.tx, built.funding_input
            )
            for_htlcs = tuple(
                self.alice.sign_counterparty_htlc(htlc.tx, htlc.counterparty_input, point)
                for htlc in built.htlc_transactions
            )
            self._our_signatures.append((signature, for_htlcs))
            for change in changes(before, built.spec):
                if isinstance(change, HtlcEntered):
                    row = HeldHtlc(change.htlc, change.first)
                    held[change.htlc.offered, change.htlc.htlc_id] = row
                else:
                    key = change.offered, change.htlc_id
                    held[key] = HeldHtlc(held[key].htlc, held[key].first, change.last)
            before = built.spec
        for number in range(len(self.states)):
            self.alice.accept_holder_commitment(number)
        return tuple(held.values())

    # -- what both know
    def params(self, *, ours: bool) -> CommitmentParams:
        sides = [basepoints_of(name) for name in ("alice", "bob")]
        holder, counterparty = sides if ours else reversed(sides)
        return CommitmentParams(
            funding_outpoint=self.funding,
            funding_value=FUNDING_VALUE,
            holder=holder,
            counterparty=counterparty,
            holder_is_funder=ours is self.we_fund,
            dust_limit=Sat(546 if ours else 354),
            to_self_delay=OUR_DELAY if ours else BOBS_DELAY,
            anchors=self.anchors,
        )

    def ours(self, number: int) -> BuiltCommitment:
        point = self.alice.per_commitment_point(number)
        spec = self.states[number].spec(number, ours=True)
        return build_commitment(self.params(ours=True), point, spec)

    def theirs(self, number: int) -> BuiltCommitment:
        point = self.bobs_signer(number).per_commitment_point(number)
        spec = self.states[number].spec(number, ours=False)
        return build_commitment(self.params(ours=False), point, spec)

    # -- Alice
    def facts(self, newest: int | None = None, *, unrevoked: bool = False) -> PastFacts:
        """After state `newest`, or all; with `unrevoked` Bob has not revoked the one before it."""
        newest = len(self.states) - 1 if newest is None else newest
        current = newest - 1 if unrevoked else newest
        secrets, bob = ShachainStore(), self.bobs_signer(newest)
        for number in range(current):
            secrets = secrets.insert(index_of(number), bob.release_secret(number))
        return PastFacts(
            ours=self.params(ours=True),
            theirs=self.params(ours=False),
            our_commitment=self._our_commitment(newest),
            their_current=self._their_commitment(current),
            their_next=self._their_commitment(newest) if unrevoked else None,
            their_secrets=secrets,
            held_htlcs=self.held,
            our_closing_scripts=frozenset({OUR_HOME}),
            their_closing_scripts=frozenset({BOBS_HOME}),
        )

    def _our_commitment(self, number: int) -> OurCommitment:
        built, point = self.ours(number), self.alice.per_commitment_point(number)
        bob = Signer(keys_of("bob"), SignerMemory(signed=number - 1))
        signature = bob.sign_counterparty_commitment(number, built.tx, built.funding_input)
        for_htlcs = tuple(
            bob.sign_counterparty_htlc(htlc.tx, htlc.counterparty_input, point)
            for htlc in built.htlc_transactions
        )
        return OurCommitment(built.spec, point, signature, for_htlcs)

    def _their_commitment(self, number: int) -> TheirCommitment:
        point = self.bobs_signer(number).per_commitment_point(number)
        return TheirCommitment(self.states[number].spec(number, ours=False), point)

    # -- Bob
    def bobs_signer(self, number: int) -> Signer:
        """A signer that forgot that it ever revoked `number`."""
        return Signer(keys_of("bob"), SignerMemory(accepted=number))

    def bobs_commitment(self, number: int) -> Tx:
        """Signed by both."""
        built = self.theirs(number)
        bobs = self.bobs_signer(number).sign_holder_commitment(
            number, built.tx, built.funding_input
        )
        signature, _ = self._our_signatures[number]
        return signed_by_both(self.params(ours=False), built.tx, bobs, signature)

    def bobs_closing(self, tx: Tx) -> bytes:
        """His signature of a cooperative close."""
        memory = SignerMemory(accepted=0, outpoint=self.funding)
        signer = Signer(keys_of("bob"), memory)
        return signer.sign_closing(tx, self.params(ours=False).funding_input)

    def bobs_second_stages(self, number: int, *which: HtlcTransaction) -> list[Tx]:
        """HTLC transactions on Bob's commitment, for which he knows every preimage.

        On anchors all that have the same locktime are joined in one, with a coin of his.
        """
        if not self.anchors:
            return [self._signed(number, htlc.tx, [htlc]) for htlc in which]
        locktimes = sorted({htlc.tx.locktime for htlc in which})
        return [
            self._joined(number, [htlc for htlc in which if htlc.tx.locktime == locktime])
            for locktime in locktimes
        ]

    def _joined(self, number: int, htlcs: list[HtlcTransaction]) -> Tx:
        coin = self.bobs_coins.pop() if self.bobs_coins else self.bench.coin()
        change = TxOut(coin[1].value - Sat(5_000), BOBS_HOME)
        tx = Tx(
            version=2,
            inputs=(*(htlc.tx.inputs[0] for htlc in htlcs), TxIn(coin[0])),
            outputs=(*(htlc.tx.outputs[0] for htlc in htlcs), change),
            locktime=htlcs[0].tx.locktime,
        )
        nothing: Coin = (coin[0], TxOut(Sat(0), b""))
        return sign_home(self._signed(number, tx, htlcs), *[nothing] * len(htlcs), coin)

    def bobs_sweep(self, number: int, vout: int) -> Tx:
        """Bob's spend of his own delayed output, for 1,000 sat."""
        built = self.theirs(number)
        output, role = built.tx.outputs[vout], built.outputs[vout]
        assert isinstance(role, ToLocal)
        txin = TxIn(built.tx.outpoint(vout), sequence=BOBS_DELAY)
        tx = Tx(2, (txin,), (TxOut(output.value - Sat(1_000), BOBS_HOME),))
        spent = SpentOutput(0, role.witness_script, output.value, 1)
        signature = self.bobs_signer(number).sign_delayed(tx, spent, number)
        return tx.with_witness(0, witnesses.delayed(signature, role.witness_script))

    def _signed(self, number: int, tx: Tx, htlcs: list[HtlcTransaction]) -> Tx:
        built, bob = self.theirs(number), self.bobs_signer(number)
        _, ours = self._our_signatures[number]
        preimages = {sha256(p.preimage): p.preimage for p in self.states[number].payments}
        for index, htlc in enumerate(htlcs):
            spent = SpentOutput(index, htlc.witness_script, htlc.value, 1)
            witness = witnesses.htlc_transaction(
                ours[built.htlc_transactions.index(htlc)],
                htlc.counterparty_input.sighash,
                bob.sign_holder_htlc(tx, spent, number),
                None if htlc.htlc.offered else preimages[htlc.htlc.payment_hash],
                htlc.witness_script,
            )
            tx = tx.with_witness(index, witness)
        return tx

"""What Bob takes of our own commitment, rightly or not, and how that is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL
from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.signing import SpentOutput
from lnwallet_tui.channel.transactions import BuiltCommitment, HtlcOutput, RemoteAnchor, ToLocal
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from tests.keys.pair import keys_of
from tests.onchain.duel import BOBS_HOME, QUIET, Duel, Payment
from tests.onchain.guard import Guard
from tests.playground.bench import Bench

OUTGOING = Payment(0, from_us=True, amount=Msat(20_000_000), expiry=150)
INCOMING = Payment(0, from_us=False, amount=Msat(30_000_000), expiry=150)


def take(
    built: BuiltCommitment,
    vout: int,
    unlock: Callable[[Tx, SpentOutput], witnesses.Witness],
    *,
    sequence: int = 1,
    locktime: int = 0,
) -> Tx:
    """Bob's spend of one output, for 300 sat."""
    output, script = built.tx.outputs[vout], built.outputs[vout].witness_script
    assert script is not None
    txin = TxIn(built.tx.outpoint(vout), sequence=sequence)
    value = output.value.minus_or_zero(Sat(300))
    tx = Tx(2, (txin,), (TxOut(value, BOBS_HOME),), locktime)
    return tx.with_witness(0, unlock(tx, SpentOutput(0, script, output.value, SIGHASH_ALL)))


def bob() -> Signer:
    return Signer(keys_of("bob"))


def htlc_vout(built: BuiltCommitment, *, offered: bool) -> int:
    return next(
        vout
        for vout, role in enumerate(built.outputs)
        if isinstance(role, HtlcOutput) and role.htlc.offered is offered
    )


def published(bench: Bench, *payments: Payment) -> tuple[Guard, BuiltCommitment]:
    """Our newest commitment is in the chain, and we could take all of `payments`."""
    state = QUIET
    for payment in payments:
        state = state.offering(payment)
    duel = Duel(bench, [state])
    preimages = {p.id: p.preimage for p in payments if not p.from_us}
    guard = Guard(duel, preimages=preimages)
    bench.put(our_commitment(guard.facts, duel.alice))
    bench.mine()
    return guard, duel.ours(0)


def report_of(guard: Guard, part: Part) -> OutputReport:
    (report,) = (output for output in guard.look().outputs if output.part is part)
    return report


def test_our_payment_arrives_on_the_chain(bench: Bench) -> None:
    """BOLT 5: "MUST extract the payment preimage from the transaction input witness"."""
    guard, built = published(bench, OUTGOING)
    (stage,) = guard.look().stages
    assert (stage.earliest, stage.deadline) == (151, None)
    point = guard.duel.alice.per_commitment_point(0)

    def unlock(tx: Tx, spent: SpentOutput) -> witnesses.Witness:
        signature = bob().sign_htlc_claim(tx, spent, point)
        return witnesses.htlc_claim(signature, OUTGOING.preimage, spent.witness_script)

    bench.put(take(built, htlc_vout(built, offered=True), unlock))
    assert report_of(guard, Part.HTLC_OFFERED).fate is Fate.THEIRS
    assert guard.look().stages == ()
    assert guard.look().preimages == {sha256(OUTGOING.preimage): OUTGOING.preimage}


def test_what_we_were_paid_is_lost_when_we_are_too_late(bench: Bench) -> None:
    guard, built = published(bench, INCOMING)
    (stage,) = guard.look().stages
    assert (stage.earliest, stage.deadline) == (bench.chain.height, 151)
    point = guard.duel.alice.per_commitment_point(0)

    def unlock(tx: Tx, spent: SpentOutput) -> witnesses.Witness:
        signature = bob().sign_htlc_claim(tx, spent, point)
        return witnesses.htlc_claim(signature, None, spent.witness_script)

    bench.mine(150 - bench.chain.height)
    bench.put(take(built, htlc_vout(built, offered=False), unlock, locktime=INCOMING.expiry))
    assert report_of(guard, Part.HTLC_RECEIVED).fate is Fate.LOST
    assert guard.look().preimages == {}


def test_a_copy_of_this_wallet_is_punished(bench: Bench) -> None:
    duel = Duel(bench, [replace(QUIET, feerate=1_000 + number) for number in range(3)])
    guard, built = Guard(duel), duel.ours(1)
    bench.put(our_commitment(duel.facts(1), duel.alice))
    memory = SignerMemory(accepted=2, released=0)
    secret = Signer(keys_of("alice"), memory).release_secret(1)

    def unlock(tx: Tx, spent: SpentOutput) -> witnesses.Witness:
        signature = bob().sign_penalty(tx, spent, secret)
        return witnesses.penalty(signature, spent.witness_script)

    vout = next(at for at, role in enumerate(built.outputs) if isinstance(role, ToLocal))
    bench.put(take(built, vout, unlock))
    assert report_of(guard, Part.OUR_BALANCE).fate is Fate.LOST
    assert guard.look().claims == ()


def test_anybody_may_tidy_up_our_anchor(bench: Bench) -> None:
    """BOLT 3: after 16 blocks anyone can sweep it; it was left, and stays so."""
    duel = Duel(bench, [QUIET])
    guard, built = Guard(duel), duel.theirs(0)
    bench.put(duel.bobs_commitment(0))
    vout = next(at for at, role in enumerate(built.outputs) if isinstance(role, RemoteAnchor))
    assert report_of(guard, Part.OUR_ANCHOR).fate is Fate.LEFT
    bench.mine(15)
    bench.put(take(built, vout, lambda _, spent: (b"", spent.witness_script), sequence=16))
    report = report_of(guard, Part.OUR_ANCHOR)
    assert report.spent is not None
    assert report.fate is Fate.LEFT


def test_what_they_do_with_their_balance_does_not_matter(bench: Bench) -> None:
    duel = Duel(bench, [QUIET])
    guard, built = Guard(duel), duel.theirs(0)
    bench.put(duel.bobs_commitment(0))
    guard.act()
    bench.mine()
    final_at = guard.look().final_at
    vout = next(at for at, role in enumerate(built.outputs) if isinstance(role, ToLocal))
    bench.mine(60)
    bench.put(duel.bobs_sweep(0, vout))
    assert report_of(guard, Part.THEIR_BALANCE).spent is not None
    assert guard.look().final_at == final_at

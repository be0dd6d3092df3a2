"""The signature bundle: penalties for revoked states, signed before anybody has cheated.

Whoever has it can publish them and nothing else: there is no key in it, and every transaction of it
pays to one script of the wallet. For each revoked state there is a penalty for each output alone
and one for all of them together, since one for all can be held up by a single output that the cheat
spends first; and each at six feerates, for a signature fixes the fee.

The second stage is in it for channels without anchors. With anchors our signature of the cheat's
HTLC transaction lets it add inputs, so that nobody knows its id before it is mined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

import msgspec

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.held_htlcs import held_in
from lnwallet_tui.channel.old_states import OldState
from lnwallet_tui.channel.signing import ChannelSigner, SpentOutput
from lnwallet_tui.channel.transactions import BuiltCommitment, build_commitment
from lnwallet_tui.onchain.claim import Claim, PenaltyKey
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.facts import ConfirmedTx, PastFacts
from lnwallet_tui.onchain.justice import penalties, second_stage_penalties
from lnwallet_tui.onchain.sweep_tx import Sweep, build_sweep

RUNGS: Final = (500, 1_250, 2_500, 6_250, 12_500, 37_500)
"""Sat/kw: 2, 5, 10, 25, 50 and 150 sat/vB. Each is so much dearer than the one before that it
replaces that wherever it waits."""
_SIGNATURE: Final = 64


class BundleDamaged(Exception):
    """It is not what was written."""


class BundledOutput(msgspec.Struct, frozen=True, array_like=True):
    """An output that is taken by a penalty: of the revoked commitment, or of the transaction `txid`
    that spends an HTLC output of it."""

    vout: int
    value: Sat
    script: bytes
    is_htlc: bool
    txid: bytes = b""


class BundledState(msgspec.Struct, frozen=True, array_like=True):
    """A revoked commitment, by its id, and the signatures of its penalties in the order of
    `_ladder`. `revocationpubkey` goes into the witnesses of HTLC outputs; empty without any."""

    number: int
    txid: bytes
    revocationpubkey: bytes
    outputs: tuple[BundledOutput, ...]
    signatures: bytes


def bundled(
    facts: PastFacts, number: int, old: OldState, signer: ChannelSigner, home: bytes
) -> BundledState:
    """Everything that is signed for revoked state `number`; pays to `home`."""
    secret = facts.their_secrets.secret_of(number)
    assert secret is not None, "only what is revoked is punished"
    htlcs = held_in(facts.held_htlcs, number)
    spec = old.spec(number, htlcs, facts.theirs.funding_value)
    built = build_commitment(facts.theirs, public_key(secret), spec)
    claims = _claims_on(facts, built, Revoked(number, secret, built.keys, built.outputs))
    signatures = b"".join(
        signer.sign_penalty(sweep.tx, _spent(index, claim), secret)
        for sweep in _ladder(built.tx.txid, claims, home)
        for index, claim in enumerate(sweep.claims)
    )
    return BundledState(
        number=number,
        txid=built.tx.txid,
        revocationpubkey=built.keys.revocationpubkey if any(c.is_htlc for c in claims) else b"",
        outputs=tuple(
            _bundled(claim, b"" if claim.outpoint.txid == built.tx.txid else claim.outpoint.txid)
            for claim in claims
        ),
        signatures=signatures,
    )


def _claims_on(facts: PastFacts, built: BuiltCommitment, revoked: Revoked) -> tuple[Claim, ...]:
    found = penalties(facts, revoked, ConfirmedTx(built.tx, 0))
    first = (claim for claim in found if isinstance(claim.key, PenaltyKey))
    if facts.theirs.anchors:
        return tuple(first)
    # BOLT 3: without anchors an HTLC transaction is signed as a whole.
    second = (
        claim
        for htlc in built.htlc_transactions
        for claim in second_stage_penalties(facts, revoked, ConfirmedTx(htlc.tx, 0))
    )
    return (*first, *second)


def _bundled(claim: Claim, txid: bytes) -> BundledOutput:
    vout = claim.outpoint.vout
    return BundledOutput(vout, claim.value, claim.script_code, claim.is_htlc, txid)


def _spent(index: int, claim: Claim) -> SpentOutput:
    return SpentOutput(index, claim.script_code, claim.value, SIGHASH_ALL)


def _ladder(commitment: bytes, claims: Sequence[Claim], home: bytes) -> Iterator[Sweep]:
    """Each output alone, then all of the commitment's, at every feerate that leaves something."""
    groups: list[tuple[Claim, ...]] = [(claim,) for claim in claims]
    together = tuple(claim for claim in claims if claim.outpoint.txid == commitment)
    for group in [*groups, together] if len(together) > 1 else groups:
        for rung in RUNGS:
            sweep, _ = build_sweep(group, home, rung)
            if sweep is not None:
                yield sweep


@dataclass(frozen=True, slots=True)
class Penalty:
    """One that is signed: what it takes, and what it pays."""

    tx: Tx
    takes: frozenset[OutPoint]
    fee: Sat
    feerate_per_kw: int


def ladder(state: BundledState, home: bytes) -> tuple[Penalty, ...]:
    """All of its penalties, signed. Raises `BundleDamaged`."""
    signatures = [
        state.signatures[at : at + _SIGNATURE] for at in range(0, len(state.signatures), _SIGNATURE)
    ]
    found: list[Penalty] = []
    try:
        for sweep in _ladder(state.txid, _claims(state), home):
            tx = sweep.tx
            for index, claim in enumerate(sweep.claims):
                tx = tx.with_witness(index, _witness(claim, signatures.pop(0)))
            takes = frozenset(claim.outpoint for claim in sweep.claims)
            found.append(Penalty(tx, takes, sweep.fee, sweep.feerate_per_kw))
    except (IndexError, ValueError) as error:
        raise BundleDamaged(f"the signatures for old state {state.number}") from error
    if signatures:
        raise BundleDamaged(f"the signatures for old state {state.number}")
    return tuple(found)


def _claims(state: BundledState) -> tuple[Claim, ...]:
    return tuple(
        Claim(
            outpoint=OutPoint(output.txid or state.txid, output.vout),
            value=output.value,
            script_code=output.script,
            key=PenaltyKey(b"", state.revocationpubkey if output.is_htlc else None),
            earliest=0,
        )
        for output in state.outputs
    )


def _witness(claim: Claim, signature: bytes) -> witnesses.Witness:
    assert isinstance(claim.key, PenaltyKey), "of a penalty"
    if claim.key.revocationpubkey is None:
        return witnesses.penalty(signature, claim.script_code)
    return witnesses.htlc_penalty(signature, claim.key.revocationpubkey, claim.script_code)


def chosen(
    penalties: Iterable[Penalty],
    there: AbstractSet[bytes],
    spent: AbstractSet[OutPoint],
    feerate_per_kw: int,
) -> tuple[Penalty, ...]:
    """What to publish of them now: each unspent output of the transactions that are `there` alone,
    at the first feerate that is not lower, or the highest there is; all together where no output
    bears a transaction of its own."""
    open_ones = [
        one
        for one in penalties
        if not one.takes & spent and all(outpoint.txid in there for outpoint in one.takes)
    ]
    alone = [one for one in open_ones if len(one.takes) == 1] or open_ones
    best: dict[frozenset[OutPoint], Penalty] = {}
    for one in sorted(alone, key=lambda penalty: penalty.feerate_per_kw):
        known = best.get(one.takes)
        if known is None or known.feerate_per_kw < feerate_per_kw:
            best[one.takes] = one
    return tuple(best.values())


def rung_by(passed: int, delay: int) -> int:
    """The least feerate when so many blocks of the cheat's delay have passed: in the last sixth of
    it the highest."""
    return RUNGS[min(len(RUNGS) - 1, max(0, passed) * len(RUNGS) // max(1, delay))]

"""Whose transaction spent the funding output, and what each of its outputs is.

Nothing is believed for its txid alone, nor for the number it names: commitments are built again and
their outputs compared. Only our signature can spend the funding output, so that whatever it is, it
is something we once signed, or our key has leaked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.script import p2wpkh, p2wsh
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.channel.commitment import htlc_script
from lnwallet_tui.channel.held_htlcs import held_in
from lnwallet_tui.channel.keys import CommitmentKeys, commitment_keys
from lnwallet_tui.channel.scripts import anchor_script, to_local_script, to_remote_anchors_script
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    CommitmentOutput,
    CommitmentParams,
    HtlcOutput,
    HtlcSpec,
    LocalAnchor,
    RemoteAnchor,
    ToLocal,
    ToRemote,
    commitment_number,
)
from lnwallet_tui.onchain.facts import ChannelFacts, OurPoint, PastFacts, TheirCommitment

Roles = tuple[CommitmentOutput | None, ...]
"""What each output is, in their order; None where it is nothing that we know."""


@dataclass(frozen=True, slots=True)
class Cooperative:
    """Both sides' agreed end: every output pays to a script of a `shutdown`."""


@dataclass(frozen=True, slots=True)
class Ours:
    """Our newest commitment."""

    built: BuiltCommitment


@dataclass(frozen=True, slots=True)
class OursUnexpected:
    """A commitment of ours that is not the newest: a copy of this wallet is or was at work.

    If it is revoked, the counterparty can take all of it; until then `to_local` can be ours.
    """

    number: int
    keys: CommitmentKeys
    roles: Roles


@dataclass(frozen=True, slots=True)
class Theirs:
    """A commitment of theirs that is not revoked; `is_next` if its predecessor was not either."""

    built: BuiltCommitment
    commitment: TheirCommitment
    is_next: bool


@dataclass(frozen=True, slots=True)
class Revoked:
    """A commitment of theirs that they have revoked: all of it is ours."""

    number: int
    secret: bytes
    keys: CommitmentKeys
    roles: Roles


@dataclass(frozen=True, slots=True)
class TheirsUnexpected:
    """A commitment of theirs that we do not know: we have lost data. `to_remote` is still ours."""

    number: int
    roles: Roles


@dataclass(frozen=True, slots=True)
class Unknown:
    """None of these."""

    # BOLT 5: "MUST warn the user of potentially lost funds"


CloseKind = Cooperative | Ours | OursUnexpected | Theirs | Revoked | TheirsUnexpected | Unknown


def classify(facts: PastFacts, tx: Tx, our_point: OurPoint) -> CloseKind:
    """What `tx`, which spends the funding output, is."""
    if all(txin.outpoint != facts.ours.funding_outpoint for txin in tx.inputs):
        raise ValueError("this transaction does not spend the channel's funding output")
    number = commitment_number(tx, facts.ours.obscuring_factor)
    if number is None:
        return _without_number(facts, tx)
    return _newest(facts, tx, number) or _unexpected(facts, tx, number, our_point)


def _without_number(facts: ChannelFacts, tx: Tx) -> Cooperative | Unknown:
    paid = {txout.script_pubkey for txout in tx.outputs}
    agreed = facts.our_closing_scripts | facts.their_closing_scripts
    return Cooperative() if paid and paid <= agreed else Unknown()


def _newest(facts: ChannelFacts, tx: Tx, number: int) -> Ours | Theirs | None:
    # A commitment says its number: only those that have this one are worth building.
    if facts.our_commitment.spec.number == number and _is(built := facts.build_ours(), tx):
        return Ours(built)
    for commitment in facts.their_commitments:
        if commitment.spec.number == number and _is(built := facts.build_theirs(commitment), tx):
            return Theirs(built, commitment, is_next=commitment is facts.their_next)
    return None


def _is(built: BuiltCommitment, tx: Tx) -> bool:
    return built.tx.serialize_base() == tx.serialize_base()


def _unexpected(
    facts: PastFacts, tx: Tx, number: int, our_point: OurPoint
) -> Revoked | OursUnexpected | TheirsUnexpected | Unknown:
    secret = facts.their_secrets.secret_of(number)
    if secret is not None:
        keys = _keys(facts.theirs, public_key(secret))
        roles = recognise(facts.theirs, keys, held_in(facts.held_htlcs, number), tx)
        if _proves_owner(roles):
            return Revoked(number, secret, keys, roles)
    keys = _keys(facts.ours, our_point(number))
    roles = recognise(facts.ours, keys, (), tx)
    if _proves_owner(roles) and not _is_told_by_copy(facts, roles):
        return OursUnexpected(number, keys, roles)
    # Without its point only what does not depend on it is known: our own money (BOLT 3,
    # `remotepubkey` Derivation) and the anchors.
    known = _pointless_roles(facts.theirs)
    roles = tuple(known.get(txout.script_pubkey) for txout in tx.outputs)
    if _proves_owner(roles):
        return TheirsUnexpected(number, roles)
    return Unknown()


def _keys(params: CommitmentParams, point: bytes) -> CommitmentKeys:
    return commitment_keys(params.holder, params.counterparty, point)


def _proves_owner(roles: Roles) -> bool:
    """Whether an output was found that is not the same in both sides' commitments."""
    return any(isinstance(role, ToLocal | ToRemote | HtlcOutput) for role in roles)


def _is_told_by_copy(facts: PastFacts, roles: Roles) -> bool:
    """Whether all that speaks for a commitment of ours is a payment to their payment basepoint, and
    they have given us our own as theirs: then it is our balance, in whosever commitment."""
    is_copy = facts.ours.counterparty.payment == facts.ours.holder.payment
    return is_copy and not any(isinstance(role, ToLocal) for role in roles)


def recognise(
    params: CommitmentParams, keys: CommitmentKeys, htlcs: Iterable[HtlcSpec], tx: Tx
) -> Roles:
    """What the outputs of a commitment of `params.holder` are, from the scripts it can have."""
    by_script: dict[bytes, list[HtlcOutput]] = {}
    for htlc in htlcs:
        script = htlc_script(htlc, keys, params.anchors)
        by_script.setdefault(p2wsh(script), []).append(HtlcOutput(htlc, script))
    to_local = to_local_script(
        keys.revocationpubkey, params.to_self_delay, keys.local_delayedpubkey
    )
    others = {**_pointless_roles(params), p2wsh(to_local): ToLocal(to_local)}
    return tuple(
        _htlc_role(txout, by_script.get(txout.script_pubkey, [])) or others.get(txout.script_pubkey)
        for txout in tx.outputs
    )


def _htlc_role(txout: TxOut, candidates: list[HtlcOutput]) -> HtlcOutput | None:
    """Of HTLCs with the same script, which no output before it is, the one with this amount; of
    those the first to expire."""
    ranked = sorted(
        candidates,
        key=lambda role: (
            role.htlc.amount.floor_sat() != txout.value,
            role.htlc.cltv_expiry,
        ),
    )
    if not ranked:
        return None
    if len(candidates) > 1:  # what is known may lack one, whose output is ours to take as well
        candidates.remove(ranked[0])
    return ranked[0]


def _pointless_roles(params: CommitmentParams) -> dict[bytes, CommitmentOutput]:
    """The roles whose scripts are the same in every commitment of one holder, by what is paid."""
    remotepubkey = params.counterparty.payment
    if not params.anchors:
        return {p2wpkh(remotepubkey): ToRemote(None)}
    to_remote = to_remote_anchors_script(remotepubkey)
    ours = anchor_script(params.holder.funding_pubkey)
    theirs = anchor_script(params.counterparty.funding_pubkey)
    return {
        p2wsh(theirs): RemoteAnchor(theirs),
        p2wsh(ours): LocalAnchor(ours),
        p2wsh(to_remote): ToRemote(to_remote),
    }

"""A dry run: the counterparty's old states are built again, and their penalties signed.

Each is the very one that the counterparty could publish. Only where nothing is kept of its amounts
(channel/old_states.py), as by older versions, what is not in HTLCs is shared evenly: no script
depends on that. What reads a state and takes it is the code that would do so on the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, AmountError
from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.held_htlcs import held_in
from lnwallet_tui.channel.old_states import OldState
from lnwallet_tui.channel.signing import ChannelSigner, SignerRefused
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    CommitmentSpec,
    LocalAnchor,
    RemoteAnchor,
    build_commitment,
)
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.facts import ChainView, ConfirmedTx, PastFacts
from lnwallet_tui.onchain.resolve import Resolution, resolve
from lnwallet_tui.onchain.sweep import plan
from lnwallet_tui.policy import Policy

_ANCHORS: Final = LocalAnchor | RemoteAnchor


class NotPunished(Exception):
    """An old state of which something would not be taken: a bug of ours, in a sentence."""


@dataclass(frozen=True, slots=True)
class Practice:
    """A channel to rehearse with. `states` are its old ones as they were kept; `script` gets the
    penalties; `feerate_per_kw` is that of its newest commitment, `sweep_feerate` that of the
    penalties, `height` the newest block."""

    name: str
    facts: PastFacts
    states: Mapping[int, OldState]
    signer: ChannelSigner
    script: bytes
    feerate_per_kw: int
    sweep_feerate: int
    height: int
    policy: Policy

    @property
    def revoked(self) -> int:
        """How many states it could be cheated with."""
        return self.facts.their_secrets.revoked


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """An old state, without its funding's signatures, and what takes everything in it."""

    commitment: Tx
    penalties: tuple[Tx, ...]


def expect_kept(practice: Practice) -> None:
    """What is kept of a state gives that state again, id and all: the newest, which are known
    whole, show it. Raises `NotPunished`."""
    facts = practice.facts
    for theirs in facts.their_commitments:
        number = theirs.spec.number
        if number not in practice.states:
            continue
        again = build_commitment(facts.theirs, theirs.point, _spec(practice, number))
        if again.tx.txid != facts.build_theirs(theirs).tx.txid:
            raise NotPunished(
                f"What is kept of state {number:,} of {practice.name} does not give it again."
            )


def rehearse(practice: Practice, number: int) -> Rehearsed:
    """Build old state `number`, and the penalties. Raises `NotPunished`."""
    built = _built(practice, number)
    resolution = _resolution(practice, built)
    if not isinstance(resolution.close, Revoked) or resolution.close.number != number:
        raise NotPunished(f"Old state {number:,} of {practice.name} is not known for one.")
    swept = plan(
        resolution.claims,
        script=practice.script,
        next_height=practice.height + 2,
        estimate=lambda _: practice.sweep_feerate,
        before={},
        policy=practice.policy,
    )
    taken = [claim.outpoint for sweep in swept.sweeps for claim in sweep.claims]
    left = [claim.outpoint for claim in swept.written_off]  # costs more than it brings
    _expect_all(practice, built, [*taken, *left])
    try:
        penalties = tuple(sweep.sign(practice.signer) for sweep in swept.sweeps)
    except SignerRefused as refused:
        raise NotPunished(
            f"The penalty for old state {number:,} of {practice.name} cannot be signed: {refused}."
        ) from refused
    return Rehearsed(built.tx, penalties)


def _expect_all(practice: Practice, built: BuiltCommitment, found: Iterable[OutPoint]) -> None:
    wanted = {
        built.tx.outpoint(vout)
        for vout, role in enumerate(built.outputs)
        if not isinstance(role, _ANCHORS)
    }
    missing = wanted.difference(found)
    if missing:
        raise NotPunished(
            f"{len(missing)} outputs of old state {built.spec.number:,} of {practice.name} would "
            "not be taken."
        )


def _built(practice: Practice, number: int) -> BuiltCommitment:
    facts = practice.facts
    secret = facts.their_secrets.secret_of(number)
    if secret is None:
        raise NotPunished(f"The secret of old state {number:,} of {practice.name} is missing.")
    return build_commitment(facts.theirs, public_key(secret), _spec(practice, number))


def _spec(practice: Practice, number: int) -> CommitmentSpec:
    htlcs = held_in(practice.facts.held_htlcs, number)
    value, old = practice.facts.theirs.funding_value, practice.states.get(number)
    if old is None:
        in_htlcs = sum((htlc.amount for htlc in htlcs), ZERO_MSAT)
        half = value.to_msat().minus_or_zero(in_htlcs) // 2
        return CommitmentSpec(number, practice.feerate_per_kw, half, half, htlcs)
    try:
        return old.spec(number, htlcs, value)
    except AmountError as error:
        raise NotPunished(
            f"What is kept of state {number:,} of {practice.name} is more than the channel had."
        ) from error


def _resolution(practice: Practice, built: BuiltCommitment) -> Resolution:
    """As if it was in the next block."""
    mined = ConfirmedTx(built.tx, practice.height + 1)
    chain = ChainView(practice.height + 1, {practice.facts.ours.funding_outpoint: mined})
    resolution = resolve(
        practice.facts,
        chain,
        practice.signer.per_commitment_point,
        script=practice.script,
        preimages={},
        policy=practice.policy,
    )
    assert resolution is not None, "its funding output is spent"
    return resolution


def spread(count: int, most: int) -> tuple[int, ...]:
    """At most `most` of the numbers below `count`, evenly, the first and the last among them."""
    if count <= most:
        return tuple(range(count))
    return tuple(sorted({at * (count - 1) // (most - 1) for at in range(most)}))

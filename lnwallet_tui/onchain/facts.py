"""What this room has to know of a channel; plain data, so that a frozen channel has it too.

*Ours* and *theirs* say whose commitment it is: who can publish it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel import state
from lnwallet_tui.channel.held_htlcs import HeldHtlc
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.shachain import ShachainStore
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    CommitmentParams,
    CommitmentSpec,
    HtlcSpec,
    build_commitment,
)

OurPoint = Callable[[int], bytes]
"""The point of any commitment of ours: `ChannelSigner.per_commitment_point`."""


# -- the channel


@dataclass(frozen=True, slots=True)
class OurCommitment:
    """Our newest commitment, with the counterparty's signatures of it (64 bytes each).

    `htlc_signatures` are in the order in which they came, which is that of the outputs.
    """

    spec: CommitmentSpec
    point: bytes
    signature: bytes
    htlc_signatures: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class TheirCommitment:
    """A commitment of theirs that they have not revoked."""

    spec: CommitmentSpec
    point: bytes


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel as its last durable state has it, without what its revoked commitments held.

    `ours.holder` is us, `theirs.holder` is them. `their_next` is set while a commitment that we
    signed awaits its predecessor's revocation: they can publish either. The closing scripts are
    those that a cooperative close may pay, as far as they are known.
    """

    ours: CommitmentParams
    theirs: CommitmentParams
    our_commitment: OurCommitment
    their_current: TheirCommitment
    their_secrets: ShachainStore
    their_next: TheirCommitment | None = None
    our_closing_scripts: frozenset[bytes] = frozenset()
    their_closing_scripts: frozenset[bytes] = frozenset()

    @property
    def their_commitments(self) -> tuple[TheirCommitment, ...]:
        """Those that they can publish without being punished."""
        if self.their_next is None:
            return (self.their_current,)
        return self.their_current, self.their_next

    def build_ours(self) -> BuiltCommitment:
        """Our newest commitment, unsigned."""
        return build_commitment(self.ours, self.our_commitment.point, self.our_commitment.spec)

    def build_theirs(self, commitment: TheirCommitment) -> BuiltCommitment:
        """One of their commitments, unsigned."""
        return build_commitment(self.theirs, commitment.point, commitment.spec)


@dataclass(frozen=True, slots=True)
class PastFacts(ChannelFacts):
    """The same with every HTLC that a commitment of theirs ever held: as much as the channel has
    lived through, so only for who reads what is, or may come to be, in the chain."""

    held_htlcs: tuple[HeldHtlc, ...] = ()

    def all_htlcs(self) -> Iterator[HtlcSpec]:
        """Those of every commitment that is known, revoked ones too; many more than once."""
        yield from self.our_commitment.spec.htlcs
        for theirs in self.their_commitments:
            yield from theirs.spec.htlcs
        for row in self.held_htlcs:
            yield row.htlc


def facts_of(
    channel: state.Channel, held_htlcs: tuple[HeldHtlc, ...], our_point: OurPoint
) -> PastFacts:
    """The facts of a stored channel and the `held_htlcs` rows beside it."""
    closing = channel.closing
    return PastFacts(
        ours=channel.params(Side.US),
        theirs=channel.params(Side.THEM),
        our_commitment=OurCommitment(
            spec=channel.our_commitment.spec,
            point=our_point(channel.our_number),
            signature=channel.our_commitment.signature,
            htlc_signatures=channel.our_commitment.htlc_signatures,
        ),
        their_current=_theirs(channel.their_current),
        their_next=None if channel.their_next is None else _theirs(channel.their_next),
        their_secrets=channel.their_secrets,
        held_htlcs=held_htlcs,
        our_closing_scripts=frozenset({channel.shutdown_script, closing.our_script} - {b""}),
        their_closing_scripts=frozenset(
            {channel.theirs.upfront_shutdown_script, closing.their_script} - {b""}
        ),
    )


def _theirs(commitment: state.TheirCommitment) -> TheirCommitment:
    return TheirCommitment(commitment.spec, commitment.point)


# -- the chain


@dataclass(frozen=True, slots=True)
class ConfirmedTx:
    """A transaction in the best chain."""

    tx: Tx
    height: int


@dataclass(frozen=True, slots=True)
class ChainView:
    """The best chain as far as it concerns one channel.

    `spends` holds, by what it spends, every transaction in it that spends the funding output, an
    output of a transaction that does, or an output of one that spends such.
    """

    height: int
    spends: Mapping[OutPoint, ConfirmedTx]

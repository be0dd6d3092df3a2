"""From the ledger to commitments: what the next one fixes, signing theirs, verifying ours."""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.commitment import CommitmentSpec, HtlcSpec
from lnwallet_tui.channel.errors import Violation, require
from lnwallet_tui.channel.htlcs import Ledger, Side, View
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.channel.state import Channel, OurCommitment, TheirCommitment
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    build_commitment,
    is_funding_signature,
    is_htlc_signature,
)
from lnwallet_tui.wire.bolt2 import CommitmentSigned


def spec_for(ledger: Ledger, holder: Side, view: View, number: int) -> CommitmentSpec:
    """The state that this commitment of `holder` fixes, seen from it."""
    return CommitmentSpec(
        number=number,
        feerate_per_kw=ledger.feerate_in(holder, view),
        to_local=Msat(ledger.balance_in(holder, holder, view)),
        to_remote=Msat(ledger.balance_in(holder.other, holder, view)),
        htlcs=tuple(
            HtlcSpec(
                offered=htlc.offered_by is holder,
                amount=htlc.amount,
                payment_hash=htlc.payment_hash,
                cltv_expiry=htlc.cltv_expiry,
                htlc_id=htlc.id,
            )
            for htlc in ledger.htlcs_in(holder, view)
        ),
    )


def next_of_theirs(channel: Channel) -> TheirCommitment:
    """What we sign next for them. They must have told its point."""
    point = channel.their_next_point
    assert point is not None, "a commitment is signed at a point that they gave"
    number = channel.their_number + 1
    return TheirCommitment(spec=spec_for(channel.ledger, Side.THEM, View.NEXT, number), point=point)


def sign(channel: Channel, theirs: TheirCommitment, signer: ChannelSigner) -> CommitmentSigned:
    """Our signatures of a commitment of theirs; the same again where it was signed before."""
    built = build_commitment(channel.params(Side.THEM), theirs.point, theirs.spec)
    signature = signer.sign_counterparty_commitment(
        theirs.spec.number, built.tx, built.funding_input
    )
    htlc_signatures = tuple(
        signer.sign_counterparty_htlc(htlc.tx, htlc.counterparty_input, theirs.point)
        for htlc in built.htlc_transactions
    )
    return CommitmentSigned(
        channel_id=channel.channel_id,
        signature=signature,
        htlc_signature=htlc_signatures,
        # BOLT 2: "MUST set `funding_txid` to the funding transaction spent by this commitment
        # transaction."
        funding_txid=channel.funding.outpoint.txid,
    )


def verify(channel: Channel, message: CommitmentSigned, signer: ChannelSigner) -> OurCommitment:
    """Our next commitment, if all of their signatures of it are good; else `RemoteError`."""
    number = channel.our_number + 1
    spec = spec_for(channel.ledger, Side.US, View.NEXT, number)
    params = channel.params(Side.US)
    built = build_commitment(params, signer.per_commitment_point(number), spec)
    # BOLT 2: "if `signature` is not valid for its local commitment transaction [...] MUST send a
    # `warning` and close the connection"; the low-S rule is part of the verification.
    require(
        is_funding_signature(params, built.tx, message.signature),
        Violation.COMMITMENT_SIGNATURE,
        built.tx.serialize().hex(),
    )
    _verify_htlcs(built, message.htlc_signature)
    return OurCommitment(
        spec=spec, signature=message.signature, htlc_signatures=message.htlc_signature
    )


def _verify_htlcs(built: BuiltCommitment, signatures: tuple[bytes, ...]) -> None:
    # BOLT 2: "if `num_htlcs` is not equal to the number of HTLC outputs in the local commitment
    # transaction"
    require(len(signatures) == len(built.htlc_transactions), Violation.HTLC_SIGNATURE_COUNT)
    for htlc, signature in zip(built.htlc_transactions, signatures, strict=True):
        require(
            is_htlc_signature(built, htlc, signature),
            Violation.HTLC_SIGNATURE,
            htlc.tx.serialize().hex(),
        )

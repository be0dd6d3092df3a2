"""What is ours in a unilateral close that is no breach: our commitment, or one of theirs.

On our own commitment an HTLC goes through a second stage (`second_stage`), whose delayed output is
claimed here; on theirs it is claimed directly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lnwallet_tui.bitcoin.script import p2wpkh_script_code, p2wsh
from lnwallet_tui.channel.keys import CommitmentKeys
from lnwallet_tui.channel.scripts import to_local_script
from lnwallet_tui.channel.transactions import (
    CommitmentParams,
    HtlcOutput,
    ToRemote,
)
from lnwallet_tui.onchain.claim import (
    NO_DELAY,
    Claim,
    DelayedKey,
    HtlcKey,
    ToRemoteKey,
)
from lnwallet_tui.onchain.classify import (
    Ours,
    OursUnexpected,
    Theirs,
)
from lnwallet_tui.onchain.deadlines import after_delay, after_expiry
from lnwallet_tui.onchain.facts import ChannelFacts, ConfirmedTx

Preimages = Mapping[int, bytes]
"""By the id of the HTLC, of those that the counterparty offered to us and that we have decided to
take. The payment hash does not say it: it may stand in an HTLC that we have refused, in one part of
a payment alone, or in one of somebody else's."""


def delayed_outputs(
    params: CommitmentParams, keys: CommitmentKeys, number: int, confirmed: ConfirmedTx
) -> Iterator[Claim]:
    """Our delayed outputs in our commitment `number`, or in an HTLC transaction that spends it.

    They are found by their script, wherever they stand: an HTLC transaction on anchors may have
    been joined with others.
    """
    script = to_local_script(keys.revocationpubkey, params.to_self_delay, keys.local_delayedpubkey)
    for vout, txout in enumerate(confirmed.tx.outputs):
        if txout.script_pubkey == p2wsh(script):
            yield Claim(
                outpoint=confirmed.tx.outpoint(vout),
                value=txout.value,
                script_code=script,
                key=DelayedKey(number),
                earliest=after_delay(confirmed.height, params.to_self_delay),
                sequence=params.to_self_delay,
            )


def claims_on_ours(
    facts: ChannelFacts, close: Ours | OursUnexpected, confirmed: ConfirmedTx
) -> tuple[Claim, ...]:
    """`to_local` of our own commitment."""
    match close:
        case Ours(built):
            keys, number = built.keys, built.spec.number
        case OursUnexpected(number, keys):
            pass
    return tuple(delayed_outputs(facts.ours, keys, number, confirmed))


def claims_on_theirs(
    facts: ChannelFacts, close: Theirs, confirmed: ConfirmedTx, preimages: Preimages
) -> tuple[Claim, ...]:
    """`to_remote` and the HTLCs of a commitment of theirs that is not revoked."""
    htlcs = (
        _htlc_claim(facts, close, confirmed, (vout, role), preimages)
        for vout, role in enumerate(close.built.outputs)
        if isinstance(role, HtlcOutput)
    )
    return (
        *to_remote_claims(facts, close.built.outputs, confirmed),
        *(claim for claim in htlcs if claim is not None),
    )


def to_remote_claims(
    facts: ChannelFacts, roles: Iterable[object], confirmed: ConfirmedTx
) -> Iterator[Claim]:
    """Our balance in any commitment of theirs, also in one that we know nothing else of."""
    pubkey = facts.theirs.counterparty.payment
    for vout, role in enumerate(roles):
        if isinstance(role, ToRemote):
            yield to_remote_claim(pubkey, role, vout, confirmed)


def to_remote_claim(pubkey: bytes, role: ToRemote, vout: int, confirmed: ConfirmedTx) -> Claim:
    """Output `vout`, which pays to our payment basepoint."""
    script, delay = role.witness_script, 0 if role.witness_script is None else 1
    return Claim(
        outpoint=confirmed.tx.outpoint(vout),
        value=confirmed.tx.outputs[vout].value,
        script_code=p2wpkh_script_code(pubkey) if script is None else script,
        key=ToRemoteKey(pubkey, is_p2wpkh=script is None),
        earliest=after_delay(confirmed.height, delay),
        sequence=delay or NO_DELAY,
    )


def _htlc_claim(
    facts: ChannelFacts,
    close: Theirs,
    confirmed: ConfirmedTx,
    output: tuple[int, HtlcOutput],
    preimages: Preimages,
) -> Claim | None:
    vout, role = output
    htlc, delay = role.htlc, 1 if facts.theirs.anchors else 0
    preimage = preimages.get(htlc.htlc_id)
    if htlc.offered and preimage is None:
        return None  # theirs again once it expires, unless we learn the preimage
    expired = after_expiry(htlc.cltv_expiry)
    possible = after_delay(confirmed.height, delay)
    return Claim(
        outpoint=confirmed.tx.outpoint(vout),
        value=confirmed.tx.outputs[vout].value,
        script_code=role.witness_script,
        key=HtlcKey(close.commitment.point, preimage if htlc.offered else None),
        earliest=possible if htlc.offered else max(possible, expired),
        # Ours with the preimage, until they may time it out; or ours by timing it out, though
        # they may come with the preimage at any time, and are then right.
        deadline=max(possible, expired) if htlc.offered else None,
        sequence=delay or NO_DELAY,
        locktime=0 if htlc.offered else htlc.cltv_expiry,
    )

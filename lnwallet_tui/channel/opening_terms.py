"""What both sides of an opening announce, and the first commitments that follow from it."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.script import is_standard_shutdown_script
from lnwallet_tui.channel.commitments import spec_for
from lnwallet_tui.channel.env import Env
from lnwallet_tui.channel.fees import funder_cost
from lnwallet_tui.channel.htlcs import Ledger, Side, View
from lnwallet_tui.channel.signing import Basepoints
from lnwallet_tui.channel.state import Opening, Terms, commitment_params
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    CommitmentParams,
    CommitmentSpec,
    build_commitment,
)
from lnwallet_tui.wire import features
from lnwallet_tui.wire.bolt2 import AcceptChannel, OpenChannel

ANNOUNCE_CHANNEL: Final = 1


def our_terms(
    funding: Sat, env: Env, *, their_dust_limit: Sat | None = None, upfront_script: bytes = b""
) -> Terms:
    """What we announce for a channel of that size; the fundee knows `their_dust_limit` already.

    BOLT 2: "MUST set `channel_reserve_satoshis` greater than or equal to `dust_limit_satoshis` from
    the `open_channel` message."
    """
    policy = env.policy
    return Terms(
        dust_limit=policy.dust_limit,
        reserve=policy.reserve(funding, their_dust_limit or policy.dust_limit),
        max_htlc_value_in_flight=funding.to_msat() // 100 * policy.in_flight_percent,
        htlc_minimum=policy.htlc_minimum,
        to_self_delay=policy.to_self_delay,
        max_accepted_htlcs=policy.max_accepted_htlcs,
        basepoints=env.signer.basepoints,
        upfront_shutdown_script=upfront_script,
    )


def terms_of(message: OpenChannel | AcceptChannel, env: Env) -> Terms:
    """What the peer announced. Its script binds it only where both sides have the feature."""
    upfront = message.upfront_shutdown_script or b""
    return Terms(
        dust_limit=message.dust_limit_satoshis,
        reserve=message.channel_reserve_satoshis,
        max_htlc_value_in_flight=message.max_htlc_value_in_flight_msat,
        htlc_minimum=message.htlc_minimum_msat,
        to_self_delay=message.to_self_delay,
        max_accepted_htlcs=message.max_accepted_htlcs,
        basepoints=Basepoints(
            funding_pubkey=message.funding_pubkey,
            revocation=message.revocation_basepoint,
            payment=message.payment_basepoint,
            delayed_payment=message.delayed_payment_basepoint,
            htlc=message.htlc_basepoint,
        ),
        upfront_shutdown_script=upfront if is_upfront_negotiated(env) else b"",
    )


def is_upfront_negotiated(env: Env) -> bool:
    """Whether both sides know `option_upfront_shutdown_script`."""
    return env.negotiated(features.UPFRONT_SHUTDOWN_SCRIPT)


def is_shutdown_script(script: bytes, env: Env) -> bool:
    """Whether a channel with this peer may be closed to the script."""
    anysegwit = env.negotiated(features.SHUTDOWN_ANYSEGWIT)
    return is_standard_shutdown_script(script, anysegwit)


def funder_keeps(funding: Sat, push: Msat, feerate_per_kw: int, *, anchors: bool) -> Sat | None:
    """The funder's output in the first commitments, before dust; None where it cannot pay."""
    has = (funding.to_msat() - push).floor_sat()
    cost = funder_cost(feerate_per_kw, 0, anchors)
    return has - cost if has >= cost else None


def is_announced(message: OpenChannel) -> bool:
    """Whether the funder wants the channel to be public.

    BOLT 2: "Only the least-significant bit of `channel_flags` is currently defined", and "ignore
    undefined bits".
    """
    return bool(message.channel_flags & ANNOUNCE_CHANNEL)


# -- as messages
def open_message(opening: Opening, env: Env) -> OpenChannel:
    """Our `open_channel`."""
    ours = opening.ours
    return OpenChannel(
        chain_hash=env.network.chain_hash,
        temporary_channel_id=opening.temporary_channel_id,
        funding_satoshis=opening.funding_value,
        push_msat=opening.push,
        dust_limit_satoshis=ours.dust_limit,
        max_htlc_value_in_flight_msat=ours.max_htlc_value_in_flight,
        channel_reserve_satoshis=ours.reserve,
        htlc_minimum_msat=ours.htlc_minimum,
        feerate_per_kw=opening.feerate_per_kw,
        to_self_delay=ours.to_self_delay,
        max_accepted_htlcs=ours.max_accepted_htlcs,
        funding_pubkey=ours.basepoints.funding_pubkey,
        revocation_basepoint=ours.basepoints.revocation,
        payment_basepoint=ours.basepoints.payment,
        delayed_payment_basepoint=ours.basepoints.delayed_payment,
        htlc_basepoint=ours.basepoints.htlc,
        first_per_commitment_point=env.signer.per_commitment_point(0),
        # BOLT 2: "MUST set undefined bits in `channel_flags` to 0."
        channel_flags=ANNOUNCE_CHANNEL if opening.announced else 0,
        upfront_shutdown_script=ours.upfront_shutdown_script,
        channel_type=opening.channel_type.feature_bytes,
    )


def accept_message(opening: Opening, env: Env) -> AcceptChannel:
    """Our `accept_channel`."""
    ours = opening.ours
    return AcceptChannel(
        temporary_channel_id=opening.temporary_channel_id,
        dust_limit_satoshis=ours.dust_limit,
        max_htlc_value_in_flight_msat=ours.max_htlc_value_in_flight,
        channel_reserve_satoshis=ours.reserve,
        htlc_minimum_msat=ours.htlc_minimum,
        minimum_depth=opening.minimum_depth,
        to_self_delay=ours.to_self_delay,
        max_accepted_htlcs=ours.max_accepted_htlcs,
        funding_pubkey=ours.basepoints.funding_pubkey,
        revocation_basepoint=ours.basepoints.revocation,
        payment_basepoint=ours.basepoints.payment,
        delayed_payment_basepoint=ours.basepoints.delayed_payment,
        htlc_basepoint=ours.basepoints.htlc,
        first_per_commitment_point=env.signer.per_commitment_point(0),
        upfront_shutdown_script=ours.upfront_shutdown_script,
        channel_type=opening.channel_type.feature_bytes,
    )


# -- the first commitments
def first_ledger(opening: Opening) -> Ledger:
    """The balances that the channel begins with."""
    kept = opening.funding_value.to_msat() - opening.push
    we_fund = opening.funder is Side.US
    ours, theirs = (kept, opening.push) if we_fund else (opening.push, kept)
    return Ledger(
        funder=opening.funder, ours=ours, theirs=theirs, feerate_per_kw=opening.feerate_per_kw
    )


def first_params(opening: Opening, holder: Side) -> CommitmentParams:
    """The parameters of the holder's commitments, once the funding output is named."""
    assert opening.theirs is not None, "both sides' terms are known"
    assert opening.outpoint is not None, "the funding output is named"
    pair = (opening.ours, opening.theirs)
    mine, other = pair if holder is Side.US else pair[::-1]
    return commitment_params(
        mine,
        other,
        outpoint=opening.outpoint,
        value=opening.funding_value,
        holder_is_funder=holder is opening.funder,
        anchors=opening.channel_type.anchors,
    )


def first_spec(opening: Opening, holder: Side) -> CommitmentSpec:
    """The holder's commitment 0."""
    return spec_for(first_ledger(opening), holder, View.NEXT, 0)


def first_commitment(opening: Opening, holder: Side, point: bytes) -> BuiltCommitment:
    """The holder's commitment 0 as a transaction."""
    return build_commitment(first_params(opening, holder), point, first_spec(opening, holder))

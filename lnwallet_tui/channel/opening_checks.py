"""Every rule that BOLT 2 and our policy have for `open_channel` and `accept_channel`.

A rule that the peer broke raises `RemoteError`; one that our own request would break is a
`RefusalReason`. That keys are valid points is the codec's business: a message with others is none.
"""

from __future__ import annotations

from dataclasses import astuple

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.channel.env import Env
from lnwallet_tui.channel.errors import RefusalReason, Violation, require
from lnwallet_tui.channel.feerates import is_feerate_high, is_feerate_low
from lnwallet_tui.channel.opening_terms import (
    funder_keeps,
    is_announced,
    is_shutdown_script,
    is_upfront_negotiated,
)
from lnwallet_tui.channel.state import SUPPORTED_TYPES, ChannelType, Opening, Terms
from lnwallet_tui.policy import LARGE_CHANNEL, MIN_DUST_LIMIT, MOST_HTLCS
from lnwallet_tui.wire import features
from lnwallet_tui.wire.bolt2 import AcceptChannel, OpenChannel


# -- our request
def refuse_request(
    funding: Sat, push: Msat, feerate_per_kw: int, channel_type: ChannelType, env: Env
) -> RefusalReason | None:
    """Why we cannot open such a channel to this peer; `feerate_per_kw` is of commitments."""
    # BOLT 2: "SHOULD NOT set it to a type containing a feature which was not negotiated."
    if not all(env.negotiated(bit) for bit in channel_type.features):
        return RefusalReason.PEER_FEATURES
    # BOLT 2: "if both nodes advertised `option_support_large_channel`: MAY set `funding_satoshis`
    # greater than or equal to 2^24 satoshi."
    large = funding >= LARGE_CHANNEL and not env.negotiated(features.SUPPORT_LARGE_CHANNEL)
    if large or funding < env.policy.min_funding:
        return RefusalReason.FUNDING_AMOUNT
    # BOLT 2: "MUST set `push_msat` to equal or less than 1000 * `funding_satoshis`."
    if push > funding.to_msat():
        return RefusalReason.PUSH_AMOUNT
    kept = funder_keeps(funding, push, feerate_per_kw, anchors=channel_type.anchors)
    if kept is None:
        return RefusalReason.FEE
    reserve = env.policy.reserve(funding, env.policy.dust_limit)
    return None if _anything_above(reserve, kept, push) else RefusalReason.FUNDING_AMOUNT


# -- open_channel
def check_open(message: OpenChannel, theirs: Terms, ours: Terms, env: Env) -> None:
    """Judge the peer's `open_channel`; `ours` is what we would answer."""
    _check_type(message, env)
    # BOLT 2: "the `chain_hash` value is set to a hash of a chain that is unknown to the receiver."
    require(message.chain_hash == env.network.chain_hash, Violation.CHAIN)
    _check_announced(message, env)
    _check_amounts(message, env)
    _check_feerate(message, env)
    check_terms(theirs, ours, message.funding_satoshis, env)
    check_first_commitment(
        message.funding_satoshis,
        message.push_msat,
        message.feerate_per_kw,
        anchors=_type_of(message).anchors,
        reserve=theirs.reserve,
    )
    _check_upfront(message, env)


def _type_of(message: OpenChannel | AcceptChannel) -> ChannelType:
    return ChannelType(message.channel_type or b"")


def _check_type(message: OpenChannel, env: Env) -> None:
    # BOLT 2: "if the message doesn't include a `channel_type`: fail the channel."
    require(message.channel_type is not None, Violation.NO_CHANNEL_TYPE)
    # BOLT 2: "the `channel_type` is not suitable", and "MUST use the smallest bitmap possible".
    kind = _type_of(message)
    require(kind in SUPPORTED_TYPES, Violation.CHANNEL_TYPE)
    require(all(env.negotiated(bit) for bit in kind.features), Violation.CHANNEL_TYPE)


def _check_announced(message: OpenChannel, env: Env) -> None:
    if not is_announced(message):
        return
    # BOLT 7 would have us sign an announcement of such a channel, and a wallet has nothing to
    # announce.
    require(env.announcer is not None, Violation.ANNOUNCED)
    # BOLT 2: "if `announce_channel` is `true` (not `0`): MUST NOT send `channel_type` with the
    # `option_scid_alias` bit set."
    require(not _type_of(message).scid_alias, Violation.ANNOUNCED_ALIAS)


def _check_amounts(message: OpenChannel, env: Env) -> None:
    funding = message.funding_satoshis
    require(funding >= env.policy.min_funding, Violation.FUNDING_TOO_SMALL)
    # BOLT 2: "`funding_satoshis` is greater than or equal to 2^24 and the receiver does not support
    # `option_support_large_channel`"; the sender may only "if both nodes advertised" it.
    large = env.negotiated(features.SUPPORT_LARGE_CHANNEL)
    require(large or funding < LARGE_CHANNEL, Violation.FUNDING_TOO_LARGE)
    # BOLT 2: "`push_msat` is greater than `funding_satoshis` * 1000."
    require(message.push_msat <= funding.to_msat(), Violation.PUSH)


def _check_feerate(message: OpenChannel, env: Env) -> None:
    # BOLT 2: "it considers `feerate_per_kw` too small for timely processing or unreasonably large."
    feerate, anchors = message.feerate_per_kw, _type_of(message).anchors
    require(not is_feerate_low(feerate, anchors, env), Violation.FEERATE_LOW)
    high = is_feerate_high(feerate, message.funding_satoshis, anchors, env)
    require(not high, Violation.FEERATE_HIGH)


# -- accept_channel
def check_accept(message: AcceptChannel, theirs: Terms, opening: Opening, env: Env) -> None:
    """Judge the peer's `accept_channel`."""
    # BOLT 2: "if the message doesn't include a `channel_type`: MUST fail the channel."
    require(message.channel_type is not None, Violation.NO_CHANNEL_TYPE)
    # BOLT 2: "if `channel_type` does not match the `channel_type` from `open_channel`: MUST fail"
    require(_type_of(message) == opening.channel_type, Violation.CHANNEL_TYPE_CHANGED)
    # BOLT 2: "if `minimum_depth` is unreasonably large: MAY fail the channel."
    require(message.minimum_depth <= env.policy.max_minimum_depth, Violation.MINIMUM_DEPTH)
    check_terms(theirs, opening.ours, opening.funding_value, env)
    check_first_commitment(
        opening.funding_value,
        opening.push,
        opening.feerate_per_kw,
        anchors=opening.channel_type.anchors,
        reserve=theirs.reserve,
    )
    _check_upfront(message, env)


# -- both
def check_terms(theirs: Terms, ours: Terms, funding: Sat, env: Env) -> None:
    """What both messages say of commitments and HTLCs."""
    _check_keys(theirs, ours)
    _check_dust(theirs, ours, env)
    policy = env.policy
    require(theirs.reserve <= policy.max_reserve(funding), Violation.RESERVE_TOO_LARGE)
    require(theirs.htlc_minimum <= policy.max_htlc_minimum, Violation.HTLC_MINIMUM)
    least = funding.to_msat() // 100 * policy.min_in_flight_percent
    require(theirs.max_htlc_value_in_flight >= least, Violation.IN_FLIGHT_TOO_SMALL)
    # BOLT 2: "`to_self_delay` is unreasonably large."
    require(theirs.to_self_delay <= policy.max_to_self_delay, Violation.TO_SELF_DELAY)
    # BOLT 2: "`max_accepted_htlcs` is greater than 483."
    require(theirs.max_accepted_htlcs <= MOST_HTLCS, Violation.HTLCS_TOO_MANY)
    require(theirs.max_accepted_htlcs >= policy.min_accepted_htlcs, Violation.HTLCS_TOO_FEW)


def _check_keys(theirs: Terms, ours: Terms) -> None:
    """By what it pays to it is known whose commitment closes a channel, so no key is both's."""
    mine = set(astuple(ours.basepoints))
    require(mine.isdisjoint(astuple(theirs.basepoints)), Violation.COPIED_KEY)


def _check_dust(theirs: Terms, ours: Terms, env: Env) -> None:
    # BOLT 2: "`dust_limit_satoshis` is smaller than `354 satoshis`"
    require(theirs.dust_limit >= MIN_DUST_LIMIT, Violation.DUST_LIMIT_SMALL)
    require(theirs.dust_limit <= env.policy.max_dust_limit, Violation.DUST_LIMIT_LARGE)
    # BOLT 2: "`dust_limit_satoshis` is greater than `channel_reserve_satoshis`."
    require(theirs.dust_limit <= theirs.reserve, Violation.DUST_ABOVE_RESERVE)
    # BOLT 2: "if `channel_reserve_satoshis` is less than `dust_limit_satoshis` within the
    # `open_channel` message: MUST fail the channel"; and the fundee "MUST set `dust_limit_satoshis`
    # less than or equal to `channel_reserve_satoshis` from the `open_channel` message."
    require(theirs.reserve >= ours.dust_limit, Violation.RESERVE_BELOW_OUR_DUST)
    # BOLT 2: "if `channel_reserve_satoshis` from the `open_channel` message is less than
    # `dust_limit_satoshis`: MUST fail the channel."
    require(ours.reserve >= theirs.dust_limit, Violation.DUST_ABOVE_OUR_RESERVE)


def check_first_commitment(
    funding: Sat, push: Msat, feerate_per_kw: int, *, anchors: bool, reserve: Sat
) -> None:
    """Whether the first commitments can be made."""
    # BOLT 2: "the funder's amount for the initial commitment transaction is not sufficient for full
    # fee payment."
    kept = funder_keeps(funding, push, feerate_per_kw, anchors=anchors)
    require(kept is not None, Violation.FUNDER_CANNOT_PAY)
    # BOLT 2: "both `to_local` and `to_remote` amounts for the initial commitment transaction are
    # less than or equal to `channel_reserve_satoshis`"
    above = kept is not None and _anything_above(reserve, kept, push)
    require(above, Violation.NOTHING_ABOVE_RESERVE)


def _anything_above(reserve: Sat, kept: Sat, push: Msat) -> bool:
    return kept > reserve or push.floor_sat() > reserve


def _check_upfront(message: OpenChannel | AcceptChannel, env: Env) -> None:
    # BOLT 2: "MUST include `upfront_shutdown_script` with either a valid `shutdown_scriptpubkey`
    # [...] or a zero-length `shutdown_scriptpubkey`"
    script = message.upfront_shutdown_script
    allowed = not script or not is_upfront_negotiated(env) or is_shutdown_script(script, env)
    require(allowed, Violation.UPFRONT_SCRIPT)

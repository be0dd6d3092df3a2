"""Opening a channel (BOLT 2, version 1): the first message of either role.

    funder   open_channel → ACCEPT → TRANSACTION (our coins are asked) → SIGNED → Channel
    fundee   accept_channel → CREATED → Channel

What follows is in `opening_stages`. Nothing is stored on the way to the `Channel`.
"""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat, Sat
from lnwallet_tui.channel.effects import Answer, Send, StateChanged
from lnwallet_tui.channel.env import Env, Step
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason, RemoteError
from lnwallet_tui.channel.failing import violated
from lnwallet_tui.channel.feerates import proposed_feerate
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.opening_checks import check_open, refuse_request
from lnwallet_tui.channel.opening_terms import (
    accept_message,
    is_announced,
    is_shutdown_script,
    open_message,
    our_terms,
    terms_of,
)
from lnwallet_tui.channel.state import ChannelType, Forgotten, Opening, OpeningStage
from lnwallet_tui.wire.bolt2 import OpenChannel
from lnwallet_tui.wire.scid import ShortChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """A channel that the user wants. The node draws `temporary_channel_id` and `alias` (random,
    never used before). With `commit_to_script` the channel can be closed to `shutdown_script` only.
    `private` keeps a node that relays from announcing it.
    """

    command_id: int
    temporary_channel_id: bytes
    funding: Sat
    push: Msat = ZERO_MSAT
    channel_type: ChannelType
    funding_feerate_per_kw: int
    shutdown_script: bytes
    commit_to_script: bool = False
    private: bool = False
    alias: ShortChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What the node adds when it lets a peer open a channel to us."""

    shutdown_script: bytes
    commit_to_script: bool = False
    alias: ShortChannelId


# -- the first message
def open_channel(request: OpenRequest, env: Env) -> Step:
    """Propose a channel: an `Opening`, or the refusal of the request."""
    feerate = proposed_feerate(request.channel_type.anchors, env.feerates, env.policy)
    refusal = refuse_request(request.funding, request.push, feerate, request.channel_type, env)
    if refusal is None and not is_shutdown_script(request.shutdown_script, env):
        refusal = RefusalReason.SCRIPT
    if refusal is not None:
        answer = Answer(request.command_id, ChannelRefusal(refusal))
        return Step(Forgotten(), effects=(answer,))
    upfront = request.shutdown_script if request.commit_to_script else b""
    opening = Opening(
        command_id=request.command_id,
        stage=OpeningStage.ACCEPT,
        temporary_channel_id=request.temporary_channel_id,
        funder=Side.US,
        channel_type=request.channel_type,
        funding_value=request.funding,
        push=request.push,
        feerate_per_kw=feerate,
        funding_feerate_per_kw=request.funding_feerate_per_kw,
        ours=our_terms(request.funding, env, upfront_script=upfront),
        shutdown_script=request.shutdown_script,
        alias=request.alias,
        announced=_is_announced(request, env),
    )
    return Step(opening, effects=(Send(open_message(opening, env)), StateChanged()))


def _is_announced(request: OpenRequest, env: Env) -> bool:
    """BOLT 2: "if `announce_channel` is `true` (not `0`): MUST NOT send `channel_type` with the
    `option_scid_alias` bit set": who asks for that type wants the channel to be private."""
    may_be = env.announcer is not None and not request.channel_type.scid_alias
    return may_be and not request.private


def accept_open(message: OpenChannel, acceptance: Acceptance, env: Env) -> Step:
    """Answer a peer's `open_channel`: an `Opening`, or `Forgotten` with what was wrong."""
    funding = message.funding_satoshis
    upfront = acceptance.shutdown_script if acceptance.commit_to_script else b""
    ours = our_terms(
        funding, env, their_dust_limit=message.dust_limit_satoshis, upfront_script=upfront
    )
    theirs = terms_of(message, env)
    opening = Opening(
        command_id=None,
        stage=OpeningStage.CREATED,
        temporary_channel_id=message.temporary_channel_id,
        funder=Side.THEM,
        channel_type=ChannelType(message.channel_type or b""),
        funding_value=funding,
        push=message.push_msat,
        feerate_per_kw=message.feerate_per_kw,
        funding_feerate_per_kw=0,
        ours=ours,
        theirs=theirs,
        their_point=message.first_per_commitment_point,
        minimum_depth=env.policy.minimum_depth(funding),
        shutdown_script=acceptance.shutdown_script,
        alias=acceptance.alias,
        announced=is_announced(message),
    )
    try:
        check_open(message, theirs, ours, env)
    except RemoteError as error:
        return violated(opening, error, env)
    return Step(opening, effects=(Send(accept_message(opening, env)), StateChanged()))

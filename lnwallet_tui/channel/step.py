"""The channel machine: one event in, the next state and what is to be done out.

`step` is the only way in. It dispatches by phase and link to the files of this room, answers every
violation of the peer in one place (`failing`), and lets a shutdown or an announcement go on
whenever something else that it waits for has happened.
"""

from __future__ import annotations

from typing import assert_never

from lnwallet_tui.channel import (
    announcing,
    closing,
    dance,
    failing,
    funding,
    opening_stages,
    reestablish,
    updates,
)
from lnwallet_tui.channel.effects import Answer
from lnwallet_tui.channel.env import Env, Step
from lnwallet_tui.channel.errors import (
    ChannelRefusal,
    RefusalReason,
    RemoteError,
    Violation,
    require,
)
from lnwallet_tui.channel.events import (
    AddHtlc,
    ChannelEvent,
    CloseCooperatively,
    CloseResolved,
    FailHtlc,
    FailMalformedHtlc,
    ForceClose,
    FulfillHtlc,
    FundingConfirmed,
    FundingReorganised,
    FundingSpendReorganised,
    FundingSpent,
    MessageReceived,
    NewTip,
    OfChain,
    OfOpening,
    OfPeer,
    PeerConnected,
    PeerDisconnected,
    SignCommitment,
    UpdateFee,
)
from lnwallet_tui.channel.link import hang_up
from lnwallet_tui.channel.state import Channel, ChannelState, Forgotten, Link, Opening, Phase
from lnwallet_tui.wire import bolt2, bolt7
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.codec import Message


def step(state: ChannelState, event: ChannelEvent, env: Env) -> Step:
    """What becomes of `state` by `event`. Nothing is changed in place.

    The caller stores the new state with the records and the signer's memory, in one transaction,
    and only then performs the effects, in order. An assertion or `SignerRefused` that comes out of
    here is our own bug: nothing of the step may be stored.
    """
    try:
        match state:
            case Opening():
                return opening_stages.proceed(state, event, env)
            case Channel():
                taken = _dispatch(state, event, env).then(lambda c: closing.proceed(c, env))
                return taken.then(lambda c: announcing.proceed(c, env))
            case Forgotten():
                return _refuse(state, event)
            case _:
                assert_never(state)
    except RemoteError as error:
        return failing.violated(state, error, env)


def _refuse(state: Forgotten, event: ChannelEvent) -> Step:
    """A channel that is no more answers commands and ignores the rest."""
    if isinstance(event, AddHtlc | CloseCooperatively | ForceClose):
        refusal = ChannelRefusal(RefusalReason.CLOSED)
        return Step(state, effects=(Answer(event.command_id, refusal),))
    return Step(state)


def _dispatch(channel: Channel, event: ChannelEvent, env: Env) -> Step:
    if isinstance(event, OfPeer):
        return _peer(channel, event, env)
    if isinstance(event, OfChain):
        return _chain(channel, event, env)
    assert not isinstance(event, OfOpening), "the funding transaction is signed already"
    match event:
        case AddHtlc() | UpdateFee() | SignCommitment():
            return _offer(channel, event, env)
        case FulfillHtlc() | FailHtlc() | FailMalformedHtlc():
            return updates.command(channel, event, env)
        case CloseCooperatively():
            return closing.close(channel, event, env)
        case ForceClose():
            return failing.force_close(channel, event, env)
        case _:
            assert_never(event)


def _offer(channel: Channel, event: AddHtlc | UpdateFee | SignCommitment, env: Env) -> Step:
    """Commands that need the peer's ear."""
    if isinstance(event, AddHtlc):
        obstacle = funding.obstacle(channel, env)
        if obstacle is not None:
            return Step(channel, effects=(Answer(event.command_id, ChannelRefusal(obstacle)),))
        return updates.command(channel, event, env)
    if channel.link is not Link.LIVE or channel.phase not in (Phase.READY, Phase.SHUTTING_DOWN):
        return Step(channel)
    if isinstance(event, UpdateFee):
        return updates.command(channel, event, env)
    return dance.sign(channel, env)


# -- the peer
def _peer(channel: Channel, event: OfPeer, env: Env) -> Step:
    match event:
        case PeerConnected():
            if channel.is_dead:
                return failing.repeat_error(channel)
            # The end of an older connection may never have been stored.
            return hang_up(channel).then(lambda c: reestablish.connected(c, event, env))
        case PeerDisconnected():
            return hang_up(closing.still_there(channel, env))
        case MessageReceived(message):
            return _receive(channel, message, env)
        case _:
            assert_never(event)


def _receive(channel: Channel, message: Message, env: Env) -> Step:
    if isinstance(message, Error):
        return failing.receive_error(channel, message, env)
    if isinstance(message, Warning_):
        return Step(channel)
    if channel.is_dead:
        # BOLT 2: "if a channel is in an error state: SHOULD retransmit the error packet and ignore
        # any other packets for that channel."
        is_hello = isinstance(message, bolt2.ChannelReestablish)
        return failing.repeat_error(channel) if is_hello else Step(channel)
    if isinstance(message, bolt2.ChannelReestablish):
        require(channel.link is not Link.LIVE, Violation.REESTABLISHED_TWICE)
        return reestablish.receive_reestablish(channel, message, env)
    # BOLT 2: "MUST wait to receive the other node's `channel_reestablish` message before sending
    # any other messages for that channel."
    require(channel.link is Link.LIVE, Violation.NOT_REESTABLISHED)
    return _receive_live(channel, message, env)


def _receive_live(channel: Channel, message: Message, env: Env) -> Step:
    """A message of a channel that is up; one that does not belong here is ignored."""
    match message:
        case bolt2.ChannelReady():
            return funding.receive_ready(channel, message, env)
        case bolt2.CommitmentSigned():
            return dance.receive_commitment_signed(channel, message, env)
        case bolt2.RevokeAndAck():
            return dance.receive_revocation(channel, message, env)
        case bolt2.Shutdown():
            return closing.receive_shutdown(channel, message, env)
        case bolt2.ClosingSigned():
            return closing.receive_closing_signed(channel, message, env)
        case (
            bolt2.UpdateAddHtlc()
            | bolt2.UpdateFulfillHtlc()
            | bolt2.UpdateFailHtlc()
            | bolt2.UpdateFailMalformedHtlc()
            | bolt2.UpdateFee()
        ):
            return updates.receive(channel, message, env)
        case bolt7.AnnouncementSignatures():
            return announcing.receive(channel, message, env)
        case _:
            return Step(channel)


# -- the chain
def _chain(channel: Channel, event: OfChain, env: Env) -> Step:
    match event:
        case FundingConfirmed():
            return funding.confirmed(channel, event, env)
        case FundingReorganised():
            return funding.reorganised(channel, env)
        case FundingSpent():
            return failing.spent(channel, event, env)
        case FundingSpendReorganised():
            return failing.spend_reorganised(channel, env)
        case NewTip():
            return funding.new_tip(channel, env).then(lambda c: closing.new_tip(c, env))
        case CloseResolved():
            return failing.resolved(channel)
        case _:
            assert_never(event)

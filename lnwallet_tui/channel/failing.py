"""The ends that nobody agreed on: violations, `error`, force closes, and spends in the chain.

Our commitment is published for one of five reasons (`errors.CLOSE_REASONS`) and no other. From the
decision on, `publication` stands in the state, so that a crash cannot lose it and the signer never
revokes what it signed to be published. What happens to the outputs is not decided here: the guard
(`onchain`) resolves them.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel import recording
from lnwallet_tui.channel.effects import (
    Answer,
    Broadcast,
    Disconnect,
    Effect,
    ReleaseFunding,
    Send,
    StateChanged,
    UserMustDecide,
)
from lnwallet_tui.channel.env import Env, Step
from lnwallet_tui.channel.errors import (
    HARMLESS_ERRORS,
    ChannelRefusal,
    CloseReason,
    Fate,
    RefusalReason,
    RemoteError,
    Violation,
    require,
)
from lnwallet_tui.channel.events import ForceClose, FundingSpent
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.link import hang_up
from lnwallet_tui.channel.named import is_closed_by
from lnwallet_tui.channel.state import (
    Channel,
    ChannelState,
    Forgotten,
    Link,
    Opening,
    Phase,
    Publication,
    Spend,
)
from lnwallet_tui.channel.transactions import build_commitment, signed_by_both
from lnwallet_tui.wire.bolt1 import Error, Warning_

_PUBLISHED_FOR: Final = {
    Violation.REVOKED_SECRET: CloseReason.WRONG_SECRET,
    Violation.REESTABLISH_SECRET: CloseReason.WRONG_SECRET,
    Violation.ASKS_TO_FAIL: CloseReason.PEER_ERROR,
}
_NOT_BEFORE_THE_USER: Final = b"please publish your commitment, ours is published by hand only"


# -- the peer broke the protocol
def violated(state: ChannelState, error: RemoteError, env: Env) -> Step:
    """Answer a violation: what is sent, and what becomes of the channel."""
    match state:
        case Opening():
            # BOLT 2: "If this fails at any stage, [...] the channel establishment fails."
            refusal = ChannelRefusal(RefusalReason.PEER_TERMS, violation=error.violation)
            return forget_opening(state, refusal, tell=error.text)
        case Channel():
            return _channel_violated(state, error, env)
        case Forgotten():
            raise AssertionError("nothing is left to violate") from error


def _channel_violated(channel: Channel, error: RemoteError, env: Env) -> Step:
    match error.violation.fate:
        case Fate.GOES_ON:
            return _warn(channel, error)
        case Fate.UNDECIDED if channel.closing.tx is not None:
            return _warn(channel, error)  # it ends by what was agreed on
        case Fate.UNDECIDED:
            # BOLT 2: "if `next_commitment_number` is not equal to the commitment number of the
            # next `commitment_signed` that the receiving node would send: SHOULD send an `error`
            # and fail the channel." Our disk may have lost what it kept last, or be a copy.
            return _ask_the_user(channel, tell=error.text, is_ahead=True)
        case Fate.FORGOTTEN:
            assert not channel.ready.sent, "something is at stake in a channel that is ready"
            message = Error(channel.channel_id, error.text.encode())
            return Step(Forgotten(), effects=(Send(message), StateChanged()))
        case Fate.PUBLISHED:
            reason, fault = _PUBLISHED_FOR[error.violation], error.violation.sentence
            if _is_unproved(channel, env):
                return _ask_the_user(channel, tell=error.text)
            return _give_up(channel, reason, env, tell=error.text, fault=fault)
        case Fate.WAITS:
            return _wait_for_the_peer(channel, error)


def _warn(channel: Channel, error: RemoteError) -> Step:
    warning = Warning_(channel.channel_id, error.text.encode())
    return Step(channel, effects=(Send(warning), Disconnect(error.violation.sentence)))


def _wait_for_the_peer(channel: Channel, error: RemoteError) -> Step:
    """We have lost data, as the peer proved, or as we know.

    BOLT 2: "MUST NOT broadcast its commitment transaction. SHOULD send an `error` to request the
    peer to fail the channel."
    """
    message = Error(channel.channel_id, error.text.encode())
    lost = Step(replace(channel, old_state=True), effects=(Send(message),))
    return lost.then(hang_up)


def forget_opening(opening: Opening, refusal: ChannelRefusal, *, tell: str = "") -> Step:
    """An opening comes to nothing; the peer is told where it has to be."""
    effects: list[Effect] = []
    if tell:
        effects.append(Send(Error(opening.channel_id, tell.encode())))
    if opening.funder is Side.US and opening.theirs is not None:
        effects.append(ReleaseFunding())
    if opening.command_id is not None:
        effects.append(Answer(opening.command_id, refusal))
    return Step(Forgotten(), effects=(*effects, StateChanged()))


# -- the peer gives the channel up
def receive_error(channel: Channel, message: Error, env: Env) -> Step:
    """An `error` for this channel, or for all.

    BOLT 1: "MUST fail the channel referred to by `channel_id`". But until the peer has agreed with
    our state since the start nothing is published for it: our copy may be an old one, and who fails
    a channel publishes by itself, unless it has forgotten it. So the user decides, and deadlines.
    """
    if channel.is_dead or channel.old_state:
        return Step(channel)
    if message.data.strip().lower() in HARMLESS_ERRORS:
        return Step(channel, effects=(Disconnect("the peer reports an error of its own"),))
    if channel.link is Link.OFFLINE:
        return Step(channel)
    if _is_unproved(channel, env):
        if channel.link is Link.REESTABLISHING:
            # In place of its `channel_reestablish`, or before it: what that would prove is heard.
            return Step(channel, effects=(UserMustDecide(message.data),))
        return _ask_the_user(channel, said=message.data)
    return _give_up(channel, CloseReason.PEER_ERROR, env, said=message.data)


def _is_unproved(channel: Channel, env: Env) -> bool:
    """Whether our copy may be an old one for all that we know, and its commitment revoked: that it
    is does a peer not tell who would gain by it. What both have signed to end the channel is not
    concerned."""
    return not env.agreed and channel.link is not Link.LIVE and channel.closing.tx is None


def _ask_the_user(
    channel: Channel, *, tell: str = "", said: bytes = b"", is_ahead: bool = False
) -> Step:
    """The peer is told to fail the channel; our commitment is published by command alone.

    A peer that has its data publishes by itself then. For one that has lost it, BOLT 2 has us
    broadcast "any relevant latest commitment transaction": whether ours is that, the user knows.
    """
    message = Error(channel.channel_id, tell.encode() or _NOT_BEFORE_THE_USER)
    return Step(channel, effects=(Send(message), UserMustDecide(said, is_ahead))).then(hang_up)


def _give_up(
    channel: Channel,
    reason: CloseReason,
    env: Env,
    *,
    tell: str = "",
    fault: str = "",
    said: bytes = b"",
) -> Step:
    """The channel ends here for what the peer said: by our commitment, or as it was agreed."""
    # BOLT 5: "if it has received a valid `closing_signed` message that includes a sufficient fee:
    # SHOULD use this fee to perform a *mutual close*."
    if channel.closing.tx is not None:
        return Step(channel, effects=broadcasts(channel, env))
    recorded = recording.publishing(channel, env, reason, fault=fault, said=said)
    return publish(recorded, reason, env, tell=tell)


def repeat_error(channel: Channel) -> Step:
    """The peer comes back to a channel that is dead, and may not know it."""
    if channel.phase is Phase.DONE:
        return Step(channel)
    reason = channel.publication.reason.value if channel.publication else "its funding is spent"
    message = Error(channel.channel_id, f"the channel is closed: {reason}".encode())
    return Step(channel, effects=(Send(message),))


# -- publishing
def force_close(channel: Channel, command: ForceClose, env: Env) -> Step:
    """The user, or the guard for a deadline, has our commitment published."""
    refusal = _no_force_close(channel)
    if refusal is not None:
        answer = Answer(command.command_id, ChannelRefusal(refusal))
        return Step(channel, effects=(answer,))
    answer = Answer(command.command_id, None)
    reason = CloseReason(command.reason)
    if channel.publication is not None:
        if reason is CloseReason.USER:  # who gave it, reads of it, though nothing else comes of it
            channel = recording.publishing(channel, env, reason)
        return Step(channel, effects=(*broadcasts(channel, env), answer))
    recorded = recording.publishing(channel, env, reason, deadline=command.deadline)
    published = publish(recorded, reason, env, tell=f"force close: {reason.value}")
    return Step(published.state, effects=(*published.effects, answer))


def _no_force_close(channel: Channel) -> RefusalReason | None:
    if channel.phase in (Phase.ON_CHAIN, Phase.DONE):
        return RefusalReason.CLOSED
    return RefusalReason.OLD_STATE if channel.old_state else None


def publish(channel: Channel, reason: CloseReason, env: Env, *, tell: str = "") -> Step:
    """Decide that our commitment is published; the peer, if there, is told by an `error`. Why
    stands in the channel's records by now."""
    assert channel.close_records, "nothing is published that is not on record"
    assert not channel.old_state, "an old commitment would lose everything"
    assert channel.spend is None, "the funding output is spent already"
    connected = channel.link is not Link.OFFLINE
    error = (Send(Error(channel.channel_id, tell.encode())),) if tell and connected else ()
    dead = hang_up(replace(channel, phase=Phase.CLOSING, publication=Publication(reason)))
    assert isinstance(dead.state, Channel), "a channel that hangs up is one"
    published = (*broadcasts(dead.state, env), *error, *dead.effects, StateChanged())
    return Step(dead.state, effects=published)


def broadcasts(channel: Channel, env: Env) -> tuple[Effect, ...]:
    """What has to be in a mempool now: funding transaction, closing transaction or commitment."""
    if channel.spend is not None or channel.old_state:
        return ()
    unconfirmed = channel.funding.confirmed is None
    parents = (channel.funding.tx,) if unconfirmed and channel.funding.tx is not None else ()
    if unconfirmed and not parents:
        return ()  # of theirs and in no block: nothing that spends it can be relayed for sure
    if channel.publication is not None:
        reason = channel.publication.reason.value
        return (Broadcast((*parents, _our_commitment(channel, env)), f"commitment: {reason}"),)
    if channel.closing.tx is not None:
        return (Broadcast((*parents, channel.closing.tx), "cooperative close"),)
    return (Broadcast(parents, "funding"),) if parents else ()


def _our_commitment(channel: Channel, env: Env) -> Tx:
    """Our newest commitment, signed by both."""
    params, number = channel.params(Side.US), channel.our_number
    point = env.signer.per_commitment_point(number)
    tx = build_commitment(params, point, channel.our_commitment.spec).tx
    signature = env.signer.sign_holder_commitment(number, tx, params.funding_input)
    return signed_by_both(params, tx, signature, channel.our_commitment.signature)


# -- the chain has the last word
def spent(channel: Channel, event: FundingSpent, env: Env) -> Step:
    """Somebody's transaction spends the funding output; the guard finds out whose."""
    require(is_closed_by(channel, event.tx), Violation.FAKE_FUNDING)
    spend = Spend(event.tx, event.height)
    if channel.spend == spend:
        return Step(channel)
    recorded = recording.seen_on_chain(channel, event.tx, env)
    over = replace(recorded, phase=Phase.ON_CHAIN, spend=spend, undone=None)
    return Step(over, effects=(StateChanged(),)).then(hang_up)


def spend_reorganised(channel: Channel, env: Env) -> Step:
    """The spend left the best chain: it, or another one, will come back."""
    if channel.spend is None:
        return Step(channel)
    undone = channel.spend.tx
    back = replace(channel, phase=Phase.CLOSING, spend=None, resolved=False, undone=undone)
    return Step(back, effects=(*broadcasts(back, env), StateChanged()))


def resolved(channel: Channel) -> Step:
    """Everything of ours is home and buried."""
    assert channel.spend is not None, "what is not spent cannot be resolved"
    if channel.phase is Phase.DONE:
        return Step(channel)
    return Step(replace(channel, phase=Phase.DONE, resolved=True), effects=(StateChanged(),))

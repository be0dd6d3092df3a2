"""Closing in agreement: `shutdown` in both directions, the HTLCs' end, then a fee.

    SHUTTING_DOWN   a shutdown was sent or received; what is pending goes on to its end
    NEGOTIATING     nothing is left in the channel: closing_signed goes to and fro
    CLOSING         a closing transaction has both signatures and is published

`step` calls `proceed` after every event, so that nobody has to remember what else a shutdown waits
for. A shutdown that was decided on but not sent yet has no `our_script`.
"""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.channel import dance, recording
from lnwallet_tui.channel.closing_negotiation import (
    asked_again,
    first_offer,
    is_patience_over,
    receive_closing_signed,
    still_there,
)
from lnwallet_tui.channel.effects import Answer, Disconnect, Send, StateChanged
from lnwallet_tui.channel.env import Env, Step
from lnwallet_tui.channel.errors import (
    ChannelRefusal,
    CloseReason,
    RefusalReason,
    Violation,
    require,
)
from lnwallet_tui.channel.events import CloseCooperatively
from lnwallet_tui.channel.failing import publish
from lnwallet_tui.channel.htlcs import Side, Stage
from lnwallet_tui.channel.opening_terms import is_shutdown_script
from lnwallet_tui.channel.state import Channel, ClosingTerms, Link, Phase
from lnwallet_tui.wire.bolt2 import Shutdown

__all__ = [
    "close",
    "new_tip",
    "proceed",
    "receive_closing_signed",
    "receive_shutdown",
    "reestablished",
    "still_there",
]


# -- our wish
def close(channel: Channel, command: CloseCooperatively, env: Env) -> Step:
    """Begin a cooperative close, or change the terms of one that is not agreed on yet."""
    refusal = _refuse(channel, command, env)
    if refusal is not None:
        answer = Answer(command.command_id, ChannelRefusal(refusal))
        return Step(channel, effects=(answer,))
    terms = ClosingTerms(feerate_per_kw=command.feerate_per_kw, max_fee=command.max_fee)
    begun = replace(
        _recorded(channel, env, CloseBegan.WE_TOGETHER),
        phase=Phase.NEGOTIATING if channel.phase is Phase.NEGOTIATING else Phase.SHUTTING_DOWN,
        shutdown_script=command.script,
        closing=replace(channel.closing, terms=terms),
    )
    answer = Answer(command.command_id, None)
    if channel.phase is Phase.NEGOTIATING:
        # BOLT 2: "negotiation restarts on reconnection", and only then: offers never go back.
        return Step(begun, effects=(Disconnect("new closing terms"), answer))
    return Step(begun, effects=(answer, StateChanged()))


def _recorded(channel: Channel, env: Env, began: CloseBegan) -> Channel:
    """With that beginning put down, if it is one: who answers a `shutdown` begins nothing."""
    if channel.phase in (Phase.SHUTTING_DOWN, Phase.NEGOTIATING):
        return channel
    return recording.with_record(channel, env, began)


def _refuse(channel: Channel, command: CloseCooperatively, env: Env) -> RefusalReason | None:
    if channel.old_state:
        return RefusalReason.OLD_STATE
    if channel.phase in (Phase.ON_CHAIN, Phase.DONE):
        return RefusalReason.CLOSED
    if channel.phase is Phase.CLOSING:
        return RefusalReason.CLOSING
    if channel.link is not Link.LIVE:
        return RefusalReason.NOT_CONNECTED
    # BOLT 2: "if it sent a non-zero-length `shutdown_scriptpubkey` in `open_channel` or
    # `accept_channel`: MUST send the same value"; and "MUST NOT send multiple `shutdown`".
    fixed = channel.ours.upfront_shutdown_script or channel.closing.our_script
    if fixed and command.script != fixed:
        return RefusalReason.SCRIPT_FIXED
    return None if is_shutdown_script(command.script, env) else RefusalReason.SCRIPT


# -- theirs
def receive_shutdown(channel: Channel, message: Shutdown, env: Env) -> Step:
    """The peer wants to close; a repetition after a reconnect changes nothing."""
    script, known = message.scriptpubkey, channel.closing.their_script
    if known and script == known:
        return Step(channel)
    require(not known, Violation.SHUTDOWN_CHANGED)
    _check_script(channel, script, env)
    # BOLT 2: "if there are updates pending on the receiving node's commitment transaction: MUST NOT
    # send a `shutdown`."
    offered = (htlc for htlc in channel.ledger.htlcs if htlc.offered_by is Side.THEM)
    uncommitted = any(htlc.stage is Stage.ADD_PROPOSED for htlc in offered)
    require(not uncommitted, Violation.SHUTDOWN_PENDING)
    heard = replace(
        _recorded(channel, env, CloseBegan.THEY_TOGETHER),
        phase=Phase.SHUTTING_DOWN,
        closing=replace(channel.closing, their_script=script),
    )
    return Step(heard, effects=(StateChanged(),))


def _check_script(channel: Channel, script: bytes, env: Env) -> None:
    # BOLT 2: "if the `scriptpubkey` is not in one of the above forms: SHOULD send a `warning`."
    require(is_shutdown_script(script, env), Violation.SHUTDOWN_SCRIPT)
    # BOLT 2: "and that `shutdown_scriptpubkey` is not equal to `scriptpubkey`: MAY send a
    # `warning`. MUST fail the connection."
    upfront = channel.theirs.upfront_shutdown_script
    require(not upfront or script == upfront, Violation.SHUTDOWN_NOT_UPFRONT)


# -- what follows by itself
def proceed(channel: Channel, env: Env) -> Step:
    """Whatever a shutdown can do now: send ours, or begin with fees."""
    if channel.phase is not Phase.SHUTTING_DOWN or channel.link is not Link.LIVE:
        return Step(channel)
    if not channel.closing.our_script:
        return _send_shutdown(channel, env)
    return _negotiate(channel, env)


def _send_shutdown(channel: Channel, env: Env) -> Step:
    """BOLT 2: "If channel state is always "clean" (no pending changes) when a shutdown starts
    [...]: the sender always sends a `commitment_signed` first."."""
    if channel.ledger.has_to_sign(Side.US):
        signed = dance.sign(channel, env)
        if not isinstance(signed.state, Channel) or signed.state.ledger.has_to_sign(Side.US):
            return signed
        return signed.then(lambda c: _send_shutdown(c, env))
    script = channel.shutdown_script
    sent = replace(channel, closing=replace(channel.closing, our_script=script))
    step = Step(sent, effects=(Send(Shutdown(channel.channel_id, script)), StateChanged()))
    return step.then(lambda c: _negotiate(c, env))


def _negotiate(channel: Channel, env: Env) -> Step:
    """BOLT 2: "Once shutdown is complete, the channel is empty of HTLCs, there are no commitments
    for which a revocation is owed, and all updates are included on both commitments"."""
    if not channel.closing.their_script:
        return Step(channel)
    if not channel.ledger.is_quiet or channel.their_next is not None:
        return Step(channel)
    begun = replace(
        channel, phase=Phase.NEGOTIATING, closing=replace(channel.closing, since=env.now)
    )
    return Step(begun, effects=(StateChanged(),)).then(lambda c: first_offer(c, env))


def new_tip(channel: Channel, env: Env) -> Step:
    """Publish our commitment when patience with the peer's fees is over; over a link only, so that
    it has been asked once more."""
    if channel.link is not Link.LIVE or not is_patience_over(channel, env):
        return Step(still_there(channel, env))
    reason = CloseReason.NO_CLOSING_FEE
    recorded = recording.publishing(channel, env, reason)
    return publish(recorded, reason, env, tell=reason.value)


# -- connections
def reestablished(channel: Channel, env: Env) -> Step:
    """After a reconnection, last of all.

    BOLT 2: "if it has sent a previous `shutdown`: MUST retransmit `shutdown`."
    """
    if not channel.closing.our_script:
        return Step(channel)
    repeated = Send(Shutdown(channel.channel_id, channel.closing.our_script))
    step = Step(channel, effects=(repeated,))
    if channel.phase not in (Phase.NEGOTIATING, Phase.CLOSING):
        return step
    again = Step(asked_again(channel, env), effects=step.effects)
    return again.then(lambda c: first_offer(c, env))

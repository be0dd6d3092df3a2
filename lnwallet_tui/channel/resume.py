"""After a start: what a channel looks like without its link, and what a crash may have swallowed.

Effects leave after the commit, so a crash can lose any that follow from a stored state, never more.
`resume` derives all of them again from the state alone. Each may be performed twice: watching and
broadcasting repeat what stands, and the payment room knows what it has heard.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.channel import announcing, failing, updates
from lnwallet_tui.channel.effects import Effect, Watch
from lnwallet_tui.channel.env import Env, Step
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.link import hang_up
from lnwallet_tui.channel.state import Channel, ChannelState, Forgotten, Link, Opening, Phase


def wake(stored: ChannelState, env: Env) -> Step:
    """What the node does with each stored state when it starts: the state to go on with, and
    effects."""
    return Step(asleep(stored), effects=resume(stored, env))


def asleep(stored: ChannelState) -> ChannelState:
    """Without what lived only as long as the connection: the link, uncommitted updates, offers."""
    if isinstance(stored, Channel):
        return _forget_link(stored).state
    return Forgotten()


def resume(stored: ChannelState, env: Env) -> tuple[Effect, ...]:
    """Every effect that a crash could have swallowed, from the state as it was stored.

    Give it the stored state, not `asleep` of it: HTLCs that no commitment covered are told to be
    gone (`HtlcNeverSent`), and only the former still lists them.
    """
    match stored:
        case Channel():
            return _resume_channel(stored, env)
        case Opening() | Forgotten():
            return ()
        case _:
            assert_never(stored)


def _resume_channel(channel: Channel, env: Env) -> tuple[Effect, ...]:
    if channel.phase is Phase.DONE:
        return ()
    script = p2wsh(channel.params(Side.US).funding_script)
    watch = Watch(channel.funding.outpoint, script)
    forgotten = _forget_link(channel)
    return (
        watch,
        *failing.broadcasts(channel, env),
        *updates.pending_effects(channel),
        *announcing.again(channel, env),
        *forgotten.effects,
    )


def _forget_link(channel: Channel) -> Step:
    """As if the connection had ended, which it has."""
    return hang_up(replace(channel, link=Link.LIVE))

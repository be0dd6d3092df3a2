"""From `funding_signed` to `channel_ready`, and whenever the chain takes the funding back.

Depth is never remembered, it is counted at each question: so a reorganisation takes back what it
has to, and nothing else is to be done. A channel whose funding is not deep, or not any more, offers
and accepts no HTLCs.
"""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.channel.effects import Effect, Send, StateChanged
from lnwallet_tui.channel.env import Env, Step
from lnwallet_tui.channel.errors import RefusalReason, Violation, require
from lnwallet_tui.channel.events import FundingConfirmed
from lnwallet_tui.channel.failing import broadcasts
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel, Confirmation, Forgotten, Link, Phase
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import ChannelReady, ChannelReestablish


def obstacle(channel: Channel, env: Env) -> RefusalReason | None:
    """Why no HTLC can be offered in this channel now, leaving amounts aside; None if one can."""
    if channel.old_state:
        return RefusalReason.OLD_STATE
    if channel.phase in (Phase.ON_CHAIN, Phase.DONE):
        return RefusalReason.CLOSED
    if channel.phase in (Phase.SHUTTING_DOWN, Phase.NEGOTIATING, Phase.CLOSING):
        return RefusalReason.CLOSING
    if channel.phase is Phase.FUNDING:
        return RefusalReason.NOT_READY
    if channel.link is not Link.LIVE:
        return RefusalReason.NOT_CONNECTED
    return None if channel.funding.is_deep(env.height) else RefusalReason.REORGANISED


def is_only_promised(channel: Channel) -> bool:
    """Whether what is ours in it hangs on the peer alone: the funding is the peer's, and was never
    deep in the chain. Where the funding output is spent, there was one."""
    if channel.we_fund or channel.ready.sent or channel.phase in (Phase.ON_CHAIN, Phase.DONE):
        return False
    return channel.phase is Phase.FUNDING or channel.funding.confirmed is None


# -- the chain
def confirmed(channel: Channel, event: FundingConfirmed, env: Env) -> Step:
    """The transaction that should be the funding is in a block: look at what it pays."""
    _check_output(channel, event.tx)
    place = Confirmation(event.height, event.tx_index)
    if channel.funding.confirmed == place:
        return _tell_ready(channel, env)
    coinbase = event.tx.inputs[0].outpoint.txid == bytes(32)
    funding = replace(channel.funding, confirmed=place, coinbase=coinbase)
    found = replace(channel, funding=funding)
    effects: tuple[Effect, ...] = (StateChanged(),)
    if channel.phase is Phase.CLOSING:
        effects = (*broadcasts(found, env), *effects)
    return Step(found, effects=effects).then(lambda c: _tell_ready(c, env))


def _check_output(channel: Channel, tx: Tx) -> None:
    """BOLT 2: "MUST NOT send `channel_ready` unless outpoint [...] pays exactly `funding_satoshis`
    to the scriptpubkey specified in BOLT #3"."""
    outpoint = channel.funding.outpoint
    assert tx.txid == outpoint.txid, "this is not the transaction that is watched"
    expected = TxOut(channel.funding.value, p2wsh(channel.params(Side.US).funding_script))
    pays = outpoint.vout < len(tx.outputs) and tx.outputs[outpoint.vout] == expected
    assert pays or not channel.we_fund, "our own funding transaction is not what we made"
    require(pays, Violation.FAKE_FUNDING)


def reorganised(channel: Channel, env: Env) -> Step:
    """The funding left the best chain. The time in which it has to come back begins now."""
    if channel.funding.confirmed is None:
        return Step(channel)
    funding = replace(channel.funding, confirmed=None, begun=env.height)
    back = replace(channel, funding=funding)
    return Step(back, effects=(*broadcasts(back, env), StateChanged()))


def new_tip(channel: Channel, env: Env) -> Step:
    """A block more: the funding may be deep now, or be given up."""
    if _is_given_up(channel, env):
        return _forget(channel)
    return _tell_ready(channel, env)


def _is_given_up(channel: Channel, env: Env) -> bool:
    """BOLT 2: "A non-funding node (fundee): SHOULD forget the channel if it does not see the
    correct funding transaction after a timeout of 2016 blocks."

    Not once we said `channel_ready`: then there was a funding, and it holds money of ours.
    """
    waited = env.height - channel.funding.begun
    hopeless = channel.funding.confirmed is None and waited >= env.policy.funding_timeout
    return hopeless and not channel.we_fund and not channel.ready.sent


def _forget(channel: Channel) -> Step:
    effects: tuple[Effect, ...] = (StateChanged(),)
    if channel.link is Link.LIVE:
        text = b"the funding transaction was not confirmed in time"
        effects = (Send(Error(channel.channel_id, text)), *effects)
    return Step(Forgotten(), effects=effects)


# -- channel_ready
def _tell_ready(channel: Channel, env: Env) -> Step:
    """Send `channel_ready` when the funding is deep and the peer is there to hear it."""
    waits = channel.phase in (Phase.FUNDING, Phase.SHUTTING_DOWN) and not channel.ready.sent
    if not waits or channel.link is not Link.LIVE or not channel.funding.is_deep(env.height):
        return Step(channel)
    told = replace(channel, ready=replace(channel.ready, sent=True))
    effects = (Send(_ready_message(channel, env)), StateChanged())
    return Step(_open_for_use(told), effects=effects)


def _ready_message(channel: Channel, env: Env) -> ChannelReady:
    """An alias always goes with it. BOLT 2: "if `option_scid_alias` was negotiated: MUST set
    `short_channel_id` `alias`. otherwise: MAY set"."""
    return ChannelReady(
        channel_id=channel.channel_id,
        second_per_commitment_point=env.signer.per_commitment_point(1),
        short_channel_id=channel.ready.our_alias,
    )


def _open_for_use(channel: Channel) -> Channel:
    """BOLT 2: "Once both nodes have sent this, the channel enters normal operating mode."."""
    both = channel.ready.sent and channel.ready.received
    if channel.phase is Phase.FUNDING and both:
        return replace(channel, phase=Phase.READY)
    return channel


def receive_ready(channel: Channel, message: ChannelReady, env: Env) -> Step:
    """The peer counts on the funding. A repeated message may bring another alias.

    BOLT 2: "MUST ignore any redundant `channel_ready` it receives", and of the sender: "MAY send
    multiple `channel_ready` messages to the same peer with different `alias` values."
    """
    ready = replace(
        channel.ready,
        received=True,
        their_alias=message.short_channel_id or channel.ready.their_alias,
    )
    if ready == channel.ready:
        return Step(channel)
    heard = replace(channel, ready=ready)
    if not channel.ready.received:
        heard = replace(heard, their_next_point=message.second_per_commitment_point)
    return Step(_open_for_use(heard), effects=(StateChanged(),)).then(lambda c: _tell_ready(c, env))


def reestablished(channel: Channel, message: ChannelReestablish, env: Env) -> Step:
    """After a reconnection, before anything else is sent again.

    BOLT 2: "if `next_commitment_number` is 1 in both the `channel_reestablish` it sent and
    received [...]: MUST retransmit `channel_ready`. otherwise: MUST NOT".
    """
    if not channel.ready.sent:
        return _tell_ready(channel, env)
    nothing_yet = channel.our_number == 0 and message.next_commitment_number == 1
    if nothing_yet:
        return Step(channel, effects=(Send(_ready_message(channel, env)),))
    return Step(channel)

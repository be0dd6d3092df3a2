"""Making a channel public (BOLT 7): each side sends its half of the announcement.

    ours      once both have said `channel_ready` and the funding is deep: over each connection
              until the peer's came, and as the answer to the peer's
    theirs    verified when it comes, kept for good when its place is the funding's
    both      the node is told, and tells the network

`step` calls `proceed` after every event, so that nobody has to remember what a half waits for.
Only a channel that was opened with `announce_channel` has `announcing`, and only a node that relays
has an `announcer`: without either nothing in here happens.
"""

from __future__ import annotations

from dataclasses import replace as filled
from typing import Final

from msgspec.structs import replace

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.channel.announcement import Announcing, Half
from lnwallet_tui.channel.effects import Announced, Effect, Send
from lnwallet_tui.channel.env import Announcer, Env, Step
from lnwallet_tui.channel.errors import Violation, require
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.policy import ANNOUNCEMENT_DEPTH
from lnwallet_tui.wire.bolt1 import Warning_
from lnwallet_tui.wire.bolt7 import AnnouncementSignatures, ChannelAnnouncement
from lnwallet_tui.wire.scid import ShortChannelId

_BEFORE_SHUTDOWN: Final = (Phase.FUNDING, Phase.READY)
_UNSIGNED: Final = bytes(64)
_OTHER_PLACE: Final = b"short_channel_id of announcement_signatures is not that of the funding"


# -- theirs
def receive(channel: Channel, message: AnnouncementSignatures, env: Env) -> Step:
    """The peer's half: verified at once, judged by `proceed` when its place can be compared.

    BOLT 7: "serves as an opt-in mechanism": for a channel that is to stay private it is ignored.
    """
    announcing, announcer = channel.announcing, env.announcer
    if announcing is None or announcer is None or channel.phase not in _BEFORE_SHUTDOWN:
        return Step(channel)
    place = message.short_channel_id
    half = Half(place, message.node_signature, message.bitcoin_signature)
    _check(half, _draft(channel, place, announcer, env), channel, announcer)
    if announcing.talk.heard and place == channel.short_channel_id:
        return Step(channel)
    return Step(replace(channel, announcing=announcing.wait(half)))


def _check(half: Half, draft: ChannelAnnouncement, channel: Channel, announcer: Announcer) -> None:
    """BOLT 7: "If the `node_signature` OR the `bitcoin_signature` is NOT correct: MAY send a
    `warning` and close the connection, or send an `error` and fail the channel."."""
    digest, pubkey = draft.digest(), channel.theirs.basepoints.funding_pubkey
    by_node = curve.verify(announcer.peer_id, digest, half.node_signature)
    by_funding = curve.verify(pubkey, digest, half.bitcoin_signature)
    require(by_node and by_funding, Violation.ANNOUNCEMENT_SIGNATURE)


# -- what follows by itself
def proceed(channel: Channel, env: Env) -> Step:
    """Whatever the announcement can do now: judge the peer's half, send ours, tell the node."""
    announcing, announcer, place = channel.announcing, env.announcer, channel.short_channel_id
    if announcing is None or announcer is None or place is None:
        return Step(channel)
    return (
        _judge(channel, announcing.at(place), place)
        .then(lambda c: _send(c, place, announcer, env))
        .then(lambda c: _tell(c, announcer, env))
    )


def _judge(channel: Channel, announcing: Announcing, place: ShortChannelId) -> Step:
    """BOLT 7: "If it has not sent `channel_ready`: SHOULD defer handling the
    `announcement_signatures` until after it has sent `channel_ready`."."""
    early = announcing.talk.early
    if early is None or not channel.ready.sent:
        return _with(channel, announcing)
    if early.short_channel_id == place:
        return _with(channel, announcing.keep(early))
    # BOLT 7: "If the `short_channel_id` doesn't match one of its funding transactions: SHOULD send
    # a `warning`."
    warning = Send(Warning_(channel.channel_id, _OTHER_PLACE))
    return _with(channel, announcing.drop(), warning)


def _send(channel: Channel, place: ShortChannelId, announcer: Announcer, env: Env) -> Step:
    announcing = _of(channel)
    if channel.link is not Link.LIVE or not _is_due(announcing) or not _may_be_public(channel, env):
        return Step(channel)
    half = _our_half(_draft(channel, place, announcer, env), announcer, env)
    message = AnnouncementSignatures(
        channel_id=channel.channel_id,
        short_channel_id=place,
        node_signature=half.node_signature,
        bitcoin_signature=half.bitcoin_signature,
    )
    return _with(channel, announcing.say(place), Send(message))


def _is_due(announcing: Announcing) -> bool:
    """Whether the peer has to hear ours. Once a connection is enough: two that answered each answer
    would never end.

    BOLT 7: "Upon reconnection [...]: If it has NOT previously received `announcement_signatures`
    [...]: MUST send its own [...]. If it receives `announcement_signatures` [...]: MUST respond
    with its own"; and at first, whatever was received: "MUST send".
    """
    talk = announcing.talk
    if talk.said:
        return False
    return talk.heard or announcing.theirs is None or announcing.sent is None


def _may_be_public(channel: Channel, env: Env) -> bool:
    """BOLT 7: "the `announce_channel` bit set AND a `shutdown` message has not been sent [...]:
    After `channel_ready` has been sent and received AND the funding transaction has enough
    confirmations to ensure that it won't be reorganized"; otherwise "MUST NOT send"."""
    funding = channel.funding
    is_deep = funding.is_deep(env.height) and funding.depth(env.height) >= ANNOUNCEMENT_DEPTH
    return channel.phase is Phase.READY and is_deep


def _tell(channel: Channel, announcer: Announcer, env: Env) -> Step:
    """BOLT 7: "If it has sent AND received a valid `announcement_signatures` message: If the
    funding transaction has at least 6 confirmations: SHOULD queue the `channel_announcement`"."""
    announcing = _of(channel)
    both = announcing.sent is not None and announcing.theirs is not None
    complete = both and _may_be_public(channel, env)
    if complete == announcing.told:
        return Step(channel)
    told = _with(channel, replace(announcing, told=complete))
    return told.then(lambda c: Step(c, effects=_complete(c, announcer, env) if complete else ()))


# -- after a start
def again(channel: Channel, env: Env) -> tuple[Effect, ...]:
    """What the node was told before, once more."""
    announcing, announcer = channel.announcing, env.announcer
    if announcing is None or announcer is None or channel.phase is not Phase.READY:
        return ()
    stands = announcing.told and announcing.sent == channel.short_channel_id
    return _complete(channel, announcer, env) if stands else ()


# -- the announcement
def _draft(
    channel: Channel, place: ShortChannelId, announcer: Announcer, env: Env
) -> ChannelAnnouncement:
    """The announcement without its signatures.

    BOLT 9 has no feature yet that is "presented in the `channel_announcement` message".
    """
    ends = (
        (announcer.node_id, channel.ours.basepoints.funding_pubkey),
        (announcer.peer_id, channel.theirs.basepoints.funding_pubkey),
    )
    # BOLT 7: "`node_id_1` is the lexicographically-lesser of the two compressed keys", and "MUST
    # set `bitcoin_key_1` and `bitcoin_key_2` to `node_id_1` and `node_id_2`'s respective
    # `funding_pubkey`s."
    (node_id_1, bitcoin_key_1), (node_id_2, bitcoin_key_2) = sorted(ends)
    return ChannelAnnouncement(
        node_signature_1=_UNSIGNED,
        node_signature_2=_UNSIGNED,
        bitcoin_signature_1=_UNSIGNED,
        bitcoin_signature_2=_UNSIGNED,
        features=b"",
        chain_hash=env.network.chain_hash,
        short_channel_id=place,
        node_id_1=node_id_1,
        node_id_2=node_id_2,
        bitcoin_key_1=bitcoin_key_1,
        bitcoin_key_2=bitcoin_key_2,
    )


def _our_half(draft: ChannelAnnouncement, announcer: Announcer, env: Env) -> Half:
    """Our signatures; the same ones each time."""
    return Half(
        draft.short_channel_id,
        announcer.sign(draft.digest()),
        env.signer.sign_announcement(draft),
    )


def _complete(channel: Channel, announcer: Announcer, env: Env) -> tuple[Effect, ...]:
    """The announcement with all four signatures."""
    theirs = _of(channel).theirs
    assert theirs is not None, "the peer's half is there"
    draft = _draft(channel, theirs.short_channel_id, announcer, env)
    ours = _our_half(draft, announcer, env)
    first, second = (ours, theirs) if announcer.node_id == draft.node_id_1 else (theirs, ours)
    announcement = filled(
        draft,
        node_signature_1=first.node_signature,
        node_signature_2=second.node_signature,
        bitcoin_signature_1=first.bitcoin_signature,
        bitcoin_signature_2=second.bitcoin_signature,
    )
    return (Announced(announcement),)


# -- the state
def _of(channel: Channel) -> Announcing:
    assert channel.announcing is not None, "a private channel has no announcement"
    return channel.announcing


def _with(channel: Channel, announcing: Announcing, *effects: Effect) -> Step:
    """A step to a channel that differs in this only, if it does."""
    if announcing == channel.announcing:
        return Step(channel, effects=effects)
    return Step(replace(channel, announcing=announcing), effects=effects)

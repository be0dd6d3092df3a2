"""`channel_reestablish`: after each new connection, what was lost on the way is sent again.

Both sides say how many commitments and revocations they have. From that alone it follows whether
our last `commitment_signed`, our last `revoke_and_ack`, both or neither went missing, and whether
one side has lost data. Nothing in here sets a channel back: a number we cannot explain ends the
connection.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from lnwallet_tui.bitcoin.curve import is_secret, public_key
from lnwallet_tui.channel import closing, commitments, dance, funding, updates
from lnwallet_tui.channel.effects import Effect, Send, StateChanged
from lnwallet_tui.channel.env import Env, Step
from lnwallet_tui.channel.errors import Violation, require
from lnwallet_tui.channel.events import PeerConnected
from lnwallet_tui.channel.shachain import LAST_INDEX
from lnwallet_tui.channel.state import Channel, Link
from lnwallet_tui.wire.bolt1 import Warning_
from lnwallet_tui.wire.bolt2 import ChannelReestablish
from lnwallet_tui.wire.features import ASSUMED

_NO_SECRET: Final = bytes(32)
_FALLEN_BEHIND: Final = b"you have lost commitments of this channel that you had accepted"


# -- the connection comes and goes
def connected(channel: Channel, event: PeerConnected, env: Env) -> Step:
    """`init` was exchanged: say where we stand, and wait for the peer to."""
    needed = (bit & ~1 for bit in channel.channel_type.features)
    has_all = all(event.features.has(pair) or pair in ASSUMED for pair in needed)
    require(has_all, Violation.MISSING_FEATURE)
    message = _our_standing(channel, env)
    waiting = replace(channel, link=Link.REESTABLISHING)
    return Step(waiting, effects=(Send(message), StateChanged()))


def _our_standing(channel: Channel, env: Env) -> ChannelReestablish:
    if channel.restored:
        return asks_to_fail(channel.channel_id, env.signer.per_commitment_point(0))
    revoked = channel.their_secrets.revoked
    last_secret = channel.their_secrets.secret_of(revoked - 1) if revoked else _NO_SECRET
    assert last_secret is not None, "every secret they revealed is kept"
    return ChannelReestablish(
        channel_id=channel.channel_id,
        next_commitment_number=channel.our_number + 1,
        next_revocation_number=revoked,
        your_last_per_commitment_secret=last_secret,
        my_current_per_commitment_point=env.signer.per_commitment_point(channel.our_number),
    )


def asks_to_fail(channel_id: bytes, point: bytes) -> ChannelReestablish:
    """Of a channel that we have lost: has the peer publish its commitment. `point` is any.

    BOLT 2: "if `next_commitment_number` is zero: MUST immediately fail the channel and broadcast
    any relevant latest commitment transaction." Core Lightning, LND and LDK close for that number
    (LND's own restored channels say the same, and it heeds no `error`); where a peer sees no more
    than that we have lost data, as Eclair, it waits for the `error` that follows its answer.
    """
    return ChannelReestablish(
        channel_id=channel_id,
        next_commitment_number=0,
        next_revocation_number=0,
        your_last_per_commitment_secret=_NO_SECRET,
        my_current_per_commitment_point=point,
    )


# -- where the peer stands
def receive_reestablish(channel: Channel, message: ChannelReestablish, env: Env) -> Step:
    """Compare, send again what went missing, and go on."""
    awaited = channel.link in (Link.REESTABLISHING, Link.PEER_BEHIND)
    require(awaited, Violation.REESTABLISHED_TWICE)
    # What was proved once is not unsaid: our commitment must not be published for anything below.
    # Nor does it matter what a peer says where we know it: one that agrees would gain by it.
    require(not (channel.old_state or env.is_older), Violation.WE_ARE_BEHIND)
    _check_proof(channel, message, env)
    # BOLT 2: "if `next_commitment_number` is zero: MUST immediately fail the channel and broadcast
    # any relevant latest commitment transaction." One that is proved to be revoked is not.
    require(message.next_commitment_number != 0, Violation.ASKS_TO_FAIL)
    if _has_fallen_behind(channel, message):
        return _wait_for_its_error(channel)
    live = replace(channel, link=Link.LIVE)
    again = funding.reestablished(live, message, env)
    return (
        again.then(lambda c: Step(c, effects=tuple(_missing(c, message, env))))
        .then(_propose_again)
        .then(lambda c: dance.sign(c, env))
        .then(lambda c: closing.reestablished(c, env))
        .then(lambda c: Step(c, effects=(StateChanged(),)))
    )


def _check_proof(channel: Channel, message: ChannelReestablish, env: Env) -> None:
    """That the peer knows no more of the channel than we do, and what it says is true."""
    ours, theirs = channel.our_number, message.next_revocation_number
    if theirs:
        proof = message.your_last_per_commitment_secret
        require(_proves(proof, theirs - 1, env), Violation.REESTABLISH_SECRET)
    # BOLT 2: "if `next_revocation_number` is greater than expected above, AND
    # `your_last_per_commitment_secret` is correct for that `next_revocation_number` minus 1: MUST
    # NOT broadcast its commitment transaction."
    require(theirs <= ours, Violation.WE_ARE_BEHIND)
    expected = message.next_commitment_number
    require(expected <= channel.their_number + 1, Violation.COMMITMENT_NUMBER)


def _proves(secret: bytes, number: int, env: Env) -> bool:
    known = number <= LAST_INDEX and is_secret(secret)
    return known and public_key(secret) == env.signer.per_commitment_point(number)


def _has_fallen_behind(channel: Channel, message: ChannelReestablish) -> bool:
    """Whether the peer lacks a revocation or a commitment that it has had."""
    newest = channel.their_number
    lowest = newest if channel.their_next is not None else newest + 1
    lacks_revocation = message.next_revocation_number < channel.our_number - 1
    return lacks_revocation or message.next_commitment_number < lowest


def _wait_for_its_error(channel: Channel) -> Step:
    """BOLT 2: "The other node should wait for that `error` to give the fallen-behind node an
    opportunity to fix its state first". So the connection stays, and nothing else is said in it.
    """
    behind = replace(channel, link=Link.PEER_BEHIND)
    return Step(behind, effects=(Send(Warning_(channel.channel_id, _FALLEN_BEHIND)),))


# -- what is sent again
def _missing(channel: Channel, message: ChannelReestablish, env: Env) -> list[Effect]:
    """BOLT 2: "MUST retransmit `revoke_and_ack` and `commitment_signed` in the same relative order
    as initially transmitted."
    """
    revocation: list[Effect] = []
    if message.next_revocation_number < channel.our_number:
        revocation = [Send(dance.revocation(channel, env))]
    commitment: list[Effect] = []
    unanswered = channel.their_next
    if unanswered is not None and message.next_commitment_number == unanswered.spec.number:
        signed = commitments.sign(channel, unanswered, env.signer)
        commitment = [*map(Send, updates.signed_messages(channel)), Send(signed)]
    return commitment + revocation if channel.revoked_last else revocation + commitment


def _propose_again(channel: Channel) -> Step:
    """Removals that we decided on and that no signature covers: the peer has forgotten them."""
    return Step(channel, effects=tuple(map(Send, updates.proposed_messages(channel))))

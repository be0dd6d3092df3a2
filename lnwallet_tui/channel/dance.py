"""`commitment_signed` and `revoke_and_ack`: how updates become binding, one commitment at a time.

At most one `commitment_signed` of ours is unanswered. Each of theirs is answered at once by a
revocation and, where that left us something to sign, by a signature of ours.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from lnwallet_tui.bitcoin.curve import is_secret, public_key
from lnwallet_tui.channel import commitments
from lnwallet_tui.channel.effects import AskWhetherThere, Effect, Send, StateChanged
from lnwallet_tui.channel.env import Env, Step
from lnwallet_tui.channel.errors import RemoteError, Violation, require
from lnwallet_tui.channel.held_htlcs import changes
from lnwallet_tui.channel.htlcs import Side, Stage
from lnwallet_tui.channel.shachain import ShachainStore, WrongSecret, index_of
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.channel.updates import failed, received
from lnwallet_tui.wire.bolt2 import CommitmentSigned, RevokeAndAck


# -- we sign
def sign(channel: Channel, env: Env) -> Step:
    """Sign what is proposed, unless nothing is or a signature of ours is unanswered.

    BOLT 2: "MUST NOT send a `commitment_signed` message that does not include any updates."
    """
    if channel.their_next is not None or not channel.ledger.has_to_sign(Side.US):
        return Step(channel)
    # BOLT 2: "if it has not recently received a message from the remote node: SHOULD use `ping` and
    # await the reply `pong` before sending `commitment_signed`." Until then nothing binds us.
    if not env.peer_was_heard:
        return Step(channel, effects=(AskWhetherThere(),))
    theirs = commitments.next_of_theirs(channel)
    message = commitments.sign(channel, theirs, env.signer)
    signed = replace(
        channel,
        ledger=channel.ledger.signed_by(Side.US),
        their_next=theirs,
        their_next_point=None,
        revoked_last=False,
    )
    rows = changes(channel.their_current.spec, theirs.spec)
    return Step(signed, rows, (Send(message),))


def receive_commitment_signed(channel: Channel, message: CommitmentSigned, env: Env) -> Step:
    """Their signatures of our next commitment: revoke the one before."""
    require(channel.ready.sent and channel.ready.received, Violation.NOT_READY)
    require(message.funding_txid in (None, channel.funding.outpoint.txid), Violation.OTHER_FUNDING)
    ours = commitments.verify(channel, message, env.signer)
    env.signer.accept_holder_commitment(ours.spec.number)
    revoked = replace(
        channel,
        ledger=channel.ledger.signed_by(Side.THEM).revoked_by(Side.US),
        our_commitment=ours,
        revoked_last=True,
    )
    answer = Step(revoked, effects=(Send(revocation(revoked, env)), StateChanged()))
    return answer.then(lambda c: sign(c, env))


def revocation(channel: Channel, env: Env) -> RevokeAndAck:
    """The `revoke_and_ack` of the commitment before our newest; the same whenever it is asked."""
    number = channel.our_number
    return RevokeAndAck(
        channel_id=channel.channel_id,
        per_commitment_secret=env.signer.release_secret(number - 1),
        next_per_commitment_point=env.signer.per_commitment_point(number + 1),
    )


# -- they revoke
def receive_revocation(channel: Channel, message: RevokeAndAck, env: Env) -> Step:
    """Their revocation of the commitment before the one that we signed last."""
    newest = channel.their_next
    if newest is None:
        raise RemoteError(Violation.NOTHING_TO_REVOKE)
    revoked = replace(
        channel,
        ledger=channel.ledger.revoked_by(Side.THEM),
        their_secrets=_with_secret(channel, message.per_commitment_secret),
        their_current=newest,
        their_next=None,
        their_next_point=message.next_per_commitment_point,
    )
    effects = tuple(_irrevocable(channel))
    return Step(revoked, effects=(*effects, StateChanged())).then(lambda c: sign(c, env))


def _with_secret(channel: Channel, secret: bytes) -> ShachainStore:
    """Their secrets with one more, which must be the one of the commitment that it revokes."""
    revoked = channel.their_current
    # BOLT 2: "if `per_commitment_secret` is not a valid secret key or does not generate the
    # previous `per_commitment_point`: MUST send an `error` and fail the channel."
    matches = is_secret(secret) and public_key(secret) == revoked.point
    require(matches, Violation.REVOKED_SECRET)
    try:
        return channel.their_secrets.insert(index_of(revoked.spec.number), secret)
    except WrongSecret as error:
        raise RemoteError(Violation.SECRET_CHAIN, str(error)) from error


def _irrevocable(channel: Channel) -> Iterator[Effect]:
    """What their revocation makes final: HTLCs offered to us, failures of HTLCs of ours."""
    for htlc in channel.ledger.htlcs:
        if htlc.stage is Stage.ADD_COUNTERSIGNED and htlc.offered_by is Side.THEM:
            yield received(htlc)
        elif htlc.stage is Stage.REMOVE_COUNTERSIGNED and htlc.offered_by is Side.US:
            yield from failed(htlc)

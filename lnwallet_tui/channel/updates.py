"""Updates: offering, settling and refusing HTLCs, and the feerate; as commands and as messages.

An update binds nobody until a commitment covers it (`dance`). A preimage is the exception: it is
passed on at once and never forgotten, whatever becomes of the update that brought it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel import limits
from lnwallet_tui.channel.effects import (
    Answer,
    Effect,
    HtlcFailed,
    HtlcFulfilled,
    HtlcReceived,
    Send,
    StateChanged,
)
from lnwallet_tui.channel.env import Env, Step
from lnwallet_tui.channel.errors import RemoteError, Violation, require
from lnwallet_tui.channel.events import AddHtlc, FailHtlc, FailMalformedHtlc, FulfillHtlc, UpdateFee
from lnwallet_tui.channel.htlcs import Failed, Htlc, Malformed, Side, Stage
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.wire import bolt2
from lnwallet_tui.wire.bolt1 import Warning_
from lnwallet_tui.wire.codec import Message

_BADONION: Final = 0x8000

Removal = FulfillHtlc | FailHtlc | FailMalformedHtlc
Update = (
    bolt2.UpdateAddHtlc
    | bolt2.UpdateFulfillHtlc
    | bolt2.UpdateFailHtlc
    | bolt2.UpdateFailMalformedHtlc
    | bolt2.UpdateFee
)


# -- commands
def command(channel: Channel, event: AddHtlc | Removal | UpdateFee, env: Env) -> Step:
    """An update of ours. Whether the channel can take offers at all was asked before."""
    match event:
        case AddHtlc():
            return _offer(channel, event, env)
        case UpdateFee(feerate_per_kw):
            return _propose_fee(channel, feerate_per_kw, env)
        case _:
            return _remove(channel, event)


def _offer(channel: Channel, event: AddHtlc, env: Env) -> Step:
    refusal = limits.refuse_offer(channel, event.amount, event.cltv_expiry, env)
    if refusal is not None:
        return Step(channel, effects=(Answer(event.command_id, refusal),))
    htlc = Htlc(
        offered_by=Side.US,
        id=channel.ledger.next_id(Side.US),
        amount=event.amount,
        payment_hash=event.payment_hash,
        cltv_expiry=event.cltv_expiry,
        onion=event.onion,
    )
    offered = replace(channel, ledger=channel.ledger.with_offer(htlc))
    answer = Answer(event.command_id, htlc.id)
    return Step(offered, effects=(Send(_add_message(channel, htlc)), answer, StateChanged()))


def _propose_fee(channel: Channel, feerate_per_kw: int, env: Env) -> Step:
    """A feerate that cannot be afforded or changes nothing is not proposed.

    None is after a shutdown: the peer may see the channel empty already, and negotiate a fee.
    """
    if channel.phase is not Phase.READY:
        return Step(channel)
    same = feerate_per_kw in channel.ledger.feerates_ahead
    if not channel.we_fund or same or limits.refuse_feerate(channel, feerate_per_kw, env):
        return Step(channel)
    proposed = replace(channel, ledger=channel.ledger.with_fee(feerate_per_kw))
    return Step(proposed, effects=(Send(_fee_message(channel, feerate_per_kw)),))


def _remove(channel: Channel, event: Removal) -> Step:
    """Settle or refuse an HTLC that was offered to us.

    The decision stands even while the peer is away: it is told after the next reconnection, and a
    preimage serves the guard. A decision that was taken before is not taken again.
    """
    htlc = channel.ledger.find(Side.THEM, event.htlc_id)
    if htlc is None or htlc.stage is not Stage.LOCKED_IN:
        return Step(channel)
    match event:
        case FulfillHtlc(_, preimage):
            assert sha256(preimage) == htlc.payment_hash, "this preimage opens another HTLC"
            ledger = channel.ledger.with_removal(htlc, preimage)
        case FailHtlc(_, reason):
            ledger = channel.ledger.with_removal(htlc, Failed(reason))
        case FailMalformedHtlc(_, sha256_of_onion, failure_code):
            ledger = channel.ledger.with_removal(htlc, Malformed(sha256_of_onion, failure_code))
        case _:
            assert_never(event)
    removed = replace(channel, ledger=ledger)
    listed = ledger.find(Side.THEM, htlc.id)
    assert listed is not None, "what is being removed is listed until it is gone"
    sends = (Send(_removal_message(channel, listed)),) if channel.link is Link.LIVE else ()
    return Step(removed, effects=(*sends, StateChanged()))


# -- messages to the peer
def signed_messages(channel: Channel) -> Iterator[Message]:
    """Our updates that the unanswered `commitment_signed` covers, to be sent again before it."""
    yield from _messages(channel, Stage.ADD_SIGNED, Stage.REMOVE_SIGNED)


def proposed_messages(channel: Channel) -> Iterator[Message]:
    """Our updates that no signature of ours covers yet."""
    yield from _messages(channel, Stage.ADD_PROPOSED, Stage.REMOVE_PROPOSED)


def _messages(channel: Channel, added: Stage, removed: Stage) -> Iterator[Message]:
    if channel.we_fund:
        for update in channel.ledger.fee_updates:
            if update.stage is added:
                yield _fee_message(channel, update.feerate_per_kw)
    for htlc in channel.ledger.htlcs:
        if htlc.offered_by is Side.US and htlc.stage is added:
            yield _add_message(channel, htlc)
        elif htlc.offered_by is Side.THEM and htlc.stage is removed:
            yield _removal_message(channel, htlc)


def _add_message(channel: Channel, htlc: Htlc) -> bolt2.UpdateAddHtlc:
    return bolt2.UpdateAddHtlc(
        channel_id=channel.channel_id,
        id=htlc.id,
        amount_msat=htlc.amount,
        payment_hash=htlc.payment_hash,
        cltv_expiry=htlc.cltv_expiry,
        onion_routing_packet=htlc.onion,
        blinded_path=htlc.path_key,
    )


def _fee_message(channel: Channel, feerate_per_kw: int) -> bolt2.UpdateFee:
    return bolt2.UpdateFee(channel_id=channel.channel_id, feerate_per_kw=feerate_per_kw)


def _removal_message(channel: Channel, htlc: Htlc) -> Message:
    match htlc.failure:
        case Failed(reason):
            return bolt2.UpdateFailHtlc(channel.channel_id, htlc.id, reason)
        case Malformed(sha256_of_onion, failure_code):
            return bolt2.UpdateFailMalformedHtlc(
                channel.channel_id, htlc.id, sha256_of_onion, failure_code
            )
        case None:
            assert htlc.preimage is not None, "what is not failed is settled by its preimage"
            return bolt2.UpdateFulfillHtlc(channel.channel_id, htlc.id, htlc.preimage)
        case _:
            assert_never(htlc.failure)


# -- messages of the peer
def receive(channel: Channel, message: Update, env: Env) -> Step:
    """An update of the peer."""
    require(channel.ready.sent and channel.ready.received, Violation.NOT_READY)
    in_use = channel.phase in (Phase.READY, Phase.SHUTTING_DOWN)
    require(in_use, Violation.UPDATE_AFTER_SHUTDOWN)
    match message:
        case bolt2.UpdateAddHtlc():
            return _receive_offer(channel, message, env)
        case bolt2.UpdateFulfillHtlc():
            return _receive_preimage(channel, message)
        case bolt2.UpdateFailHtlc():
            return _receive_failure(channel, message.id, Failed(message.reason))
        case bolt2.UpdateFailMalformedHtlc():
            # BOLT 2: "if the `BADONION` bit in `failure_code` is not set for
            # `update_fail_malformed_htlc`: MUST send a `warning` and close the connection"
            require(bool(message.failure_code & _BADONION), Violation.NOT_BADONION)
            malformed = Malformed(message.sha256_of_onion, message.failure_code)
            return _receive_failure(channel, message.id, malformed)
        case bolt2.UpdateFee():
            return _receive_fee(channel, message, env)
        case _:
            assert_never(message)


def _receive_fee(channel: Channel, message: bolt2.UpdateFee, env: Env) -> Step:
    """One that is borne, strange as it is, is complained of all the same."""
    strange = limits.check_feerate(channel, message.feerate_per_kw, env)
    set_ = replace(channel, ledger=channel.ledger.with_fee(message.feerate_per_kw))
    if strange is None:
        return Step(set_)
    return Step(set_, effects=(Send(Warning_(channel.channel_id, strange.sentence.encode())),))


def _receive_offer(channel: Channel, message: bolt2.UpdateAddHtlc, env: Env) -> Step:
    # BOLT 2: a node that sent `shutdown` "MUST NOT send an `update_add_htlc` after a `shutdown`".
    require(not channel.closing.their_script, Violation.UPDATE_AFTER_SHUTDOWN)
    require(message.id == channel.ledger.next_id(Side.THEM), Violation.HTLC_ID)
    amount = message.amount_msat
    limits.check_offer(channel, amount, message.cltv_expiry)
    htlc = Htlc(
        offered_by=Side.THEM,
        id=message.id,
        amount=amount,
        payment_hash=message.payment_hash,
        cltv_expiry=message.cltv_expiry,
        onion=message.onion_routing_packet,
        path_key=message.blinded_path,
        excess_dust=_must_fail(channel, amount, env),
    )
    return Step(replace(channel, ledger=channel.ledger.with_offer(htlc)))


def _must_fail(channel: Channel, amount: Msat, env: Env) -> bool:
    """Whether this offer is not to be taken, though the peer may make it: it is too much dust, the
    channel is to end, the peer's feerate would eat it on chain, or it may come to nothing, a
    reorganisation taking its funding back."""
    # BOLT 2: "SHOULD fail to route any HTLC added after it has sent `shutdown`."
    if channel.closing.our_script or not channel.funding.is_deep(env.height):
        return True
    if limits.costs_too_much(channel, env):
        return True
    return limits.exceeds_dust(channel, Side.THEM, amount, env.policy)


def _receive_preimage(channel: Channel, message: bolt2.UpdateFulfillHtlc) -> Step:
    htlc = _committed(channel, message.id)
    # BOLT 2: "if the `payment_preimage` value in `update_fulfill_htlc` doesn't SHA256 hash to the
    # corresponding HTLC `payment_hash`: MUST send a `warning` and close the connection"
    preimage = message.payment_preimage
    require(sha256(preimage) == htlc.payment_hash, Violation.PREIMAGE)
    settled = replace(channel, ledger=channel.ledger.with_removal(htlc, preimage))
    told = HtlcFulfilled(htlc.id, htlc.payment_hash, preimage)
    return Step(settled, effects=(told, StateChanged()))


def _receive_failure(channel: Channel, htlc_id: int, failure: Failed | Malformed) -> Step:
    htlc = _committed(channel, htlc_id)
    return Step(replace(channel, ledger=channel.ledger.with_removal(htlc, failure)))


def _committed(channel: Channel, htlc_id: int) -> Htlc:
    """Our HTLC that the peer removes.

    BOLT 2: "if the `id` does not correspond to an HTLC in its current commitment transaction: MUST
    send a `warning` and close the connection"; one that is being removed already is not there
    for a second removal either.
    """
    htlc = channel.ledger.find(Side.US, htlc_id)
    if htlc is None or htlc.stage is not Stage.LOCKED_IN:
        raise RemoteError(Violation.UNKNOWN_HTLC)
    return htlc


# -- what others hear of it
def received(htlc: Htlc) -> HtlcReceived:
    """An HTLC offered to us is irrevocably committed."""
    return HtlcReceived(
        htlc_id=htlc.id,
        amount=htlc.amount,
        payment_hash=htlc.payment_hash,
        cltv_expiry=htlc.cltv_expiry,
        onion=htlc.onion,
        excess_dust=htlc.excess_dust,
    )


def failed(htlc: Htlc) -> Iterator[HtlcFailed]:
    """The removal of an HTLC of ours is irrevocable: unless it was settled, it failed.

    A peer that showed the preimage and failed the HTLC after a reconnect gave it away: the payment
    is proved, and paying again is not wanted.
    """
    if htlc.preimage is not None:
        return
    match htlc.failure:
        case Failed(reason):
            yield HtlcFailed(htlc.id, htlc.payment_hash, reason, 0)
        case Malformed(_, failure_code):
            yield HtlcFailed(htlc.id, htlc.payment_hash, None, failure_code)
        case None:
            raise AssertionError("what is not settled was failed")
        case _:
            assert_never(htlc.failure)


def pending_effects(channel: Channel) -> tuple[Effect, ...]:
    """What the payment room may not have heard before a crash: open offers, known preimages."""
    effects: list[Effect] = []
    for htlc in channel.ledger.htlcs:
        if htlc.offered_by is Side.THEM and htlc.stage is Stage.LOCKED_IN:
            effects.append(received(htlc))
        elif htlc.offered_by is Side.US and htlc.preimage is not None:
            effects.append(HtlcFulfilled(htlc.id, htlc.payment_hash, htlc.preimage))
    return tuple(effects)

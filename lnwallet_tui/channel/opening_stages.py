"""An opening from `accept_channel` to `funding_signed`.

The step that leads to the `Channel` returns it together with `Broadcast` or `funding_signed`, and
effects leave after the commit: so the funding transaction is never published before the signature
of the commitment that spends it is on disk.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.channel.announcement import Announcing
from lnwallet_tui.channel.effects import Answer, Broadcast, NeedFunding, Send, StateChanged, Watch
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
    ForceClose,
    FundingImpossible,
    FundingTransactionSigned,
    MessageReceived,
    NewTip,
    OfChain,
    OfUpdates,
    OpeningTimedOut,
    PeerConnected,
    PeerDisconnected,
)
from lnwallet_tui.channel.failing import forget_opening
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.opening_checks import check_accept
from lnwallet_tui.channel.opening_terms import (
    first_commitment,
    first_ledger,
    first_params,
    first_spec,
    terms_of,
)
from lnwallet_tui.channel.scripts import funding_script
from lnwallet_tui.channel.state import (
    Channel,
    Funding,
    Link,
    Opening,
    OpeningStage,
    OurCommitment,
    Ready,
    TheirCommitment,
)
from lnwallet_tui.channel.transactions import is_funding_signature
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.bolt2 import AcceptChannel, FundingCreated, FundingSigned, OpenChannel
from lnwallet_tui.wire.codec import Message


def proceed(opening: Opening, event: ChannelEvent, env: Env) -> Step:
    """What becomes of an opening by `event`."""
    if isinstance(event, NewTip):
        return Step(opening)
    if isinstance(event, OfUpdates | OfChain):
        raise AssertionError(f"{type(event).__name__} for what is no channel yet")
    match event:
        case MessageReceived(message):
            return _receive(opening, message, env)
        case FundingTransactionSigned():
            return _create(opening, event, env)
        case FundingImpossible():
            return _cannot_be_funded(opening)
        case OpeningTimedOut():
            return _time_out(opening)
        case PeerDisconnected():
            # BOLT 2: "upon disconnection: [...] SHOULD NOT remember the channel for reconnection",
            # before the funding is broadcast or `funding_signed` is sent.
            return forget_opening(opening, ChannelRefusal(RefusalReason.NOT_CONNECTED))
        case ForceClose(command_id):
            refusal = ChannelRefusal(RefusalReason.CLOSED)
            forgotten = forget_opening(opening, refusal, tell="the opening was given up")
            answer = Answer(command_id, None)
            return Step(forgotten.state, effects=(*forgotten.effects, answer))
        case AddHtlc(command_id) | CloseCooperatively(command_id):
            refusal = ChannelRefusal(RefusalReason.NOT_READY)
            return Step(opening, effects=(Answer(command_id, refusal),))
        case PeerConnected():
            return Step(opening)
        case _:
            assert_never(event)


def _receive(opening: Opening, message: Message, env: Env) -> Step:
    if isinstance(message, Error):
        refusal = ChannelRefusal(RefusalReason.PEER_ERROR, said=Untrusted(message.data))
        return forget_opening(opening, refusal)
    if isinstance(message, Warning_):
        return Step(opening)
    if isinstance(message, OpenChannel):
        # The id is taken: the second channel is refused, the first one goes on.
        taken = Warning_(opening.temporary_channel_id, b"temporary_channel_id is in use")
        return Step(opening, effects=(Send(taken),))
    return _receive_next(opening, message, env)


def _receive_next(opening: Opening, message: Message, env: Env) -> Step:
    """Each stage waits for one message."""
    match opening.stage, message:
        case OpeningStage.ACCEPT, AcceptChannel():
            return _accepted(opening, message, env)
        case OpeningStage.CREATED, FundingCreated():
            return _created(opening, message, env)
        case OpeningStage.SIGNED, FundingSigned():
            return _signed(opening, message, env)
        case _:
            raise RemoteError(Violation.OPENING_ORDER)


# -- the funder
def _accepted(opening: Opening, message: AcceptChannel, env: Env) -> Step:
    # BOLT 2: "The `temporary_channel_id` MUST be the same as the `temporary_channel_id` in the
    # `open_channel` message."
    same_id = message.temporary_channel_id == opening.temporary_channel_id
    require(same_id, Violation.TEMPORARY_ID)
    theirs = terms_of(message, env)
    check_accept(message, theirs, opening, env)
    accepted = replace(
        opening,
        stage=OpeningStage.TRANSACTION,
        theirs=theirs,
        their_point=message.first_per_commitment_point,
        minimum_depth=message.minimum_depth,
    )
    script = p2wsh(_funding_script(accepted))
    need = NeedFunding(script, opening.funding_value, opening.funding_feerate_per_kw)
    return Step(accepted, effects=(need,))


def _create(opening: Opening, event: FundingTransactionSigned, env: Env) -> Step:
    """Our coins are ready: name the funding output and sign the fundee's first commitment.

    BOLT 2: "`funding_txid` to the transaction ID of a non-malleable transaction, and MUST NOT
    broadcast this transaction."
    """
    _expect_asked(opening)
    if not _fits(opening, event.tx, event.output_index):
        return _cannot_be_funded(opening)
    outpoint = event.tx.outpoint(event.output_index)
    named = replace(opening, stage=OpeningStage.SIGNED, funding_tx=event.tx, outpoint=outpoint)
    message = FundingCreated(
        temporary_channel_id=opening.temporary_channel_id,
        funding_txid=outpoint.txid,
        funding_output_index=outpoint.vout,
        signature=_sign_theirs(named, env),
    )
    return Step(named, effects=(Send(message),))


def _expect_asked(opening: Opening) -> None:
    assert opening.stage is OpeningStage.TRANSACTION, "nobody asked for a funding transaction"


def _cannot_be_funded(opening: Opening) -> Step:
    """BOLT 2: "If this fails at any stage, [...] the channel establishment fails." A peer that is
    not told waits for us, and takes no other channel of ours meanwhile."""
    _expect_asked(opening)
    refusal = ChannelRefusal(RefusalReason.FUNDING_TX)
    return forget_opening(opening, refusal, tell="the funding transaction cannot be made")


def _fits(opening: Opening, tx: Tx, index: int) -> bool:
    """Whether it pays what was agreed, and its id cannot change any more.

    BOLT 2: "A transaction with all Segregated Witness inputs is not malleable".
    """
    expected = TxOut(opening.funding_value, p2wsh(_funding_script(opening)))
    pays = index < len(tx.outputs) and tx.outputs[index] == expected
    return pays and all(txin.witness and not txin.script_sig for txin in tx.inputs)


def _signed(opening: Opening, message: FundingSigned, env: Env) -> Step:
    require(message.channel_id == opening.channel_id, Violation.CHANNEL_ID)
    channel = _channel(opening, message.signature, env)
    assert opening.funding_tx is not None, "the funder has a funding transaction"
    assert opening.command_id is not None, "the funder was asked to open"
    # BOLT 2: "on receipt of a valid `funding_signed`: SHOULD broadcast the funding transaction."
    return Step(
        channel,
        effects=(
            _watch(channel),
            Broadcast((opening.funding_tx,), "funding"),
            Answer(opening.command_id, None),
            StateChanged(),
        ),
    )


# -- the fundee
def _time_out(opening: Opening) -> Step:
    """The same, where the peer does not say so.

    BOLT 2, of a channel that is signed even: "If the fundee were to remember the channel forever,
    this would create a Denial of Service risk".
    """
    assert opening.stage is OpeningStage.CREATED, "the peer is waited for"
    refusal = ChannelRefusal(RefusalReason.NOT_READY)
    return forget_opening(opening, refusal, tell="funding_created did not come in time")


def _created(opening: Opening, message: FundingCreated, env: Env) -> Step:
    same_id = message.temporary_channel_id == opening.temporary_channel_id
    require(same_id, Violation.TEMPORARY_ID)
    outpoint = OutPoint(message.funding_txid, message.funding_output_index)
    named = replace(opening, outpoint=outpoint)
    # BOLT 2: "until you know the script pubkey corresponding to the funding output nothing prevents
    # duplicative channel ids"; what is another channel's already is refused at once.
    require(named.channel_id not in env.channel_ids, Violation.FUNDING_TAKEN)
    channel = _channel(named, message.signature, env)
    reply = FundingSigned(channel_id=named.channel_id, signature=_sign_theirs(named, env))
    return Step(channel, effects=(_watch(channel), Send(reply), StateChanged()))


# -- both
def _funding_script(opening: Opening) -> bytes:
    assert opening.theirs is not None, "both sides' terms are known"
    return funding_script(
        opening.ours.basepoints.funding_pubkey, opening.theirs.basepoints.funding_pubkey
    )


def _sign_theirs(opening: Opening, env: Env) -> bytes:
    """Our signature of their first commitment, which has no HTLCs."""
    assert opening.their_point is not None, "both sides' terms are known"
    built = first_commitment(opening, Side.THEM, opening.their_point)
    return env.signer.sign_counterparty_commitment(0, built.tx, built.funding_input)


def _channel(opening: Opening, signature: bytes, env: Env) -> Channel:
    """The channel, once the peer's signature of our first commitment holds."""
    built = first_commitment(opening, Side.US, env.signer.per_commitment_point(0))
    # BOLT 2: "if `signature` is incorrect OR non-compliant with LOW-S-standard rule: MUST send a
    # `warning` and close the connection, or send an `error` and fail the channel."
    holds = is_funding_signature(first_params(opening, Side.US), built.tx, signature)
    require(holds, Violation.FUNDING_SIGNATURE, built.tx.serialize().hex())
    env.signer.accept_holder_commitment(0)
    assert opening.outpoint is not None, "the funding output is named"
    assert opening.theirs is not None, "both sides' terms are known"
    assert opening.their_point is not None, "both sides' terms are known"
    return Channel(
        channel_id=opening.channel_id,
        temporary_channel_id=opening.temporary_channel_id,
        funder=opening.funder,
        channel_type=opening.channel_type,
        ours=opening.ours,
        theirs=opening.theirs,
        shutdown_script=opening.shutdown_script,
        link=Link.LIVE,
        funding=Funding(
            outpoint=opening.outpoint,
            value=opening.funding_value,
            tx=opening.funding_tx,
            minimum_depth=max(1, opening.minimum_depth),
            begun=env.height,
            given=opening.push,
            opened=env.now,
        ),
        ready=Ready(our_alias=opening.alias),
        ledger=first_ledger(opening),
        our_commitment=OurCommitment(spec=first_spec(opening, Side.US), signature=signature),
        their_current=TheirCommitment(
            spec=first_spec(opening, Side.THEM), point=opening.their_point
        ),
        announcing=Announcing() if opening.announced else None,
    )


def _watch(channel: Channel) -> Watch:
    return Watch(channel.funding.outpoint, p2wsh(channel.params(Side.US).funding_script))

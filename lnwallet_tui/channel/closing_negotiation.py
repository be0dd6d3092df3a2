"""`closing_signed`, the legacy negotiation: our offers, theirs, and the transaction agreed on.

A closing transaction has variants: each side drops outputs below its own dust limit and may give up
its own. A signature says which is meant, so whatever the peer validly signed is what we sign too.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel import recording
from lnwallet_tui.channel.closing_fees import Agreed, Counter, Disputed, bounds, judge, payable
from lnwallet_tui.channel.effects import Effect, Send, StateChanged
from lnwallet_tui.channel.env import Env, Step
from lnwallet_tui.channel.errors import CloseReason, RemoteError, Violation, require
from lnwallet_tui.channel.failing import broadcasts, publish, violated
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.channel.transactions import (
    ClosingOutput,
    build_closing,
    is_funding_signature,
    signed_by_both,
    without_output_to,
)
from lnwallet_tui.wire.bolt1 import Warning_
from lnwallet_tui.wire.bolt2 import ClosingSigned, FeeRange

_NO_OVERLAP = b"no closing fee suits both of us: try another fee_range"


# -- ours
def first_offer(channel: Channel, env: Env) -> Step:
    """BOLT 2: "The funding node: [...] SHOULD send a `closing_signed` message."."""
    if not channel.we_fund:
        return Step(channel)
    return _offer(channel, bounds(channel, env).wanted, env)


def _offer(channel: Channel, fee: Sat, env: Env, *, their_max: Sat | None = None) -> Step:
    tx = _closing_tx(channel, Side.US, fee)
    signature = env.signer.sign_closing(tx, channel.params(Side.US).funding_input)
    message = _message(channel, fee, signature, env, their_max)
    fee_range = message.fee_range
    assert fee_range is not None, "we always name a range"
    our_range = (fee_range.min_fee_satoshis, fee_range.max_fee_satoshis)
    offers = replace(channel.closing.offers, ours=fee, our_range=our_range)
    offered = replace(channel, closing=replace(channel.closing, offers=offers))
    return Step(offered, effects=(Send(message),))


def _message(
    channel: Channel, fee: Sat, signature: bytes, env: Env, their_max: Sat | None
) -> ClosingSigned:
    agreeable = bounds(channel, env)
    high = agreeable.high
    if not channel.we_fund and their_max is not None:
        # BOLT 2: "if it is not the funder: SHOULD set `max_fee_satoshis` to at least the
        # `max_fee_satoshis` received".
        high = max(high, their_max)
    fee_range = FeeRange(min_fee_satoshis=agreeable.low, max_fee_satoshis=high)
    return ClosingSigned(
        channel_id=channel.channel_id, fee_satoshis=fee, signature=signature, fee_range=fee_range
    )


def _closing_tx(channel: Channel, maker: Side, fee: Sat) -> Tx:
    """As `maker` makes it, by its own dust limit."""
    ours = ClosingOutput(channel.ledger.ours, channel.closing.our_script)
    theirs = ClosingOutput(channel.ledger.theirs, channel.closing.their_script)
    pair = (ours, theirs) if maker is Side.US else (theirs, ours)
    return build_closing(channel.params(maker), *pair, fee)


# -- theirs
def receive_closing_signed(channel: Channel, message: ClosingSigned, env: Env) -> Step:
    """Judge an offer: agree and publish, propose another fee, or wait for a better one.

    An offer that breaks a rule ends the connection and counts as a dispute: else a peer that
    repeats it in each connection would be waited for without end.
    """
    negotiating = channel.phase in (Phase.NEGOTIATING, Phase.CLOSING)
    require(negotiating, Violation.CLOSING_EARLY)
    try:
        return _judge(channel, message, env)
    except RemoteError as error:
        return _dispute(channel, env, violated(channel, error, env).effects)


def _judge(channel: Channel, message: ClosingSigned, env: Env) -> Step:
    fee = message.fee_satoshis
    require(fee <= payable(channel), Violation.CLOSING_FEE)
    tx = _signed_variant(channel, message)
    offers = channel.closing.offers
    verdict = judge(fee, message.fee_range, offers, bounds(channel, env), we_fund=channel.we_fund)
    heard = replace(channel, closing=replace(channel.closing, offers=replace(offers, theirs=fee)))
    match verdict:
        case Agreed():
            return _agree(heard, tx, message, env)
        case Counter(counter):
            their_range = message.fee_range
            their_max = their_range.max_fee_satoshis if their_range else None
            return _offer(heard, counter, env, their_max=their_max)
        case Disputed():
            # BOLT 2: "SHOULD send a warning"
            return _dispute(heard, env, (Send(Warning_(channel.channel_id, _NO_OVERLAP)),))
        case _:
            assert_never(verdict)


def _signed_variant(channel: Channel, message: ClosingSigned) -> Tx:
    """The variant of the closing transaction that the peer signed.

    That no output is below the dust limit of its script needs no check: BOLT 2 allows segwit
    scripts only, none of whose limits is above 354 sat, and no side's own limit is below that.
    """
    params = channel.params(Side.US)
    variants = []
    for maker in (Side.THEM, Side.US):
        full = _closing_tx(channel, maker, message.fee_satoshis)
        # BOLT 3: "MAY eliminate its own output."
        variants += [full, without_output_to(full, channel.closing.their_script)]
    for tx in variants:
        if tx.outputs and is_funding_signature(params, tx, message.signature):
            return tx
    # BOLT 2: "if the `signature` is not valid for either variant [...]: MUST send a `warning` and
    # close the connection, or send an `error` and fail the channel."
    raise RemoteError(Violation.CLOSING_SIGNATURE, variants[0].serialize().hex())


def _agree(channel: Channel, tx: Tx, message: ClosingSigned, env: Env) -> Step:
    params, fee, closing = channel.params(Side.US), message.fee_satoshis, channel.closing
    ours = env.signer.sign_closing(tx, params.funding_input)
    effects: tuple[Effect, ...] = ()
    if closing.offers.ours != fee:
        # BOLT 2: "SHOULD reply with a `closing_signed` with the same `fee_satoshis` value if it is
        # different from its previously sent `fee_satoshis`".
        their_max = message.fee_range.max_fee_satoshis if message.fee_range else None
        effects = (Send(_message(channel, fee, ours, env, their_max)),)
    signed = signed_by_both(params, tx, ours, message.signature)
    offers = replace(closing.offers, ours=fee)
    agreed = replace(
        channel,
        phase=Phase.CLOSING,
        closing=replace(closing, tx=signed, offers=offers, disputed=False),
    )
    return Step(agreed, effects=(*effects, *broadcasts(agreed, env), StateChanged()))


def _dispute(channel: Channel, env: Env, answer: tuple[Effect, ...]) -> Step:
    """No fee suits both: say so, and after a day go without the peer.

    BOLT 2: "MUST fail the channel if it doesn't receive a satisfying `fee_range` after a reasonable
    amount of time".
    """
    disputed = replace(channel, closing=replace(channel.closing, disputed=True))
    # It has answered: the time that it was left for that is not waited for.
    if not is_patience_over(disputed, env, before=env.policy.closing_answer_time):
        return Step(disputed, effects=(*answer, StateChanged()))
    reason = CloseReason.NO_CLOSING_FEE
    return publish(recording.publishing(disputed, env, reason), reason, env, tell=reason.value)


def is_patience_over(channel: Channel, env: Env, *, before: int = 0) -> bool:
    """Whether fees were negotiated long enough, or will be in `before` seconds; never once they are
    agreed on."""
    waited = env.now + before - channel.closing.since
    return channel.phase is Phase.NEGOTIATING and waited >= env.policy.closing_fee_patience


def asked_again(channel: Channel, env: Env) -> Channel:
    """After a reconnection: a peer that could not answer meanwhile loses no time by it.

    That a wallet was shut for a day, or the peer away, is no reason to publish. But what the peer
    let pass while it was there counts, and a dispute goes on where it was: else one that reconnects
    often enough would be waited for without end.

    BOLT 2: "if it doesn't receive a `closing_signed` response after a reasonable amount of time:
    MUST fail the channel".
    """
    closing, policy = channel.closing, env.policy
    answer_by = env.now - policy.closing_fee_patience + policy.closing_answer_time
    let_pass = max(0, closing.seen - closing.since)
    since = max(closing.since, answer_by) if closing.disputed else env.now - let_pass
    return replace(channel, closing=replace(closing, since=since, seen=env.now))


def still_there(channel: Channel, env: Env) -> Channel:
    """The peer is connected, or was until now: remembered while it has to answer."""
    if channel.phase is not Phase.NEGOTIATING or channel.link is not Link.LIVE:
        return channel
    return replace(channel, closing=replace(channel.closing, seen=env.now))

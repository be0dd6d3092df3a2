"""Puts down who ends a channel and why, with what is known at that moment."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.close_record import CloseRecord, PendingHtlc
from lnwallet_tui.channel.env import Env
from lnwallet_tui.channel.errors import CloseReason
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel, Link
from lnwallet_tui.channel.transactions import build_commitment, commitment_number

MOST_SAID: Final = 500
"""Bytes of a peer's error that are kept."""

_BEGAN: Final = {
    CloseReason.USER: CloseBegan.COMMAND,
    CloseReason.HTLC_DEADLINE: CloseBegan.DEADLINE,
    CloseReason.PEER_ERROR: CloseBegan.PEER_ERROR,
    CloseReason.WRONG_SECRET: CloseBegan.PEER_FAULT,
    CloseReason.NO_CLOSING_FEE: CloseBegan.NO_CLOSING_FEE,
}


def with_record(
    channel: Channel,
    env: Env,
    began: CloseBegan,
    *,
    fault: str = "",
    said: bytes = b"",
    deadline: PendingHtlc | None = None,
) -> Channel:
    """The channel with that step put down; one of a kind is enough, and the first one counts."""
    if any(one.began is began for one in channel.close_records):
        return channel
    record = CloseRecord(
        began=began,
        height=env.height,
        time=env.now,
        ours=channel.ledger.ours,
        theirs=channel.ledger.theirs,
        htlcs=tuple(
            PendingHtlc(
                htlc_id=htlc.id,
                outgoing=htlc.offered_by is Side.US,
                amount=htlc.amount,
                cltv_expiry=htlc.cltv_expiry,
            )
            for htlc in channel.ledger.htlcs
        ),
        peer_online=channel.link is not Link.OFFLINE,
        feerate_per_kw=channel.our_commitment.spec.feerate_per_kw,
        soon_per_kw=env.feerates.soon,
        our_number=channel.our_number,
        their_revoked=channel.their_secrets.revoked,
        fault=fault,
        said=Untrusted(said[:MOST_SAID]),
        deadline=deadline,
    )
    return replace(channel, close_records=(*channel.close_records, record))


def publishing(
    channel: Channel,
    env: Env,
    reason: CloseReason,
    *,
    fault: str = "",
    said: bytes = b"",
    deadline: PendingHtlc | None = None,
) -> Channel:
    """With the reason for which our commitment is published put down."""
    began = _BEGAN[reason]
    return with_record(channel, env, began, fault=fault, said=said, deadline=deadline)


def seen_on_chain(channel: Channel, tx: Tx, env: Env) -> Channel:
    """With it put down that somebody else took the channel to the chain, where that is so.

    Every commitment but our newest one comes from the peer, or from a copy of this wallet; the
    guard finds out which it is.
    """
    params = channel.params(Side.US)
    if commitment_number(tx, params.obscuring_factor) is None:
        return channel  # a cooperative close, whose beginning stands there already
    point = env.signer.per_commitment_point(channel.our_number)
    ours = build_commitment(params, point, channel.our_commitment.spec).tx
    if tx.txid == ours.txid:
        return channel
    return with_record(channel, env, CloseBegan.THEY_ALONE)

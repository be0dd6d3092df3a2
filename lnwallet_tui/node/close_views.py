"""The records of how a channel ended, as the screen sees them."""

from __future__ import annotations

from lnwallet_tui.api.closes import CloseStepView
from lnwallet_tui.channel.close_record import CloseRecord
from lnwallet_tui.channel.state import Channel


def close_steps(channel: Channel) -> tuple[CloseStepView, ...]:
    """The steps that ended it, the first one first."""
    return tuple(map(_step, channel.close_records))


def _step(record: CloseRecord) -> CloseStepView:
    due = record.deadline
    return CloseStepView(
        began=record.began,
        height=record.height,
        time=record.time,
        ours_msat=record.ours.value,
        theirs_msat=record.theirs.value,
        htlcs=len(record.htlcs),
        outgoing_msat=sum(htlc.amount.value for htlc in record.htlcs if htlc.outgoing),
        incoming_msat=sum(htlc.amount.value for htlc in record.htlcs if not htlc.outgoing),
        peer_online=record.peer_online,
        commitment_feerate_per_kw=record.feerate_per_kw,
        soon_feerate_per_kw=record.soon_per_kw,
        our_number=record.our_number,
        revoked_number=record.their_revoked - 1,
        fault=record.fault,
        said=record.said,
        deadline_htlc_id=-1 if due is None else due.htlc_id,
        deadline_outgoing=due is not None and due.outgoing,
        deadline_amount_msat=0 if due is None else due.amount.value,
        deadline_expiry=0 if due is None else due.cltv_expiry,
    )

"""The records of how a channel ended, as the screen sees them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from lnwallet_tui.api.closes import CloseStepView
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.channel.close_record import CloseRecord
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.channel.transactions import CommitmentOutput, HtlcOutput, ToLocal
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.onchain.home import balance_home, payments_home
from lnwallet_tui.onchain.report import Fate, Part
from lnwallet_tui.onchain.resolve import Resolution

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def close_steps(channel: Channel) -> tuple[CloseStepView, ...]:
    """The steps that ended it, the first one first."""
    return tuple(map(_step, channel.close_records))


def coming_home(board: Switchboard, held: Held, resolution: Resolution | None) -> Sat:
    """What the outputs of a close that are ours still bring; of our own commitment also while it
    waits for a block. A payment of ours that nobody took yet comes home, too. Once a channel is
    done, nothing does, though facts that say so may be damaged."""
    if held.channel.phase is Phase.DONE:
        return ZERO_SAT
    if resolution is not None:
        return resolution.pending
    if held.channel.publication is None:
        return ZERO_SAT
    built = board.guard.facts(held).build_ours()
    settled = board.preimages(held.channel).keys()
    each = zip(built.outputs, built.tx.outputs, strict=True)
    return sum((txout.value for role, txout in each if _is_ours(role, settled)), ZERO_SAT)


def _is_ours(role: CommitmentOutput, settled: Collection[int]) -> bool:
    if isinstance(role, HtlcOutput):
        return role.htlc.offered or role.htlc.htlc_id in settled
    return isinstance(role, ToLocal)


def came_home(board: Switchboard, resolution: Resolution | None) -> Sat:
    """What the wallet got by the transactions that took outputs of a close. What spends an anchor
    alone brings nothing home: it pays for the close."""
    if resolution is None:
        return ZERO_SAT
    taking = {
        output.spent.tx.txid: output.spent.tx
        for output in resolution.outputs
        if output.spent is not None
        and output.fate is Fate.TAKEN
        and output.part is not Part.OUR_ANCHOR
    }
    paid = (txout for tx in taking.values() for txout in tx.outputs)
    return sum((o.value for o in paid if board.wallet.owns(o.script_pubkey)), ZERO_SAT)


def all_home(board: Switchboard, held: Held) -> int:
    """From when on all of a close can be swept; 0 where nothing waits."""
    resolution = board.guard.resolution(held)
    if resolution is None:
        return 0
    delay = held.channel.theirs.to_self_delay
    payments = payments_home(resolution, delay, board.chain.height)
    return max(balance_home(resolution).height, payments.height)


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

"""What `--json` prints: one object for each verb, with fields that stay.

A field is never renamed or given another unit; new ones may come. Amounts are whole numbers named
with their unit, times Unix seconds (UTC), ids lower-case hex. Words of others are as they came.
What each means is written in `forms/`, which `--help` shows.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.addresses import OwnAddress
from lnwallet_tui.api.backup import BackupView
from lnwallet_tui.api.chain import ChainView
from lnwallet_tui.api.custody import CustodyRefused
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import (
    AttemptEnd,
    AttemptView,
    BalanceView,
    ChannelView,
    DecodedInvoice,
    HopHintView,
    HtlcView,
    PaymentView,
    PeerView,
    StatusView,
)

Answer = dict[str, object]
OF_CHAIN: Final = (
    "onchain_confirmed_sat",
    "onchain_pending_sat",
    "closing_msat",
    "total_msat",
    "bump_reserve_sat",
    "bump_reserve_missing_sat",
    "onchain_frozen_sat",
)
"""Of a balance what is not known before a block was read."""


def error(refused: Refused) -> Answer:
    """`error.code` is stable; `message` and `remedy` are for people."""
    return failure(refused.code.value, refused.message, refused.remedy)


def failure(code: str, message: str, remedy: str = "") -> Answer:
    """An error that is not the node's refusal."""
    return {"error": {"code": code, "message": message, "remedy": remedy}}


def not_agreed(message: str, remedy: str, quote: Answer) -> Answer:
    """Nobody said yes: `quote` is what it would have cost and given, with the same fields that the
    answer has once it is done, as far as they are known before."""
    return {**failure("not_agreed", message, remedy), "quote": quote}


def not_kept(refused: CustodyRefused) -> Answer:
    """What is wrong with the seed or what opens it; `error.code` is stable."""
    return failure(refused.trouble.value, refused.message, refused.remedy)


def status(view: StatusView) -> Answer:
    """`verified_by` counts the peers that agree on the tip. `node_id` is null before there is a
    node, the height and what is said of the tip before a block was read."""
    return {
        "network": view.network,
        "node_id": view.node_id or None,
        "height": view.height if has_read(view) else None,
        **_tip(view),
        "verified_by": view.verified_by,
        "waiting_for": view.waiting_for,
        "locked": view.locked,
    }


def chain(view: ChainView) -> Answer:
    """The chain that is followed; -1 stands for what is not known, and null for the tip before a
    block was read. `told_height` is the greatest that a node named, unproven. `stage` is stable,
    `waiting_for` and `why` are for people.
    `blocks_per_minute` is how fast the stage goes forward, `seconds_left` until its end."""
    return {
        "network": view.network,
        "source": view.source,
        "height": view.height,
        **_tip(view),
        "verified_by": view.verified_by,
        "stage": view.stage.name.lower(),
        "stage_since": view.since,
        "waiting_for": view.waiting_for,
        "told_height": view.told_height,
        "headers": view.headers,
        "filter_headers": view.filter_headers,
        "filters": view.filters,
        "blocks_missing": view.blocks_missing,
        "blocks_per_minute": view.per_minute,
        "seconds_left": view.seconds_left,
        "is_stale": view.is_stale,
        "clock_doubted": view.clock_doubted,
        "nodes_wanted": view.wanted,
        "nodes": [
            {
                "address": one.address.raw(),
                "height": one.height,
                "latency_ms": one.latency_ms,
                "agrees": one.agrees,
                "connected_at": one.since,
            }
            for one in view.nodes
        ],
        "of_no_use": [
            {"address": one.address.raw(), "why": one.why, "tried_at": one.time}
            for one in view.useless
        ],
        "doubted": [{"height": one.height, "nodes": one.nodes} for one in view.doubted],
    }


def has_read(view: StatusView | ChainView) -> bool:
    """The first block of a chain is in the program: it says nothing of what was read."""
    return view.height > 0 and view.tip_time > 0


def _tip(view: StatusView | ChainView) -> Answer:
    if not has_read(view):
        return {"tip_time": None, "tip_age_seconds": None}
    return {"tip_time": view.tip_time, "tip_age_seconds": max(0, view.now - view.tip_time)}


def balance(view: BalanceView) -> Answer:
    """All but `can_receive_msat` is ours; `can_send_msat`, `reserved_msat`, `in_flight_msat`,
    `opening_msat`, `closing_msat` and the two `onchain` add up to `total_msat`. Of what is on
    chain `bump_reserve_sat` is kept for closes; `bump_reserve_missing_sat` lacks for them. What
    only blocks tell is null before one was read, and so is the total. `promised_msat` is in no
    sum: what openers give with channels that they may still not fund."""
    found: Answer = {
        "onchain_confirmed_sat": view.onchain_confirmed_sat,
        "onchain_pending_sat": view.onchain_pending_sat,
        "can_send_msat": view.can_send_msat,
        "can_receive_msat": view.can_receive_msat,
        "reserved_msat": view.reserved_msat,
        "in_flight_msat": view.in_flight_msat,
        "opening_msat": view.opening_msat,
        "closing_msat": view.closing_msat,
        "total_msat": view.total_msat,
        "bump_reserve_sat": view.bump_reserve_sat,
        "bump_reserve_missing_sat": view.bump_reserve_missing_sat,
        "onchain_frozen_sat": view.onchain_frozen_sat,
        "promised_msat": view.promised_msat,
    }
    return found if view.knows_chain else {**found, **dict.fromkeys(OF_CHAIN)}


def as_of(status: StatusView) -> Answer:
    """`verified_height` is the newest block that a balance knows of, null before one was read;
    `waiting_for` says, for people, why that may not be the newest of all."""
    return {
        "verified_height": status.height if has_read(status) else None,
        "waiting_for": status.waiting_for,
    }


def backup(view: BackupView) -> Answer:
    """`second_file` is empty where no second place was named; `explanation` is for people."""
    return {
        "file": view.file,
        "second_file": view.second,
        "channels": view.channels,
        "written_at": view.written,
        "explanation": view.explanation,
    }


def address(given: OwnAddress) -> Answer:
    """`explanation` says, for people, why it was given before; empty of a fresh one."""
    return {"address": given.address, "explanation": given.explanation}


def peer(view: PeerView) -> Answer:
    """One peer; `features` are those that it told."""
    return {
        "node_id": view.node_id,
        "name": view.name.raw(),
        "address": view.address,
        "connected": view.connected,
        "features": list(view.features),
    }


def channel(view: ChannelView) -> Answer:
    """One channel; `state` is stable, `explanation` is for people. `local_msat` and `remote_msat`
    of one that came back from the channel backup are null: nobody knows them. `closing_txid` is, as
    long as no block has a close, what was published of ours."""
    return {
        "channel_id": view.channel_id,
        "peer_id": view.peer_id,
        "peer_name": view.peer_name.raw(),
        "state": view.state.name.lower(),
        "explanation": view.explanation,
        "channel_type": view.channel_type,
        "capacity_sat": view.capacity_sat,
        "local_msat": None if view.restored else view.local_msat,
        "remote_msat": None if view.restored else view.remote_msat,
        "can_send_msat": view.can_send_msat,
        "can_receive_msat": view.can_receive_msat,
        "short_channel_id": view.short_channel_id,
        "funding_txid": view.funding_txid,
        "funding_vout": view.funding_vout,
        "closing_txid": view.closing_txid or view.published_txid,
        "closing_kind": view.closing_kind,
        "available_height": view.available_height,
        "htlcs": [_htlc(one) for one in view.htlcs],
    }


def _htlc(view: HtlcView) -> Answer:
    return {
        "htlc_id": view.htlc_id,
        "direction": _direction(outgoing=view.outgoing),
        "amount_msat": view.amount_msat,
        "payment_hash": view.payment_hash,
        "expiry_height": view.expiry_height,
    }


def opened(view: ChannelView, quoted: Answer) -> Answer:
    """The funding transaction has been broadcast; the rest is what was `quoted`."""
    return {"channel_id": view.channel_id, "funding_txid": view.funding_txid, **quoted}


def closed(view: ChannelView, quoted: Answer, *, alone: bool) -> Answer:
    """`txid` is empty while the two are still agreeing on it. `kind` is what the chain says, and
    before it says anything what was asked for. The rest is what was `quoted`."""
    return {
        "channel_id": view.channel_id,
        "txid": view.closing_txid or view.published_txid,
        "kind": view.closing_kind or ("ours" if alone else "cooperative"),
        "explanation": view.explanation,
        **quoted,
    }


def expected(height: int, unix: int) -> Answer:
    """By which block, and when, a transaction should be in one; null where nobody can say."""
    return {"expected_height": height or None, "expected_at": unix or None}


def invoice(view: PaymentView) -> Answer:
    """What to hand to the payer."""
    return {
        "invoice": view.invoice,
        "payment_hash": view.payment_hash,
        "expires_at": view.expires,
    }


def decoded(view: DecodedInvoice) -> Answer:
    """The fields of a BOLT 11 invoice; `amount_msat` is null where it leaves the amount open. Hex
    is empty for a field that is not in it; `description_hash` stands for a long description."""
    return {
        "network": view.network,
        "payment_hash": view.payment_hash,
        "payee": view.payee,
        "amount_msat": view.amount_msat,
        "description": view.description.raw(),
        "created_at": view.created,
        "expires_at": view.expires,
        "expired": view.expired,
        "min_final_cltv_expiry_delta": view.min_final_cltv_expiry_delta,
        "invoice": view.invoice,
        "description_hash": view.description_hash,
        "payment_secret": view.payment_secret,
        "payment_metadata": view.payment_metadata,
        "features": list(view.features),
        "fallback_addresses": list(view.fallback_addresses),
        "route_hints": [[_hint(hop) for hop in route] for route in view.route_hints],
    }


def _hint(view: HopHintView) -> Answer:
    return {
        "node_id": view.node_id,
        "short_channel_id": view.short_channel_id,
        "fee_base_msat": view.fee_base_msat,
        "fee_proportional_millionths": view.fee_proportional_millionths,
        "cltv_expiry_delta": view.cltv_expiry_delta,
    }


def paid(view: PaymentView, attempts: tuple[AttemptView, ...], quoted: Answer) -> Answer:
    """How a payment of ours ended, for which this was `quoted`. `parts` are those that arrived, or
    are under way; their money is locked until that block at the latest."""
    kept = {AttemptEnd.ARRIVED, AttemptEnd.UNDER_WAY}
    return {
        "payment_hash": view.payment_hash,
        "preimage": view.preimage,
        "status": view.status.name.lower(),
        "amount_msat": view.amount_msat,
        "fee_msat": view.fee_msat,
        "max_fee_msat": quoted["max_fee_msat"],
        "parts": sum(one.end in kept for one in attempts),
        "reason": view.reason,
        "locked_until_height": quoted["locked_until_height"],
        "locked_until_at": quoted["locked_until_at"],
    }


def payment(view: PaymentView) -> Answer:
    """One of the list; `settled_at` is 0 while it is not. Amounts have no sign, and of one that
    failed or expired nothing moved. `payee_name` is what the payee's node calls itself, which
    nobody has verified; `parts` are those that arrived, or are under way."""
    return {
        "payment_hash": view.payment_hash,
        "direction": _direction(outgoing=view.outgoing),
        "status": view.status.name.lower(),
        "amount_msat": view.amount_msat,
        "fee_msat": view.fee_msat,
        "preimage": view.preimage,
        "description": view.description.raw(),
        "note": view.note.raw(),
        "payee": view.payee,
        "created_at": view.first_begun or view.created,  # by which they are sorted
        "settled_at": view.settled,
        "reason": view.reason,
        "invoice": view.invoice,
        "payee_name": view.payee_name.raw(),
        "parts": view.parts,
    }


def _direction(*, outgoing: bool) -> str:
    return "out" if outgoing else "in"

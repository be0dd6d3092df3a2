"""What the screen sees of the node: every view, made from the parts at the moment it is asked."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.api.holdings import HoldingKind
from lnwallet_tui.api.limits import SideLimits
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import (
    BalanceView,
    ChannelState,
    ChannelView,
    HtlcView,
    PaymentView,
    StatusView,
)
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel, Link, Opening, Phase
from lnwallet_tui.node.blocks import unread
from lnwallet_tui.node.channels.close_views import all_home, came_home, close_steps, coming_home
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import bump_reserve
from lnwallet_tui.node.holdings.stakes import (
    IN_USE,
    Stake,
    agreed_payment,
    promised,
    receivable,
    sendable,
    stakes,
)
from lnwallet_tui.node.holdings.undecided import undecided_msat
from lnwallet_tui.node.names import calls_itself
from lnwallet_tui.node.payments.payment_views import incoming_view, outgoing_view
from lnwallet_tui.node.peers import complaints
from lnwallet_tui.node.words import block_dates, guard_words, sentences
from lnwallet_tui.onchain.classify import OursUnexpected, TheirsUnexpected, Unknown
from lnwallet_tui.onchain.ended import is_open, is_unseen
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.payment.records import IncomingInvoice, OutgoingPayment
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.notes import NOTHING, note_of
from lnwallet_tui.wire.scid import ShortChannelId

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def status(board: Switchboard) -> StatusView:
    """Where the node stands."""
    return StatusView(
        network=board.shell.config.network.value,
        node_id=board.shell.node_id.hex(),
        height=board.chain.height,
        tip_time=board.chain.time,
        now=board.shell.now(),
        verified_by=board.shell.ports.chain.verified_by(),
        waiting_for=_waiting_for(board),
        tip_height=block_dates.tip(board),
    )


_HELD_UP: Final = (
    "A new block could not be written down, and what it holds is not counted yet. Look whether the "
    "disk is full, or the wallet's folder may not be written; it is tried again and again."
)


def _waiting_for(board: Switchboard) -> str:
    if board.chain.is_held_up:
        return _HELD_UP
    if chain := board.shell.ports.chain.waiting_for():
        return chain
    if suspicion := board.older_copy.standing:
        return suspicion
    if silent := _silent_peer(board):
        return silent
    for held in board.channels:
        channel = held.channel
        if channel.phase is Phase.FUNDING:
            depth, needed = channel.funding.depth(board.chain.height), channel.funding.minimum_depth
            if depth < needed:
                return f"A channel is being opened: {depth} of {needed} confirmations."
    return ""


def _silent_peer(board: Switchboard) -> str:
    """Whom the user has asked for something and who has not answered yet."""
    for peer_id in board.reaching:
        return (
            f"The node {peer_id.hex()[:8]} is being dialled; if it does not answer, you are told."
        )
    for held in board.channels.everything():
        state = held.state if held.begun else None
        if isinstance(state, Opening) and state.funder is Side.US:
            return (
                f"A channel of {state.funding_value.value:,} sat is being opened: an answer of "
                f"{held.peer_id.hex()[:8]} is awaited. Nothing is spent before it comes."
            )
    return ""


# -- payments
def payment(board: Switchboard, payment_hash: bytes) -> PaymentView | None:
    """A payment of either direction."""
    found = board.payments.sent(payment_hash) or board.payments.book.issued(payment_hash)
    return None if found is None else payment_view(board, found)


def payment_view(board: Switchboard, payment: OutgoingPayment | IncomingInvoice) -> PaymentView:
    """A payment with the user's note."""
    try:
        note = note_of(board.shell.store, payment.payment_hash)
    except StoreError:  # what is in memory is shown all the same
        note = NOTHING
    if isinstance(payment, OutgoingPayment):
        return with_name(board, outgoing_view(payment, note))
    return incoming_view(payment, board.shell.now(), note)


def with_name(board: Switchboard, view: PaymentView) -> PaymentView:
    """The same with what the payee calls itself."""
    name = calls_itself(board, bytes.fromhex(view.payee)) if view.payee else None
    return replace(view, payee_name=name) if name else view


_NOT_KNOWN: Final = (OursUnexpected, TheirsUnexpected, Unknown)


# -- channels
def channel(board: Switchboard, held: Held) -> ChannelView:
    """One channel with its sentence."""
    chan, height = held.channel, board.chain.height
    resolution = board.guard.resolution(held)
    state = channel_state(board, held)
    spend = chan.spend.tx if chan.spend is not None else chan.closing.tx
    return ChannelView(
        channel_id=chan.channel_id.hex(),
        peer_id=held.peer_id.hex(),
        peer_name=peer_name(board, held.peer_id),
        state=state,
        explanation=sentences.explanation(board, held, state, resolution),
        channel_type=_type_name(chan),
        we_opened=chan.we_fund,
        capacity_sat=chan.funding.value.value,
        local_msat=chan.ledger.ours.value,
        remote_msat=chan.ledger.theirs.value,
        can_send_msat=sendable(board, held).value,
        can_receive_msat=receivable(board, held).value,
        lacking_msat=held.lacking(board.shell.config.policy).value,
        may_be_old=board.older_copy.suspects(held),
        unreachable=board.terms.why_unreachable(held),
        our_reserve_sat=chan.theirs.reserve.value,
        their_reserve_sat=chan.ours.reserve.value,
        commitment_feerate_per_kw=chan.ledger.feerate_per_kw,
        our_delay_blocks=chan.theirs.to_self_delay,
        their_delay_blocks=chan.ours.to_self_delay,
        funding_txid=txid_to_hex(chan.funding.outpoint.txid),
        funding_vout=chan.funding.outpoint.vout,
        confirmations=chan.funding.depth(height),
        confirmations_needed=chan.funding.minimum_depth,
        short_channel_id=_scid(chan),
        closing_txid=txid_to_hex(spend.txid) if spend is not None else "",
        closing_kind=guard_words.kind_word(resolution.close) if resolution else "",
        available_height=all_home(board, held),
        htlcs=tuple(_htlcs(chan, resolution, height)),
        closes=close_steps(chan),
        published_txid=_published_txid(board, held),
        our_limits=_limits(chan, Side.US),
        their_limits=_limits(chan, Side.THEM),
        coming_home_sat=coming_home(board, held, resolution).value,
        came_home_sat=came_home(board, resolution).value,
        restored=chan.restored,
        gift=gift(board, held),
        agreed_sat=_agreed_sat(board, held),
        undecided_msat=undecided_msat(board, held),
        knows_end=resolution is None or not isinstance(resolution.close, _NOT_KNOWN),
        complaint=complaints.of(board.peers.record(held.peer_id), chan.channel_id),
    )


def gift(board: Switchboard, held: Held) -> GiftView | None:
    """What was given with it at its opening."""
    funding = held.channel.funding
    if not funding.given:
        return None
    is_new = held.channel.phase is Phase.FUNDING
    return GiftView(
        channel_id=held.channel.channel_id.hex(),
        peer_id=held.peer_id.hex(),
        outgoing=held.channel.we_fund,
        amount_msat=funding.given.value,
        time=funding.opened,
        txid=txid_to_hex(funding.outpoint.txid),
        waits=is_new if held.channel.we_fund else bool(promised(board, held)),
    )


def _agreed_sat(board: Switchboard, held: Held) -> int:
    paid = agreed_payment(board, held)
    return -1 if paid is None else paid.value


def channel_state(board: Switchboard, held: Held) -> ChannelState:
    """The state that a person sees."""
    chan = held.channel
    resolution = board.guard.resolution(held)
    if resolution is not None and chan.phase is not Phase.DONE:
        return ChannelState.CLOSING if resolution.pending else ChannelState.CLOSED
    if held.frozen and chan.publication is None:
        return ChannelState.FROZEN
    match chan.phase:
        case Phase.FUNDING:
            return ChannelState.OPENING
        case Phase.READY:
            return ChannelState.READY if chan.link is Link.LIVE else ChannelState.OFFLINE
        case Phase.SHUTTING_DOWN | Phase.NEGOTIATING:
            return ChannelState.SHUTTING_DOWN
        case Phase.CLOSING | Phase.ON_CHAIN:
            return ChannelState.CLOSING
        case Phase.DONE:
            return ChannelState.CLOSED


def peer_name(board: Switchboard, peer_id: bytes) -> Untrusted:
    """What a peer calls itself; empty where it never said."""
    record = board.peers.record(peer_id)
    return record.alias if record is not None else Untrusted("")


def _type_name(chan: Channel) -> str:
    name = "anchors" if chan.anchors else "static_remotekey"
    return f"{name} + scid_alias" if chan.channel_type.scid_alias else name


def _published_txid(board: Switchboard, held: Held) -> str:
    """Its signatures are no part of a transaction's id, so that none is needed to know it."""
    if held.channel.publication is None or held.channel.spend is not None:
        return ""
    return txid_to_hex(board.guard.facts(held).build_ours().tx.txid)


def _scid(chan: Channel) -> str:
    place = chan.funding.confirmed
    if place is None:
        return ""
    return str(ShortChannelId(place.height, place.tx_index, chan.funding.outpoint.vout))


def _limits(chan: Channel, side: Side) -> SideLimits:
    """For what that side offers, by what the other one announced."""
    mine, other = (chan.ours, chan.theirs) if side is Side.US else (chan.theirs, chan.ours)
    offered = [htlc for htlc in chan.ledger.htlcs if htlc.offered_by is side]
    return SideLimits(
        reserve_sat=other.reserve.value,
        in_flight_msat=sum(htlc.amount.value for htlc in offered),
        max_in_flight_msat=other.max_htlc_value_in_flight.value,
        htlcs=len(offered),
        max_htlcs=other.max_accepted_htlcs,
        htlc_minimum_msat=other.htlc_minimum.value,
        dust_limit_sat=mine.dust_limit.value,
    )


def _htlcs(chan: Channel, resolution: Resolution | None, height: int) -> list[HtlcView]:
    """Those under way: what a close or the chain has decided is not, though it stays listed."""
    if chan.phase is Phase.DONE:
        return []
    return [
        HtlcView(
            htlc_id=htlc.id,
            outgoing=htlc.offered_by is Side.US,
            amount_msat=htlc.amount.value,
            payment_hash=htlc.payment_hash.hex(),
            expiry_height=htlc.cltv_expiry,
            state=htlc.stage.value,
        )
        for htlc in chan.ledger.htlcs
        if resolution is None
        or (is_open(resolution, htlc, height) and not is_unseen(resolution, htlc))
    ]


# -- the balance
_BUCKETS: Final = {
    HoldingKind.CAN_SEND: "send",
    **dict.fromkeys(
        (
            HoldingKind.CHANNEL_RESERVE,
            HoldingKind.COMMITMENT_FEE,
            HoldingKind.ANCHORS,
            HoldingKind.FEE_BUFFER,
            HoldingKind.HELD_UP,
        ),
        "reserved",
    ),
    HoldingKind.HTLC: "in_flight",
    HoldingKind.FUNDING: "opening",
}


def _bucket(stake: Stake) -> str:
    if stake.coin is not None:
        return "pending" if stake.coin.height is None else "confirmed"
    return _BUCKETS.get(stake.kind, "closing")


def balance(board: Switchboard) -> BalanceView:
    """Every satoshi, once."""
    sums = Counter[str]()
    total_msat = kept_msat = 0
    for stake in stakes(board):
        sums[_bucket(stake)] += stake.amount.value
        total_msat += stake.amount.value
        kept_msat += stake.amount.value if stake.kind is HoldingKind.COIN_KEPT else 0
    in_use = (held for held in board.channels if held.channel.phase in IN_USE)
    return BalanceView(
        can_send_msat=sums["send"],
        can_receive_msat=sum(
            receivable(board, held).value for held in in_use if board.guard.resolution(held) is None
        ),
        reserved_msat=sums["reserved"],
        in_flight_msat=sums["in_flight"],
        opening_msat=sums["opening"],
        closing_msat=sums["closing"],
        onchain_confirmed_sat=sums["confirmed"] // 1000,
        onchain_pending_sat=sums["pending"] // 1000,
        total_msat=total_msat,
        bump_reserve_sat=kept_msat // 1000,
        bump_reserve_missing_sat=bump_reserve.missing(board).value,
        onchain_frozen_sat=board.wallet.balance().frozen.value,
        knows_chain=unread.has_read(board),
        promised_msat=sum(promised(board, held).value for held in board.channels),
    )

"""Views: frozen snapshots that the node hands to the screen and the command line.

Amounts are plain integers named with their unit (`_sat`, `_msat`), ids are lower-case hex (txids in
the order that explorers show), heights are blocks, times are Unix seconds. Text from others is
`Untrusted`.
"""

from __future__ import annotations

import enum

import msgspec

from lnwallet_tui.api.closes import CloseStepView
from lnwallet_tui.api.costs import CostAt, OutcomeView, OutputView
from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.api.limits import SideLimits
from lnwallet_tui.api.untrusted import Untrusted


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all views."""


class StatusView(View, frozen=True, kw_only=True):
    """Where the node stands. `waiting_for` is a plain sentence, empty when nothing is awaited."""

    network: str
    node_id: str
    height: int
    tip_time: int
    now: int
    verified_by: int
    waiting_for: str
    locked: bool = False  # nothing that moves money is done until it is unlocked
    tip_height: int = 0  # the newest block that there is, read or not; 0: not known

    @property
    def reckoned_from(self) -> int:
        """The block from which the date of one to come is reckoned."""
        return max(self.height, self.tip_height)


class BalanceView(View, frozen=True, kw_only=True):
    """Every satoshi, once. All of these add up to `total_msat`."""

    can_send_msat: int
    can_receive_msat: int  # not ours: room that peers hold for us; not part of the total
    reserved_msat: int  # ours in open channels, but not spendable: reserve, fees, anchors
    in_flight_msat: int  # offered in HTLCs that are not settled
    opening_msat: int  # ours in channels whose funding is not confirmed
    closing_msat: int  # ours in closed channels until it is swept and confirmed
    onchain_confirmed_sat: int
    onchain_pending_sat: int
    total_msat: int
    # Part of what is on chain, for the closes of channels with anchors; nothing else spends it.
    bump_reserve_sat: int = 0
    bump_reserve_missing_sat: int = 0  # what the coins lack for it
    onchain_frozen_sat: int = 0  # part of what is on chain: coins that the user wants left alone
    # False before a block was read: what comes from the chain, and the total, are unknown then.
    knows_chain: bool = True
    # Not part of the total: given with channels whose openers may still not fund them.
    promised_msat: int = 0


class ChannelState(enum.Enum):
    """The state that a person sees; the sentence is in `ChannelView.explanation`."""

    OPENING = "opening"
    READY = "ready"
    OFFLINE = "offline"
    SHUTTING_DOWN = "shutting down"
    CLOSING = "closing"
    CLOSED = "closed"
    FROZEN = "frozen"


class HtlcView(View, frozen=True, kw_only=True):
    """One HTLC of a channel."""

    htlc_id: int
    outgoing: bool
    amount_msat: int
    payment_hash: str
    expiry_height: int
    state: str


class ChannelView(View, frozen=True, kw_only=True):
    """One channel, with the plain sentence that says what it is, who must act and what happens
    when."""

    channel_id: str
    peer_id: str
    peer_name: Untrusted
    state: ChannelState
    explanation: str
    channel_type: str  # "static_remotekey", "anchors", each perhaps with " + scid_alias"
    we_opened: bool
    capacity_sat: int
    local_msat: int
    remote_msat: int
    can_send_msat: int
    can_receive_msat: int
    our_reserve_sat: int
    their_reserve_sat: int
    commitment_feerate_per_kw: int
    our_delay_blocks: int  # what our own money waits after we force-close: their to_self_delay
    their_delay_blocks: int
    funding_txid: str
    funding_vout: int
    confirmations: int
    confirmations_needed: int
    short_channel_id: str  # "" until confirmed
    closing_txid: str  # "" while open
    closing_kind: str  # "" | "cooperative" | "ours" | "theirs" | "breach by them" | "unknown"
    available_height: int  # at which our closing balance can be swept; 0 where there is none
    htlcs: tuple[HtlcView, ...]
    unreachable: str = ""  # why nobody but the peer can pay to it, and who must act
    closes: tuple[CloseStepView, ...] = ()  # the steps that ended it, the first one first
    our_limits: SideLimits | None = None  # for what we offer
    their_limits: SideLimits | None = None
    coming_home_sat: int = 0  # of a close: what its outputs still bring, before their own fees
    came_home_sat: int = 0  # of a close: what they brought already, after their own fees
    published_txid: str = ""  # our commitment, once it is published and until a block has a close
    restored: bool = False  # from the backup: whose is how much of it is not known
    gift: GiftView | None = None  # what its opener gave the other side at once
    agreed_sat: int = -1  # what a close that both agreed on, and no block has, pays us; -1: no such
    undecided_msat: int = 0  # so much more counts as ours here than payments account for
    knows_end: bool = True  # False: it ended in a state that this wallet does not know
    complaint: Untrusted = Untrusted("")  # what the peer said of it last in an `error` or `warning`
    lacking_msat: int = 0  # what must be paid through it before it can bring anything
    may_be_old: bool = False  # what is known of it here may be a revoked state


class PaymentStatus(enum.Enum):
    """How a payment stands; `STUCK` is never shown as failed."""

    WAITING = "waiting"  # incoming: the invoice is not paid yet
    IN_FLIGHT = "in flight"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    STUCK = "stuck"


class PaymentView(View, frozen=True, kw_only=True):
    """One payment, out or in. For a failed one `reason` is a plain, true sentence.

    `invoice` is empty, and `expires` says nothing, where a node was paid without one. `payee` is
    the node that is paid, where that is not ours, `payee_name` what it calls itself, as far as that
    is known. `note` is the user's own. `first_begun`: when the first of those was begun that failed
    before and were tried again (`created` is the newest of them); 0 where there was none.
    `by_chain`: something of it came back on chain, after its channel was closed; that costs fees.
    `may_be_paid`: it failed here, and the receiver may have it all the same from others on the way.
    `out_msat` is what of it is under way now: where that is not all, for the rest a way is looked
    for, or was not found. `parts` are its HTLCs that arrived, or are under way.
    """

    payment_hash: str
    outgoing: bool
    status: PaymentStatus
    amount_msat: int | None  # None: an invoice that leaves it open
    fee_msat: int
    created: int
    settled: int  # 0 while it is not
    description: Untrusted
    invoice: str
    preimage: str  # "" until known
    reason: str
    expires: int
    payee: str = ""
    note: Untrusted = Untrusted("")
    payee_name: Untrusted = Untrusted("")
    first_begun: int = 0
    by_chain: bool = False
    may_be_paid: bool = False
    out_msat: int = 0
    parts: int = 0


class AttemptEnd(enum.Enum):
    """How one part of a try to pay stands."""

    UNDER_WAY = "under way"
    ARRIVED = "arrived"
    CAME_BACK = "came back"
    NEVER_LEFT = "never left"


class AttemptStage(enum.Enum):
    """How far our own channel is with an HTLC that is under way."""

    NONE = ""
    OFFERED = "offered"  # the peer has not committed to it yet
    COMMITTED = "committed"  # the peer has it for good: it cannot be taken back
    ANSWERED = "answered"  # the end is known, and being put into both commitments


class AttemptView(View, frozen=True, kw_only=True):
    """One HTLC with which a payment of ours was tried. Parts that left together are one try, both
    counted from 1. `amount_msat` is what the payee gets of it, `first_peer` who it went to first.

    While it is under way `stage` says how far our own channel is with it; once it failed, `failure`
    is a whole sentence, `failed_hop` the number of the node on the way that sent it back, counted
    from 1 (0: nobody said), and `failed_node` that node.
    """

    attempt: int
    part: int
    amount_msat: int
    fee_msat: int
    hops: int
    first_peer: str
    expiry_height: int
    end: AttemptEnd
    stage: AttemptStage = AttemptStage.NONE
    failed_hop: int = 0
    failed_node: str = ""
    failure: str = ""


class HopHintView(View, frozen=True, kw_only=True):
    """One channel of a private route to a payee: it starts at `node_id`, and wants that fee."""

    node_id: str
    short_channel_id: str
    fee_base_msat: int
    fee_proportional_millionths: int
    cltv_expiry_delta: int


class DecodedInvoice(View, frozen=True, kw_only=True):
    """What a text asks for; `invoice` is the text without anything around it.

    A BOLT 11 invoice, of which `expired` is judged by the node's clock; or a node that is to be
    paid without one (bLIP 3): then `invoice` is its id, there is no payment hash yet, no amount,
    and nothing expires (0). Secret, metadata and the description's hash (in its place) are in hex,
    empty where there is none; fallback addresses are on chain, of scripts that have an address.
    """

    invoice: str
    network: str
    payment_hash: str
    payee: str
    amount_msat: int | None
    description: Untrusted
    created: int
    expires: int
    expired: bool
    min_final_cltv_expiry_delta: int
    description_hash: str = ""
    payment_secret: str = ""
    payment_metadata: str = ""
    features: tuple[str, ...] = ()  # as BOLT 9 names them
    fallback_addresses: tuple[str, ...] = ()
    route_hints: tuple[tuple[HopHintView, ...], ...] = ()


class PaymentQuote(View, frozen=True, kw_only=True):
    """What paying would cost and how long it could be locked, before it is decided."""

    decoded: DecodedInvoice
    amount_msat: int
    fee_msat: int
    max_fee_msat: int
    route: tuple[str, ...]  # node ids of the hops, of the part that locks longest
    parts: int = 1
    locked_until_height: int  # at worst: no try expires later
    locked_until_time: int
    ways: tuple[WayView, ...] = ()  # one for each part


class OpenQuote(View, frozen=True, kw_only=True):
    """What opening would cost and give. Amounts after the opening."""

    peer_id: str
    peer_name: Untrusted
    capacity_sat: int
    feerate_per_kw: int
    onchain_fee_sat: int
    change_sat: int
    reserve_sat: int
    can_send_after_msat: int
    confirmations_needed: int
    our_delay_blocks: int
    force_close_fee_sat: int
    must_stay_sat: int = 0  # on chain, for the closes of this and all other channels
    rates: tuple[CostAt, ...] = ()  # what the funding transaction costs, the slowest first
    outputs: tuple[OutputView, ...] = ()  # of the funding transaction; together all it spends
    can_be_hurried: bool = True  # once it is published: by a child of its change
    cooperative_close_fee_sat: int = 0
    shared_close_fee_sat: int = 0  # the same, once the peer has a part, too; 0: it has one


class CloseQuote(View, frozen=True, kw_only=True):
    """What closing would cost and when the money is back, for both ways."""

    channel_id: str
    peer_online: bool
    ours_msat: int
    cooperative_fee_sat: int  # our expectation; 0 where the other side pays
    cooperative_max_fee_sat: int
    cooperative_receives_sat: int
    force_fee_sat: int
    force_receives_sat: int
    force_delay_blocks: int
    force_available_height: int
    force_available_time: int
    htlcs_pending: int
    # The outputs of each transaction are, with its fee, all of the channel.
    cooperative_rates: tuple[CostAt, ...]  # empty where the peer pays
    cooperative_outputs: tuple[OutputView, ...]
    cooperative_outcome: OutcomeView
    force_commitment_fee_sat: int  # at its feerate; what is broken or dust comes on top
    force_commitment_feerate_per_kw: int
    force_rates: tuple[CostAt, ...]  # of the sweep; empty where it is not worth one
    force_outputs: tuple[OutputView, ...]
    force_outcome: OutcomeView
    force_child_most_sat: int  # what hurrying it may take from the wallet's coins at most
    force_payments_fee_sat: int = 0  # about, of bringing the payments in it home; some by coins
    outgoing_sat: int = 0  # of what both receive: payments on their way out, gone if they arrive
    # What comes back if they do: then the fee is another, for the peer has an output, or nothing is
    # taken back.
    cooperative_arrived_sat: int = 0
    force_arrived_sat: int = 0
    # At worst so much less than of our commitment: the peer's has more payments of ours in it.
    force_peers_less_sat: int = 0
    may_be_old: bool = False  # our newest state may be a revoked one: alone all would be lost


class PeerView(View, frozen=True, kw_only=True):
    """A Lightning peer that we know."""

    node_id: str
    name: Untrusted
    address: str
    connected: bool
    features: tuple[str, ...]
    last_error: Untrusted


class GuardView(View, frozen=True, kw_only=True):
    """What the breach guard watches and what it has done.

    `may_be_away_until` is 0 where nothing could be lost; `away_because` says what could, first.
    `silent_since` is the time of the newest block where no other came for too long, else 0: the
    guard sees nothing new. `source` names who shows it the blocks.
    """

    watching: bool
    last_block_checked: int
    last_block_time: int
    funding_outputs_watched: int
    closes_watched: int
    revoked_states: int
    may_be_away_blocks: int
    may_be_away_until: int
    log: tuple[GuardEntry, ...]
    away_because: str = ""
    silent_since: int = 0
    source: str = ""


class GuardEntry(View, frozen=True, kw_only=True):
    """One line of the guard's log."""

    height: int
    time: int
    text: str
    txid: str


class WayView(View, frozen=True, kw_only=True):
    """The way of one part of a payment: what the payee gets by it, and over whom it leaves."""

    amount_msat: int
    fee_msat: int
    first_peer: str
    hops: int

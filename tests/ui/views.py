"""Views as a node would hand them out, with everything set that a test does not care about."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from lnwallet_tui.api.closes import CloseBegan, CloseStepView
from lnwallet_tui.api.costs import CostAt, OutcomeView, OutputKind, OutputView, Pace, Whose
from lnwallet_tui.api.limits import SideLimits
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import (
    AttemptEnd,
    AttemptStage,
    AttemptView,
    BalanceView,
    ChannelState,
    ChannelView,
    CloseQuote,
    DecodedInvoice,
    GuardEntry,
    GuardView,
    HtlcView,
    OpenQuote,
    PaymentQuote,
    PaymentStatus,
    PaymentView,
    StatusView,
)

NOW: Final = 1_790_000_000  # Mon 21 Sep 2026, 14:13:20 UTC
HEIGHT: Final = 1_024
PEER: Final = "02" + "ab" * 32
SHOP: Final = "03" + "cd" * 32
URI: Final = f"{PEER}@alice.play:9735"
INVOICE: Final = "lnbcrt250u1p" + "qpzry9x8gf2tvdw0s3jn54khce6mua7l" * 8
PAYMENT_HASH: Final = "11" * 32
PREIMAGE: Final = "22" * 32
CHANNEL: Final = "aa" * 32

STATUS: Final = StatusView(
    network="regtest",
    node_id="02" + "ee" * 32,
    height=HEIGHT,
    tip_time=NOW - 180,
    now=NOW,
    verified_by=1,
    waiting_for="",
)
BALANCE: Final = BalanceView(
    can_send_msat=585_000_000,
    can_receive_msat=390_000_000,
    reserved_msat=15_000_000,
    in_flight_msat=0,
    opening_msat=0,
    closing_msat=0,
    onchain_confirmed_sat=1_400_000,
    onchain_pending_sat=0,
    total_msat=2_000_000_000,
)
EMPTY_BALANCE: Final = BalanceView(
    can_send_msat=0,
    can_receive_msat=0,
    reserved_msat=0,
    in_flight_msat=0,
    opening_msat=0,
    closing_msat=0,
    onchain_confirmed_sat=0,
    onchain_pending_sat=0,
    total_msat=0,
)
GUARD: Final = GuardView(
    watching=True,
    last_block_checked=HEIGHT,
    last_block_time=NOW - 180,
    funding_outputs_watched=1,
    closes_watched=0,
    revoked_states=3,
    may_be_away_blocks=1_008,
    may_be_away_until=NOW + 604_800,
    log=(),
    away_because="By then an old state must be punished.",
    source="a scripted chain",
)
HTLC: Final = HtlcView(
    htlc_id=7,
    outgoing=True,
    amount_msat=12_345_678,
    payment_hash=PAYMENT_HASH,
    expiry_height=HEIGHT + 40,
    state="committed",
)
GUARD_ENTRY: Final = GuardEntry(
    height=HEIGHT - 3,
    time=NOW - 1_980,
    text="Took 600,000 sat from an old state that the peer published.",
    txid="33" * 32,
)


def side_limits(in_flight_msat: int, htlcs: int) -> SideLimits:
    """What one side may offer in the channel below."""
    return SideLimits(
        reserve_sat=10_000,
        in_flight_msat=in_flight_msat,
        max_in_flight_msat=450_000_000,
        htlcs=htlcs,
        max_htlcs=30,
        htlc_minimum_msat=1_000,
        dust_limit_sat=546,
    )


CLOSE_STEP: Final = CloseStepView(
    began=CloseBegan.PEER_ERROR,
    height=HEIGHT - 3,
    time=NOW - 1_980,
    ours_msat=600_000_000,
    theirs_msat=400_000_000,
    htlcs=1,
    outgoing_msat=12_345_678,
    incoming_msat=0,
    peer_online=True,
    commitment_feerate_per_kw=2_500,
    soon_feerate_per_kw=3_000,
    our_number=41,
    revoked_number=40,
    said=Untrusted("internal disaster"),
)


def channel(  # one keyword for each thing that a test varies
    channel_id: str = CHANNEL,
    *,
    state: ChannelState = ChannelState.READY,
    name: str | bytes = "Alice",
    peer_id: str = PEER,
    explanation: str = "Ready: you can send and receive.",
    closing_kind: str = "",
    available_height: int = 0,
    htlcs: tuple[HtlcView, ...] = (),
    closes: tuple[CloseStepView, ...] = (),
) -> ChannelView:
    """A channel of one million, 60 % of it ours."""
    return ChannelView(
        channel_id=channel_id,
        peer_id=peer_id,
        peer_name=Untrusted(name),
        state=state,
        explanation=explanation,
        channel_type="anchors + scid_alias",
        we_opened=True,
        capacity_sat=1_000_000,
        local_msat=600_000_000,
        remote_msat=400_000_000,
        can_send_msat=585_000_000,
        can_receive_msat=390_000_000,
        our_reserve_sat=10_000,
        their_reserve_sat=10_000,
        commitment_feerate_per_kw=2_500,
        our_delay_blocks=720,
        their_delay_blocks=720,
        funding_txid="44" * 32,
        funding_vout=1,
        confirmations=6,
        confirmations_needed=3,
        short_channel_id="1018x1x1",
        closing_txid="55" * 32 if closing_kind else "",
        closing_kind=closing_kind,
        available_height=available_height,
        htlcs=htlcs,
        closes=closes,
        our_limits=side_limits(12_345_678, 1),
        their_limits=side_limits(0, 0),
    )


def payment(  # one keyword for each thing that a test varies
    payment_hash: str = PAYMENT_HASH,
    *,
    outgoing: bool = True,
    status: PaymentStatus = PaymentStatus.PAID,
    amount_msat: int | None = 25_000_000,
    description: str | bytes = "something nice",
    reason: str = "",
    fee_msat: int = 0,
    created: int = NOW - 600,
    invoice: str | None = None,
) -> PaymentView:
    """A payment of 25,000 sat, by default one that we made."""
    paid = status is PaymentStatus.PAID
    return PaymentView(
        payment_hash=payment_hash,
        outgoing=outgoing,
        status=status,
        amount_msat=amount_msat,
        fee_msat=fee_msat,
        created=created,
        settled=created + 2 if paid else 0,
        description=Untrusted(description),
        invoice=INVOICE if invoice is None else invoice,
        preimage=PREIMAGE if paid else "",
        reason=reason,
        expires=created + 3_600,
        payee=SHOP if outgoing else "",
    )


def attempt(
    attempt: int = 1,
    *,
    part: int = 1,
    amount_msat: int = 600_000,
    fee_msat: int = 1_250,
    hops: int = 3,
    first_peer: str = PEER,
    end: AttemptEnd = AttemptEnd.CAME_BACK,
    stage: AttemptStage = AttemptStage.NONE,
    failure: str = "",
    failed_hop: int = 0,
) -> AttemptView:
    """A part of a try to pay."""
    return AttemptView(
        attempt=attempt,
        part=part,
        amount_msat=amount_msat,
        fee_msat=fee_msat,
        hops=hops,
        first_peer=first_peer,
        expiry_height=HEIGHT + 80,
        end=end,
        stage=stage,
        failure=failure,
        failed_hop=failed_hop,
        failed_node=SHOP if failed_hop else "",
    )


def decoded(
    amount_msat: int | None = 25_000_000, description: str | bytes = "something nice"
) -> DecodedInvoice:
    """The shop's invoice, read."""
    return DecodedInvoice(
        invoice=INVOICE,
        network="regtest",
        payment_hash=PAYMENT_HASH,
        payee=SHOP,
        amount_msat=amount_msat,
        description=Untrusted(description),
        created=NOW - 60,
        expires=NOW + 3_540,
        expired=False,
        min_final_cltv_expiry_delta=18,
    )


def decoded_node() -> DecodedInvoice:
    """The shop's node, to be paid without an invoice."""
    return replace(
        decoded(amount_msat=None, description=""), invoice=SHOP, payment_hash="", expires=0
    )


def payment_quote(of: DecodedInvoice, amount_msat: int) -> PaymentQuote:
    """What paying it would cost."""
    return PaymentQuote(
        decoded=of,
        amount_msat=amount_msat,
        fee_msat=0,
        max_fee_msat=5_000,
        route=(SHOP,),
        locked_until_height=HEIGHT + 60,
        locked_until_time=NOW + 36_000,
    )


def open_quote(amount_sat: int = 1_000_000, name: str | bytes = "Alice") -> OpenQuote:
    """What opening to `PEER` would cost."""
    return OpenQuote(
        peer_id=PEER,
        peer_name=Untrusted(name),
        capacity_sat=amount_sat,
        feerate_per_kw=2_500,
        onchain_fee_sat=1_530,
        change_sat=398_470,
        reserve_sat=amount_sat // 100,
        can_send_after_msat=(amount_sat - amount_sat // 100 - 4_000) * 1000,
        confirmations_needed=3,
        our_delay_blocks=720,
        force_close_fee_sat=2_810,
        rates=costs_of(1_530),
        outputs=(
            output(OutputKind.CHANNEL, Whose.YOURS, amount_sat, HEIGHT + 4),
            output(OutputKind.CHANGE, Whose.YOURS, 398_470, HEIGHT + 2),
            output(OutputKind.FEE, Whose.MINERS, 1_530),
        ),
        cooperative_close_fee_sat=430,
        shared_close_fee_sat=527,
    )


def at_feerate(quote: OpenQuote, feerate_per_kw: int) -> OpenQuote:
    """The same at one of its other feerates."""
    cost = next(one for one in quote.rates if one.feerate_per_kw == feerate_per_kw)
    sat = {one.kind: one.amount_sat for one in quote.outputs} | {OutputKind.FEE: cost.fee_sat}
    after = {OutputKind.CHANNEL: cost.blocks + 2, OutputKind.CHANGE: cost.blocks}
    outputs = tuple(
        output(one.kind, one.whose, sat[one.kind], HEIGHT + after[one.kind])
        if one.kind in after
        else output(one.kind, one.whose, sat[one.kind])
        for one in quote.outputs
    )
    return replace(
        quote, feerate_per_kw=feerate_per_kw, onchain_fee_sat=cost.fee_sat, outputs=outputs
    )


def costs_of(fast_sat: int) -> tuple[CostAt, ...]:
    """A fee at the three paces, each half of the next one."""
    paces = ((Pace.SLOW, 144, 4), (Pace.NORMAL, 6, 2), (Pace.FAST, 2, 1))
    return tuple(
        CostAt(pace=pace, blocks=blocks, feerate_per_kw=2_500 // part, fee_sat=fast_sat // part)
        for pace, blocks, part in paces
    )


def output(kind: OutputKind, whose: Whose, amount_sat: int, height: int = 0) -> OutputView:
    """An output, and when it can be spent."""
    return OutputView(
        kind=kind,
        whose=whose,
        amount_sat=amount_sat,
        spendable_height=height,
        spendable_time=NOW + (height - HEIGHT) * 600 if height else 0,
    )


def outcome(about_sat: int, worst_sat: int, height: int, late: int) -> OutcomeView:
    """What comes back, and when."""
    return OutcomeView(
        about_sat=about_sat,
        about_height=height,
        about_time=NOW + (height - HEIGHT) * 600,
        worst_sat=worst_sat,
        worst_height=late,
        worst_time=NOW + (late - HEIGHT) * 600,
        worst_feerate_per_kw=25_000,
    )


def close_quote(*, online: bool = True) -> CloseQuote:
    """What closing `CHANNEL` would cost, both ways."""
    return CloseQuote(
        channel_id=CHANNEL,
        peer_online=online,
        ours_msat=600_000_000,
        cooperative_fee_sat=430,
        cooperative_max_fee_sat=1_200,
        cooperative_receives_sat=599_570,
        force_fee_sat=2_830,
        force_receives_sat=597_170,
        force_delay_blocks=720,
        force_available_height=HEIGHT + 721,
        force_available_time=NOW + 432_600,
        htlcs_pending=0,
        cooperative_rates=costs_of(430),
        cooperative_outputs=(
            output(OutputKind.BALANCE, Whose.YOURS, 599_570, HEIGHT + 2),
            output(OutputKind.BALANCE, Whose.THEIRS, 400_000, HEIGHT + 2),
            output(OutputKind.FEE, Whose.MINERS, 430),
        ),
        cooperative_outcome=outcome(599_570, 598_800, HEIGHT + 2, HEIGHT + 144),
        force_commitment_fee_sat=1_820,
        force_commitment_feerate_per_kw=2_500,
        force_rates=costs_of(1_400),
        force_outputs=(
            output(OutputKind.ANCHOR, Whose.YOURS, 330),
            output(OutputKind.ANCHOR, Whose.THEIRS, 330),
            output(OutputKind.BALANCE, Whose.THEIRS, 400_000, HEIGHT + 1),
            output(OutputKind.BALANCE, Whose.YOURS, 597_520, HEIGHT + 721),
            output(OutputKind.FEE, Whose.MINERS, 1_820),
        ),
        force_outcome=outcome(597_170, 571_000, HEIGHT + 721, HEIGHT + 1_009),
        force_child_most_sat=12_000,
        cooperative_arrived_sat=586_914,
        force_arrived_sat=584_844,
    )

"""What things would cost and take, before they are decided. Quotes change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.costs import OutputKind, OutputView, Pace, Whose, blocks_at
from lnwallet_tui.api.feerates import sat_vb
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import DecodedInvoice, OpenQuote, PaymentQuote, WayView
from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat, Sat
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, TxOut
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason
from lnwallet_tui.channel.feerates import proposed_feerate
from lnwallet_tui.channel.fees import funder_cost
from lnwallet_tui.channel.scripts import to_local_script
from lnwallet_tui.channel.transactions import closing_fee
from lnwallet_tui.coins.build import BuiltTx
from lnwallet_tui.coins.refusals import CoinsRefused
from lnwallet_tui.node import refusing, views
from lnwallet_tui.node.blocks import unread
from lnwallet_tui.node.coins import costs
from lnwallet_tui.node.coins.bump_reserve import must_stay
from lnwallet_tui.node.coins.wallet import PREVIEW
from lnwallet_tui.node.payments.payment_views import decoded_view
from lnwallet_tui.node.words.block_dates import time_of
from lnwallet_tui.onchain.claim import Claim, DelayedKey
from lnwallet_tui.onchain.sweep_tx import build_sweep
from lnwallet_tui.payment.command import PayCommand
from lnwallet_tui.payment.limits import latest_expiry
from lnwallet_tui.payment.records import Way
from lnwallet_tui.payment.route import carried
from lnwallet_tui.policy import HIGHEST_FEERATE, LARGE_CHANNEL
from lnwallet_tui.wire.features import ANCHORS, SUPPORT_LARGE_CHANNEL

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_ANY_KEY: Final = b"\x02" + bytes(32)
"""In the place of one that is not known yet."""


def opening(
    board: Switchboard,
    peer_id: bytes,
    amount: Sat,
    feerate_per_kw: int | None,
    push: Msat = ZERO_MSAT,
) -> OpenQuote | Refused:
    """What opening a channel costs, and what it gives, if `push` of it is given away."""
    policy = board.shell.config.policy
    if amount < policy.min_funding:
        return Refused(
            RefusalCode.TOO_SMALL,
            "Reserve and fees would eat a channel so small.",
            f"Put at least {policy.min_funding.value:,} sat into it.",
        )
    feerates = board.channels.feerates()
    soon = feerates.soon
    feerate = feerate_per_kw or soon
    anchors = will_have_anchors(board, peer_id)
    keep = must_stay(board, opening=anchors)
    try:
        built = _funding(board, amount, feerate, keep)
    except CoinsRefused as error:
        return unread.of_coins(board, error)
    # The peer's reserve is not known before it answers: BOLT 2 suggests one in a hundred.
    reserve = policy.reserve(amount, policy.dust_limit)
    commitment = proposed_feerate(anchors, feerates, policy)
    spare = funder_cost(commitment * policy.fee_spike_multiple, 2, anchors)
    usable = amount.minus_or_zero(reserve).minus_or_zero(spare)
    rates = costs.costs(board, partial(_fee_of_funding, board, amount, keep))
    shared = closing_fee(soon, PREVIEW, PREVIEW)
    is_shared = push.floor_sat() >= policy.dust_limit
    return OpenQuote(
        peer_id=peer_id.hex(),
        peer_name=views.peer_name(board, peer_id),
        capacity_sat=amount.value,
        feerate_per_kw=feerate,
        onchain_fee_sat=built.fee.value,
        change_sat=0 if built.change is None else built.tx.outputs[built.change].value.value,
        reserve_sat=reserve.value,
        can_send_after_msat=usable.to_msat().value,
        confirmations_needed=policy.minimum_depth(amount),
        our_delay_blocks=policy.max_to_self_delay,
        force_close_fee_sat=_force_fee(board, amount, commitment, anchors).value,
        must_stay_sat=keep.value,
        rates=rates,
        outputs=tuple(_outputs(board, built, amount, blocks_at(feerate, rates) or 1)),
        can_be_hurried=built.change is not None,
        cooperative_close_fee_sat=(shared if is_shared else closing_fee(soon, PREVIEW)).value,
        shared_close_fee_sat=0 if is_shared else shared.value,
    )


def refuse_size(board: Switchboard, peer_id: bytes, amount: Sat, push: Msat) -> Refused | None:
    """Why a channel cannot be so large, or so much of it be given away; the peer's own limits are
    known only when it answers."""
    theirs = board.peers.features(peer_id)
    if amount >= LARGE_CHANNEL and (theirs is None or not theirs.has(SUPPORT_LARGE_CHANNEL)):
        return refusing.of_channel(
            ChannelRefusal(RefusalReason.FUNDING_AMOUNT, limit=(LARGE_CHANNEL - Sat(1)).to_msat())
        )
    anchors = will_have_anchors(board, peer_id)
    feerate = proposed_feerate(anchors, board.channels.feerates(), board.shell.config.policy)
    most = amount.minus_or_zero(funder_cost(feerate, 0, anchors)).to_msat()
    if not push or push <= most:
        return None
    reason = RefusalReason.PUSH_AMOUNT if push > amount.to_msat() else RefusalReason.PUSH_FEE
    return refusing.of_channel(ChannelRefusal(reason, limit=most))


def _funding(board: Switchboard, amount: Sat, feerate: int, keep: Sat) -> BuiltTx:
    """The funding transaction as it would be built: the same coins, the same fee. Raises
    `CoinsRefused`."""
    output = TxOut(amount, p2wsh(b""))
    return board.wallet.build([output], PREVIEW, feerate, board.chain.height, keep)


def _fee_of_funding(board: Switchboard, amount: Sat, keep: Sat, feerate: int) -> Sat | None:
    try:
        return _funding(board, amount, feerate, keep).fee
    except CoinsRefused:
        return None


def _outputs(board: Switchboard, built: BuiltTx, amount: Sat, blocks: int) -> Iterator[OutputView]:
    """Where the coins go; they are all of what `built` spends, which confirms within `blocks`."""
    confirmed = board.chain.height + blocks
    ready = confirmed - 1 + board.shell.config.policy.minimum_depth(amount)
    yield costs.output(board, OutputKind.CHANNEL, Whose.YOURS, amount, ready)
    if built.change is not None:
        yield costs.output(board, OutputKind.CHANGE, Whose.YOURS, built.change_value, confirmed)
    yield costs.output(board, OutputKind.FEE, Whose.MINERS, built.fee)


def will_have_anchors(board: Switchboard, peer_id: bytes) -> bool:
    """Whether a channel that we open to a connected peer has anchors: not if it has never heard of
    them."""
    theirs = board.peers.features(peer_id)
    # BOLT 2: "SHOULD NOT set it to a type containing a feature which was not negotiated."
    return board.shell.config.anchors and theirs is not None and theirs.has(ANCHORS)


def refuse_feerate(
    board: Switchboard, feerate_per_kw: int | None, needed: int = 0
) -> Refused | None:
    """Why the user's feerate for a transaction will not do; None: it will, or there is none.
    `needed` is what this transaction has to pay besides, which is judged elsewhere."""
    if feerate_per_kw is None:
        return None
    least = board.shell.config.policy.min_feerate
    if feerate_per_kw < least:
        least = max(least, needed)
        return Refused(
            RefusalCode.BAD_INPUT,
            "Nobody relays a transaction that pays so little: it would never confirm.",
            f"The least that works is {sat_vb(least)}.",
        )
    if feerate_per_kw > HIGHEST_FEERATE:
        return Refused(
            RefusalCode.BAD_INPUT,
            "This feerate is higher than any that blocks ever asked for long.",
            f"The most that is taken is {sat_vb(HIGHEST_FEERATE)}.",
        )
    return None


def _force_fee(board: Switchboard, amount: Sat, commitment_feerate: int, anchors: bool) -> Sat:
    """The commitment's own fee with both anchors, and that of the sweep: what `close_quote` says of
    the new channel, if the chain is as dear then as it is now."""
    commitment = funder_cost(commitment_feerate, 0, anchors)
    delay = board.shell.config.policy.max_to_self_delay
    script = to_local_script(_ANY_KEY, delay, _ANY_KEY)
    value = amount.minus_or_zero(commitment)
    ours = Claim(OutPoint(bytes(32), 0), value, script, DelayedKey(0), earliest=0)
    sweep, _ = build_sweep((ours,), PREVIEW, costs.feerate_at(board, Pace.SLOW))
    return commitment if sweep is None else commitment + sweep.fee


def payment(board: Switchboard, command: PayCommand) -> PaymentQuote:
    """What paying an invoice costs, and how long it could be locked at worst."""
    decoded = decoded_view(command.text, command.invoice, board.shell.now())
    return paying(board, decoded, command.ways, command.max_fee)


def paying(
    board: Switchboard, decoded: DecodedInvoice, ways: Sequence[Way], max_fee: Msat
) -> PaymentQuote:
    """The same of whatever can be paid, by these ways."""
    amounts = [carried(way.route, way.amount)[0] for way in ways]
    delivered = sum((way.amount for way in ways), ZERO_MSAT)
    longest = max(ways, key=lambda way: way.route.cltv)
    height, asked = board.chain.height, decoded.min_final_cltv_expiry_delta
    latest = latest_expiry(ways, asked, height, board.shell.config.policy)
    return PaymentQuote(
        decoded=decoded,
        amount_msat=delivered.value,
        fee_msat=(sum(amounts, ZERO_MSAT) - delivered).value,
        max_fee_msat=max_fee.value,
        route=tuple(hop.node_id.hex() for hop in longest.route.hops),
        parts=len(ways),
        locked_until_height=latest,
        locked_until_time=time_of(board, latest),
        ways=tuple(
            WayView(
                amount_msat=way.amount.value,
                fee_msat=(amount - way.amount).value,
                first_peer=way.route.hops[0].node_id.hex(),
                hops=len(way.route.hops),
            )
            for way, amount in zip(ways, amounts, strict=True)
        ),
    )

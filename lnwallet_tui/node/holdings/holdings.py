"""The tree of holdings: every stake in its group, with its sentence; each node the sum of its
children."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from lnwallet_tui.api.holdings import HoldingKind, HoldingsView, HoldingView
from lnwallet_tui.bitcoin.tx import OutPoint, txid_to_hex
from lnwallet_tui.coins.coin import COINBASE_MATURITY
from lnwallet_tui.node.holdings.stakes import Stake, awaited, hash_of, stakes
from lnwallet_tui.node.holdings.written_off import written_off
from lnwallet_tui.node.payments.payment_views import incoming_view, outgoing_view
from lnwallet_tui.node.words import holding_words as words
from lnwallet_tui.node.words.block_dates import time_of

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

K = HoldingKind

_GROUPS: Final = {
    K.SPENDABLE: (K.CAN_SEND, K.COIN),
    K.RESERVED: (K.CHANNEL_RESERVE, K.COMMITMENT_FEE, K.ANCHORS, K.FEE_BUFFER, K.HELD_UP),
    K.IN_FLIGHT: (K.HTLC,),
    K.OPENING: (K.FUNDING, K.COIN_FOR_FUNDING),
    K.CLOSING_AGREED: (K.CLOSE_AGREED,),
    K.CLOSING: (K.CLOSE_UNCONFIRMED, K.DELAYED, K.HTLC_ON_CHAIN, K.SWEEP),
    K.UNCONFIRMED: (K.COIN_UNCONFIRMED, K.COIN_IMMATURE),
    K.BUMP_RESERVE: (K.COIN_KEPT,),
    K.FROZEN: (K.COIN_FROZEN,),
}
"""In the order in which they are shown, and what each holds."""
_BY_CHANNEL: Final = (K.RESERVED, K.CLOSING_AGREED, K.CLOSING)


def holdings(board: Switchboard) -> HoldingsView:
    """Everything that is ours, and beside it what was lost to fees and dust."""
    all_stakes = tuple(stakes(board))
    return HoldingsView(
        total=_node(board, K.TOTAL, tuple(_groups(board, all_stakes))),
        written_off=written_off(board),
    )


def _groups(board: Switchboard, all_stakes: tuple[Stake, ...]) -> Iterable[HoldingView]:
    for group, kinds in _GROUPS.items():
        members = tuple(stake for stake in all_stakes if stake.kind in kinds)
        if members and group in _BY_CHANNEL:
            yield _node(board, group, tuple(_channels(board, group, members)))
        elif members:
            yield _node(board, group, tuple(_leaf(board, stake) for stake in members))


def _node(board: Switchboard, kind: HoldingKind, children: tuple[HoldingView, ...]) -> HoldingView:
    return HoldingView(
        kind=kind,
        name=kind.value,
        amount_msat=sum(child.amount_msat for child in children),
        explanation=words.of_group(board, kind, is_empty=not children),
        children=children,
    )


def _channels(
    board: Switchboard, group: HoldingKind, members: tuple[Stake, ...]
) -> Iterable[HoldingView]:
    """One node for each channel of theirs."""
    found: dict[int, list[Stake]] = {}
    for stake in members:
        assert stake.held is not None, "these are in channels"
        found.setdefault(stake.held.number, []).append(stake)
    for of_one in found.values():
        held = of_one[0].held
        assert held is not None
        children = tuple(_leaf(board, stake) for stake in of_one)
        node = replace(_node(board, K.CHANNEL, children), name=held.channel.channel_id.hex())
        yield replace(
            node,
            explanation=words.of_channel(board, held, group),
            channel_id=held.channel.channel_id.hex(),
            peer_id=held.peer_id.hex(),
        )


# -- leaves
def _leaf(board: Switchboard, stake: Stake) -> HoldingView:
    until = _until(board, stake)
    view = HoldingView(
        kind=stake.kind,
        name=_name(stake),
        amount_msat=stake.amount.value,
        explanation=words.of_stake(board, stake),
        until_height=until,
        until_time=time_of(board, until) if until else 0,
        coin_sat=0 if stake.coin is None else stake.coin.value.value,
    )
    if stake.held is not None:
        channel_id = stake.held.channel.channel_id.hex()
        view = replace(view, channel_id=channel_id, peer_id=stake.held.peer_id.hex())
    return _with_payment(board, _with_place(board, view, stake), stake)


def _outpoint(stake: Stake) -> OutPoint | None:
    if stake.output is not None:
        return stake.output.outpoint
    return None if stake.coin is None else stake.coin.outpoint


def _name(stake: Stake) -> str:
    outpoint = _outpoint(stake)
    parts = [
        stake.kind.value,
        stake.held.channel.channel_id.hex() if stake.held is not None else "",
        str(stake.htlc.id) if stake.htlc is not None else "",
        f"{txid_to_hex(outpoint.txid)}:{outpoint.vout}" if outpoint is not None else "",
    ]
    return " ".join(part for part in parts if part)


def _with_place(board: Switchboard, view: HoldingView, stake: Stake) -> HoldingView:
    """The transaction that is waited for, else the output that holds it."""
    waited, outpoint = awaited(board, stake), _outpoint(stake)
    if waited:
        return replace(view, txid=txid_to_hex(waited))
    if outpoint is not None:
        return replace(view, txid=txid_to_hex(outpoint.txid), vout=outpoint.vout)
    return view


def _with_payment(board: Switchboard, view: HoldingView, stake: Stake) -> HoldingView:
    """What an HTLC is for."""
    payment_hash = hash_of(stake)
    if not payment_hash:
        return view
    view = replace(view, payment_hash=payment_hash.hex())
    sent = board.payments.book.sent_if_whole(payment_hash)
    if sent is not None and not words.comes_in(stake):
        payment = outgoing_view(sent)
        return replace(view, payee=payment.payee, words=payment.description)
    issued = board.payments.book.issued_if_whole(payment_hash)
    if issued is not None:
        return replace(view, words=incoming_view(issued, board.shell.now()).description)
    return view


def _until(board: Switchboard, stake: Stake) -> int:
    """The block that it waits for; 0 where that is the next one, or nobody knows."""
    match stake.kind:
        case K.HTLC | K.HTLC_ON_CHAIN if stake.htlc is not None:
            return stake.htlc.cltv_expiry
        case K.DELAYED | K.HTLC_ON_CHAIN if stake.output is not None:
            return stake.output.earliest or 0
        case K.FUNDING if stake.held is not None:
            funding = stake.held.channel.funding
            place, needed = funding.confirmed, funding.minimum_depth
            if place is None or funding.depth(board.chain.height) >= needed:
                return 0
            return place.height + needed - 1
        case K.COIN_IMMATURE if stake.coin is not None and stake.coin.height is not None:
            return stake.coin.height + COINBASE_MATURITY
        case _:
            return 0

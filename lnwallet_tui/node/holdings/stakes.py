"""Every millisatoshi that is ours, once: what it is and where. The balance is sums of these, the
tree of holdings is these in groups, so that the two cannot differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.holdings import HoldingKind
from lnwallet_tui.bitcoin.amount import ZERO_MSAT, ZERO_SAT, Msat, Sat
from lnwallet_tui.channel.fees import ANCHOR_VALUE, funder_cost
from lnwallet_tui.channel.funding import is_only_promised, obstacle
from lnwallet_tui.channel.htlcs import Htlc, Side, View
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import bump_reserve
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from lnwallet_tui.policy import Policy

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

K = HoldingKind
IN_USE: Final = (Phase.READY, Phase.SHUTTING_DOWN, Phase.NEGOTIATING)
_ENDING: Final = (Phase.CLOSING, Phase.ON_CHAIN)
_OF_A_CLOSE: Final = (K.CLOSE_UNCONFIRMED, K.CLOSE_AGREED, K.HTLC_ON_CHAIN)
_HTLC_PARTS: Final = (Part.HTLC_OFFERED, Part.HTLC_RECEIVED)


@dataclass(frozen=True, slots=True)
class Stake:
    """A part of what is ours. `held` is its channel; the others say which of several it is."""

    kind: HoldingKind
    amount: Msat
    held: Held | None = None
    htlc: Htlc | None = None
    output: OutputReport | None = None
    coin: Coin | None = None


def stakes(board: Switchboard) -> Iterator[Stake]:
    """All of it; nothing that is empty."""
    for held in board.channels:
        yield from (stake for stake in _in_channel(board, held) if stake.amount)
    yield from _coins(board)


# -- what can be moved now
def sendable(board: Switchboard, held: Held) -> Msat:
    """The most that can be offered in this channel now."""
    return _limit(board, held, 0)


def receivable(board: Switchboard, held: Held) -> Msat:
    """The most that can be offered to us in this channel now."""
    return _limit(board, held, 1)


def _limit(board: Switchboard, held: Held, at: int) -> Msat:
    if held.frozen or obstacle(held.channel, board.channels.env(held)) is not None:
        return ZERO_MSAT
    return held.limits(board.shell.config.policy)[at]


# -- in channels
def _in_channel(board: Switchboard, held: Held) -> Iterator[Stake]:
    channel = held.channel
    # A resolution comes first: a frozen state does not know that it is closed.
    if board.guard.resolution(held) is not None:
        if channel.phase is not Phase.DONE:
            yield from _closed(board, held)
    elif _is_promised(board, held):
        return
    elif channel.phase is Phase.FUNDING:
        yield Stake(K.FUNDING, channel.ledger.ours, held)
    elif channel.phase in IN_USE:
        yield from _in_use(board, held)
    elif channel.phase is not Phase.DONE:
        yield from _about_to_close(board, held)


def promised(board: Switchboard, held: Held) -> Msat:
    """What the peer gives us with a channel and may still keep: in no sum."""
    return held.channel.ledger.ours if _is_promised(board, held) else ZERO_MSAT


def _is_promised(board: Switchboard, held: Held) -> bool:
    agreed = held.channel.closing.tx
    if board.guard.resolution(held) is not None or not is_only_promised(held.channel):
        return False
    # As above, of a close: a coin by now, with those that wait.
    return agreed is None or board.wallet.transaction(agreed.txid) is None


def offered(channel: Channel) -> tuple[Htlc, ...]:
    """The HTLCs of ours that are not settled."""
    return tuple(htlc for htlc in channel.ledger.htlcs if htlc.offered_by is Side.US)


def _in_use(board: Switchboard, held: Held) -> Iterator[Stake]:
    channel = held.channel
    left = channel.ledger.ours
    for htlc in offered(channel):
        yield Stake(K.HTLC, htlc.amount, held, htlc)
        left -= htlc.amount
    # An HTLC on its last step out of both commitments counts as sendable before the balance has it.
    send = min(sendable(board, held), left)
    yield Stake(K.CAN_SEND, send, held)
    left -= send
    if channel.phase is Phase.READY:
        for kind, most in _kept_back(channel, board.shell.config.policy):
            kept = min(most, left)
            yield Stake(kind, kept, held)
            left -= kept
    yield Stake(K.HELD_UP, left, held)


def _kept_back(channel: Channel, policy: Policy) -> Iterator[tuple[HoldingKind, Msat]]:
    """What may not be spent, at most, in the order in which it is set aside."""
    yield K.CHANNEL_RESERVE, channel.theirs.reserve.to_msat()
    if channel.we_fund:
        now, spike = _cost(channel, 0, 1), _cost(channel, 2, policy.fee_spike_multiple)
        anchors = ANCHOR_VALUE * 2 if channel.anchors else Sat(0)
        yield K.COMMITMENT_FEE, (now - anchors).to_msat()
        yield K.ANCHORS, anchors.to_msat()
        # BOLT 2: "its remaining balance doesn't allow it to pay the commitment transaction fee when
        # receiving or sending a future additional non-dust HTLC": one of ours, and one more.
        yield K.FEE_BUFFER, spike.minus_or_zero(now).to_msat()


def _cost(channel: Channel, more_htlcs: int, multiple: int) -> Sat:
    """What the dearer of both commitments costs its funder, with every update under way in it."""
    costs = []
    for owner in Side:
        rate, params = channel.ledger.feerate_in(owner, View.FORESEEN), channel.params(owner)
        untrimmed = sum(
            not params.trims(h.amount, offered=h.offered_by is owner, feerate_per_kw=rate)
            for h in channel.ledger.htlcs_in(owner, View.FORESEEN)
        )
        costs.append(funder_cost(rate * multiple, untrimmed + more_htlcs, channel.anchors))
    return max(costs)


def _about_to_close(board: Switchboard, held: Held) -> Iterator[Stake]:
    """The transaction that closes it is not in the chain yet."""
    channel = held.channel
    agreed, paid = channel.closing.tx, agreed_payment(board, held)
    if agreed is not None and paid is not None:
        if board.wallet.transaction(agreed.txid) is None:  # else it is counted with the coins
            yield Stake(K.CLOSE_AGREED, paid.to_msat(), held)
        return
    left = channel.ledger.ours
    for htlc in offered(channel):
        yield Stake(K.HTLC_ON_CHAIN, htlc.amount, held, htlc)
        left -= htlc.amount
    yield Stake(K.CLOSE_UNCONFIRMED, left, held)


def agreed_payment(board: Switchboard, held: Held) -> Sat | None:
    """What a close that both agreed on, and no block has, pays the wallet; None where none is."""
    channel, agreed = held.channel, held.channel.closing.tx
    is_over = board.guard.resolution(held) is not None or channel.phase not in _ENDING
    if is_over or channel.publication is not None or agreed is None or _is_promised(board, held):
        return None
    paid = (o.value for o in agreed.outputs if board.wallet.owns(o.script_pubkey))
    return sum(paid, Sat(0))


def _closed(board: Switchboard, held: Held) -> Iterator[Stake]:
    resolution = board.guard.resolution(held)
    assert resolution is not None, "its funding output is spent"
    for output in resolution.outputs:
        if output.is_open and not _is_among_coins(board, output):
            kind = K.SWEEP if output.fate is Fate.CLAIMABLE else K.DELAYED
            if kind is K.DELAYED and output.part in _HTLC_PARTS:
                kind = K.HTLC_ON_CHAIN
            yield Stake(kind, output.value.to_msat(), held, output=output)


def _is_among_coins(board: Switchboard, output: OutputReport) -> bool:
    """Whether what brings it home was in a block that is gone: the wallet has that still."""
    row = board.wallet.waiting_for(output.outpoint)
    return row is not None and len(row.own_outputs) == len(row.tx.outputs)


# -- what is asked about one
def hash_of(stake: Stake) -> bytes:
    """The payment that it belongs to; empty where it belongs to none."""
    if stake.htlc is not None:
        return stake.htlc.payment_hash
    htlc = None if stake.output is None else stake.output.htlc
    return b"" if htlc is None else htlc.payment_hash


def awaited(board: Switchboard, stake: Stake) -> bytes:
    """The id of the transaction that brings it on once a block holds it; empty where none is
    known."""
    held, output = stake.held, stake.output
    if held is None:
        return b""
    if stake.kind in _OF_A_CLOSE and output is None:
        agreed = held.channel.closing.tx
        if held.channel.publication is not None:
            return board.guard.our_txid(held)
        return b"" if agreed is None else agreed.txid
    if stake.kind is K.FUNDING:
        return held.channel.funding.outpoint.txid
    if stake.kind is not K.SWEEP or output is None:
        return b""
    waiting = board.wallet.waiting_for(output.outpoint)
    return waiting.txid if waiting is not None else board.guard.offered(held, output.outpoint)


# -- on chain
def _coins(board: Switchboard) -> Iterator[Stake]:
    """Each coin, less what the bump reserve takes of it."""
    coins = board.wallet.coins()
    kept = bump_reserve.must_stay(board)
    for coin in sorted(coins, key=_kept_first):
        part = ZERO_SAT if coin.frozen else min(kept, coin.value)
        kept -= part
        for kind, value in ((K.COIN_KEPT, part), (_coin_kind(board, coin), coin.value - part)):
            if value:
                yield Stake(kind, value.to_msat(), coin=coin)


def _kept_first(coin: Coin) -> tuple[bool, bool, bool, int]:
    """What a close would spend first: what is confirmed and free, the largest first."""
    return coin.height is None, bool(coin.reserved_for), not coin.certain, -coin.value.value


def _coin_kind(board: Switchboard, coin: Coin) -> HoldingKind:
    if coin.frozen:
        return K.COIN_FROZEN
    if coin.reserved_for:
        return K.COIN_FOR_FUNDING
    if coin.height is None:
        return K.COIN_UNCONFIRMED
    return K.COIN if coin.is_mature(board.chain.height + 1) else K.COIN_IMMATURE

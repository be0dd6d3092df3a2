"""What each part of the money is, in a plain sentence: what it is, who must act, when, and what one
can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.coming_back import coming_back
from lnwallet_tui.api.holdings import HoldingKind
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.errors import RefusalReason
from lnwallet_tui.channel.fees import ANCHOR_VALUE
from lnwallet_tui.channel.funding import obstacle
from lnwallet_tui.channel.htlcs import Htlc, Side
from lnwallet_tui.channel.limits import refuse_offer
from lnwallet_tui.channel.state import Phase
from lnwallet_tui.coins.coin import COINBASE_MATURITY, Coin
from lnwallet_tui.node.blocks import unread
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import bump_reserve
from lnwallet_tui.node.holdings.stakes import Stake, awaited, hash_of, sendable
from lnwallet_tui.node.words import coin_words, sentences
from lnwallet_tui.node.words.block_dates import when
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.deadlines import after_expiry, patience
from lnwallet_tui.onchain.home import second_stage_home, stages_home
from lnwallet_tui.onchain.report import OutputReport, Part

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

K = HoldingKind
BY_ITSELF: Final = "The wallet does that by itself; it only has to be running then."

_GROUPS: Final = {
    K.TOTAL: "Everything that is yours, in channels and on chain. The lines below add up to it "
    "exactly, to a thousandth of a satoshi.",
    K.SPENDABLE: "Free to use now: in channels at once, coins by a transaction on chain. Nothing "
    "has to be waited for.",
    K.RESERVED: "Yours, but held back in open channels so that they stay safe and can be closed at "
    "any time. It comes back when a channel closes, less the fee of that.",
    K.IN_FLIGHT: "Offered to pay with, and neither taken nor given back yet. You need not act: "
    "each payment says until when it can come back, and what happens then.",
    K.OPENING: "In channels that are being opened. You need not act; they can be used once their "
    "funding is deep enough in the chain.",
    K.CLOSING_AGREED: "From channels that are closed in agreement, once a block has the close. Its "
    "fee is taken off already, and no other comes off; you need not act.",
    K.CLOSING: "From channels that are closed, or about to be, on its way home. The wallet brings "
    "it home by itself when its time has come; it only has to be running then. The fees of that "
    "come off once they are paid.",
    K.UNCONFIRMED: "Coins on chain that wait for a block, or to be old enough. You need not act. "
    "Each says whether it can be spent already.",
    K.BUMP_RESERVE: "Coins that stay on chain to close your channels in time when fees are high. "
    "Nothing else spends them; they are free once those channels are closed.",
    K.FROZEN: "Coins that you froze. Nothing spends them, no opening and no close, until you thaw "
    "them on On-chain.",
}


def _peer(held: Held) -> str:
    return held.peer_id.hex()[:8]


# -- groups
def of_group(board: Switchboard, kind: HoldingKind, *, is_empty: bool) -> str:
    """The sentence of a node that holds others."""
    if kind is K.TOTAL and is_empty:
        return (
            unread.of_nothing(board)
            or "The wallet is empty. A Bitcoin address to fill it is on Receive."
        )
    missing = bump_reserve.missing(board).value if kind is K.BUMP_RESERVE else 0
    if missing:
        return f"{_GROUPS[kind]} {missing:,} sat more on chain would be needed."
    return _GROUPS.get(kind, "")


def of_channel(board: Switchboard, held: Held, group: HoldingKind) -> str:
    """What one channel has in a group."""
    if group in (K.CLOSING_AGREED, K.CLOSING):
        state = ChannelState.CLOSING
        return sentences.explanation(board, held, state, board.guard.resolution(held))
    ours = held.channel.ledger.ours.value // 1000
    return (
        f"Held back in the channel with {_peer(held)}, in which {ours:,} sat are yours. To have "
        "it on chain, close the channel on Channels."
    )


# -- one stake
def of_stake(board: Switchboard, stake: Stake) -> str:
    """The sentence of a leaf."""
    if stake.coin is not None:
        return f"{_coin(stake, stake.coin, board)}{_kept_of(stake, stake.coin)}"
    assert stake.held is not None, "what is no coin is in a channel"
    if stake.output is not None:
        return _output(board, stake, stake.held, stake.output)
    if stake.htlc is not None:
        return _htlc(board, stake.held, stake.htlc)
    return _in_channel(board, stake.kind, stake.held)


def _kept_of(stake: Stake, coin: Coin) -> str:
    """Why a row has less than its coin."""
    rest = coin.value - stake.amount.floor_sat()
    if stake.kind is K.COIN_KEPT or not rest:
        return ""
    return (
        f" The coin holds {coin.value.value:,} sat: the other {rest.value:,} sat are kept for "
        "closes, in a row of their own."
    )


def _coin(stake: Stake, coin: Coin, board: Switchboard) -> str:
    match stake.kind:
        case K.COIN:
            can = coin_words.can_be_spent(board, stake.amount.floor_sat())
            return f"A coin of the wallet, confirmed in block {coin.height or 0:,}. {can}"
        case K.COIN_KEPT:
            return (
                f"What stays of a coin of {coin.value.value:,} sat for the fees of closes. It is "
                "free again once the channels that need it are closed."
            )
        case K.COIN_FOR_FUNDING:
            return (
                "A coin that is kept for a channel that is being opened at this moment. If that "
                "comes to nothing, it is free again by itself."
            )
        case K.COIN_FROZEN:
            return (
                "A coin that you froze: nothing spends it, also no close that needs a fee. To use "
                "it again, thaw it on On-chain."
            )
        case K.COIN_IMMATURE:
            at = when(board, (coin.height or 0) + COINBASE_MATURITY)
            return f"A miner's reward. It can be spent from {at} on; nobody has to act."
        case _:
            row = board.wallet.transaction(coin.outpoint.txid)
            what = f" ({row.label})" if row is not None and row.label else ""
            if coin.certain:
                return (
                    f"What comes back to you of a transaction of your own{what} that waits for a "
                    "block. It can be spent already, and is sure to stay."
                )
            return (
                f"It comes to you by a transaction{what} that waits for a block, and can be spent "
                "after that. Until then it could still be replaced by another."
            )


def _in_channel(board: Switchboard, kind: HoldingKind, held: Held) -> str:
    channel, peer = held.channel, _peer(held)
    match kind:
        case K.CAN_SEND:
            return (
                f"What you can pay through the channel with {peer} now, in one payment. Closing "
                "it on Channels would bring it on chain."
            )
        case K.CHANNEL_RESERVE:
            return (
                f"{peer} demands that {channel.theirs.reserve.value:,} sat of yours stay in the "
                "channel, so that cheating would cost you something. They come back when it closes."
            )
        case K.COMMITMENT_FEE:
            return (
                "You opened this channel, so you pay for the transaction that closes it alone, now "
                f"at {_per_vbyte(channel.ledger.feerate_per_kw)}. Closing together usually costs "
                "less, and the rest comes back."
            )
        case K.ANCHORS:
            return (
                f"Two outputs of {ANCHOR_VALUE.value} sat in the transaction that closes the "
                "channel alone: by them each side can raise its fee. Closing together saves them."
            )
        case K.FEE_BUFFER:
            return (
                "Room for the fee of the channel to rise while payments come in, so that it does "
                "not get stuck. It follows the feerate, and comes back when the channel closes."
            )
        case K.HELD_UP:
            return _held_up(board, held)
        case K.FUNDING:
            return sentences.explanation(board, held, ChannelState.OPENING, None)
        case _:
            if channel.old_state:
                return (
                    f"This wallet's copy of the channel with {peer} is old, so only {peer} can "
                    "close it safely. Ask whoever runs it to; then your balance comes home."
                )
            if channel.publication is None and channel.closing.tx is None:
                return (
                    f"The channel with {peer} is over, but no transaction that closes it is in the "
                    "chain. The wallet watches for one and brings your balance home after it."
                )
            return sentences.explanation(board, held, ChannelState.CLOSING, None)


def _per_vbyte(feerate_per_kw: int) -> str:
    tenths = feerate_per_kw * 4 // 100
    return f"{tenths // 10:,}.{tenths % 10} sat/vB"


_OBSTACLES: Final = {
    RefusalReason.NOT_CONNECTED: "It cannot be used while {peer} is not connected. {back} If it "
    "stays away, you can close alone on Channels.",
    RefusalReason.CLOSING: "The channel with {peer} is being closed in agreement. This comes home "
    "with the closing transaction; if {peer} does not go on, you can close alone on Channels.",
    RefusalReason.REORGANISED: "A reorganisation took the funding transaction back. It can be used "
    "again once that is deep enough in the chain; nobody has to act.",
    RefusalReason.OLD_STATE: "This wallet's copy of the channel is old. Only {peer} can close it "
    "safely: ask whoever runs it to.",
    RefusalReason.IN_FLIGHT: "{peer} lets no more be under way at once. It is free again when "
    "payments that are in flight have ended; nobody has to act.",
    RefusalReason.SLOTS: "As many payments are under way as this channel may hold. It is free "
    "again when one has ended; nobody has to act.",
    RefusalReason.DUST: "As many small payments are under way as are safe here. It is free again "
    "when some have ended; nobody has to act.",
    RefusalReason.PEER_FEE: "{peer} opened the channel and could not pay its fee with one payment "
    "more in it. It is free again when that fee falls; closing the channel brings it home, too.",
    RefusalReason.BELOW_MINIMUM: "Less than the smallest payment that {peer} takes. It can be used "
    "once more has come in; closing the channel brings it home, too.",
}


def _held_up(board: Switchboard, held: Held) -> str:
    if held.frozen:
        return (
            "A bug of ours stopped this channel, so it cannot be used. It is guarded as before. "
            "Please report it; to get the money out, close alone on Channels."
        )
    env = board.channels.env(held)
    reason = obstacle(held.channel, env)
    if reason is None:
        more = sendable(board, held) + Msat(1)
        refused = refuse_offer(held.channel, more, env.height + 1, env)
        reason = None if refused is None else refused.reason
    sentence = None if reason is None else _OBSTACLES.get(reason)
    if sentence is None:
        return (
            "Bound by changes that both sides are about to sign. It is free again in a moment; "
            "nobody has to act."
        )
    record = board.peers.record(held.peer_id)
    back = coming_back("" if record is None else record.address)
    return sentence.format(peer=_peer(held), back=back)


# -- payments under way
def comes_in(stake: Stake) -> bool:
    """Whether it belongs to a payment to us."""
    if stake.htlc is not None:
        return stake.htlc.offered_by is Side.THEM
    return stake.output is not None and stake.output.part is Part.HTLC_RECEIVED


def _whose(board: Switchboard, payment_hash: bytes) -> str:
    if board.payments.book.is_sent(payment_hash):
        return "A payment of yours"
    return "A payment that you pass on for others"


def _htlc(board: Switchboard, held: Held, htlc: Htlc) -> str:
    what = f"{_whose(board, htlc.payment_hash)} under way through {_peer(held)}"
    if held.channel.phase is Phase.CLOSING:
        taken, delay = after_expiry(htlc.cltv_expiry), held.channel.theirs.to_self_delay
        home = second_stage_home(taken, delay, board.chain.height + 1)
        return (
            f"{what}, whose channel is closed by our commitment: it is taken on chain, or comes "
            f"back from {when(board, taken)} on, and can be spent from {when(board, home)} on. "
            f"{BY_ITSELF}"
        )
    if htlc.fulfilled or htlc.preimage is not None:
        return f"{what} that has arrived: it is not yours any more once both sides have signed so."
    if htlc.being_removed:
        return f"{what} that has failed: it is back as soon as both sides have signed so."
    rate = held.channel.ledger.feerate_per_kw
    params = held.channel.params(Side.US)
    small = params.trims(htlc.amount, offered=True, feerate_per_kw=rate)
    lost = " It is so small that miners get it if the channel is closed alone now." if small else ""
    chain = _chain(board, held, htlc)
    return f"{what}. It cannot be taken back: it arrives or comes back{chain}.{lost}"


def _chain(board: Switchboard, held: Held, htlc: Htlc) -> str:
    """From when on it is fetched there; the guard's page has the same block."""
    if held.channel.old_state:  # it cannot be
        return ""
    waited_for = htlc.id in board.waited_for(held.channel.channel_id)
    blocks = patience(board.shell.config.policy, waited_for=waited_for)
    by = when(board, htlc.cltv_expiry + blocks)
    return (
        f"; it expires at block {htlc.cltv_expiry:,}, and {_peer(held)} has {blocks} blocks more "
        f"to give it back, to {by}. Then the wallet takes it back on chain by itself"
    )


# -- closed channels
def _output(board: Switchboard, stake: Stake, held: Held, output: OutputReport) -> str:
    what = _what(board, stake, held, output.part)
    if stake.kind is not K.SWEEP:
        assert output.earliest is not None, "it is ours from some block on"
        at = when(board, output.earliest)
        if output.part is Part.HTLC_OFFERED:
            return (
                f"{what} Whoever is paid can take it with the preimage; if nobody does, it comes "
                f"back from {at} on{_delayed(board, held, output)}. {BY_ITSELF}"
            )
        return f"{what} It can be brought home from {at} on. {BY_ITSELF}"
    race = ""
    if output.deadline is not None:
        race = f" That has to be in a block before {when(board, output.deadline)}."
    if awaited(board, stake):
        return f"{what} The transaction that brings it home waits for a block.{race} {_BUMPED}"
    resolution = board.guard.resolution(held)
    stages = () if resolution is None else resolution.stages
    if any(one.needs_coins and one.outpoint == output.outpoint for one in stages):
        return (
            f"{what} To bring it home, a coin has to pay the fee.{race} If the wallet has none, "
            "send some thousand sat to an address of it: it is on Receive."
        )
    return f"{what} It can be brought home with the next block.{race} {BY_ITSELF}"


def _delayed(board: Switchboard, held: Held, output: OutputReport) -> str:
    """On a commitment of ours it waits once more."""
    resolution = board.guard.resolution(held)
    if resolution is None:
        return ""
    homes = stages_home(resolution, held.channel.theirs.to_self_delay, board.chain.height)
    home = homes.get(output.outpoint)
    return "" if home is None else f", and can be spent from {when(board, home)} on"


_BUMPED: Final = "The wallet raises its fee by itself if need be; nobody has to act."


def _what(board: Switchboard, stake: Stake, held: Held, part: Part) -> str:
    peer = _peer(held)
    resolution = board.guard.resolution(held)
    cheated = resolution is not None and isinstance(resolution.close, Revoked)
    if cheated and part is not Part.OUR_BALANCE:
        return f"{peer} cheated with an old state, so this part of the channel is yours."
    match part:
        case Part.HTLC_OFFERED:
            whose = _whose(board, hash_of(stake))
            return f"{whose} that was under way in the closed channel with {peer}."
        case Part.HTLC_RECEIVED:
            return f"A payment to you that was under way in the closed channel with {peer}."
        case Part.OUR_SECOND_STAGE:
            return f"A payment in the closed channel with {peer} that was decided for you."
        case _:
            return f"Your balance of the closed channel with {peer}."

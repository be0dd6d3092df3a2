"""Coins and transactions on chain, each in a plain sentence: what it is, who must act, what happens
when, and what one can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.channel.state import Phase
from lnwallet_tui.coins.coin import COINBASE_MATURITY, Coin
from lnwallet_tui.coins.ledger import HistoryEntry, WalletTx
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import labels
from lnwallet_tui.node.coins.tx_kinds import Purpose
from lnwallet_tui.node.words.block_dates import when

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

K = TxKind
_A_CHANNEL: Final = "a channel that is not known here"
_WAITS: Final = (
    "It waits for a block. The wallet offers it again with every block; nobody has to act."
)
_RAISED: Final = "It waits for a block. The wallet raises its fee by itself if need be."
_DOUBTFUL: Final = (
    "It waits for a block. Until then it could still be replaced by another; nobody has to act."
)

GIVEN_AGAIN: Final = (
    "As many of your addresses wait for a payment as a wallet restored from its words looks for, "
    "so this is the oldest of them again. There are new ones once some are paid."
)


def _with(held: Held | None) -> str:
    return _A_CHANNEL if held is None else f"the channel with {held.peer_id.hex()[:8]}"


# -- coins
def of_coin(board: Switchboard, coin: Coin, row: WalletTx, purpose: Purpose, kept_sat: int) -> str:
    """What an unspent output of ours is."""
    origin = "You sent it to this address of your own."
    if not is_paid_to_us(coin, purpose.kind):
        origin = _origin(row, purpose)
    return f"{origin} {_state(board, coin, row, kept_sat)}"


def _origin(row: WalletTx, purpose: Purpose) -> str:
    held = purpose.held
    match purpose.kind:
        case K.RECEIVED:
            return "Somebody paid it to an address of yours."
        case K.MINED:
            return "A miner's reward."
        case K.OPENING:
            return f"What came back to you when you opened {_with(held)}."
        case K.CLOSE:
            return f"Your part of {_with(held)}, which was closed in agreement."
        case K.SWEEP:
            return f"What was yours in {_with(held)}, brought home after it closed."
        case K.PENALTY:
            return f"Taken from {_with(held)}, where the peer published an old state."
        case K.FEE:
            return f"What came back of a coin that paid {_fee_of(row, held)}."
        case K.SENT:
            return "What came back of a payment of yours to an address."
        case K.SPENT:
            return "What came back of a transaction that was not made here."


def _fee_of(row: WalletTx, held: Held | None) -> str:
    match row.label:
        case labels.FEE_OF_OPENING:
            return f"to hurry the opening of {_with(held)}"
        case labels.FEE_OF_WAITING:
            return "to hurry a transaction that paid you"
        case labels.FEE_OF_PAYMENT:
            return f"the fee of a payment that was under way in {_with(held)} when it closed"
        case _ if held is not None and _is_child_of_opening(row, held):
            return f"to hurry the opening of {_with(held)}"
        case "" if held is None:
            return (
                "the fee of a transaction from this wallet to itself, such as one that hurries "
                "another"
            )
        case _:
            return f"to hurry the close of {_with(held)}"


def _is_child_of_opening(row: WalletTx, held: Held) -> bool:
    """Which a wallet that came back from its words knows from the chain alone."""
    funding = held.channel.funding.outpoint
    return any(one.txid == funding.txid and one != funding for one in row.spends)


def _state(board: Switchboard, coin: Coin, row: WalletTx, kept_sat: int) -> str:
    if coin.frozen:
        return (
            "You froze it: nothing spends it, no opening and no close that lacks a fee, until you "
            "thaw it."
        )
    if coin.reserved_for:
        return (
            "It is kept for a channel that is being opened at this moment; if that comes to "
            "nothing, it is free again by itself."
        )
    if coin.height is None and row.versions:
        return (
            "It waits for a block. The payment was made again for a higher fee, so that what comes "
            "back can be spent only when a block has taken one of the two."
        )
    if coin.height is None and coin.certain:
        return (
            "It waits for a block. It can be spent already: nobody else can take back the "
            "transaction that makes it."
        )
    if coin.height is None:
        return _DOUBTFUL
    if not coin.is_mature(board.chain.height + 1):
        at = when(board, coin.height + COINBASE_MATURITY)
        return f"It can be spent from {at} on; nobody has to act."
    if kept_sat >= coin.value.value:
        return "It stays for the fees of closes, and is free once the channels that need it are."
    if kept_sat:
        free = can_be_spent(board, Sat(coin.value.value - kept_sat))
        return f"{free[:-1]}; {kept_sat:,} sat of it stay for the fees of closes."
    return can_be_spent(board, coin.value)


def can_be_spent(board: Switchboard, amount: Sat) -> str:
    """What so much of a coin that is free can be used for."""
    if amount < board.shell.config.policy.min_funding:
        return "It can be spent now."
    return "It can be spent now, for example to open a channel."


# -- transactions
def of_transaction(board: Switchboard, entry: HistoryEntry, purpose: Purpose) -> str:
    """What a transaction of the wallet did, and what is still to come of it."""
    row, held = entry.row, purpose.held
    confirmed = row.height is not None
    match purpose.kind:
        case K.RECEIVED:
            return _then("Somebody paid it to an address of yours.", "" if confirmed else _DOUBTFUL)
        case K.MINED:
            return _mined(board, row)
        case K.OPENING:
            return _opening(board, held, confirmed=confirmed)
        case K.CLOSE:
            return _close(board, held, confirmed=confirmed)
        case K.SWEEP:
            return _then(
                f"It brought home what was yours in {_with(held)}, which is closed.",
                _final(board, held) if confirmed else _RAISED,
            )
        case K.PENALTY:
            return _then(
                f"The peer published an old state of {_with(held)}: with this the guard took what "
                "was in it for you.",
                _final(board, held) if confirmed else _RAISED,
            )
        case K.FEE:
            return _then(
                f"A coin of yours paid {_fee_of(row, held)}.{_beside(entry)}",
                "" if confirmed else _RAISED,
            )
        case K.SENT:
            return _then(_paid_to(row), "" if confirmed else f"{_WAITS} {_hurried(board, row)}")
        case K.SPENT:
            return (
                "It spends coins of this wallet, but was not made here: before the wallet was "
                "restored, or elsewhere with the same words. If neither was you, somebody else has "
                "them: bring what is left to another wallet."
            )


def _beside(entry: HistoryEntry) -> str:
    """What of its fee did not leave the wallet, where that is known."""
    fee = 0 if entry.row.fee is None else entry.row.fee.value
    anchor_sat = fee + min(0, entry.change_sat)
    if anchor_sat <= 0:
        return ""
    return f" Its whole fee is {fee:,} sat, {anchor_sat:,} sat of it from the anchor of the close."


def _hurried(board: Switchboard, row: WalletTx) -> str:
    """As `bumping` does it."""
    later = board.wallet.after(row)
    if later is None:
        return "You can hurry it for a higher fee."
    return (
        "What came back of it is spent already by another one that waits; to hurry both, hurry "
        f"that one: {txid_to_hex(later.txid)}."
    )


def is_paid_to_us(coin: Coin, kind: TxKind) -> bool:
    """Whether we sent it to an address that we gave out ourselves: it is no change."""
    return kind is K.SENT and not coin.path.change


def _paid_to(row: WalletTx) -> str:
    """What comes back as change is always at a key for change."""
    own = [coin.value for coin in row.coins() if is_paid_to_us(coin, K.SENT)]
    ours = {output.vout for output in row.own_outputs}
    paid = (output for vout, output in enumerate(row.tx.outputs) if vout not in ours)
    others = len({output.script_pubkey for output in paid})
    if own and not others:
        return "You sent it to an address of your own: it cost you its fee."
    whom = "an address" if others < 2 else f"{others:,} addresses"
    too = f", and {sum(one.value for one in own):,} sat to one of yours" if own else ""
    return f"You paid it to {whom}{too}."


def _then(first: str, second: str) -> str:
    return f"{first} {second}" if second else f"{first} Nothing is left to do."


def _mined(board: Switchboard, row: WalletTx) -> str:
    at = (row.height or 0) + COINBASE_MATURITY
    if board.chain.height + 1 >= at:
        return "A miner's reward. Nothing is left to do."
    return f"A miner's reward. It can be spent from {when(board, at)} on; nobody has to act."


def _opening(board: Switchboard, held: Held | None, *, confirmed: bool) -> str:
    if held is None:
        return _then("It opened a channel that is not known here any more.", "")
    funding, height = held.channel.funding, board.chain.height
    what = f"It puts {funding.value.value:,} sat into {_with(held)}.{_given(held)}"
    if not confirmed and (fee := _child_pays(board, held)):
        return (
            f"{what} It waits for a block, and is hurried: a second transaction spends the change "
            f"of it and pays {fee:,} sat for both. Nobody has to act."
        )
    if not confirmed:
        late = "hurries it with the change if it is late"
        return f"{what} It waits for a block. The wallet {late}; nobody has to act."
    if held.channel.phase is Phase.FUNDING:
        depth, needed = funding.depth(height), funding.minimum_depth
        if depth < needed:
            return f"{what} The channel is ready at {when(board, height + needed - depth)}."
        return f"{what} It is deep enough; the channel waits for the peer to say the same."
    if held.channel.phase in (Phase.READY, Phase.SHUTTING_DOWN, Phase.NEGOTIATING):
        return f"{what} What is yours of it comes back when you close it on Channels."
    if held.channel.phase is Phase.CLOSING:  # no block has spent it yet
        return f"{what} It is closing; Channels says when what is yours is back."
    put = f"It put {funding.value.value:,} sat into {_with(held)}, which is closed.{_given(held)}"
    return _then(put, _final(board, held))


def _given(held: Held) -> str:
    msat = held.channel.funding.given.value
    whole, part = divmod(msat, 1000)
    amount = f"{whole:,}" + (f".{part:03}" if part else "")
    return f" {amount} sat of that were given to the peer with it." if msat else ""


def _child_pays(board: Switchboard, held: Held) -> int:
    """What hurries its opening already, in satoshi; 0 where nothing does."""
    waiting = (row for row in board.wallet.newest_first() if row.height is None)
    children = (row for row in waiting if row.label == labels.FEE_OF_OPENING)
    found = next((row.fee for row in children if _is_child_of_opening(row, held)), None)
    return 0 if found is None else found.value


def _close(board: Switchboard, held: Held | None, *, confirmed: bool) -> str:
    payer = ""
    if held is not None:
        payer = " You paid its fee." if held.channel.we_fund else " The peer paid its fee."
    what = f"It closes {_with(held)} in agreement and pays your part to this wallet.{payer}"
    return _then(what, _final(board, held) if confirmed else _WAITS)


def _final(board: Switchboard, held: Held | None) -> str:
    """From which block on nothing of a close can change any more; empty once it is so."""
    resolution = None if held is None else board.guard.resolution(held)
    if held is None or resolution is None or held.channel.phase is Phase.DONE:
        return ""
    if resolution.final_at is None:
        return "Some of it is still to come home: Channels says when. The wallet sees to it."
    if resolution.final_at <= board.chain.height:
        return ""
    return f"It is final at {when(board, resolution.final_at)}; nobody has to act."

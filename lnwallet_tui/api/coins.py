"""The wallet on chain: its coins, its transactions, and what of them is free."""

from __future__ import annotations

import enum

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import View


class TxKind(enum.Enum):
    """What a transaction of the wallet was for; of a coin, what its transaction was for."""

    RECEIVED = "received"
    MINED = "mined"  # a block's reward
    OPENING = "opening"  # pays into a channel; what comes back is change
    CLOSE = "close"  # of a channel, in agreement
    SWEEP = "sweep"  # of what a close left to us
    PENALTY = "penalty"  # takes everything from who published an old state
    FEE = "fee"  # a child that hurries another transaction, or pays for a step of a close
    SENT = "sent"  # paid to somebody's address
    SPENT = "spent"  # not made here: by the same words elsewhere


class OnchainView(View, frozen=True, kw_only=True):
    """All coins together: the first two are the sum of the five from `frozen_sat` on and of
    `can_open_sat`. Where too little is there to open a channel, that and what it would cost are 0,
    and the sum is that much short.

    `closing_msat` is what closed channels still hold; the last of it is free at the block
    `closing_until_height`, about at `closing_until_time`, both 0 where no block is known.
    """

    confirmed_sat: int
    pending_sat: int
    frozen_sat: int
    waiting_sat: int  # cannot be spent now, or costs more than it is worth
    reserve_sat: int  # kept for the closes of channels with anchors
    next_reserve_sat: int  # would be kept, too, for the close of a channel opened now
    open_fee_sat: int  # of the opening, at today's feerate
    can_open_sat: int  # the largest channel that the coins then pay for
    reserve_missing_sat: int
    closing_msat: int
    closing_until_height: int
    closing_until_time: int


class CoinView(View, frozen=True, kw_only=True):
    """An unspent output of the wallet, `coin` is `TXID:VOUT`.

    `explanation` says what it is, who must act, when, and what one can do. `note` is the user's
    own, `tx_note` that for the whole transaction. `time` is that of the block, 0 where it is not
    known or there is none.
    """

    coin: str
    amount_sat: int
    kind: TxKind
    explanation: str
    height: int  # 0: unconfirmed
    confirmations: int
    time: int
    frozen: bool  # the user wants it left alone
    in_opening: bool  # it is kept for a channel that is being opened at this moment
    spendable: bool
    kept_sat: int  # what of it the reserve for closes takes
    channel_id: str  # "" where it has to do with none
    peer_id: str
    note: Untrusted
    tx_note: Untrusted


class CoinsPage(View, frozen=True, kw_only=True):
    """Coins from number `first` on, of `total`."""

    coins: tuple[CoinView, ...]
    first: int
    total: int


class TransactionView(View, frozen=True, kw_only=True):
    """A transaction that pays the wallet or spends a coin of it."""

    txid: str
    kind: TxKind
    amount_sat: int  # signed: what it changed for us on chain
    fee_sat: int  # what we paid or bore of its fee
    explanation: str
    height: int  # 0: unconfirmed
    confirmations: int
    time: int  # of its block; 0 where it is not known
    channel_id: str
    peer_id: str
    note: Untrusted


class TransactionsPage(View, frozen=True, kw_only=True):
    """Transactions from number `first` on, of `total`. Beside them are `waiting_closes`, agreed
    with a peer: what they bring is counted as closing, and they are no part of the history, before
    a block has them."""

    transactions: tuple[TransactionView, ...]
    first: int
    total: int
    waiting_closes: tuple[TransactionView, ...] = ()

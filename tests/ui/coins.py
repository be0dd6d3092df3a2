"""Coins and transactions on chain as a node would hand them out."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.coins import CoinView, OnchainView, TransactionView, TxKind
from lnwallet_tui.api.untrusted import Untrusted
from tests.ui import views

SUMMARY: Final = OnchainView(
    confirmed_sat=1_400_000,
    pending_sat=5_000,
    frozen_sat=20_000,
    waiting_sat=10_000,
    reserve_sat=55_244,
    next_reserve_sat=8_500,
    open_fee_sat=1_256,
    can_open_sat=1_310_000,
    reserve_missing_sat=0,
    closing_msat=600_000_000,
    closing_until_height=views.HEIGHT + 720,
    closing_until_time=views.NOW + 432_000,
)
EMPTY: Final = OnchainView(
    confirmed_sat=0,
    pending_sat=0,
    frozen_sat=0,
    waiting_sat=0,
    reserve_sat=0,
    next_reserve_sat=0,
    open_fee_sat=0,
    can_open_sat=0,
    reserve_missing_sat=0,
    closing_msat=0,
    closing_until_height=0,
    closing_until_time=0,
)
_OF_CHANNELS: Final = (TxKind.OPENING, TxKind.CLOSE, TxKind.SWEEP, TxKind.PENALTY, TxKind.FEE)


def txid(number: int) -> str:
    """The id of a transaction; its ends tell the number."""
    return f"{number:064x}"


def coin(  # one keyword for each thing that a test varies
    number: int = 1,
    *,
    amount_sat: int = 800_000,
    kind: TxKind = TxKind.RECEIVED,
    confirmations: int = 6,
    frozen: bool = False,
    in_opening: bool = False,
    kept_sat: int = 0,
    note: str | bytes = "",
    tx_note: str | bytes = "",
    explanation: str = "Somebody paid it to an address of yours. It can be spent now.",
) -> CoinView:
    """A coin, by default one that was received and can be spent."""
    confirmed = confirmations > 0
    of_channel = kind in _OF_CHANNELS
    return CoinView(
        coin=f"{txid(number)}:1",
        amount_sat=amount_sat,
        kind=kind,
        explanation=explanation,
        height=views.HEIGHT - confirmations + 1 if confirmed else 0,
        confirmations=confirmations,
        time=views.NOW - confirmations * 600 if confirmed else 0,
        frozen=frozen,
        in_opening=in_opening,
        spendable=(confirmed or kind is TxKind.OPENING) and not frozen and not in_opening,
        kept_sat=kept_sat,
        channel_id=views.CHANNEL if of_channel else "",
        peer_id=views.PEER if of_channel else "",
        note=Untrusted(note),
        tx_note=Untrusted(tx_note),
    )


def transaction(  # one keyword for each thing that a test varies
    number: int = 1,
    *,
    kind: TxKind = TxKind.RECEIVED,
    amount_sat: int = 800_000,
    fee_sat: int = 0,
    confirmations: int = 6,
    note: str | bytes = "",
    explanation: str = "Somebody paid it to an address of yours. Nothing is left to do.",
) -> TransactionView:
    """A transaction, by default one by which somebody paid us."""
    confirmed, of_channel = confirmations > 0, kind in _OF_CHANNELS
    return TransactionView(
        txid=txid(number),
        kind=kind,
        amount_sat=amount_sat,
        fee_sat=fee_sat,
        explanation=explanation,
        height=views.HEIGHT - confirmations + 1 if confirmed else 0,
        confirmations=confirmations,
        time=views.NOW - confirmations * 600 if confirmed else 0,
        channel_id=views.CHANNEL if of_channel else "",
        peer_id=views.PEER if of_channel else "",
        note=Untrusted(note),
    )


COINS: Final = (
    coin(2, amount_sat=5_000, confirmations=0, kind=TxKind.OPENING,
         explanation="What came back to you when you opened the channel with 02ababab. It waits "
         "for a block. It can be spent already."),
    coin(1, kept_sat=55_244, note="from the exchange"),
    coin(3, amount_sat=580_000, kind=TxKind.CLOSE, confirmations=1_000,
         explanation="Your part of the channel with 02ababab, which was closed in agreement. It "
         "can be spent now."),
    coin(4, amount_sat=20_000, frozen=True, tx_note="a gift", confirmations=1_020,
         explanation="Somebody paid it to an address of yours. You froze it: nothing spends it."),
)  # fmt: skip
TRANSACTIONS: Final = (
    transaction(2, kind=TxKind.OPENING, amount_sat=-1_000_153, fee_sat=153, confirmations=0,
                explanation="It puts 1,000,000 sat into the channel with 02ababab. It waits for a "
                "block. Nobody has to act."),
    transaction(1, note="from the exchange"),
    transaction(5, kind=TxKind.PENALTY, amount_sat=995_000, fee_sat=1_200, confirmations=30,
                explanation="The peer published an old state of the channel with 02ababab."),
    transaction(6, kind=TxKind.SWEEP, amount_sat=33_000, fee_sat=410, confirmations=400),
    transaction(3, kind=TxKind.CLOSE, amount_sat=580_000, fee_sat=215, confirmations=1_000),
    transaction(7, kind=TxKind.FEE, amount_sat=-2_310, fee_sat=2_310, confirmations=1_001),
    transaction(8, kind=TxKind.MINED, amount_sat=5_000_000_000, confirmations=1_004),
    transaction(9, kind=TxKind.SPENT, amount_sat=-20_000, confirmations=1_010),
    transaction(4, amount_sat=20_000, note="a gift", confirmations=1_020),
)  # fmt: skip

"""What moved money last, in one list for the first screen: payments, and the wallet's transactions
among them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

from textual.content import Content

from lnwallet_tui.api.activity import moved
from lnwallet_tui.api.coins import TransactionView
from lnwallet_tui.api.views import PaymentView
from lnwallet_tui.ui import onchain_words
from lnwallet_tui.ui.widgets.words import MUTED

MOST: Final = 20
"""Transactions at once; Activity has all."""
_UNLESS: Final = " unless a fee is all"
_WHAT: Final = 27  # cells that are left on a line of 80

Latest = tuple[PaymentView | TransactionView, ...]


def latest(payments: Sequence[PaymentView], transactions: Sequence[TransactionView]) -> Latest:
    """Both with the newest first, as they come; what waits for a block before all others, and
    payments of a block's own second after it. Where there may be older transactions that were not
    asked for, the list ends with the oldest that is here: none is left out between payments."""
    rows: list[PaymentView | TransactionView] = []
    left = list(reversed(payments))
    for one in transactions:
        while left and one.height and left[-1].created >= one.time:
            rows.append(left.pop())
        rows.append(one)
    return (*rows, *(() if len(transactions) >= MOST else reversed(left)))


def start(rows: Latest) -> PaymentView | TransactionView | None:
    """Where the cursor is at first: on the newest. What waits for a block stands above that and has
    no time. (What needs the user is said under Now, not here.)"""
    newest = (one for one in rows if isinstance(one, PaymentView) or one.height)
    return next(chain(newest, rows), None)


def heading(transactions: Sequence[TransactionView]) -> str:
    """Over the list: one of them may have done nothing but pay a fee, which is its amount then."""
    if not transactions:
        return "Latest payments"
    ways = map(moved, transactions)
    is_all_fee = any(way.outgoing and way.fee_sat and not way.amount_sat for way in ways)
    return f"Latest payments and transactions, without their fees{_UNLESS if is_all_fee else ''}"


def name_of(one: PaymentView | TransactionView) -> str:
    """Its hash or txid."""
    return one.payment_hash if isinstance(one, PaymentView) else one.txid


def transaction_line(one: TransactionView, now: int, who: onchain_words.Who) -> Content:
    """In the columns of a payment's line; the amount is without its fee."""
    way = moved(one)
    when = onchain_words.when(one.time, one.height, now) if one.height else "waits"
    return Content.assemble(
        (f"{when:<12} ", MUTED),
        f"{'↑' if way.outgoing else '↓'} {onchain_words.shown(one):>18}  ",
        (f"{'on chain':<10}  ", "$success" if one.height else "$warning"),
        Content(onchain_words.was_for(one, who)).truncate(_WHAT, ellipsis=True),
    )

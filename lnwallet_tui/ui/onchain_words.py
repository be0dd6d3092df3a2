"""The wallet on chain in words: what there is, a row for a coin or a transaction, its facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace
from textual.content import Content

from lnwallet_tui.api.activity import moved
from lnwallet_tui.api.coins import CoinView, OnchainView, TransactionView, TxKind
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.commands.everywhere import Send
from lnwallet_tui.ui.commands.onchain import (
    AddressForCoins,
    MarkCoin,
    OpenWithCoins,
    PayFromCoins,
)
from lnwallet_tui.ui.widgets.clickable import clickable
from lnwallet_tui.ui.widgets.words import MUTED

K = TxKind
Who = Callable[[str], str]

ABOUT: Final = (
    "The coins that are yours on chain, and every transaction that brought or spent one. "
    "Below the lists stands what the one under the cursor is, who must act, and what happens "
    "at which block; enter goes to its channel. Unconfirmed is what is in no block yet; the "
    "coin itself says whether it can be spent already. What others send you counts from its first "
    "block on, and is seen before that only on Receive, where its address stands. "
    "Not usable is what cannot be spent "
    "now, or costs more than it is worth. Kept for closes is what stays here to close your "
    "channels in time when fees are high. What can open a channel is all that is left after "
    "these, what you froze, the fee of opening and what is kept for the close of the new "
    "channel then, too. In closes is what closed channels still hold; it comes home by "
    "itself. A close that you and the peer agreed on stands in the history already while it waits "
    "for a block; what it brings you counts as in closes until then. "
    "A coin that you freeze is spent by nothing, no opening and no close, until you "
    "thaw it. Your notes are kept in this wallet and shown to nobody. A reorganisation can "
    "take confirmations back; then a coin waits again. Coins leave by opening a channel, or "
    "to an address that you paste on Send. To choose which coins pay, mark them "
    "({onchain.mark}), then pay one address or several from these ({onchain.pay}). Where a "
    "block is slow to take a transaction, it can be hurried for a higher fee."
)
NO_COINS: Final = (
    "You have no coins. {onchain.address} shows a Bitcoin address of yours to send some to."
)
ALL_SPENT: Final = (
    "You have no coins. All that came was spent: see the history ({onchain.turn}). "
    "{onchain.address} shows a Bitcoin address of yours to send some to."
)
NO_HISTORY: Final = (
    "No transaction yet. What comes to your addresses stands here, and every opening and close."
)
_WHAT_TO_DO: Final = (
    ("Open a channel: {onchain.open_channel}.", OpenWithCoins),
    ("Pay: {everywhere.send}.", Send),
    ("Mark coins: {onchain.mark},", MarkCoin),
    ("pay from them: {onchain.pay}.", PayFromCoins),
    ("Be paid: {onchain.address}.", AddressForCoins),
)
_LEFT, _RIGHT, _SUM = 12, 15, 21
_AMOUNT, _WHAT, _WHAT_WIDE, _DEPTH, _WHEN = 19, 27, 28, 13, 17

WITHOUT_FEE: Final = "amount without fee"
"""Over a column of amounts."""

_COIN_FROM: Final = {
    K.RECEIVED: "received",
    K.MINED: "mined",
    K.OPENING: "change, opened to",
    K.CLOSE: "closed with",
    K.SWEEP: "swept from",
    K.PENALTY: "taken from cheat",
    K.FEE: "change of a fee,",
    K.SENT: "change of a payment",
    K.SPENT: "change, made elsewhere",
}
_TRANSACTION: Final = {
    K.RECEIVED: "received",
    K.MINED: "mined",
    K.OPENING: "opened to",
    K.CLOSE: "closed with",
    K.SWEEP: "swept from",
    K.PENALTY: "took from cheat",
    K.FEE: "fee,",
    K.SENT: "sent",
    K.SPENT: "spent elsewhere",
}


# -- all of it
def summary(view: OnchainView, now: int) -> Content:
    """What there is, what of it is free, and what is still to come. The first two amounts on the
    left less the other two are those on the right."""
    lines = [
        _pair(("Confirmed", view.confirmed_sat), ("Can open with", view.can_open_sat)),
        _pair(("Unconfirmed", view.pending_sat), ("Fee of opening", view.open_fee_sat)),
        _pair(("Frozen", view.frozen_sat), ("More kept then", view.next_reserve_sat)),
        _pair(("Not usable", view.waiting_sat), ("Kept for closes", view.reserve_sat)),
    ]
    if too_little := _too_little(view):
        lines.append(Content(f"{fmt.sat(too_little)} are too little to open a channel with."))
    if view.closing_msat:
        lines.append(_in_closes(view, now))
    if view.reserve_missing_sat:
        missing = fmt.sat(view.reserve_missing_sat)
        thaw = " Thaw some ({onchain.freeze})." if view.frozen_sat else ""
        said = f"! {missing} more would pay for closes when fees are high.{thaw}"
        lines.append(Content.styled(said, "$warning"))
    lines.append(Content(" ").join(clickable(*one) for one in _WHAT_TO_DO).stylize(MUTED))
    return Content("\n").join(lines)


def _too_little(view: OnchainView) -> int:
    """What of the coins is neither kept nor of use for an opening."""
    if view.can_open_sat:
        return 0
    there = view.confirmed_sat + view.pending_sat - view.frozen_sat - view.waiting_sat
    return max(0, there - view.reserve_sat)


def _in_closes(view: OnchainView, now: int) -> Content:
    closing = ("In closes", view.closing_msat // 1000)
    last = "   dated once a block has it"
    if view.closing_until_height:
        when = fmt.block_at(view.closing_until_height, view.closing_until_time, now)
        last = f"   free from {when}"
    return Content.assemble(
        (f"{closing[0]:<{_LEFT}}", MUTED), (f"{fmt.sat(closing[1]):>{_SUM}}", "bold"), (last, MUTED)
    )


def _pair(left: tuple[str, int], right: tuple[str, int]) -> Content:
    return Content.assemble(
        (f"{left[0]:<{_LEFT}}", MUTED), (f"{fmt.sat(left[1]):>{_SUM}}", "bold"),
        (f"   {right[0]:<{_RIGHT}}", MUTED), (f"{fmt.sat(right[1]):>{_SUM}}", "bold"),
    )  # fmt: skip


def no_coins(transactions: int) -> str:
    """Why the list of coins is empty, and what to do."""
    return ALL_SPENT if transactions else NO_COINS


# -- coins
def coins_heading(*, wide: bool) -> Content:
    """Over the columns of `coin_row`."""
    what = _WHAT_WIDE if wide else _WHAT
    more = f"  {'since':<{_WHEN}}  coin" if wide else ""
    line = f"{'amount':>{_AMOUNT}}  {'from':<{what}}  {'depth':<{_DEPTH}}n {'state':<10}{more}"
    return Content.styled(line, MUTED)


def coin_row(
    coin: CoinView, width: int, now: int, who: Who, *, wide: bool, marked: bool = False
) -> Content:
    """One coin, cut to its cells; never what anybody wrote. An `n` says that it, or its
    transaction, has a note, a dot in front that it is marked."""
    more = f"  {when(coin.time, coin.height, now):<{_WHEN}}  {fmt.short(coin.coin)}" if wide else ""
    state = coin_state(coin)
    return Content.assemble(
        ("● " if marked else "", "$accent"),
        f"{fmt.sat(coin.amount_sat):>{_AMOUNT - 2 * marked}}  ",
        _cut(coin_from(coin, who), _WHAT_WIDE if wide else _WHAT),
        (f"  {depth(coin.confirmations):<{_DEPTH}}", MUTED),
        ("n " if coin.note or coin.tx_note else "  ", "$accent"),
        (f"{state:<10}", "$warning" if coin.frozen else MUTED),
        (more, MUTED),
    ).truncate(width)


def coin_from(coin: CoinView, who: Who) -> str:
    """Where it came from, and of whom."""
    return _of(_COIN_FROM[coin.kind], coin.peer_id, who)


def was_for(one: TransactionView, who: Who) -> str:
    """What it was for, and with whom."""
    return _of(_TRANSACTION[one.kind], one.peer_id, who)


def coin_state(coin: CoinView) -> str:
    """What keeps it from being spent, in a word or two."""
    if coin.frozen:
        return "frozen"
    if coin.in_opening:
        return "in opening"
    if coin.kept_sat >= coin.amount_sat:
        return "for closes"
    if coin.kept_sat and coin.spendable:
        return "part kept"
    return "" if coin.spendable else "waits"


def coin_facts(coin: CoinView, now: int) -> str:
    """Amount, place and id in a line."""
    txid, _, vout = coin.coin.partition(":")
    place = _place(coin.height, coin.confirmations, coin.time, now)
    return f"{fmt.sat(coin.amount_sat)}  {place}  {fmt.short(txid)}:{vout}"


# -- transactions
def history_heading(*, wide: bool) -> Content:
    """Over the columns of `transaction_row`."""
    what = _WHAT_WIDE if wide else _WHAT
    more = f"  {'fee':>{_AMOUNT}}  transaction" if wide else ""
    line = f"{'when':<{_WHEN}} {WITHOUT_FEE:>{_AMOUNT}}  {'what it was':<{what}}  n{more}"
    return Content.styled(line, MUTED)


def transaction_row(one: TransactionView, width: int, now: int, who: Who, *, wide: bool) -> Content:
    """One transaction, cut to its cells; never what anybody wrote."""
    fee = fmt.sat(one.fee_sat) if one.fee_sat else ""
    more = f"  {fee:>{_AMOUNT}}  {fmt.short(one.txid)}" if wide else ""
    return Content.assemble(
        (f"{when(one.time, one.height, now):<{_WHEN}} ", MUTED),
        f"{shown(one):>{_AMOUNT}}  ",
        _cut(was_for(one, who), _WHAT_WIDE if wide else _WHAT),
        ("  n" if one.note else "   ", "$accent"),
        (more, MUTED),
    ).truncate(width)


def as_of(one: TransactionView, height: int) -> TransactionView:
    """The same, as deep as it is under a block of that height, which may be newer than itself."""
    return replace(one, confirmations=max(0, height - one.height + 1)) if one.height else one


def transaction_facts(one: TransactionView, now: int) -> str:
    """Amount, fee, place and id in a line."""
    place = _place(one.height, one.confirmations, one.time, now)
    return f"{amount_and_fee(one)}  {place}  {fmt.short(one.txid)}"


# -- amounts: everywhere without the fee, which is named beside them
def shown(one: TransactionView) -> str:
    """With its sign: `+1,234 sat`; without its fee, unless it did nothing but pay it."""
    way = moved(one)
    return f"{'-' if way.outgoing else '+'}{fmt.sat(way.shown_sat)}"


def amount_and_fee(one: TransactionView) -> str:
    """Both, and how they go together."""
    return ", ".join(filter(None, (shown(one), beside(one))))


def beside(one: TransactionView) -> str:
    """What is to be said of the fee beside the amount."""
    way = moved(one)
    if not way.fee_sat:
        return ""
    if not way.outgoing:
        return f"after {fmt.sat(way.fee_sat)} of fee"
    return f"and {fmt.sat(way.fee_sat)} of fee" if way.amount_sat else "all of it fee"


def together(one: TransactionView) -> str:
    """What left with the fee, where that is more than the amount; else as `beside`."""
    way = moved(one)
    if not (way.outgoing and way.amount_sat and way.fee_sat):
        return beside(one)
    return f"-{fmt.sat(way.amount_sat + way.fee_sat)} with its fee"


# -- parts


def depth(confirmations: int) -> str:
    """How many blocks hold it down."""
    return f"{confirmations:,} conf." if confirmations else "unconfirmed"


def when(time: int, height: int, now: int) -> str:
    """When its block was made; its number where the time was not noted."""
    if not height:
        return "waits for a block"
    return fmt.clock(time, now) if time else fmt.height(height)


def _place(height: int, confirmations: int, time: int, now: int) -> str:
    if not height:
        return "unconfirmed"
    at = f" ({fmt.clock(time, now)})" if time else ""
    return f"{fmt.height(height)}{at}, {depth(confirmations)}"  # it has to fit in a line


def _of(what: str, peer_id: str, who: Who) -> str:
    if not peer_id:
        return (
            what.removesuffix(",").removesuffix(" to").removesuffix(" with").removesuffix(" from")
        )
    return f"{what} {who(peer_id)}"


def _cut(text: str, width: int) -> Content:
    return Content(text).truncate(width, ellipsis=True, pad=True)

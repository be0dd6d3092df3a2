"""What came of a close in words: what is back, by which transactions, what that cost, and what is
still awaited until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lnwallet_tui.api.activity import moved
from lnwallet_tui.api.coins import TransactionView, TxKind
from lnwallet_tui.api.holdings import HoldingKind, HoldingsView, HoldingView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui import holding_words
from lnwallet_tui.ui.widgets.words import Fact

_WHAT: Final = {
    HoldingKind.CLOSE_UNCONFIRMED: "once a block has the close",
    HoldingKind.CLOSE_AGREED: "once a block has the close",
    HoldingKind.SWEEP: "once a block has what brings it home",
    HoldingKind.HTLC_ON_CHAIN: "a payment",
}
_WAITS: Final = {
    HoldingKind.CLOSE_UNCONFIRMED: "Closing",
    HoldingKind.CLOSE_AGREED: "Closing",
    HoldingKind.SWEEP: "Sweep",
}
_CLOSING: Final = (HoldingKind.CLOSING_AGREED, HoldingKind.CLOSING)
_IDS: Final = {TxKind.SWEEP: "Sweep", TxKind.PENALTY: "Penalty", TxKind.FEE: "Child"}


def facts(
    channel_id: str, holdings: HoldingsView, moves: Iterable[TransactionView], now: int
) -> list[Fact | None]:
    """All of it as rows; `moves` are the transactions that have to do with the channel."""
    of_close = [one for one in moves if one.kind is not TxKind.OPENING and one.height]
    awaited = _still_there(channel_id, holdings)
    lost = [one for one in holdings.written_off.children if one.channel_id == channel_id]
    return [
        None,
        *_came(of_close, now, is_over=not awaited),
        *_cost(lost),
        *_in_all(of_close, lost),
        *([_awaited(leaf, now) for leaf in awaited] or [Fact("Awaited", "nothing more")]),
    ]


def ids(
    channel_id: str, holdings: HoldingsView, moves: Iterable[TransactionView]
) -> list[Fact | None]:
    """The transactions of a close, whole, so that they can be looked up elsewhere; also those that
    wait for a block."""
    waiting = {
        leaf.txid: _WAITS[leaf.kind]
        for leaf in _still_there(channel_id, holdings)
        if leaf.kind in _WAITS and leaf.txid and leaf.vout < 0
    }
    there = {one.txid: _IDS[one.kind] for one in moves if one.kind in _IDS}
    each = {**there, **waiting}.items()
    in_order = sorted(each, key=lambda one: one[1] != "Closing")  # that comes first
    return [Fact(what, txid) for txid, what in in_order]


def _still_there(channel_id: str, holdings: HoldingsView) -> list[HoldingView]:
    closing = _closing(holdings.total)
    return [leaf for leaf in _leaves(closing) if leaf.channel_id == channel_id]


def _came(moves: Sequence[TransactionView], now: int, *, is_over: bool) -> list[Fact]:
    came = [one for one in moves if not moved(one).outgoing and one.amount_sat]
    total = fmt.sat(sum(one.amount_sat for one in came))
    if not came:
        return [Fact("Came back", "nothing" if is_over else "nothing yet")]
    if len(came) == 1:
        return [Fact("Came back", total, _where(came[0], now))]
    each = [Fact("", fmt.sat(one.amount_sat), _where(one, now)) for one in came]
    return [Fact("Came back", total, f"by {len(came)} transactions"), *each]


def _where(one: TransactionView, now: int) -> str:
    at = f" ({fmt.clock(one.time, now)})" if one.time else ""
    return f"{fmt.height(one.height)}{at}, {holding_words.ends(one.txid)}"


def _cost(lost: Iterable[HoldingView]) -> list[Fact]:
    """What is written off for it, each thing once: of what was in the channel, and of coins."""
    parts = [part for one in lost for part in one.children]
    each = [(fmt.exact(part.amount_msat), holding_words.title(part, str)) for part in parts]
    if len(each) < 2:
        return [Fact("It cost", amount, what) for amount, what in each]
    whole = fmt.exact(sum(part.amount_msat for part in parts))
    return [Fact("It cost", whole), *[Fact("", amount, what) for amount, what in each]]


def _in_all(moves: Sequence[TransactionView], lost: Iterable[HoldingView]) -> list[Fact]:
    """Where coins paid, too, what came back is more than what is left of it."""
    parts = (part for one in lost for part in one.children)
    by_coins_msat = sum(p.amount_msat for p in parts if p.kind is HoldingKind.FEE_BY_COINS)
    if not by_coins_msat:
        return []
    came_msat = sum(one.amount_sat for one in moves if not moved(one).outgoing) * 1000
    left = fmt.exact(abs(came_msat - by_coins_msat))
    sign = "-" if came_msat < by_coins_msat else ""
    return [Fact("In all", f"{sign}{left}", "came back, less what coins of yours paid")]


def _awaited(leaf: HoldingView, now: int) -> Fact:
    what = _WHAT.get(leaf.kind, "")
    if leaf.until_height:
        until = fmt.block_at(leaf.until_height, leaf.until_time, now)
        what = f"until {until}{f': {what}' if what else ''}"
    return Fact("Awaited", fmt.exact(leaf.amount_msat), what)


def _closing(view: HoldingView) -> Iterator[HoldingView]:
    return (one for one in view.children if one.kind in _CLOSING)


def _leaves(views: Iterable[HoldingView]) -> Iterator[HoldingView]:
    for view in views:
        if view.children:
            yield from _leaves(view.children)
        else:
            yield view

"""Where the money is, in rows: what, how much, until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from textual.content import Content

from lnwallet_tui.api.holdings import HoldingKind, HoldingsView, HoldingView
from lnwallet_tui.api.views import ChannelView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.restored import is_unknown
from lnwallet_tui.ui.widgets.outline import Path, Row
from lnwallet_tui.ui.widgets.words import MUTED

K = HoldingKind
Who = Callable[[str], str]

_AMOUNT, _UNTIL, _INDENT, _WIDEST = 17, 27, 2, 50
_TITLES: Final = {
    K.TOTAL: "All that is yours",
    K.SPENDABLE: "Can be spent now",
    K.RESERVED: "Held back in channels",
    K.IN_FLIGHT: "Payments in flight",
    K.OPENING: "Being opened",
    K.CLOSING_AGREED: "Coming home, fee paid",
    K.CLOSING: "Coming home, before fees",
    K.UNCONFIRMED: "Unconfirmed",
    K.BUMP_RESERVE: "Kept to pay for closes",
    K.FROZEN: "Frozen by you",
    K.CHANNEL_RESERVE: "channel reserve",
    K.COMMITMENT_FEE: "commitment fee",
    K.ANCHORS: "both anchors",
    K.FEE_BUFFER: "fee-spike buffer",
    K.HELD_UP: "cannot be used now",
    K.CLOSE_UNCONFIRMED: "close, unconfirmed",
    K.CLOSE_AGREED: "close, unconfirmed",
    K.WRITTEN_OFF: "Written off, not counted",
    K.CLOSE_FEE: "fee of the close",
    K.SWEEP_FEE: "fees to bring it home",
    K.FEE_BY_COINS: "fees paid by coins",
    K.ANCHORS_LEFT: "both anchors",
    K.DUST: "dust",
    K.TRIMMED: "payment too small",
    K.TAKEN_BY_OTHERS: "taken by somebody else",
}
_COINS: Final = (K.COIN, K.COIN_FOR_FUNDING, K.COIN_UNCONFIRMED, K.COIN_IMMATURE, K.COIN_FROZEN)
_AWAIT_A_BLOCK: Final = (
    K.CLOSE_UNCONFIRMED,
    K.CLOSE_AGREED,
    K.SWEEP,
    K.FUNDING,
    K.COIN_UNCONFIRMED,
)
_TOP: Final = (K.TOTAL, K.WRITTEN_OFF)
_ANCHOR_MSAT: Final = 330_000  # BOLT 3: each of a commitment's two at most
_MOST_UNKNOWN: Final = 3  # rows
_ROUNDED: Final = "rounded down: rows may add up to {sat} less than the row above them"


def title(view: HoldingView, who: Who) -> str:
    """What it is, short; never what others wrote."""
    match view.kind:
        case K.CHANNEL | K.CAN_SEND | K.FUNDING:
            return f"Channel with {who(view.peer_id)}"
        case K.HTLC:
            return f"To {who(view.payee)}" if view.payee else f"Passed on to {who(view.peer_id)}"
        case K.DELAYED:
            return f"output {view.vout}, delayed"
        case K.HTLC_ON_CHAIN:
            return "payment, closing" if view.vout < 0 else f"output {view.vout}: payment"
        case K.SWEEP:
            return f"swept by {ends(view.txid)}" if view.vout < 0 else f"output {view.vout}, due"
        case K.COIN_KEPT:
            return f"of coin {ends(view.txid)}:{view.vout}"
        case kind if kind in _COINS:
            is_part = view.amount_msat < view.coin_sat * 1000
            return f"{'Part of' if is_part else 'Coin'} {ends(view.txid)}:{view.vout}"
        case K.ANCHORS_LEFT if view.amount_msat == _ANCHOR_MSAT:
            return "its only anchor"
        case kind:
            return _TITLES[kind]


def ends(txid: str) -> str:
    """Of a transaction, where there is little room."""
    return f"{txid[:4]}…{txid[-4:]}"


def until(view: HoldingView, now: int) -> str:
    """The block that it waits for, with its time."""
    if view.until_height:
        return f"{view.until_height:,} (~{fmt.clock(view.until_time, now)})"
    return "the next blocks" if view.kind in _AWAIT_A_BLOCK else ""


def heading(width: int) -> Content:
    """The columns of `drawn`."""
    return _columns("What", "Amount", "Until block and time", width).stylize(MUTED)


def rounded_off(rows: Iterable[Row[HoldingView]]) -> str:
    """That rows which are seen add up to less than the one above them, where that is so: on their
    border, where it takes no row's place."""
    lacking = [
        fmt.rounded_off((child.amount_msat for child in one.item.children), one.item.amount_msat)
        for one in rows
        if one.is_open and one.item.children
    ]
    most_sat = max(lacking, default=0)
    return _ROUNDED.format(sat=fmt.sat(most_sat)) if most_sat else ""


def drawn(row: Row[HoldingView], width: int, now: int, who: Who) -> Content:
    """One row, cut to its cells."""
    view = row.item
    mark = ("▾ " if row.is_open else "▸ ") if row.folds else "  "
    what = " " * (_INDENT * row.depth) + mark + title(view, who)
    line = _columns(what, fmt.msat(view.amount_msat), until(view, now), width)
    if row.path[0] == K.WRITTEN_OFF.value:
        return line.stylize(MUTED)
    return line.stylize("bold") if view.kind in _TOP else line


def unknown(channels: Iterable[ChannelView], width: int, who: Who) -> Content:
    """Channels that came back from the backup: they are in no sum. As many as there is room for."""
    found = [one for one in channels if is_unknown(one)]
    shown = found if len(found) <= _MOST_UNKNOWN else found[: _MOST_UNKNOWN - 1]
    lines = [
        _columns(
            f"  Restored, with {who(one.peer_id)}", "unknown", "until the peer closes it", width
        )
        for one in shown
    ]
    if rest := len(found) - len(shown):
        lines.append(_columns(f"  and {rest} more restored", "unknown", "until they close", width))
    return Content("\n").join(lines).stylize(MUTED)


def _columns(what: str, amount: str, until_when: str, width: int) -> Content:
    room = max(0, min(width - _AMOUNT - 2 - _UNTIL, _WIDEST))
    name = Content(what).truncate(room, ellipsis=True, pad=True)
    return Content.assemble(name, f"{amount:>{_AMOUNT}}  {until_when:<{_UNTIL}}")


def rows(holdings: HoldingsView, opened: AbstractSet[Path]) -> list[Row[HoldingView]]:
    """What is there to be seen while these are open."""
    roots = [holdings.total]
    if holdings.written_off.children:
        roots.append(holdings.written_off)
    return [row for root in roots for row in _below(root, (), opened)]


def _below(view: HoldingView, above: Path, opened: AbstractSet[Path]) -> Iterator[Row[HoldingView]]:
    path = (*above, view.name)
    is_open = path in opened
    yield Row(path, view, bool(view.children), is_open)
    if is_open:
        for child in view.children:
            yield from _below(child, path, opened)


def all_paths(holdings: HoldingsView) -> set[Path]:
    """Everything that can be opened."""
    return {*_foldable(holdings.total, ()), *_foldable(holdings.written_off, ())}


def _foldable(view: HoldingView, above: Path) -> Iterator[Path]:
    path = (*above, view.name)
    if view.children:
        yield path
        for child in view.children:
            yield from _foldable(child, path)


def opened_at_first(holdings: HoldingsView, height: int) -> set[Path]:
    """Everything where all of it fits, else the groups alone."""
    everything = all_paths(holdings)
    if len(rows(holdings, everything)) <= height:
        return everything
    return {(holdings.total.name,)}


def identifier(view: HoldingView) -> str:
    """What to look it up by elsewhere: payment, transaction or output, channel."""
    if view.payment_hash:
        return view.payment_hash
    if view.txid:
        return view.txid if view.vout < 0 else f"{view.txid}:{view.vout}"
    return view.channel_id


def facts(view: HoldingView) -> str:
    """The exact amount and the id, in a line."""
    kinds = "payment" if view.payment_hash else "transaction" if view.txid else "channel"
    if view.txid and view.vout >= 0 and not view.payment_hash:
        kinds = "output"
    name = identifier(view)
    ends = "" if not name else f"  {kinds} {fmt.short(name.partition(':')[0])}"
    return f"{fmt.exact(view.amount_msat)}{ends}"

"""The wallet on chain as the screen sees it, and what the user does with its coins: words of their
own, and leaving some alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from lnwallet_tui.api.addresses import OwnAddress
from lnwallet_tui.api.coins import (
    CoinsPage,
    CoinView,
    OnchainView,
    TransactionsPage,
    TransactionView,
    TxKind,
)
from lnwallet_tui.api.holdings import HoldingKind, HoldingView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, txid_to_hex
from lnwallet_tui.coins.build import joinable, largest_payment, largest_with_change
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.ledger import HistoryEntry, WalletTx
from lnwallet_tui.node import refusing, typed
from lnwallet_tui.node.channels.close_views import all_home
from lnwallet_tui.node.coins import agreed_closes, bump_reserve
from lnwallet_tui.node.coins.tx_kinds import Purpose, Purposes
from lnwallet_tui.node.coins.wallet import PREVIEW
from lnwallet_tui.node.holdings.holdings import holdings
from lnwallet_tui.node.holdings.stakes import stakes
from lnwallet_tui.node.words import coin_words
from lnwallet_tui.node.words.block_dates import time_of
from lnwallet_tui.node.words.waiting_words import how_far
from lnwallet_tui.store import coins as stored
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import StoreError

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

T = TypeVar("T")

MOST_ON_A_PAGE: Final = 1_000
_TXID: Final = re.compile(r"[0-9a-f]{64}")
_COIN: Final = re.compile(r"([0-9a-f]{64}):([0-9]{1,9})")
_CLOSING: Final = (HoldingKind.CLOSING_AGREED, HoldingKind.CLOSING)
_NO_COIN: Final = Refused(
    RefusalCode.UNKNOWN, "There is no such coin, or it is spent by now.", "See the list of coins."
)
_NO_TRANSACTION: Final = Refused(
    RefusalCode.UNKNOWN, "There is no such transaction of this wallet.", "See the history."
)


# -- all of it
def onchain(board: Switchboard) -> OnchainView:
    """What there is, and what of it is free."""
    balance = board.wallet.balance()
    closing = [one for one in holdings(board).total.children if one.kind in _CLOSING]
    until = max((_last(one) for one in closing), default=0)
    last = max((until, *(all_home(board, held) for held in board.channels)))
    if any(map(_waits_for_a_block, closing)):
        last = 0  # from which on its delays are counted
    kept = sum(_kept(board).values(), ZERO_SAT)
    opening = _opening(board)
    return OnchainView(
        confirmed_sat=balance.confirmed.value,
        pending_sat=balance.pending.value,
        frozen_sat=balance.frozen.value,
        waiting_sat=_waiting(board, opening.coins).value,
        reserve_sat=kept.value,
        next_reserve_sat=opening.keep.minus_or_zero(kept).value,
        open_fee_sat=opening.fee.value,
        can_open_sat=opening.most.value,
        reserve_missing_sat=bump_reserve.missing(board).value,
        closing_msat=sum(one.amount_msat for one in closing),
        closing_until_height=last,
        closing_until_time=time_of(board, last) if last else 0,
    )


def _last(view: HoldingView) -> int:
    """The last block that something in it waits for."""
    return max((view.until_height, *map(_last, view.children)))


def _waits_for_a_block(view: HoldingView) -> bool:
    """Whether something in it is of a close that no block has."""
    if view.kind is HoldingKind.CLOSE_UNCONFIRMED:
        return True
    return any(map(_waits_for_a_block, view.children))


def _kept(board: Switchboard) -> dict[OutPoint, Sat]:
    """What the reserve for closes takes of each coin."""
    return {
        stake.coin.outpoint: stake.amount.floor_sat()
        for stake in stakes(board)
        if stake.kind is HoldingKind.COIN_KEPT and stake.coin is not None
    }


@dataclass(frozen=True, slots=True)
class _Opening:
    """The largest that is possible now: what `coins` hold is the sum of the others. Without any,
    `coins` are all that can be spent."""

    coins: Sequence[Coin]
    most: Sat = ZERO_SAT
    fee: Sat = ZERO_SAT
    keep: Sat = ZERO_SAT


def _opening(board: Switchboard) -> _Opening:
    """As `quotes.opening` reckons."""
    policy, rate = board.shell.config.policy, board.channels.feerates().soon
    coins, script = board.wallet.spendable(board.chain.height), p2wsh(b"")
    keep = bump_reserve.must_stay(board, opening=board.shell.config.anchors)
    scripts: tuple[bytes, ...] = (script,)
    if keep:
        most = largest_with_change(coins, [script], PREVIEW, rate, keep)
        scripts = (script, PREVIEW)
    else:
        most = largest_payment(coins, script, rate)
    if most < policy.min_funding:
        return _Opening(coins)
    joined = joinable(coins, scripts, rate)
    fee = sum((coin.value for coin in joined), ZERO_SAT) - most - keep
    return _Opening(joined, most, fee, keep)


def _waiting(board: Switchboard, usable: Sequence[Coin]) -> Sat:
    """Of all others, but for those that are frozen."""
    of_use = {coin.outpoint for coin in usable}
    others = (c for c in board.wallet.coins() if not c.frozen and c.outpoint not in of_use)
    return sum((coin.value for coin in others), ZERO_SAT)


# -- pages
def coins(board: Switchboard, limit: int, skip: int, holding: str) -> CoinsPage | Refused:
    """A page of what is unspent, what waits first, then the newest."""
    ordered = _coins(board)
    names = (_name(coin.outpoint) for coin, _ in ordered)
    first, last = _bounds(len(ordered), limit, skip, holding, names)
    try:
        page = _coin_views(board, ordered[first:last])
    except StoreError as error:
        return refusing.of_disk(error)
    return CoinsPage(coins=page, first=first, total=len(ordered))


def transactions(
    board: Switchboard, limit: int, skip: int, holding: str
) -> TransactionsPage | Refused:
    """A page of the history, what waits first, then the newest."""
    rows = board.wallet.newest_first()
    names = (txid_to_hex(row.txid) for row in rows)
    first, last = _bounds(len(rows), limit, skip, holding, names)
    try:
        page = _transaction_views(board, board.wallet.history(first, last - first))
        closes = _transaction_views(board, board.wallet.entries(agreed_closes.waiting(board)))
    except StoreError as error:
        return refusing.of_disk(error)
    return TransactionsPage(transactions=page, first=first, total=len(rows), waiting_closes=closes)


def _bounds(
    total: int, limit: int, skip: int, holding: str, names: Iterable[str]
) -> tuple[int, int]:
    """The first of a page and the one behind its last; where `holding` is there, it is in it."""
    size = max(1, min(limit, MOST_ON_A_PAGE))
    place = (
        next((at for at, name in enumerate(names) if name == holding), None) if holding else None
    )
    first = max(0, min(skip, total)) if place is None else place - place % size
    return first, min(first + size, total)


def _coins(board: Switchboard) -> list[tuple[Coin, WalletTx]]:
    unspent: dict[bytes, list[Coin]] = {}
    for coin in board.wallet.coins():
        unspent.setdefault(coin.outpoint.txid, []).append(coin)
    rows = board.wallet.newest_first()
    return [(coin, row) for row in rows for coin in unspent.get(row.txid, ())]


# -- one of them
def _name(outpoint: OutPoint) -> str:
    return f"{txid_to_hex(outpoint.txid)}:{outpoint.vout}"


def _coin_views(board: Switchboard, found: Sequence[tuple[Coin, WalletTx]]) -> tuple[CoinView, ...]:
    kept, purposes = _kept(board), Purposes(board)
    entries = {one.row.txid: one for one in board.wallet.entries([row for _, row in found])}
    names = {name for coin, _ in found for name in (coin.outpoint.txid, coin.outpoint.serialize())}
    notes = stored.notes_of(board.shell.store, names)
    return tuple(
        _coin_view(
            board, coin, entries[row.txid], purposes, kept.get(coin.outpoint, ZERO_SAT), notes
        )
        for coin, row in found
    )


def _coin_view(
    board: Switchboard,
    coin: Coin,
    entry: HistoryEntry,
    purposes: Purposes,
    kept: Sat,
    notes: dict[bytes, Untrusted],
) -> CoinView:
    purpose, outpoint, tip = purposes.of(entry), coin.outpoint, board.chain.height
    held = purpose.held
    return CoinView(
        coin=_name(outpoint),
        amount_sat=coin.value.value,
        kind=TxKind.RECEIVED if coin_words.is_paid_to_us(coin, purpose.kind) else purpose.kind,
        explanation=coin_words.of_coin(board, coin, entry.row, purpose, kept.value),
        height=coin.height or 0,
        confirmations=_depth(coin.height, tip),
        time=entry.row.time,
        frozen=coin.frozen,
        in_opening=bool(coin.reserved_for),
        spendable=coin.is_spendable(tip + 1),
        kept_sat=kept.value,
        channel_id="" if held is None else held.channel.channel_id.hex(),
        peer_id="" if held is None else held.peer_id.hex(),
        note=notes.get(outpoint.serialize(), _NOTHING),
        tx_note=notes.get(outpoint.txid, _NOTHING),
    )


def outlines(board: Switchboard) -> tuple[TransactionView, ...]:
    """All transactions without their sentences, to look for some among them."""
    purposes, rows = Purposes(board), board.wallet.newest_first()
    notes = stored.notes_of(board.shell.store, [row.txid for row in rows])
    return tuple(
        _transaction_view(board, entry, purposes, notes, told=False)
        for entry in board.wallet.entries(rows)
    )


def named(board: Switchboard, txids: Sequence[str]) -> tuple[TransactionView, ...]:
    """Those of these that are still there."""
    entries = (board.wallet.entry(bytes.fromhex(txid)[::-1]) for txid in txids)
    return _transaction_views(board, [entry for entry in entries if entry is not None])


def _transaction_views(
    board: Switchboard, entries: Sequence[HistoryEntry]
) -> tuple[TransactionView, ...]:
    purposes = Purposes(board)
    notes = stored.notes_of(board.shell.store, [entry.row.txid for entry in entries])
    return tuple(_transaction_view(board, entry, purposes, notes) for entry in entries)


def _transaction_view(
    board: Switchboard,
    entry: HistoryEntry,
    purposes: Purposes,
    notes: dict[bytes, Untrusted],
    *,
    told: bool = True,
) -> TransactionView:
    row, purpose = entry.row, purposes.of(entry)
    held = purpose.held
    return TransactionView(
        txid=txid_to_hex(row.txid),
        kind=purpose.kind,
        amount_sat=entry.change_sat,
        fee_sat=purposes.fee(entry, purpose).value,
        explanation=_explanation(board, entry, purpose) if told else "",
        height=row.height or 0,
        confirmations=_depth(row.height, board.chain.height),
        time=row.time,
        channel_id="" if held is None else held.channel.channel_id.hex(),
        peer_id="" if held is None else held.peer_id.hex(),
        note=notes.get(row.txid, _NOTHING),
    )


def _explanation(board: Switchboard, entry: HistoryEntry, purpose: Purpose) -> str:
    what = coin_words.of_transaction(board, entry, purpose)
    if entry.row.height is not None:
        return what
    return f"{what} {how_far(board.shell.ports.chain.how_far(entry.row.txid))}".rstrip()


def _depth(height: int | None, tip: int) -> int:
    return 0 if height is None else tip - height + 1


# -- what the user does with them
def own_address(board: Switchboard, *, taproot: bool) -> OwnAddress | Refused:
    """Where the wallet can be paid; durable before it is told."""
    try:
        with board.shell.store.transaction() as tx:
            script, is_known = board.wallet.scripts.tell(tx, taproot=taproot)
            board.chain.look_for(tx, script)
    except StoreError as error:
        return refusing.of_disk(error)
    address = board.wallet.address_of(script)
    return OwnAddress(address=address, explanation=coin_words.GIVEN_AGAIN if is_known else "")


def received_at(board: Switchboard, script: bytes) -> Sat:
    """All that ever came to a script of the wallet's; nothing where it is not its own."""
    coins = (coin for row in board.wallet.newest_first() for coin in row.coins())
    return sum((coin.value for coin in coins if coin.script_pubkey == script), ZERO_SAT)


def set_coin_note(board: Switchboard, name: str, note: str) -> CoinView | Refused:
    """Keep the user's words for a coin."""
    found, words = _coin(board, name), typed.note(note)
    if isinstance(words, Refused):
        return words
    if found is None:
        return _NO_COIN
    key = found[0].outpoint.serialize()
    keep = partial(stored.save_note, name=key, text=words)
    return _written(board, keep, lambda: _coin_views(board, [found])[0])


def set_transaction_note(board: Switchboard, txid: str, note: str) -> TransactionView | Refused:
    """Keep the user's words for a transaction."""
    name = bytes.fromhex(txid)[::-1] if _TXID.fullmatch(txid) else b""
    row = board.wallet.transaction(name) or agreed_closes.named(board, name)
    words = typed.note(note)
    if isinstance(words, Refused):
        return words
    if row is None:
        return _NO_TRANSACTION
    [entry] = board.wallet.entries([row])
    keep = partial(stored.save_note, name=entry.row.txid, text=words)
    return _written(board, keep, lambda: _transaction_views(board, [entry])[0])


def freeze(board: Switchboard, name: str, *, frozen: bool) -> CoinView | Refused:
    """Leave a coin alone from now on, or use it again."""
    found = _coin(board, name)
    if found is None:
        return _NO_COIN
    coin = found[0]
    if frozen and coin.reserved_for:
        return Refused(
            RefusalCode.CHANNEL_BUSY,
            "This coin is kept for a channel that is being opened at this moment.",
            "Wait until the opening is over; then see whether the coin is still there.",
        )

    def keep(tx: Transaction) -> None:
        board.wallet.freeze(tx, coin.outpoint, frozen=frozen)
        tx.after(board.tell_balance)

    return _written(board, keep, lambda: _coin_views(board, [_coin(board, name) or found])[0])


def _written(
    board: Switchboard, keep: Callable[[Transaction], object], view: Callable[[], T]
) -> T | Refused:
    """Durable before it is told; or, where it cannot be told either, nothing changed."""
    try:
        with board.shell.store.transaction() as tx:
            keep(tx)
            return view()
    except StoreError as error:
        return refusing.of_disk(error)


def _coin(board: Switchboard, name: str) -> tuple[Coin, WalletTx] | None:
    """An unspent output that is named as people write it."""
    read = _COIN.fullmatch(name)
    if read is None:
        return None
    coin = board.wallet.coin(OutPoint(bytes.fromhex(read[1])[::-1], int(read[2])))
    row = None if coin is None else board.wallet.transaction(coin.outpoint.txid)
    return None if coin is None or row is None else (coin, row)


_NOTHING: Final = Untrusted("")

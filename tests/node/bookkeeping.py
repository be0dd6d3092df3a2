"""Looks at the tree of holdings after every turn of every node: no satoshi is missing or counted
twice at any moment."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from lnwallet_tui.api import close_costs
from lnwallet_tui.api.coins import TransactionsPage
from lnwallet_tui.api.holdings import HoldingKind, HoldingView
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.funding import is_only_promised
from lnwallet_tui.channel.state import Phase
from lnwallet_tui.node import views
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.holdings import holdings
from lnwallet_tui.node.switchboard import Switchboard
from lnwallet_tui.node.turns import Turn

K = HoldingKind


def nodes_of(view: HoldingView) -> Iterator[HoldingView]:
    """It and all below it."""
    yield view
    for child in view.children:
        yield from nodes_of(child)


def leaves_of(view: HoldingView) -> Iterator[HoldingView]:
    return (node for node in nodes_of(view) if not node.children)


def check(board: Switchboard) -> HoldingView:
    """Everything adds up, to the tree itself and to the balance."""
    told, balance = holdings.holdings(board), views.balance(board)
    for root in (told.total, told.written_off):
        for node in nodes_of(root):
            assert type(node.amount_msat) is int
            assert node.explanation, node
            names = [child.name for child in node.children]
            assert len(names) == len(set(names)), names
            if node.children:
                assert sum(child.amount_msat for child in node.children) == node.amount_msat
            assert node.amount_msat > 0 or node is root, node
            assert (node.until_height > 0) is (node.until_time > 0)
    total = told.total
    _check_coins(total)
    assert total.amount_msat == balance.total_msat
    in_channels = (
        balance.can_send_msat
        + balance.reserved_msat
        + balance.in_flight_msat
        + balance.opening_msat
        + balance.closing_msat
    )
    on_chain = balance.onchain_confirmed_sat + balance.onchain_pending_sat
    assert total.amount_msat == in_channels + on_chain * 1000
    assert min(balance.can_send_msat, balance.reserved_msat, balance.in_flight_msat) >= 0
    _check_sources(board, total)
    return total


async def unexplained(node: NodeApi) -> int:
    """What there is less than payments, gifts, transactions and what closes cost beside them make
    up together, in msat: they are all that ever changed it."""
    before: object = None
    while True:  # each of these is answered at a moment of its own
        payments = await node.payments(limit=1_000)
        page, channels = await node.transactions(limit=200), await node.channels()
        assert isinstance(page, TransactionsPage), page
        held = await node.holdings()
        costs = close_costs.close_costs(held.written_off, channels, page.transactions)
        changed = (
            sum(close_costs.by_payment(one) for one in payments)
            + sum(one.gift.change_msat for one in channels if one.gift is not None)
            + sum(close_costs.by_transaction(one) for one in page.transactions)
            - sum(one.cost_msat for one in costs)
        )
        seen = payments, page, channels, held
        if changed == held.total.amount_msat or seen == before:
            return changed - held.total.amount_msat
        before = seen


async def check_changes(node: NodeApi) -> None:
    """Nothing is unexplained."""
    assert await unexplained(node) == 0


def _check_coins(total: HoldingView) -> None:
    """The rows of a coin are together what it holds, and one that is a part says so."""
    found: dict[tuple[str, int], list[HoldingView]] = {}
    for leaf in leaves_of(total):
        if leaf.coin_sat:
            found.setdefault((leaf.txid, leaf.vout), []).append(leaf)
    for parts in found.values():
        assert sum(one.amount_msat for one in parts) == parts[0].coin_sat * 1000
        for one in parts[1:]:
            whole = f"{one.coin_sat:,} sat"
            assert all(whole in part.explanation for part in parts)


def _check_sources(board: Switchboard, total: HoldingView) -> None:
    """Against what the parts of the node hold, reckoned in another way."""
    sums = dict.fromkeys(K, 0)
    for leaf in leaves_of(total):
        sums[leaf.kind] += leaf.amount_msat
    coins = (
        K.COIN, K.COIN_KEPT, K.COIN_FOR_FUNDING, K.COIN_UNCONFIRMED, K.COIN_IMMATURE, K.COIN_FROZEN,
    )  # fmt: skip
    wallet = board.wallet.balance()
    assert sum(sums[kind] for kind in coins) == 1000 * (wallet.confirmed + wallet.pending).value
    channels = 0
    for held in board.channels:
        resolution = board.guard.resolution(held)
        if resolution is not None:
            open_sat = sum(o.value.value for o in resolution.outputs if o.is_open)
            assert open_sat == resolution.pending.value
            swept = (o for o in resolution.outputs if o.is_open and _is_swept(board, o.outpoint))
            channels += (open_sat - sum(o.value.value for o in swept)) * 1000
        elif held.channel.phase is Phase.CLOSING and _agreed(held) is not None:
            agreed = _agreed(held)
            assert agreed is not None
            # After a reorganisation, or with a child, the wallet has it: it counts once.
            is_noted = board.wallet.transaction(agreed.txid) is not None
            outputs = () if is_noted else agreed.outputs
            ours = [o for o in outputs if board.wallet.owns(o.script_pubkey)]
            channels += sum(o.value.value for o in ours) * 1000
        elif not (is_only_promised(held.channel) and views.channel(board, held).agreed_sat < 0):
            channels += held.channel.ledger.ours.value
    assert sum(sums.values()) - sum(sums[kind] for kind in coins) == channels


def _is_swept(board: Switchboard, outpoint: OutPoint) -> bool:
    """By what a reorganisation took out of its block: it counts once."""
    row = board.wallet.waiting_for(outpoint)
    return row is not None and all(board.wallet.owns(o.script_pubkey) for o in row.tx.outputs)


def _agreed(held: Held) -> Tx | None:
    """The closing transaction that the channel waits for, where both have signed one."""
    return held.channel.closing.tx if held.channel.publication is None else None


class Bookkeeper:
    """Remembers which kinds of holding were seen, and what did not add up."""

    def __init__(self) -> None:
        self.seen: set[HoldingKind] = set()
        self.wrong: list[str] = []
        self.turns = 0

    def look(self, board: Switchboard) -> None:
        """After one turn."""
        self.turns += 1
        try:
            self.seen.update(node.kind for node in nodes_of(check(board)))
            off = holdings.holdings(board).written_off
            self.seen.update(node.kind for node in nodes_of(off))
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.wrong.append(f"{where.name}: {where.line} {error!r}")


def after_every_turn(monkeypatch: pytest.MonkeyPatch, *, wallets: bool = False) -> Bookkeeper:
    """From now on, of every node that starts; or only of those that pass nothing on."""
    keeper, start = Bookkeeper(), Switchboard.start

    def watched(board: Switchboard) -> None:
        if wallets and board.relay is not None:
            start(board)
            return
        monkeypatch.setattr(board.shell.turns, "_run", partial(run, board, board.shell.turns._run))
        start(board)

    def run(board: Switchboard, really: Callable[[Turn], None], turn: Turn) -> None:
        really(turn)
        keeper.look(board)

    monkeypatch.setattr(Switchboard, "start", watched)
    return keeper

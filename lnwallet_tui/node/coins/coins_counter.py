"""What can be asked of the wallet on chain, and done with its coins (`api.node.NodeApi`)."""

from __future__ import annotations

from lnwallet_tui.api.activity import ActivityCount, ActivityPage
from lnwallet_tui.api.addresses import OwnAddress
from lnwallet_tui.api.arriving import ArrivingView
from lnwallet_tui.api.coins import (
    CoinsPage,
    CoinView,
    OnchainView,
    TransactionsPage,
    TransactionView,
)
from lnwallet_tui.api.filter import Names
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.node.coins import coin_views
from lnwallet_tui.node.payments import activity
from lnwallet_tui.node.switchboard import Switchboard


class CoinsCounter:
    """The wallet's part of the node."""

    _board: Switchboard

    async def onchain(self) -> OnchainView:
        return coin_views.onchain(self._board)

    async def coins(
        self, limit: int = 50, skip: int = 0, *, holding: str = ""
    ) -> CoinsPage | Refused:
        return coin_views.coins(self._board, limit, skip, holding)

    async def transactions(
        self, limit: int = 50, skip: int = 0, *, holding: str = ""
    ) -> TransactionsPage | Refused:
        return coin_views.transactions(self._board, limit, skip, holding)

    async def address(self, *, taproot: bool = False) -> OwnAddress | Refused:
        return coin_views.own_address(self._board, taproot=taproot)

    async def set_coin_note(self, coin: str, note: str) -> CoinView | Refused:
        return coin_views.set_coin_note(self._board, coin, note)

    async def set_transaction_note(self, txid: str, note: str) -> TransactionView | Refused:
        return coin_views.set_transaction_note(self._board, txid, note)

    async def freeze(self, coin: str, frozen: bool) -> CoinView | Refused:
        return coin_views.freeze(self._board, coin, frozen=frozen)

    async def listen_for_payments(self, seconds: int) -> tuple[ArrivingView, ...]:
        return self._board.arriving.listen(seconds)

    async def search_activity(
        self,
        words: str,
        limit: int = 50,
        after: str = "",
        *,
        skip: int = 0,
        oldest_first: bool = False,
        names: Names = (),
    ) -> ActivityPage | Refused:
        return await activity.search(
            self._board, words, limit, after, skip, oldest_first=oldest_first, names=names
        )

    async def count_activity(
        self, words: str, before: str = "", *, names: Names = ()
    ) -> ActivityCount | Refused:
        return await activity.count(self._board, words, before, names)

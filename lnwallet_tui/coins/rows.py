"""The transactions of a ledger by what one looks for; a table is made once, when it is needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.coins.coin import Coin, KeyPath

if TYPE_CHECKING:
    from lnwallet_tui.coins.ledger import WalletTx


class Rows:
    """They never change: another ledger has others."""

    def __init__(self, rows: tuple[WalletTx, ...]) -> None:
        self._rows = rows

    @cached_property
    def by_txid(self) -> dict[bytes, WalletTx]:
        """All of them."""
        return {row.txid: row for row in self._rows}

    @cached_property
    def by_version(self) -> dict[bytes, WalletTx]:
        """Those that took the place of others, by these."""
        return {txid: row for row in self._rows for txid in row.versions}

    @cached_property
    def unconfirmed(self) -> tuple[WalletTx, ...]:
        """Those that wait for a block, parents first."""
        return tuple(row for row in self._rows if row.height is None)

    @cached_property
    def spenders(self) -> dict[OutPoint, WalletTx]:
        """What takes an output; no two of them take the same."""
        return {outpoint: row for row in self._rows for outpoint in row.spends}

    @cached_property
    def parents(self) -> frozenset[bytes]:
        """Whose outputs are taken, of ours and of others."""
        return frozenset(outpoint.txid for outpoint in self.spenders)

    @cached_property
    def paid(self) -> frozenset[KeyPath]:
        """The keys that any of them pays to."""
        return frozenset(own.path for row in self._rows for own in row.own_outputs)

    @cached_property
    def last_paid(self) -> dict[KeyPath, int]:
        """The highest index of each chain of keys that a block paid to."""
        last: dict[KeyPath, int] = {}
        for row in self._rows:
            for own in row.own_outputs if row.height is not None else ():
                chain = own.path.chain
                last[chain] = max(last.get(chain, -1), own.path.index)
        return last

    def coin(self, outpoint: OutPoint) -> Coin | None:
        """An output of ours, spent or not."""
        row = self.by_txid.get(outpoint.txid)
        coins = () if row is None else row.coins()
        return next((coin for coin in coins if coin.outpoint == outpoint), None)

    def rivals(self, row: WalletTx) -> list[WalletTx]:
        """What takes the same as that one, which is none of them."""
        return [self.spenders[one] for one in row.spends if one in self.spenders]

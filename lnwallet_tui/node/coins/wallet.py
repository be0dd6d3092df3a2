"""The wallet on chain: addresses, coins, funding transactions, and where closes pay to.

Every change is written in the transaction of the event that caused it; memory follows through
`undo`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from lnwallet_tui.bitcoin.address import script_to_address
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.chain.watch import Fact, ScriptPaid, Spent
from lnwallet_tui.coins.build import BuiltTx, Conditions
from lnwallet_tui.coins.coin import Coin, KeyPath
from lnwallet_tui.coins.keep import Keep, lacking
from lnwallet_tui.coins.ledger import Balance, HistoryEntry, Ledger, WalletTx
from lnwallet_tui.coins.waiting import build_all_keeping, build_keeping
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from lnwallet_tui.node.coins import labels
from lnwallet_tui.node.coins.scripts import Scripts
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store import coins as stored
from lnwallet_tui.store.db import Transaction

PREVIEW: Final = b"\x00\x14" + bytes(20)
"""A script like ours, for quotes: what it costs, not where it goes."""


def with_change_to(build: Callable[[bytes], BuiltTx], script: Callable[[], bytes]) -> BuiltTx:
    """What `build` makes, its change to `script`. None is taken where no change comes back."""
    preview = build(PREVIEW)
    if preview.change is None or preview.tx.outputs[preview.change].script_pubkey != PREVIEW:
        return preview
    return build(script())


class Wallet:
    """The wallet's coins. `height` is asked of whoever follows the chain."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._signer = KeyCoinSigner(shell.keys)
        self.scripts: Final = Scripts(shell, lambda: self._ledger.rows)
        self._own = self.scripts.own
        # Whatever was reserved was so for an opening that the last stop ended.
        self._ledger = stored.load_ledger(shell.store, shell.damaged.met)
        self._chance: tuple[tuple[Coin, ...], bytes] | None = None  # by which coins are chosen
        self._ordered: tuple[Ledger, tuple[WalletTx, ...]] | None = None  # for the history's pages
        self._lent: dict[OutPoint, frozenset[OutPoint]] = {}  # to what is not written down yet
        for purpose in sorted({kept.purpose for kept in self._ledger.reservations}):
            self._ledger = self._ledger.release(purpose)

    # -- scripts
    def take_script(self, tx: Transaction, *, change: bool = False) -> bytes:
        """See `Scripts.take`."""
        return self.scripts.take(tx, change=change)

    def address_of(self, script: bytes) -> str:
        """How a script is written."""
        return script_to_address(script, self._shell.config.network)

    def owns(self, script: bytes) -> bool:
        """Whether the script is the wallet's."""
        return script in self._own

    def path_of(self, script: bytes) -> KeyPath:
        """The path to the key of one of our scripts."""
        return self._own[script]

    # -- what the chain says
    def read(self, tx: Transaction, facts: Sequence[Fact], time: int) -> bool:
        """A block of that time was added: note what it says of our coins; whether anything
        changed."""
        ledger, read = self._ledger, set[bytes]()
        for fact in facts:
            if isinstance(fact, ScriptPaid | Spent) and fact.tx.txid not in read:
                read.add(fact.tx.txid)  # it may pay us a thousand times
                self.scripts.used(tx, fact.tx)
                ledger = ledger.confirmed(fact.tx, fact.height, self._own, time)
        return self._adopt(tx, ledger)

    def forget_block(self, tx: Transaction, height: int) -> bool:
        """A block left the best chain."""
        return self._adopt(tx, self._ledger.disconnected(height))

    # -- what we do
    def is_ours(self, tx: Tx) -> bool:
        """Whether `tx` spends coins of the wallet or pays to it."""
        spent = {coin.outpoint for coin in self._ledger.coins()}
        return any(txin.outpoint in spent for txin in tx.inputs) or any(
            txout.script_pubkey in self._own for txout in tx.outputs
        )

    def publishing(
        self, tx: Transaction, sent: Tx, label: str, *, ours: bool, fee: Sat | None = None
    ) -> bool:
        """`sent`, which may concern the wallet, is about to be broadcast.

        `ours`: nobody else can spend what it spends; `fee` where that cannot be computed.
        """
        self.scripts.used(tx, sent)
        ledger = self._ledger.unconfirmed(sent, self._own, ours=ours, fee=fee, label=label)
        return self._adopt(tx, ledger)

    def replacing(self, tx: Transaction, txid: bytes, sent: Tx) -> None:
        """`sent` is about to be broadcast in place of our `txid` that waits."""
        self.scripts.used(tx, sent)
        self._adopt(tx, self._ledger.replaced(txid, sent, self._own))

    def abandon(self, tx: Transaction, txid: bytes) -> bool:
        """A transaction of ours will never confirm."""
        return self._adopt(tx, self._ledger.abandoned(txid))

    def abandon_spends(self, tx: Transaction, outpoints: AbstractSet[OutPoint]) -> None:
        """Whatever waits for a block and spends one of these will never confirm."""
        if outpoints:
            for row in self._ledger.rows.unconfirmed:
                if not row.spends.isdisjoint(outpoints):
                    self.abandon(tx, row.txid)

    def waiting_for(self, outpoint: OutPoint) -> WalletTx | None:
        """The transaction that waits for a block and spends `outpoint`, which is not the wallet's,
        with coins of the wallet beside it."""
        return self._ledger.waiting_for(outpoint)

    def children_of(self, txids: AbstractSet[bytes]) -> tuple[Tx, ...]:
        """What waits for a block and was made to hurry one of these, commitments of ours."""
        return tuple(
            row.tx
            for row in self._ledger.rows.unconfirmed
            if row.label == labels.FEE_OF_CLOSE and any(o.txid in txids for o in row.spends)
        )

    def waiting(self) -> tuple[Tx, ...]:
        """All that wait for a block, parents first."""
        return self._ledger.waiting()

    def coins_for(self, outpoint: OutPoint, height: int) -> list[Coin]:
        """Confirmed coins for whatever is to spend `outpoint` now: first those that are spent
        beside it already, so that the new transaction replaces the old one; then free ones."""
        row = self._ledger.waiting_for(outpoint)
        before = () if row is None else self._ledger.spent_by(row)
        coins = [
            *(coin for coin in before if coin.height is not None),
            *self.confirmed_coins(height),
        ]
        lent = {one for other, those in self._lent.items() if other != outpoint for one in those}
        return [coin for coin in coins if coin.outpoint not in lent]

    def lend(self, outpoint: OutPoint, coins: Sequence[Coin]) -> None:
        """`coins` are used beside `outpoint` in what was published while the disk took nothing."""
        self._lent[outpoint] = frozenset(coin.outpoint for coin in coins)

    def take_back(self, outpoint: OutPoint) -> None:
        """It is written down by now, or will never confirm."""
        self._lent.pop(outpoint, None)

    def change_of(self, txid: bytes) -> tuple[Coin, WalletTx | None] | None:
        """What came back to us of a transaction of ours that waits, and the one that waits to
        spend it alone; None where nothing did, or it pays for something else."""
        return self._ledger.change_of(txid)

    def spent_by(self, tx: Tx) -> tuple[Coin, ...]:
        """The coins of the wallet that `tx`, which it knows, spends."""
        row = self.transaction(tx.txid)
        return () if row is None else self._ledger.spent_by(row)

    def build(
        self,
        outputs: Sequence[TxOut],
        change_script: bytes,
        feerate_per_kw: int,
        height: int,
        keep: Sat,
        most_fee: Sat | None = None,
    ) -> BuiltTx:
        """An unsigned transaction that pays `outputs` and leaves `keep` (see `usable`), for no more
        than `most_fee`. Raises `CoinsRefused`.

        As long as the coins are the same, the same amounts at the same feerate take the same of
        them: what was quoted is what is paid.
        """
        conditions, kept = self.conditions(feerate_per_kw, height, most_fee), self.keeping(keep)
        return build_keeping(self._ledger, height, outputs, change_script, conditions, kept)

    def build_all(
        self,
        script: bytes,
        change_script: bytes,
        feerate_per_kw: int,
        height: int,
        keep: Sat,
        most_fee: Sat | None = None,
    ) -> BuiltTx:
        """The same of everything but `keep`, to one script."""
        conditions, kept = self.conditions(feerate_per_kw, height, most_fee), self.keeping(keep)
        return build_all_keeping(self._ledger, height, script, change_script, conditions, kept)

    def conditions(self, feerate_per_kw: int, height: int, most_fee: Sat | None) -> Conditions:
        """What holds for a transaction that is built now."""
        coins = self.spendable(height)
        if self._chance is None or self._chance[0] != coins:
            self._chance = coins, self._shell.ports.dice.bytes(32)
        return Conditions(feerate_per_kw, height, self._chance[1], most_fee)

    def keeping(self, value: Sat) -> Keep:
        """So much is left for when the chain is dear."""
        return Keep(value, self._shell.config.policy.bump_feerate)

    def sign(self, tx: Tx, coins: Sequence[Coin]) -> Tx:
        """With the signatures for `coins`."""
        return self._signer.sign(tx, coins)

    def reserve(self, tx: Transaction, coins: Sequence[Coin], purpose: bytes) -> None:
        """Keep coins for an opening."""
        self._adopt(tx, self._ledger.reserve(coins, purpose))

    def release(self, tx: Transaction, purpose: bytes) -> None:
        """The opening failed."""
        self._adopt(tx, self._ledger.release(purpose))

    def freeze(self, tx: Transaction, outpoint: OutPoint, *, frozen: bool) -> None:
        """Leave an unspent coin alone from now on, or use it again."""
        ledger = self._ledger
        self._adopt(tx, ledger.freeze(outpoint) if frozen else ledger.thaw(outpoint))

    # -- questions
    def coins(self) -> tuple[Coin, ...]:
        """All that is unspent."""
        return self._ledger.coins()

    def transaction(self, txid: bytes) -> WalletTx | None:
        """A transaction of the wallet."""
        return self._ledger.find(txid)

    def unnoted(self, tx: Tx) -> WalletTx | None:
        """As it would stand in the wallet; None where it pays it nothing."""
        ledger = Ledger().unconfirmed(tx, self._own, ours=False)
        return ledger.txs[0] if ledger.txs else None

    def spendable(self, height: int) -> tuple[Coin, ...]:
        """The coins that the next block may spend."""
        return self._ledger.spendable(height + 1)

    def confirmed_coins(self, height: int) -> list[Coin]:
        """Those that cannot be taken back, the largest first."""
        coins = (coin for coin in self.spendable(height) if coin.height is not None)
        return sorted(coins, key=lambda coin: (-coin.value.value, coin.outpoint))

    def lacking(self, height: int, keep: Sat) -> Sat:
        """What one coin more would have to hold for `keep`."""
        return lacking(self.spendable(height), self.keeping(keep))

    def balance(self) -> Balance:
        """What there is."""
        return self._ledger.balance()

    def pending(self) -> tuple[tuple[Tx, ...], ...]:
        """Our own transactions that wait for a block, parents first; a child that hurries another
        with it."""
        return tuple(
            (*(parent.tx for parent in self._parents(row)), row.tx)
            if row.label in labels.CHILDREN
            else (row.tx,)
            for row in self._ledger.rows.unconfirmed
            if row.ours or row.label in labels.CHILDREN
        )

    def _parents(self, row: WalletTx) -> Iterator[WalletTx]:
        made = {outpoint.txid for outpoint in row.spends}
        return (known for known in self.before(row) if known.txid in made)

    def before(self, row: WalletTx) -> tuple[WalletTx, ...]:
        """Those that wait for a block and that `row` descends from, parents first."""
        return self._ledger.before(row)

    def after(self, row: WalletTx) -> WalletTx | None:
        """One that waits for a block and spends what came to us of `row`."""
        return next(filter(None, map(self.waiting_for, (c.outpoint for c in row.coins()))), None)

    def history(self, first: int, count: int) -> tuple[HistoryEntry, ...]:
        """So many of its transactions from number `first` on, the newest first."""
        return self._ledger.entries(self.newest_first()[first : first + count])

    def newest_first(self) -> tuple[WalletTx, ...]:
        """All its transactions: those that wait, then the newest."""
        if self._ordered is None or self._ordered[0] is not self._ledger:
            self._ordered = self._ledger, self._ledger.newest_first()
        return self._ordered[1]

    def entries(self, rows: Sequence[WalletTx]) -> tuple[HistoryEntry, ...]:
        """What these transactions of it changed."""
        return self._ledger.entries(rows)

    def entry(self, txid: bytes) -> HistoryEntry | None:
        """What one of its transactions changed."""
        row = self.transaction(txid)
        return None if row is None else self._ledger.entries([row])[0]

    def coin(self, outpoint: OutPoint) -> Coin | None:
        """An unspent output of ours."""
        return next((coin for coin in self.coins() if coin.outpoint == outpoint), None)

    def _adopt(self, tx: Transaction, ledger: Ledger) -> bool:
        before = self._ledger
        if ledger == before:
            return False

        def restore() -> None:
            self._ledger = before

        tx.undo(restore)
        self._ledger = ledger
        stored.save_ledger(tx, ledger)
        return True

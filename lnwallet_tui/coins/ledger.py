"""The wallet's transactions, and the coins, balances and history that follow from them.

Only transactions are recorded; what is unspent is computed. So nothing can contradict itself, and a
reorganisation is no more than transactions without a height.

A value never changes, so what was computed of it is kept with it, not stored (`cached_property`):
it is asked more often than anything happens, and the past only grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.coins.coin import Coin, KeyPath, total_of
from lnwallet_tui.coins.rows import Rows


class OwnOutput(msgspec.Struct, frozen=True):
    """An output of a transaction that pays to a key of ours."""

    vout: int
    path: KeyPath


class WalletTx(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A transaction that pays us or spends a coin of ours.

    `ours`: we made it, of inputs that nobody else can spend. `fee` is given where it cannot be
    computed, because inputs are not coins of the wallet; `label` is for the history. `time` is that
    of its block (Unix seconds), 0 while it waits for one or where it was not noted. `versions` are
    the txids of others that we made to pay the same: any one of them may be the one that confirms.
    """

    txid: bytes
    tx: Tx
    height: int | None
    ours: bool
    own_outputs: tuple[OwnOutput, ...]
    fee: Sat | None = None
    label: str = ""
    time: int = 0
    versions: tuple[bytes, ...] = ()

    def coins(self) -> Iterator[Coin]:
        """Its outputs that are ours, spent or not."""
        return iter(self._coins)

    @cached_property
    def _coins(self) -> tuple[Coin, ...]:
        return tuple(
            Coin(
                outpoint=OutPoint(self.txid, own.vout),
                value=(output := self.tx.outputs[own.vout]).value,
                script_pubkey=output.script_pubkey,
                path=own.path,
                height=self.height,
                certain=self.height is not None,
                coinbase=self.is_coinbase,
            )
            for own in self.own_outputs
        )

    @property
    def is_coinbase(self) -> bool:
        """Whether a miner paid us directly."""
        return self.tx.inputs[0].outpoint.txid == bytes(32)

    @cached_property
    def spends(self) -> frozenset[OutPoint]:
        """What its inputs take."""
        return frozenset(txin.outpoint for txin in self.tx.inputs)


class Reservation(msgspec.Struct, frozen=True):
    """A coin that is kept for something, such as a channel that is being opened."""

    outpoint: OutPoint
    purpose: bytes


@dataclass(frozen=True, slots=True)
class Balance:
    """What the wallet has on chain. `reserved` is part of the other two, so is `frozen`."""

    confirmed: Sat
    pending: Sat
    reserved: Sat
    frozen: Sat = ZERO_SAT


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What one transaction changed: `change_sat` is signed, `fee` what we paid or bore."""

    row: WalletTx
    change_sat: int
    fee: Sat


class Ledger(msgspec.Struct, frozen=True, dict=True):
    """The wallet on chain; one value to store. Every method gives a new one."""

    txs: tuple[WalletTx, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    frozen: tuple[OutPoint, ...] = ()

    # -- what the chain says
    def confirmed(self, tx: Tx, height: int, own: Mapping[bytes, KeyPath], time: int = 0) -> Ledger:
        """`tx` stands in the best chain's block at `height`, made at `time`; `own` are our
        scripts."""
        return self._with(tx, height, own, ours=False, fee=None, label="", time=time)

    def unconfirmed(
        self,
        tx: Tx,
        own: Mapping[bytes, KeyPath],
        *,
        ours: bool,
        fee: Sat | None = None,
        label: str = "",
    ) -> Ledger:
        """`tx` is about to be broadcast by us, or was seen unconfirmed."""
        return self._with(tx, None, own, ours=ours, fee=fee, label=label, time=0)

    def replaced(self, txid: bytes, tx: Tx, own: Mapping[bytes, KeyPath]) -> Ledger:
        """`tx`, which we made, is about to be broadcast in place of our `txid` that waits."""
        before = self.rows.by_txid[txid]
        assert before.ours, "only what we made is made again"
        assert before.height is None, "what is in a block is not replaced"
        row = WalletTx(
            txid=tx.txid,
            tx=tx,
            height=None,
            ours=True,
            own_outputs=_own_outputs(tx, own),
            label=before.label,
            versions=(*before.versions, txid),
        )
        return self._add(row)

    def disconnected(self, height: int) -> Ledger:
        """The block at `height` left the best chain: its transactions wait again.

        A coinbase does not: it exists in its block only.
        """
        gone = {row.txid for row in self.txs if row.height == height and row.is_coinbase}
        txs = (
            replace(row, height=None, time=0) if row.height == height else row for row in self.txs
        )
        return replace(self, txs=tuple(txs))._without(gone)

    def abandoned(self, txid: bytes) -> Ledger:
        """An unconfirmed transaction will never confirm: what it spent is free again."""
        return self._without({row.txid for row in self.rows.unconfirmed if row.txid == txid})

    # -- what we do with coins
    def reserve(self, coins: Iterable[Coin], purpose: bytes) -> Ledger:
        """Keep `coins` for `purpose` (not empty) until it is released or they are spent."""
        assert purpose, "a reservation says what for"
        taken = {reservation.outpoint for reservation in self.reservations}
        asked = tuple(coin.outpoint for coin in coins)
        assert not taken & set(asked), "a coin is reserved twice"
        added = (Reservation(outpoint, purpose) for outpoint in asked)
        return replace(self, reservations=(*self.reservations, *added))

    def release(self, purpose: bytes) -> Ledger:
        """The coins kept for `purpose` are free again."""
        kept = tuple(row for row in self.reservations if row.purpose != purpose)
        return replace(self, reservations=kept)

    def freeze(self, outpoint: OutPoint) -> Ledger:
        """Leave this unspent coin alone, whatever is paid, until it is thawed."""
        if outpoint in self.frozen:
            return self
        assert any(coin.outpoint == outpoint for coin in self.coins()), "there is such a coin"
        return replace(self, frozen=(*self.frozen, outpoint))

    def thaw(self, outpoint: OutPoint) -> Ledger:
        """It may be spent again."""
        return replace(self, frozen=tuple(one for one in self.frozen if one != outpoint))

    # -- what follows
    def coins(self) -> tuple[Coin, ...]:
        """All that is unspent, in the order of the transactions."""
        return self._coins

    @cached_property
    def _coins(self) -> tuple[Coin, ...]:
        purposes = {row.outpoint: row.purpose for row in self.reservations}
        doubtful, frozen = self._doubtful(), frozenset(self.frozen)
        return tuple(
            replace(
                coin,
                certain=row.txid not in doubtful,
                reserved_for=purposes.get(coin.outpoint, b""),
                frozen=coin.outpoint in frozen,
            )
            for row in self.txs
            for coin in row.coins()
            if coin.outpoint not in self.rows.spenders
        )

    def spendable(self, next_height: int) -> tuple[Coin, ...]:
        """The coins that a new transaction may use."""
        return tuple(coin for coin in self.coins() if coin.is_spendable(next_height))

    def waiting_for(self, outpoint: OutPoint) -> WalletTx | None:
        """The transaction that waits for a block and spends `outpoint`."""
        row = self.rows.spenders.get(outpoint)
        return row if row is not None and row.height is None else None

    def waiting(self) -> tuple[Tx, ...]:
        """All that wait for a block, parents first."""
        return tuple(row.tx for row in self.rows.unconfirmed)

    def find(self, txid: bytes) -> WalletTx | None:
        """The transaction with this id."""
        return self.rows.by_txid.get(txid)

    def before(self, row: WalletTx) -> tuple[WalletTx, ...]:
        """Those that wait for a block and that `row` descends from, parents first."""
        wanted, found = {outpoint.txid for outpoint in row.spends}, []
        for known in reversed(self.rows.unconfirmed):  # parents come before their children
            if known.txid in wanted:
                found.append(known)
                wanted |= {outpoint.txid for outpoint in known.spends}
        return tuple(reversed(found))

    def spent_by(self, row: WalletTx) -> tuple[Coin, ...]:
        """The coins of the wallet that `row` spends, in the order of its inputs."""
        coins = (self.rows.coin(txin.outpoint) for txin in row.tx.inputs)
        return tuple(coin for coin in coins if coin is not None)

    def change_of(self, txid: bytes) -> tuple[Coin, WalletTx | None] | None:
        """The output of an unconfirmed transaction that is ours, and the one that waits to spend it
        alone; None where there is none, or it is frozen, or something else spends it."""
        row = self.find(txid)
        coin = None if row is None or row.height is not None else next(row.coins(), None)
        if coin is None or coin.outpoint in self.frozen:
            return None
        spender = self.waiting_for(coin.outpoint)
        if spender is not None and (len(spender.spends) > 1 or spender.ours):
            return None
        return coin, spender

    def balance(self) -> Balance:
        """What there is, each coin once."""
        coins = self.coins()
        return Balance(
            confirmed=total_of(coin for coin in coins if coin.height is not None),
            pending=total_of(coin for coin in coins if coin.height is None),
            reserved=total_of(coin for coin in coins if coin.reserved_for),
            frozen=total_of(coin for coin in coins if coin.frozen),
        )

    def newest_first(self) -> tuple[WalletTx, ...]:
        """All transactions: those that wait first, then the newest first."""
        ordered = sorted(enumerate(self.txs), key=_age, reverse=True)
        return tuple(row for _, row in ordered)

    def entries(self, rows: Sequence[WalletTx]) -> tuple[HistoryEntry, ...]:
        """What these transactions of it changed."""
        wanted = {outpoint.txid for row in rows for outpoint in row.spends}
        parents = filter(None, map(self.find, wanted))
        known = {coin.outpoint: coin.value for row in parents for coin in row.coins()}
        return tuple(_history_entry(row, known) for row in rows)

    def history(self) -> tuple[HistoryEntry, ...]:
        """All of it, the newest first."""
        return self.entries(self.newest_first())

    # -- how
    @cached_property
    def rows(self) -> Rows:
        """Where to find one of the transactions."""
        return Rows(self.txs)

    def _doubtful(self) -> set[bytes]:
        """Transactions that may still be replaced, by themselves or a parent."""
        doubtful: set[bytes] = set()
        for row in self.rows.unconfirmed:  # parents come before their children
            rests_on_doubt = any(outpoint.txid in doubtful for outpoint in row.spends)
            # Of several versions an earlier one may still be the one that a miner takes.
            if not row.ours or row.versions or rests_on_doubt:
                doubtful.add(row.txid)
        return doubtful

    def _with(
        self,
        tx: Tx,
        height: int | None,
        own: Mapping[bytes, KeyPath],
        *,
        ours: bool,
        fee: Sat | None,
        label: str,
        time: int,
    ) -> Ledger:
        txid = tx.txid
        known = self.find(txid)
        if known is not None:
            # What was told before the wallet noted times is told again without one; and of an
            # output it may have become known since that it is ours.
            row = known
            if height is not None:
                outputs = _own_outputs(tx, own)
                row = replace(known, height=height, time=time or known.time, own_outputs=outputs)
            return replace(self, txs=tuple(row if at is known else at for at in self.txs))
        row = WalletTx(
            txid=txid,
            tx=tx,
            height=height,
            ours=ours,
            own_outputs=_own_outputs(tx, own),
            fee=fee,
            label=label,
            time=time,
        )
        other = self.rows.by_version.get(txid)
        if other is not None:
            versions = (*(one for one in other.versions if one != txid), other.txid)
            row = replace(row, ours=True, label=other.label, versions=versions)
        if self._concerns_us(row):
            return self._add(row)
        # Of others, in a block: what waits and spends the same never confirms.
        taken = self.rows.rivals(row) if height is not None else ()
        return self._without({one.txid for one in taken})

    def _concerns_us(self, row: WalletTx) -> bool:
        return bool(row.own_outputs) or any(self.rows.coin(one) for one in row.spends)

    def _add(self, row: WalletTx) -> Ledger:
        rivals = self.rows.rivals(row)
        if row.height is None and any(rival.height is not None for rival in rivals):
            return self  # what it spends is gone for good
        left = self._without({rival.txid for rival in rivals})
        free = tuple(kept for kept in left.reservations if kept.outpoint not in row.spends)
        # Spent all the same: by the same words elsewhere, or before it was frozen.
        frozen = tuple(outpoint for outpoint in left.frozen if outpoint not in row.spends)
        # Found late, it may be the parent of what is here: that one comes behind it.
        born = (at for at, one in enumerate(left.txs) if _is_child(one, row.txid))
        at = next(born) if row.txid in left.rows.parents else len(left.txs)
        txs = (*left.txs[:at], row, *left.txs[at:])
        return replace(left, txs=txs, reservations=free, frozen=frozen)

    def _without(self, txids: set[bytes]) -> Ledger:
        """Without these transactions and all that descend from them."""
        if not txids:
            return self
        gone = set(txids)
        for row in self.txs:  # parents come before their children
            if any(outpoint.txid in gone for outpoint in row.spends):
                gone.add(row.txid)
        return replace(
            self,
            txs=tuple(row for row in self.txs if row.txid not in gone),
            reservations=tuple(row for row in self.reservations if row.outpoint.txid not in gone),
            frozen=tuple(outpoint for outpoint in self.frozen if outpoint.txid not in gone),
        )


def _is_child(row: WalletTx, txid: bytes) -> bool:
    return any(outpoint.txid == txid for outpoint in row.spends)


def _own_outputs(tx: Tx, own: Mapping[bytes, KeyPath]) -> tuple[OwnOutput, ...]:
    return tuple(
        OwnOutput(vout, own[output.script_pubkey])
        for vout, output in enumerate(tx.outputs)
        if output.script_pubkey in own
    )


def _history_entry(row: WalletTx, known: Mapping[OutPoint, Sat]) -> HistoryEntry:
    received = total_of(row.coins())
    inputs = [known.get(txin.outpoint) for txin in row.tx.inputs]
    ours = [value for value in inputs if value is not None]
    spent = sum(ours, ZERO_SAT)
    fee = row.fee or ZERO_SAT
    if len(ours) == len(inputs):
        fee = spent - sum((output.value for output in row.tx.outputs), ZERO_SAT)
    change_sat = received.value - spent.value
    return HistoryEntry(row, change_sat, fee)


def _age(placed: tuple[int, WalletTx]) -> tuple[bool, int, int]:
    at, row = placed
    return row.height is None, row.height or 0, at

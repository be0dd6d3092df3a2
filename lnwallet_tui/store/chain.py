"""The follower's memory on disk: blocks, watches and facts; one block is one transaction (C23)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.chain.watch import (
    BLOCKS_KEPT,
    Confirmed,
    Delta,
    Fact,
    Follower,
    ScriptPaid,
    Spent,
    Watch,
)
from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage, not_asked, read_whole
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.rows import Rows


class FactRow(msgspec.Struct, frozen=True, array_like=True):
    """A fact as it is stored: `kind` is the class's name, `tx` the raw transaction, or the id of
    one that stands in a row before it."""

    kind: str
    outpoint: OutPoint
    root: OutPoint
    tx: bytes
    tx_index: int


def load_follower(store: Rows, scripts: tuple[bytes, ...], damaged: OnDamage) -> Follower:
    """The follower as the last committed block left it, looking for `scripts` of the wallet. Facts
    that are damaged are not in it, of watches those that facts say anew."""
    follower = Follower(scripts=dict.fromkeys(scripts))
    for height, block_hash in store.read("SELECT height, hash FROM blocks ORDER BY height"):
        assert isinstance(height, int)
        assert isinstance(block_hash, bytes)
        follower.blocks[height] = block_hash
    lost = list[OutPoint]()
    for name, body in store.read("SELECT outpoint, body FROM watches ORDER BY outpoint"):
        assert isinstance(name, bytes)
        outpoint = OutPoint(name[:32], int.from_bytes(name[32:], "little"))
        watch = read_whole(body, Watch, Damaged(Kind.WATCH, f"{outpoint}"), damaged)
        if watch is not None:
            follower.watches[outpoint] = watch
        else:
            lost.append(outpoint)
    facts: dict[int, list[Fact]] = {}
    for height, _, fact in _read_facts(store, damaged):
        if fact is not None:
            facts.setdefault(height, []).append(fact)
    follower.facts = {height: tuple(of_block) for height, of_block in facts.items()}
    follower.watch_again(lost)
    return follower


def _read_facts(store: Rows, damaged: OnDamage) -> Iterator[tuple[int, int, Fact | None]]:
    """Each with its height and position; None where its row, or that of its transaction, is
    damaged."""
    at, txs = -1, dict[bytes, Tx]()
    for height, position, body in store.read(
        "SELECT height, position, body FROM facts ORDER BY height, position"
    ):
        assert isinstance(height, int)
        assert isinstance(position, int)
        if height != at:
            at, txs = height, {}
        place = Damaged(Kind.FACT, f"{height}")
        row = read_whole(body, FactRow, place, damaged)
        if row is not None and is_without_tx(row, txs):
            row = None
            damaged(place)
        yield height, position, None if row is None else fact_of(row, height, txs)


def tip_time(store: Rows) -> int:
    """The header time of the newest block (Unix seconds), 0 before the first."""
    rows = store.read("SELECT time FROM blocks ORDER BY height DESC LIMIT 1")
    time = rows[0][0] if rows else 0
    assert isinstance(time, int)
    return time


def newest_times(store: Rows, count: int) -> list[int]:
    """The header times of so many of the newest blocks (Unix seconds), the newest first."""
    rows = store.read("SELECT time FROM blocks ORDER BY height DESC LIMIT ?", (count,))
    return [time for (time,) in rows if isinstance(time, int)]


def save_delta(tx: Transaction, delta: Delta) -> None:
    """Write what a block changed, or take it back with the block that left (C24)."""
    if delta.connected:
        tx.write("INSERT INTO blocks VALUES (?, ?, ?)", (delta.tip, delta.block_hash, delta.time))
        tx.write("DELETE FROM blocks WHERE height <= ?", (delta.tip - BLOCKS_KEPT,))
        _insert_facts(tx, delta.tip, delta.happened)
    else:
        tx.write("DELETE FROM blocks WHERE height = ?", (delta.tip,))
        tx.write("DELETE FROM facts WHERE height = ?", (delta.tip,))
    for watch in delta.watched:
        save_watch(tx, watch)
    drop_watches(tx, delta.unwatched)


def drop_damaged_facts(tx: Transaction) -> None:
    """What they said was read anew; until then they are the sign that something lacks."""
    for height, position, fact in tuple(_read_facts(tx, not_asked)):
        if fact is None:
            place = height, position
            tx.write("DELETE FROM facts WHERE height = ? AND position = ?", place)


def add_first_fact(tx: Transaction, fact: Fact) -> None:
    """One that stands in front of all others of its block."""
    tx.write(
        "INSERT INTO facts VALUES"
        " (?, (SELECT coalesce(min(position), 0) - 1 FROM facts WHERE height = ?), ?)",
        (fact.height, fact.height, *map(encode, rows_of((fact,)))),
    )


def replace_facts(tx: Transaction, height: int, facts: tuple[Fact, ...]) -> None:
    """All that a block says, where it was read once more for what is looked for since."""
    tx.write("DELETE FROM facts WHERE height = ?", (height,))
    _insert_facts(tx, height, facts)


def _insert_facts(tx: Transaction, height: int, facts: Iterable[Fact]) -> None:
    for position, row in enumerate(rows_of(facts)):
        tx.write("INSERT INTO facts VALUES (?, ?, ?)", (height, position, encode(row)))


def save_watch(tx: Transaction, watch: Watch) -> None:
    """Remember a watch; durable before anything that it watches for can happen."""
    tx.write(
        "INSERT OR REPLACE INTO watches VALUES (?, ?)", (watch.outpoint.serialize(), encode(watch))
    )


def drop_watches(tx: Transaction, watches: tuple[Watch, ...]) -> None:
    """Forget watches."""
    for watch in watches:
        tx.write("DELETE FROM watches WHERE outpoint = ?", (watch.outpoint.serialize(),))


def rows_of(facts: Iterable[Fact]) -> Iterator[FactRow]:
    """As they are stored; their heights are not in them. A transaction is written once: somebody
    may pay us a thousand times in one, and each of these is a fact."""
    written = set[bytes]()
    for fact in facts:
        root = fact.outpoint if isinstance(fact, ScriptPaid) else fact.root
        txid = fact.tx.txid
        body = txid if txid in written else fact.tx.serialize()
        written.add(txid)
        yield FactRow(type(fact).__name__, fact.outpoint, root, body, fact.tx_index)


def is_without_tx(row: FactRow, txs: Mapping[bytes, Tx]) -> bool:
    """Whether it names a transaction that is not among these."""
    return len(row.tx) == _TXID and row.tx not in txs


def fact_of(row: FactRow, height: int, txs: dict[bytes, Tx]) -> Fact:
    """What was stored. `txs` are those of the rows before it, by their ids and as they were
    stored; its own is added."""
    tx = txs.get(row.tx)
    if tx is None:
        tx = Tx.parse(row.tx)
        txs[row.tx] = txs[tx.txid] = tx
    if row.kind == ScriptPaid.__name__:
        output = tx.outputs[row.outpoint.vout]
        return ScriptPaid(row.outpoint, output, tx, height, row.tx_index)
    return _KINDS[row.kind](row.outpoint, row.root, tx, height, row.tx_index)


_TXID: Final = 32
"""Bytes; no transaction is as short as its id."""
_KINDS: Final[dict[str, type[Confirmed] | type[Spent]]] = {
    Confirmed.__name__: Confirmed,
    Spent.__name__: Spent,
}

"""The follower's memory on disk: blocks, watches and facts; one block is one transaction (C23)."""

from __future__ import annotations

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
from lnwallet_tui.store.codec import checked_version, encode
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage, read_whole
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import RowDamaged
from lnwallet_tui.store.rows import Rows


class FactRow(msgspec.Struct, frozen=True, array_like=True):
    """A fact as it is stored: `kind` is the class's name, `tx` the raw transaction."""

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
    for height, body in store.read("SELECT height, body FROM facts ORDER BY height, position"):
        assert isinstance(height, int)
        row = read_whole(body, FactRow, Damaged(Kind.FACT, f"{height}"), damaged)
        if row is not None:
            follower.facts[height] = (*follower.facts.get(height, ()), fact_of(row, height))
    follower.watch_again(lost)
    return follower


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
        for position, fact in enumerate(delta.happened):
            body = encode(row_of(fact))
            tx.write("INSERT INTO facts VALUES (?, ?, ?)", (delta.tip, position, body))
    else:
        tx.write("DELETE FROM blocks WHERE height = ?", (delta.tip,))
        tx.write("DELETE FROM facts WHERE height = ?", (delta.tip,))
    for watch in delta.watched:
        save_watch(tx, watch)
    drop_watches(tx, delta.unwatched)


def drop_damaged_facts(tx: Transaction) -> None:
    """What they said was read anew; until then they are the sign that something lacks."""
    for height, position, body in tx.read("SELECT height, position, body FROM facts"):
        assert isinstance(body, bytes)
        try:
            checked_version(body)
        except RowDamaged:
            place = height, position
            tx.write("DELETE FROM facts WHERE height = ? AND position = ?", place)


def add_first_fact(tx: Transaction, fact: Fact) -> None:
    """One that stands in front of all others of its block."""
    tx.write(
        "INSERT INTO facts VALUES"
        " (?, (SELECT coalesce(min(position), 0) - 1 FROM facts WHERE height = ?), ?)",
        (fact.height, fact.height, encode(row_of(fact))),
    )


def replace_facts(tx: Transaction, height: int, facts: tuple[Fact, ...]) -> None:
    """All that a block says, where it was read once more for what is looked for since."""
    tx.write("DELETE FROM facts WHERE height = ?", (height,))
    for position, fact in enumerate(facts):
        body = encode(row_of(fact))
        tx.write("INSERT INTO facts VALUES (?, ?, ?)", (height, position, body))


def save_watch(tx: Transaction, watch: Watch) -> None:
    """Remember a watch; durable before anything that it watches for can happen."""
    tx.write(
        "INSERT OR REPLACE INTO watches VALUES (?, ?)", (watch.outpoint.serialize(), encode(watch))
    )


def drop_watches(tx: Transaction, watches: tuple[Watch, ...]) -> None:
    """Forget watches."""
    for watch in watches:
        tx.write("DELETE FROM watches WHERE outpoint = ?", (watch.outpoint.serialize(),))


def row_of(fact: Fact) -> FactRow:
    """As it is stored; its height is not in it."""
    root = fact.outpoint if isinstance(fact, ScriptPaid) else fact.root
    raw = fact.tx.serialize()
    return FactRow(type(fact).__name__, fact.outpoint, root, raw, fact.tx_index)


def fact_of(row: FactRow, height: int) -> Fact:
    """What was stored."""
    tx = Tx.parse(row.tx)
    if row.kind == ScriptPaid.__name__:
        output = tx.outputs[row.outpoint.vout]
        return ScriptPaid(row.outpoint, output, tx, height, row.tx_index)
    return _KINDS[row.kind](row.outpoint, row.root, tx, height, row.tx_index)


_KINDS: Final[dict[str, type[Confirmed] | type[Spent]]] = {
    Confirmed.__name__: Confirmed,
    Spent.__name__: Spent,
}

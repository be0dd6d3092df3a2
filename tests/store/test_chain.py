"""The follower on disk: what is loaded equals what memory held, after every block."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.chain.watch import Follower
from lnwallet_tui.store.chain import (
    drop_damaged_facts,
    drop_watches,
    load_follower,
    save_delta,
    save_watch,
    tip_time,
)
from lnwallet_tui.store.damage import Damaged, Kind
from lnwallet_tui.store.db import Store
from tests.chain.test_watch import FUNDING, GENESIS, OTHER, OURS, block, pay, snapshot, undo_block
from tests.store.whole import expect_whole


def apply(store: Store, follower: Follower, event: object) -> None:
    """As the node does it: judge, write, adopt."""
    delta = follower.judge(event)  # type: ignore[arg-type]  # both event types come through here
    with store.transaction() as tx:
        save_delta(tx, delta)
        follower.apply(delta)


def test_the_follower_survives_a_restart_at_every_block(tmp_path: Path) -> None:
    funding = pay(FUNDING)
    root = funding.outpoint(0)
    commitment = pay(OTHER, OURS, spends=(root,))
    first = block(10, GENESIS, funding, pay(OURS, salt=3))
    second = block(11, first.block_hash, commitment)
    instead = block(11, first.block_hash, pay(OTHER, spends=(root,)), salt=1)
    with Store(tmp_path) as store:
        follower = load_follower(store, (OURS,), expect_whole)
        assert follower.height == -1
        with store.transaction() as tx:
            save_watch(tx, follower.ask(root, FUNDING, generations=2))
            never = follower.ask(pay(FUNDING, salt=4).outpoint(0), FUNDING, generations=2)
            save_watch(tx, never)
        for event in (first, second, undo_block(second), instead):
            apply(store, follower, event)
            assert snapshot(load_follower(store, (OURS,), expect_whole)) == snapshot(follower)
        assert tip_time(store) == 6_600
        with store.transaction() as tx:
            assert follower.forget(never.outpoint) == never
            drop_watches(tx, (never,))
    with Store(tmp_path) as store:
        assert snapshot(load_follower(store, (OURS,), expect_whole)) == snapshot(follower)


def test_a_transaction_that_pays_a_thousand_times_is_stored_and_read_once(tmp_path: Path) -> None:
    """Its length that many times over is more than a disk or a memory has."""
    one = pay(*(OURS,) * 1_000)
    spend = pay(OTHER, spends=(one.outpoint(3), one.outpoint(4)))
    with Store(tmp_path) as store:
        follower = load_follower(store, (OURS,), expect_whole)
        apply(store, follower, block(10, GENESIS, one, spend))
        [(length,)] = store.read("SELECT sum(length(body)) FROM facts")
        assert isinstance(length, int)
        assert length < 1_000 * 200 + 2 * len(one.serialize())
        loaded = load_follower(store, (OURS,), expect_whole)
        assert snapshot(loaded) == snapshot(follower)
        assert len({id(fact.tx) for fact in loaded.all_facts()}) == 2


def test_facts_whose_transaction_is_damaged_are_told_as_damaged(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        follower = load_follower(store, (OURS,), expect_whole)
        apply(store, follower, block(10, GENESIS, pay(OURS, OURS), pay(OURS, salt=1)))
        with store.transaction() as tx:
            tx.write("UPDATE facts SET body = substr(body, 1, 40) WHERE position = 0")
        damaged = list[Damaged]()
        loaded = load_follower(store, (OURS,), damaged.append)
        assert damaged == [Damaged(Kind.FACT, "10")] * 2
        assert tuple(loaded.all_facts()) == tuple(follower.all_facts())[2:]
        with store.transaction() as tx:
            drop_damaged_facts(tx)
        assert snapshot(load_follower(store, (OURS,), expect_whole)) == snapshot(loaded)

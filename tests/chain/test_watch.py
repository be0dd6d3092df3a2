"""The follower: facts of blocks, of blocks that left, and a reorganisation against a replay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected
from lnwallet_tui.chain.watch import ChainBroken, Confirmed, Follower, ScriptPaid, Spent

OURS = b"\x00\x14" + bytes(20)
FUNDING = b"\x00\x20" + bytes(32)
OTHER = b"\x51"
GENESIS = sha256(b"genesis")


def pay(*scripts: bytes, spends: tuple[OutPoint, ...] = (), salt: int = 0) -> Tx:
    """A transaction that pays 1,000 sat to each script."""
    inputs = spends or (OutPoint(sha256(salt.to_bytes(4, "big")), 0),)
    return Tx(2, tuple(map(TxIn, inputs)), tuple(TxOut(Sat(1_000), s) for s in scripts), salt)


def block(height: int, previous: bytes, *txs: Tx, salt: int = 0) -> BlockConnected:
    """A block whose hash depends on all of it."""
    seed = previous + height.to_bytes(4, "big") + salt.to_bytes(4, "big")
    block_hash = sha256(seed + b"".join(tx.txid for tx in txs))
    return BlockConnected(height, block_hash, previous, 600 * height, tuple(enumerate(txs, 1)))


def feed(follower: Follower, *blocks: BlockConnected) -> None:
    """Apply blocks to a follower."""
    for one in blocks:
        follower.apply(follower.judge(one))


def undo_block(one: BlockConnected) -> BlockDisconnected:
    """The event that takes `one` back."""
    return BlockDisconnected(one.height, one.block_hash)


def test_a_payment_to_a_script_of_ours_is_told_and_its_spending_too() -> None:
    follower = Follower(scripts={OURS: None})
    paying = pay(OTHER, OURS)
    first = block(10, GENESIS, paying)
    feed(follower, first)
    coin = paying.outpoint(1)
    assert list(follower.all_facts()) == [ScriptPaid(coin, paying.outputs[1], paying, 10, 1)]
    spending = pay(OTHER, spends=(coin,))
    delta = follower.judge(block(11, first.block_hash, spending))
    assert delta.happened == (Spent(coin, coin, spending, 11, 1),)


def test_commitment_and_second_stage_in_one_block_are_both_seen() -> None:
    follower = Follower()
    funding = pay(FUNDING)
    root = funding.outpoint(0)
    follower.ask(root, FUNDING, generations=2)
    commitment = pay(OTHER, OTHER, spends=(root,))
    second = pay(OTHER, spends=(commitment.outpoint(1),))
    sweep = pay(OTHER, spends=(second.outpoint(0),))
    beyond = pay(OTHER, spends=(sweep.outpoint(0),))
    feed(follower, block(10, GENESIS, funding, commitment, second, sweep, beyond))
    assert list(follower.all_facts()) == [
        Confirmed(root, root, funding, 10, 1),
        Spent(root, root, commitment, 10, 2),
        Spent(commitment.outpoint(1), root, second, 10, 3),
        Spent(second.outpoint(0), root, sweep, 10, 4),
    ]


def test_a_funding_transaction_with_another_script_is_still_told() -> None:
    follower = Follower()
    fake = pay(OTHER)
    follower.ask(fake.outpoint(0), FUNDING, generations=2)
    follower.ask(OutPoint(fake.txid, 7), FUNDING, generations=2)
    feed(follower, block(10, GENESIS, fake))
    assert [fact.outpoint.vout for fact in follower.all_facts()] == [0, 7]


def test_a_block_that_leaves_takes_its_facts_newest_first() -> None:
    follower = Follower()
    funding = pay(FUNDING)
    root = funding.outpoint(0)
    follower.ask(root, FUNDING, generations=1)
    commitment = pay(OTHER, spends=(root,))
    one = block(10, GENESIS, funding, commitment)
    feed(follower, one)
    delta = follower.judge(undo_block(one))
    assert [type(fact) for fact in delta.undone] == [Spent, Confirmed]
    follower.apply(delta)
    assert not list(follower.all_facts())
    assert list(follower.watches) == [root]
    assert follower.height == -1


def test_reverting_a_delta_restores_everything() -> None:
    follower = Follower(scripts={OURS: None})
    one = block(10, GENESIS, pay(OURS))
    before = snapshot(follower)
    delta = follower.judge(one)
    follower.apply(delta)
    after = snapshot(follower)
    follower.revert(delta)
    assert snapshot(follower) == before
    follower.apply(delta)
    back = follower.judge(undo_block(one))
    follower.apply(back)
    follower.revert(back)
    assert snapshot(follower) == after


@pytest.mark.parametrize("height", [9, 10, 11, 12])
def test_who_steps_back_and_reads_again_stands_where_it_stood(height: int) -> None:
    funding = pay(FUNDING)
    root = funding.outpoint(0)
    commitment = pay(OTHER, spends=(root,))
    first = block(10, GENESIS, funding, pay(OURS))
    second = block(11, first.block_hash, commitment)
    third = block(12, second.block_hash, pay(OURS, spends=(commitment.outpoint(0),)))
    follower = Follower(scripts={OURS: None})
    follower.ask(root, FUNDING, generations=2)
    feed(follower, first, second, third)
    before = snapshot(follower)
    follower.step_back(height)
    assert follower.height == (height - 1 if height > 10 else -1)
    follower.spent_again(root, commitment, 12)  # known from elsewhere, and at another height
    feed(follower, *(one for one in (first, second, third) if one.height >= height))
    assert snapshot(follower) == before


def test_what_was_never_seen_is_forgotten() -> None:
    follower = Follower()
    never = pay(FUNDING).outpoint(0)
    watch = follower.ask(never, FUNDING, generations=2)
    feed(follower, block(10, GENESIS, pay(OTHER)))
    assert follower.forget(never) == watch
    assert not follower.watches
    assert follower.forget(never) is None


def test_what_a_fact_speaks_of_is_not_forgotten() -> None:
    follower = Follower()
    funding = pay(FUNDING)
    root = funding.outpoint(0)
    follower.ask(root, FUNDING, generations=2)
    close = pay(OTHER, spends=(root,))
    named = close.outpoint(0)
    follower.ask(named, OURS, generations=2)  # by a peer, before the close that makes it
    feed(follower, block(10, GENESIS, funding, close))
    assert follower.forget(named) is None
    assert follower.forget(root) is None
    assert set(follower.watches) == {root, named}


def test_what_is_kept_of_a_root_is_all_that_descends_from_it() -> None:
    follower = Follower(scripts={OURS: None})
    funding, elsewhere = pay(FUNDING), pay(FUNDING, OURS)
    root = funding.outpoint(0)
    follower.ask(root, FUNDING, generations=2)
    follower.ask(elsewhere.outpoint(0), FUNDING, generations=2)
    close = pay(OTHER, OTHER, spends=(root,))
    follower.ask(close.outpoint(0), OURS, generations=2)  # by a peer, under a root of its own
    claim = pay(OTHER, spends=(close.outpoint(0),))
    feed(follower, block(10, GENESIS, funding, elsewhere, close, claim))
    follower.keep_only([root])
    made = (root, close.outpoint(0), close.outpoint(1), claim.outpoint(0))
    assert set(follower.watches) == set(made)


@pytest.mark.parametrize("is_early", [True, False], ids=["before the close", "after it"])
def test_a_script_that_a_peer_made_up_hides_no_descendant(*, is_early: bool) -> None:
    follower = Follower()
    funding = pay(FUNDING)
    root = funding.outpoint(0)
    follower.ask(root, FUNDING, generations=2)
    close = pay(OTHER, spends=(root,))
    named, claim = close.outpoint(0), pay(OURS, spends=(close.outpoint(0),))
    if is_early:
        follower.ask(named, b"made up", generations=2)
    first = block(10, GENESIS, funding, close)
    delta = follower.judge(first)
    assert OTHER in {watch.script for watch in delta.watched}  # what the filters are asked for
    feed(follower, first)
    follower.ask(named, b"made up", generations=2)
    assert follower.watched_scripts() == {FUNDING, OTHER}
    feed(follower, block(11, first.block_hash, claim))
    assert [fact.tx for fact in follower.spends_of(root)] == [close, claim]


def test_scripts_of_descendants_are_asked_of_the_filters() -> None:
    follower = Follower(scripts={OURS: None})
    funding = pay(FUNDING)
    follower.ask(funding.outpoint(0), FUNDING, generations=1)
    feed(follower, block(10, GENESIS, funding, pay(OTHER, spends=(funding.outpoint(0),))))
    assert follower.watched_scripts() == {OURS, FUNDING, OTHER}


@pytest.mark.parametrize(
    "event",
    [
        block(12, GENESIS),
        block(11, GENESIS, salt=5),
        BlockDisconnected(10, GENESIS),
        BlockDisconnected(9, GENESIS),
    ],
)
def test_a_block_that_does_not_join_the_tip_is_refused(
    event: BlockConnected | BlockDisconnected,
) -> None:
    follower = Follower()
    feed(follower, block(10, GENESIS))
    with pytest.raises(ChainBroken):
        follower.judge(event)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.lists(st.integers(0, 30), max_size=4)),
        min_size=1,
        max_size=12,
    )
)
def test_a_reorganisation_equals_a_replay_of_the_winning_chain(
    plan: list[tuple[int, list[int]]],
) -> None:
    """Each step takes back some blocks and adds one that spends what the picks say."""
    pool = [pay(FUNDING, OURS, salt=salt) for salt in range(4)]
    follower = _asking(pool)
    chain: list[BlockConnected] = []
    told: list[object] = []
    for salt, (back, picks) in enumerate(plan):
        for _ in range(min(back, len(chain))):
            delta = follower.judge(undo_block(chain.pop()))
            follower.apply(delta)
            assert told[len(told) - len(delta.undone) :] == list(reversed(delta.undone))
            del told[len(told) - len(delta.undone) :]
        previous = chain[-1].block_hash if chain else GENESIS
        txs = _txs(pool, chain, picks)
        chain.append(block(100 + len(chain), previous, *txs, salt=salt))
        delta = follower.judge(chain[-1])
        follower.apply(delta)
        told.extend(delta.happened)
    replay = _asking(pool)
    feed(replay, *chain)
    assert snapshot(follower) == snapshot(replay)
    assert told == list(replay.all_facts())


def _asking(pool: list[Tx]) -> Follower:
    follower = Follower(scripts={OURS: None})
    for funding in pool:
        follower.ask(funding.outpoint(0), FUNDING, generations=2)
    return follower


def _txs(pool: list[Tx], chain: list[BlockConnected], picks: list[int]) -> list[Tx]:
    """Transactions that are new in this chain: a pool member, or a spend of any unspent output."""
    done = [tx for one in chain for _, tx in one.txs]
    fresh: list[Tx] = []
    for pick in picks:
        known = done + fresh
        spent = {txin.outpoint for tx in known for txin in tx.inputs}
        unspent = [tx.outpoint(v) for tx in known for v in range(len(tx.outputs))]
        unspent = [outpoint for outpoint in unspent if outpoint not in spent]
        waiting = [tx for tx in pool if tx not in known]
        if waiting and pick % 3 == 0:
            fresh.append(waiting[pick % len(waiting)])
        elif unspent:
            fresh.append(pay(OTHER, OURS, spends=(unspent[pick % len(unspent)],), salt=pick))
    return fresh


def snapshot(follower: Follower) -> tuple[object, ...]:
    """Everything a follower knows, comparable."""
    return (
        dict(follower.blocks),
        dict(follower.watches),
        dict(follower.scripts),
        dict(follower.facts),
    )

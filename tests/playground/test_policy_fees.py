"""Fees: what is relayed at all, what may replace what, how large a family may grow, packages."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import OP_RETURN, assemble
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.policy_package import submit_package
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from tests.playground.bench import HOME, Bench, Coin, output_of, paid

PLAIN_SIZE = 110  # one P2WPKH input, one P2WPKH output


def filled(coin: Coin, size: int, fee: int, *, version: int = 2) -> Tx:
    """A payment that carries `size` bytes of data."""
    home = TxOut(coin[1].value - Sat(fee), HOME)
    data = TxOut(Sat(0), assemble(OP_RETURN, bytes(size)))
    return paid(coin, outputs=(home, data), version=version)


# -- the least feerate


def test_the_minimum_is_a_tenth_of_a_satoshi_per_byte(bench: Bench) -> None:
    least = paid(bench.coin(), fee=11)
    assert bench.mempool.submit(least).vsize == PLAIN_SIZE
    refused = bench.refuses(paid(bench.coin(), fee=10), Reason.MIN_RELAY_FEE)
    assert str(refused) == "min relay fee not met (10 < 11 sat)"
    bench.refuses(paid(bench.coin(), fee=0), Reason.MIN_RELAY_FEE)


def test_a_crowded_mempool_asks_more(bench: Bench) -> None:
    bench.mempool.floor = 5_000
    bench.mempool.submit(paid(bench.coin(), fee=5 * PLAIN_SIZE))
    bench.refuses(paid(bench.coin(), fee=5 * PLAIN_SIZE - 1), Reason.MEMPOOL_MIN_FEE)


# -- families


def chain_of(coin: Coin, count: int) -> list[Tx]:
    txs: list[Tx] = []
    for _ in range(count):
        txs.append(paid(output_of(txs[-1]) if txs else coin, fee=200))
    return txs


def test_a_cluster_has_64_transactions(bench: Bench) -> None:
    txs = chain_of(bench.coin(), limits.MAX_CLUSTER_COUNT + 1)
    for tx in txs[:-1]:
        bench.mempool.submit(tx)
    bench.refuses(txs[-1], Reason.CLUSTER, *txs[:-1])


def test_a_cluster_has_101_kilobytes(bench: Bench) -> None:
    first = filled(bench.coin(), 60_000, 10_000)
    bench.mempool.submit(first)
    bench.mempool.submit(filled(output_of(first), 40_500, 10_000))
    waiting = bench.mempool.entries()
    third = paid(output_of(waiting[-1].tx), fee=10_000)
    fourth = filled(output_of(third), 200, 10_000)
    bench.mempool.submit(third)
    bench.refuses(fourth, Reason.CLUSTER, first, waiting[-1].tx, third)


def test_a_cluster_is_counted_after_what_is_replaced_has_gone(bench: Bench) -> None:
    txs = chain_of(bench.coin(), limits.MAX_CLUSTER_COUNT)
    for tx in txs:
        bench.mempool.submit(tx)
    bench.mempool.submit(paid(output_of(txs[-2]), fee=2_000))
    assert len(bench.mempool) == limits.MAX_CLUSTER_COUNT


# -- replacement


def test_any_transaction_is_replaced_by_one_that_pays_more(bench: Bench) -> None:
    coin = bench.coin()
    first = paid(coin, fee=1_000, sequence=0xFFFF_FFFF)
    child = paid(output_of(first), fee=100)
    bench.mempool.submit(first)
    bench.mempool.submit(child)
    second = paid(coin, fee=1_100 + 11)
    bench.mempool.submit(second)
    assert [entry.txid for entry in bench.mempool.entries()] == [second.txid]


def test_a_replacement_pays_what_it_pushes_out_and_its_own_relay(bench: Bench) -> None:
    coin = bench.coin()
    bench.mempool.submit(paid(coin, fee=1_000))
    refused = refuse(bench, paid(coin, fee=999, version=1), Reason.INSUFFICIENT_FEE)
    assert refused.detail == "999 < 1000 sat of the replaced"
    refused = refuse(bench, paid(coin, fee=1_010), Reason.INSUFFICIENT_FEE)
    assert refused.detail == "10 < 11 sat of relay fee"
    # The engine would take either: it is relay policy that is in the way.
    bench.refuses(paid(coin, fee=1_010), Reason.INSUFFICIENT_FEE)
    assert len(bench.mempool) == 0


def refuse(bench: Bench, tx: Tx, reason: Reason) -> Rejection:
    with pytest.raises(Rejection) as refused:
        bench.mempool.submit(tx)
    assert refused.value.reason is reason, str(refused.value)
    return refused.value


def test_a_replacement_must_improve_the_feerate_diagram(bench: Bench) -> None:
    coin = bench.coin()
    bench.mempool.submit(paid(coin, fee=1_000))
    # More in all, less per byte: a miner with little room left would be worse off.
    bench.refuses(filled(coin, 1_000, 2_000), Reason.REPLACEMENT_FAILED)


def test_a_replacement_may_spend_unconfirmed_coins_of_others(bench: Bench) -> None:
    """BIP125's second rule is gone with version 31; the diagram took its place."""
    coin, other = bench.coins(2)
    parent = paid(other, fee=1_000)
    bench.mempool.submit(parent)
    bench.mempool.submit(paid(coin, fee=1_000))
    better = paid(coin, output_of(parent), fee=5_000)
    bench.mempool.submit(better)
    assert {entry.txid for entry in bench.mempool.entries()} == {parent.txid, better.txid}


def test_a_replacement_with_a_poor_parent_is_none(bench: Bench) -> None:
    coin, other = bench.coins(2)
    parent = filled(other, 10_000, 1_100)
    bench.mempool.submit(parent)
    bench.mempool.submit(paid(coin, fee=1_000))
    with_junk = paid(coin, output_of(parent), fee=1_500)
    bench.refuses(with_junk, Reason.REPLACEMENT_FAILED, parent)


def test_a_replacement_does_not_spend_what_it_replaces(bench: Bench) -> None:
    coin = bench.coin()
    first = paid(coin, fee=1_000)
    bench.mempool.submit(first)
    # Neither could it ever be mined.
    refuse(bench, paid(coin, output_of(first), fee=9_000), Reason.SPENDS_CONFLICTING)


def test_a_replacement_touches_a_hundred_clusters_at_most(bench: Bench) -> None:
    coins = bench.coins(limits.MAX_REPLACED_CLUSTERS + 1)
    for coin in coins:
        bench.mempool.submit(paid(coin, fee=100))
    refuse(bench, paid(*coins, fee=60_000), Reason.TOO_MANY_REPLACEMENTS)
    bench.mempool.submit(paid(*coins[:-1], fee=60_000))
    assert len(bench.mempool) == 2


# -- packages


def test_a_child_pays_for_its_parent(bench: Bench) -> None:
    bench.mempool.floor = 5_000
    parent = paid(bench.coin(), fee=PLAIN_SIZE)
    child = paid(output_of(parent), fee=9 * PLAIN_SIZE)
    bench.refuses(paid(bench.coin(), fee=PLAIN_SIZE), Reason.MEMPOOL_MIN_FEE)
    assert [outcome.refused for outcome in submit_package(bench.mempool, [parent, child])] == [
        None,
        None,
    ]
    bench.mine()
    assert bench.chain.height_of(child.txid) == bench.chain.height


def test_a_child_that_pays_too_little_for_both(bench: Bench) -> None:
    bench.mempool.floor = 5_000
    parent = paid(bench.coin(), fee=PLAIN_SIZE)
    child = paid(output_of(parent), fee=9 * PLAIN_SIZE - 1)
    outcomes = submit_package(bench.mempool, [parent, child])
    refused = [outcome.refused.reason for outcome in outcomes if outcome.refused]
    assert refused == [Reason.MEMPOOL_MIN_FEE] * 2
    assert len(bench.mempool) == 0


def test_no_child_makes_a_free_parent_relayed(bench: Bench) -> None:
    """The minimum is each transaction's own: a child may be replaced and leave it alone."""
    parent = paid(bench.coin(), fee=0)
    child = paid(output_of(parent), fee=5_000)
    outcomes = submit_package(bench.mempool, [parent, child])
    assert [outcome.refused and outcome.refused.reason for outcome in outcomes] == [
        Reason.MIN_RELAY_FEE,
        Reason.MIN_RELAY_FEE,
    ]
    bench.refuses(parent, Reason.MIN_RELAY_FEE)


def test_a_free_parent_of_version_3(bench: Bench) -> None:
    parent = paid(bench.coin(), fee=0, version=3)
    refuse(bench, parent, Reason.MIN_RELAY_FEE)
    child = paid(output_of(parent), fee=1_000, version=3)
    assert not any(outcome.refused for outcome in submit_package(bench.mempool, [parent, child]))
    bench.mine()
    assert len(bench.mempool) == 0


def test_a_package_replaces_what_its_parent_conflicts_with(bench: Bench) -> None:
    coin = bench.coin()
    old = paid(coin, fee=2_000)
    bench.mempool.submit(old)
    parent = paid(coin, fee=1_000)
    refuse(bench, parent, Reason.INSUFFICIENT_FEE)
    child = paid(output_of(parent), fee=5_000)
    assert not any(outcome.refused for outcome in submit_package(bench.mempool, [parent, child]))
    assert old.txid not in bench.mempool


def test_what_a_package_may_not_replace(bench: Bench) -> None:
    coin, other, third = bench.coins(3)
    bench.mempool.submit(paid(coin, fee=2_000))
    waiting = paid(other, fee=1_000)
    bench.mempool.submit(waiting)
    parent = paid(coin, fee=1_000)
    poor = paid(output_of(parent), fee=500)
    entangled = paid(output_of(parent), output_of(waiting), fee=5_000)
    second = paid(third, fee=5)
    both = paid(output_of(parent), output_of(second), fee=9_000)
    for package in ([parent, poor], [parent, entangled], [second, parent, both]):
        outcomes = submit_package(bench.mempool, package)
        assert [bool(outcome.refused) for outcome in outcomes] == [True] * len(package)
    refused = submit_package(bench.mempool, [parent, entangled])[1].refused
    assert str(refused) == "package RBF failed (new transaction has mempool ancestors)"


def test_what_is_known_already_counts_as_taken(bench: Bench) -> None:
    parent = paid(bench.coin(), fee=1_000)
    child = paid(output_of(parent), fee=1_000)
    for _ in range(2):
        outcomes = submit_package(bench.mempool, [parent, child])
        assert not any(outcome.refused for outcome in outcomes)
    bench.mine()
    outcomes = submit_package(bench.mempool, [parent, child])
    assert not any(outcome.refused for outcome in outcomes)


def test_a_parent_goes_in_even_where_its_child_does_not(bench: Bench) -> None:
    parent = paid(bench.coin(), fee=1_000)
    child = paid(output_of(parent), fee=1_000, version=4)
    outcomes = submit_package(bench.mempool, [parent, child])
    assert [outcome.refused and outcome.refused.reason for outcome in outcomes] == [
        None,
        Reason.VERSION,
    ]


def test_what_is_no_package(bench: Bench) -> None:
    one, two, three = (paid(coin) for coin in bench.coins(3))
    child = paid(output_of(one))
    again = paid(output_of(one), version=1)
    large = [filled(coin, 34_000, 40_000) for coin in bench.coins(3)]
    joined = paid(*map(output_of, large))
    many = chain_of(bench.coin(), 26)
    for package, reason in (
        (many, Reason.PACKAGE_TOO_MANY),
        ([*large, joined], Reason.PACKAGE_TOO_LARGE),
        ([one, one, child], Reason.PACKAGE_DUPLICATES),
        ([child, one], Reason.PACKAGE_NOT_SORTED),
        ([one, child, again], Reason.PACKAGE_CONFLICT),
        ([one, two, three], Reason.PACKAGE_NOT_CHILD_WITH_PARENTS),
        (many[:3], Reason.PACKAGE_NOT_CHILD_WITH_PARENTS),
    ):
        with pytest.raises(Rejection) as refused:
            submit_package(bench.mempool, package)
        assert refused.value.reason is reason
    assert len(bench.mempool) == 0


# -- version 3


def test_version_3_and_others_keep_apart(bench: Bench) -> None:
    first, second = bench.coins(2)
    restricted = paid(first, version=3)
    bench.mempool.submit(restricted)
    bench.refuses(paid(output_of(restricted)), Reason.TRUC, restricted)
    free = paid(second)
    bench.mempool.submit(free)
    bench.refuses(paid(output_of(free), version=3), Reason.TRUC, free)


def test_the_family_of_a_version_3_is_small(bench: Bench) -> None:
    coin = bench.coin()
    outputs = [TxOut(Sat(40_000), HOME)] * 2
    parent = paid(coin, outputs=outputs, version=3)
    child = paid(output_of(parent), version=3)
    bench.mempool.submit(parent)
    bench.mempool.submit(child)
    with pytest.raises(Rejection, match="TRUC-violation"):
        bench.mempool.submit(paid(output_of(child), version=3))
    bench.refuses(paid(output_of(parent, 1), version=3), Reason.TRUC, parent)


def test_the_size_of_a_version_3(bench: Bench) -> None:
    first, second = bench.coins(2)
    bench.refuses(filled(first, 10_000, 5_000, version=3), Reason.TRUC)
    parent = paid(second, version=3)
    bench.mempool.submit(parent)
    bench.refuses(filled(output_of(parent), 1_000, 5_000, version=3), Reason.TRUC, parent)

"""Clusters: orders in which nothing comes before its parents and no chunk before a better one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn
from lnwallet_tui.playground.policy_cluster import (
    Chunk,
    Entry,
    Graph,
    best_first,
    improves_diagram,
)


def name(index: int) -> bytes:
    return index.to_bytes(32, "big")


def entry(index: int, parents: Sequence[int], fee: int, vsize: int) -> Entry:
    """A transaction that spends output `index` of each parent, and a confirmed coin."""
    spent = [OutPoint(name(parent), index) for parent in parents]
    spent.append(OutPoint(b"\xff" * 32, index))
    tx = Tx(2, tuple(map(TxIn, spent)), ())
    return Entry(tx, name(index), name(index), fee, vsize, ())


amounts = st.integers(0, 300)
sizes = st.integers(1, 60)


@st.composite
def families(draw: st.DrawFn) -> list[Entry]:
    made: list[Entry] = []
    for index in range(draw(st.integers(1, 7))):
        parents = draw(st.sets(st.integers(0, index - 1), max_size=3)) if index else set()
        made.append(entry(index, sorted(parents), draw(amounts), draw(sizes)))
    return made


@st.composite
def lightning_families(draw: st.DrawFn) -> list[Entry]:
    """A chain of spends, or one parent with a fan of children."""
    chain = draw(st.booleans())
    count = draw(st.integers(2, 5))
    return [
        entry(index, [index - 1 if chain else 0] if index else [], draw(amounts), draw(sizes))
        for index in range(count)
    ]


def all_chunks(graph: Graph) -> list[Chunk]:
    clusters = graph.clusters(graph.entries)
    return [chunk for cluster in clusters for chunk in graph.chunks(cluster)]


@given(families())
def test_the_order_of_mining(made: list[Entry]) -> None:
    graph = Graph(made)
    for cluster in graph.clusters(graph.entries):
        chunks = graph.chunks(cluster)
        order = [item.txid for chunk in chunks for item in chunk.entries]
        assert sorted(order) == sorted(cluster)
        for at, txid in enumerate(order):
            assert graph.parents(txid) <= set(order[:at])
        assert all(better.feerate >= worse.feerate for better, worse in pairwise(chunks))


@given(families())
def test_clusters_part_the_mempool(made: list[Entry]) -> None:
    graph = Graph(made)
    clusters = graph.clusters(graph.entries)
    assert sorted(txid for cluster in clusters for txid in cluster) == sorted(graph.entries)
    for cluster in clusters:
        assert all(graph.parents(txid) | graph.children(txid) <= cluster for txid in cluster)
        assert all(graph.ancestors(txid) | graph.descendants([txid]) <= cluster for txid in cluster)


def orders(made: list[Entry]) -> Iterator[list[Chunk]]:
    """Every order in which parents come first, cut into chunks."""
    graph = Graph(made)
    for order in permutations(made):
        ids = [item.txid for item in order]
        if all(graph.parents(txid) <= set(ids[:at]) for at, txid in enumerate(ids)):
            yield merged(order)


def merged(order: Sequence[Entry]) -> list[Chunk]:
    chunks: list[Chunk] = []
    for item in order:
        chunks.append(Chunk((item,)))
        while len(chunks) > 1 and chunks[-2].feerate < chunks[-1].feerate:
            last = chunks.pop()
            chunks[-1] = Chunk(chunks[-1].entries + last.entries)
    return chunks


@given(lightning_families())
def test_no_order_is_better_for_the_families_of_lightning(made: list[Entry]) -> None:
    ours = all_chunks(Graph(made))
    assert not any(improves_diagram(other, ours) for other in orders(made))


def fee_of_size(chunks: list[Chunk], size: int) -> float:
    """The diagram by its definition: fill `size` with the best chunks, the last one in part."""
    fee = 0.0
    for chunk in best_first(chunks):
        part = min(size, chunk.vsize)
        fee += chunk.fee * part / chunk.vsize
        size -= part
    return fee


@given(families(), families())
def test_a_diagram_is_better_where_no_size_of_block_is_worse_off(
    one: list[Entry], other: list[Entry]
) -> None:
    new, old = all_chunks(Graph(one)), all_chunks(Graph(other))
    span = range(sum(chunk.vsize for chunk in new + old) + 1)
    gains = [fee_of_size(new, size) - fee_of_size(old, size) for size in span]
    expected = all(gain > -1e-6 for gain in gains) and any(gain > 1e-6 for gain in gains)
    assert improves_diagram(new, old) == expected
    assert not (improves_diagram(new, old) and improves_diagram(old, new))
    assert not improves_diagram(new, new)

"""Networks from a seed: connected, like mainnet's, the same again for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from lnwallet_tui.playground.topology import Edge, network

MANY = 3_000


@pytest.fixture(scope="module")
def edges() -> tuple[Edge, ...]:
    return network(b"mainnet", MANY)


def quantile(values: list[int], percent: int) -> int:
    return sorted(values)[len(values) * percent // 100]


def test_the_seed_decides() -> None:
    assert network(b"one", 50) == network(b"one", 50)
    assert network(b"one", 50) != network(b"two", 50)


def test_everybody_is_connected(edges: tuple[Edge, ...]) -> None:
    reached = {0}
    for edge in edges:  # a node arrives with channels to nodes that were there before
        assert edge.one < edge.other
        assert edge.one in reached
        reached.add(edge.other)
    assert len(reached) == MANY


def test_no_pair_has_two_channels(edges: tuple[Edge, ...]) -> None:
    assert len({(edge.one, edge.other) for edge in edges}) == len(edges)


def test_few_nodes_have_many_channels(edges: tuple[Edge, ...]) -> None:
    """Mainnet: 59,428 channels for 18,212 nodes, the median node has 2, one in a hundred 73."""
    degrees = Counter[int]()
    for edge in edges:
        degrees.update((edge.one, edge.other))
    counts = list(degrees.values())
    assert 2.5 < len(edges) / MANY < 4
    assert quantile(counts, 50) in (1, 2, 3)
    assert 25 < quantile(counts, 99) < 110
    assert max(counts) > 150


def test_sizes_and_fees_are_mainnets(edges: tuple[Edge, ...]) -> None:
    terms = [one for edge in edges for one in edge.terms]
    sizes = [edge.capacity_sat for edge in edges]
    shares = [one.fee_proportional_millionths for one in terms]
    assert 1_200_000 < quantile(sizes, 50) < 1_900_000
    assert 12_000_000 < quantile(sizes, 90) < 25_000_000
    assert quantile(shares, 50) <= 5
    assert 700 < quantile(shares, 90) < 1_600
    assert 8 <= sum(one.is_disabled for one in terms) * 100 // len(terms) <= 12

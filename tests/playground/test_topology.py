"""Networks from a seed: connected, like mainnet's, the same again for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from lnwallet_tui.playground import mainnet
from lnwallet_tui.playground.mainnet import PERMILLE, Quantiles
from lnwallet_tui.playground.topology import Edge, Terms, network

MANY = 3_000
OFF = 15  # permille: what dice may be off by with thousands of throws


@pytest.fixture(scope="module")
def edges() -> tuple[Edge, ...]:
    return network(b"mainnet", MANY)


@pytest.fixture(scope="module")
def terms(edges: tuple[Edge, ...]) -> list[Terms]:
    return [one for edge in edges for one in edge.terms]


def degrees(edges: tuple[Edge, ...]) -> list[int]:
    counts = Counter[int]()
    for edge in edges:
        counts.update((edge.one, edge.other))
    return list(counts.values())


def differences(values: list[int], table: Quantiles, off: int = OFF) -> list[tuple[int, int, int]]:
    """Where the values are not distributed as the table says: permille, wanted, found."""
    ordered = sorted(values)

    def at(permille: int) -> int:
        return ordered[min(len(ordered) - 1, max(0, permille) * len(ordered) // 1_000)]

    return [
        (permille, wanted, at(permille))
        for permille, wanted in zip(PERMILLE, table.values, strict=True)
        if 0 < permille <= 990 and not at(permille - off) <= wanted <= at(permille + off)
    ]


def test_the_seed_decides() -> None:
    assert network(b"one", 50) == network(b"one", 50)
    assert network(b"one", 50) != network(b"two", 50)


def test_everybody_is_connected(edges: tuple[Edge, ...]) -> None:
    reached = {0}
    for edge in edges:
        assert edge.one < edge.other
        if edge.one in reached:
            reached.add(edge.other)
    assert len(reached) == MANY


def test_no_pair_has_two_channels(edges: tuple[Edge, ...]) -> None:
    assert len({(edge.one, edge.other) for edge in edges}) == len(edges)


def test_few_nodes_have_many_channels(edges: tuple[Edge, ...]) -> None:
    counts = degrees(edges)
    assert not differences(counts, mainnet.CHANNELS)
    assert max(counts) > 200


def test_sizes_are_mainnets(edges: tuple[Edge, ...]) -> None:
    assert not differences([edge.capacity_sat for edge in edges], mainnet.CAPACITY_SAT)


def test_fees_are_mainnets(terms: list[Terms]) -> None:
    assert not differences([one.fee_base_msat for one in terms], mainnet.FEE_BASE_MSAT)
    shares = [one.fee_proportional_millionths for one in terms]
    assert not differences(shares, mainnet.FEE_PPM)


def test_limits_are_mainnets(edges: tuple[Edge, ...], terms: list[Terms]) -> None:
    assert not differences([one.cltv_expiry_delta for one in terms], mainnet.CLTV_DELTA)
    # A least amount above the largest is cut, so the top is left out.
    least = [one.htlc_minimum_msat for one in terms]
    assert not [one for one in differences(least, mainnet.HTLC_MINIMUM_MSAT) if one[0] < 950]
    most = [one.htlc_maximum_msat // edge.capacity_sat for edge in edges for one in edge.terms]
    assert not differences(most, mainnet.HTLC_MAXIMUM_PERMILLE)
    assert 8 <= sum(one.is_disabled for one in terms) * 100 // len(terms) <= 12


def test_another_distribution_is_noticed(edges: tuple[Edge, ...]) -> None:
    doubled = [2 * edge.capacity_sat for edge in edges]
    assert differences(doubled, mainnet.CAPACITY_SAT)
    assert differences([3] * MANY, mainnet.CHANNELS)


def test_a_value_lies_between_the_quantiles_around_it() -> None:
    for table in (mainnet.CAPACITY_SAT, mainnet.FEE_PPM):
        for permille, value in zip(PERMILLE[:-1], table.values, strict=False):
            assert table.at(permille * 10) == value
        assert all(table.at(one) <= table.at(one + 1) for one in range(9_999))
    assert mainnet.CAPACITY_SAT.at(9_500) == 25_000_000
    assert 25_000_000 < mainnet.CAPACITY_SAT.at(9_700) < 150_000_000

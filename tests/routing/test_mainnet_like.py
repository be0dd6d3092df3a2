"""Payments of mixed sizes through a network like mainnet's: a way, or a reason that is true."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.topology import network
from lnwallet_tui.routing.graph import FirstHop, Graph
from lnwallet_tui.routing.path import carried_msat, most_through
from lnwallet_tui.routing.query import Query
from lnwallet_tui.routing.reasons import Reason, why_not
from lnwallet_tui.routing.search import find
from lnwallet_tui.routing.split import TooLittleRoom, split
from tests.routing.mainnet_like import hops_of, id_of
from tests.routing.networks import PLENTY, Counting, cheapest_msat

NODES, PAYMENTS = 200, 300


def asked(dice: SeededDice, amount: int) -> Query:
    firsts = tuple(
        FirstHop(bytes([number]) * 32, id_of(dice.between(0, 40)), 1, dice.between(1, 10) * 10**9)
        for number in range(3)
    )
    return Query(
        payee=id_of(dice.between(0, NODES - 1)),
        amount_msat=amount,
        first_hops=firsts,
        max_fee_msat=max(5_000, amount // 100),
        final_cltv=147,
        max_cltv=2_016,
    )


def counting(relays: int) -> Counting:
    return Counting.of(hop for edge in network(b"relays", relays) for hop in hops_of(edge))


def test_no_way_through_a_large_network_is_cheaper() -> None:
    graph, dice = counting(NODES), SeededDice(b"relays", "cheapest")
    nodes, found = [id_of(number) for number in range(NODES)], 0
    for _ in range(100):
        query = replace(asked(dice, 10 ** dice.between(4, 8)), max_cltv=PLENTY, max_hops=PLENTY)
        keys = [hop.key for hop in graph.into(query.payee)]
        query = replace(query, room=dict.fromkeys(keys[:1], 1), avoided=frozenset({nodes[0]}))
        path = find(graph, query)
        assert (path.amount_msat if path else None) == cheapest_msat(graph, query, nodes)
        found += path is not None
    assert found > 30


def test_a_search_looks_at_few_nodes() -> None:
    graph, dice, searches = counting(2_000), SeededDice(b"relays", "few"), 50
    for _ in range(searches):
        find(graph, asked(dice, 10 ** dice.between(4, 8)))
    assert graph.looks < searches * 2_000 // 20


def is_true(graph: Graph, query: Query, reason: Reason) -> bool:
    """Nothing within the limits exists, and the reason can be given for this query again."""
    return find(graph, query) is None and why_not(graph, query) == reason


def test_every_payment_has_a_way_or_a_reason() -> None:
    graph = Graph.of(hop for edge in network(b"relays", NODES) for hop in hops_of(edge))
    dice, ends = SeededDice(b"relays", "payers"), Counter[str]()
    for _ in range(PAYMENTS):
        query = asked(dice, 10 ** dice.between(4, 9) * dice.between(1, 9))
        path = find(graph, query)
        if path is not None:
            carried = carried_msat(path, query.amount_msat)
            rooms = [most_through(hop, {}) for hop in path.hops]
            assert all(msat <= most for msat, most in zip(carried[1:], rooms, strict=True))
            ends["one way"] += 1
            continue
        parts = split(graph, query, 16)
        if not isinstance(parts, TooLittleRoom):
            ends["several ways"] += 1
            continue
        reason = why_not(graph, query)
        assert is_true(graph, query, reason)
        assert parts.most_msat < query.amount_msat
        ends[type(reason).__name__] += 1
    print(ends)
    assert ends["one way"] > PAYMENTS // 3
    assert ends["several ways"] > 5
    assert len(ends) > 4

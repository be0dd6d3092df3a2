"""Feature bits against BOLT 9's table, and the judgements made of them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.wire import features as module
from lnwallet_tui.wire.features import (
    ASSUMED,
    DEPENDENCIES,
    IN_NODE_ANNOUNCEMENT,
    NAMES,
    OUR_INIT_FEATURES,
    OUR_NODE_FEATURES,
    Features,
    missing_dependencies,
    unknown_required,
)
from tests.work import is_linear, steps, weighed

TABLE = json.loads((Path(__file__).parents[1] / "vectors/bolts/bolt09-features.json").read_text())[
    "features"
]


def test_the_names_are_those_of_bolt_9() -> None:
    assert {row["even"]: row["name"] for row in TABLE} == NAMES
    assert all(row["odd"] == row["even"] + 1 for row in TABLE)


def test_every_constant_is_named() -> None:
    constants = {value for name, value in vars(module).items() if type(value) is int}
    assert constants == set(NAMES)


def test_the_assumed_ones_are_those_of_bolt_9() -> None:
    assert {row["even"] for row in TABLE if row["assumed"]} == ASSUMED


def test_the_dependencies_are_those_of_bolt_9() -> None:
    by_name = {row["name"]: row["even"] for row in TABLE}
    table = {row["even"]: by_name[name] for row in TABLE for name in row["dependencies"]}
    assert table == DEPENDENCIES
    assert not set(DEPENDENCIES.values()) & set(DEPENDENCIES), "a chain has more than one link"


@given(st.frozensets(st.integers(0, 300)))
def test_bytes_and_back(bits: frozenset[int]) -> None:
    features = Features(bits)
    assert set(features) == bits
    assert Features.from_bytes(features.to_bytes()) == features
    assert not features.to_bytes().startswith(b"\0")
    assert Features.from_bytes(b"\0\0" + features.to_bytes()) == features


def test_many_bits_are_listed_with_work_for_each_once() -> None:
    def weight(size: int) -> int:
        with weighed(module) as bytes_reckoned_with:
            assert sum(1 for _ in Features.from_bytes(b"\xff" * size)) == 8 * size
            return bytes_reckoned_with()

    def listing(size: int) -> int:
        return steps(lambda: list(Features.from_bytes(b"\xff" * size)))

    assert weight(65_000) <= 2 * 65_000
    assert is_linear(weight, 30_000)
    assert is_linear(listing, 1_000)


def test_bits_taken_one_by_one_from_the_long_number_are_found_out() -> None:
    """What the test above would count where each bit costs as much as the whole number."""

    def weight(size: int) -> int:
        with weighed(module) as bytes_reckoned_with:
            features = Features.from_bytes(b"\xff" * size)
            assert all(bit in features for bit in range(8 * size))
            return bytes_reckoned_with()

    assert not is_linear(weight, 500)


def test_either_bit_of_a_pair_counts() -> None:
    for bits in ({14}, {15}, {14, 15}):
        assert Features(bits).has(14)
    assert not Features({13, 16}).has(14)
    assert Features({14, 15}).requires(14)
    assert not Features({15}).requires(14)


def test_a_pair_is_asked_for_by_its_even_bit() -> None:
    with pytest.raises(AssertionError):
        Features({15}).has(15)


def test_what_we_send_is_the_agreed_vector() -> None:
    assert set(OUR_INIT_FEATURES) == {0, 5, 7, 8, 12, 14, 17, 19, 23, 27, 44, 47}


def test_what_we_send_keeps_the_rules_of_bolt_9() -> None:
    # "MUST NOT set both the optional and mandatory bits", "MUST set all transitive dependencies".
    assert all(bit ^ 1 not in OUR_INIT_FEATURES for bit in OUR_INIT_FEATURES)
    assert missing_dependencies(OUR_INIT_FEATURES) == set()
    # "MUST NOT set feature bits in fields not specified by the table": `I`, or assumed, or
    # gossip_queries, whose row has no context left.
    for row in TABLE:
        if OUR_INIT_FEATURES.has(row["even"]):
            assert "I" in row["context"] or row["assumed"] or row["name"] == "gossip_queries"


def test_what_may_stand_in_a_node_announcement_is_what_bolt_9_says() -> None:
    assert {row["even"] for row in TABLE if "N" in row["context"]} == IN_NODE_ANNOUNCEMENT
    assert set(OUR_NODE_FEATURES) == {5, 17, 19, 23, 27, 47}
    assert missing_dependencies(OUR_NODE_FEATURES) == set()


def test_an_unknown_even_bit_is_required() -> None:
    assert not unknown_required(Features({0, 4, 6, 22, 46}))
    assert not unknown_required(Features({101, 29, 25}))
    assert unknown_required(Features({100, 28, 63})) == Features({100, 28})
    assert not unknown_required(Features({16}), Features({17}))
    assert unknown_required(Features({16, 18}), Features({18})) == Features({16})
    assert unknown_required(Features({4096}), Features({4095, 4098})) == Features({4096})


def test_dependencies() -> None:
    assert missing_dependencies(Features({51})) == {46}
    assert missing_dependencies(Features({51, 46})) == set()
    assert missing_dependencies(Features({61})) == {26}
    # `payment_secret` is assumed, so a peer may leave it out.
    assert missing_dependencies(Features({17})) == set()


def test_the_names_of_a_peers_features() -> None:
    assert Features({1, 23, 999}).names() == ("option_data_loss_protect", "option_anchors")


def test_sets() -> None:
    assert Features({1}) | Features({3}) == Features({1, 3})
    assert Features({1, 3}) & Features({3}) == Features({3})
    assert not Features()
    assert repr(Features({3, 1})) == "Features([1, 3])"
    assert repr(Features({60000})) == "Features(…)"

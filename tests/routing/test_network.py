"""What is learnt of the network, and what is not: each rule of BOLT 7 for who receives gossip."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.routing import network
from lnwallet_tui.routing.graph import Hop
from lnwallet_tui.routing.network import BadGossipSignature, KnownNetwork, Learned
from lnwallet_tui.wire.features import Features
from lnwallet_tui.wire.scid import ShortChannelId
from tests.routing.gossip import CHAIN, NOW, announced, introduced, node_id, update

SCID = ShortChannelId(100, 1, 0)


@pytest.fixture
def known() -> KnownNetwork:
    """Ada and Ben have a channel."""
    known = KnownNetwork(CHAIN)
    assert known.learn(announced("ada", "ben"), NOW) is Learned.NEW
    return known


def hops(known: KnownNetwork, name: str) -> tuple[Hop, ...]:
    return known.graph().into(node_id(name))


def test_a_channel_is_of_use_once_a_side_has_named_its_fees(known: KnownNetwork) -> None:
    assert hops(known, "ben") == ()
    assert known.learn(update("ada", "ben"), NOW) is Learned.NEW
    assert hops(known, "ben") == (
        Hop(int(SCID), node_id("ada"), node_id("ben"), 500, 100, 40, 1_000, 9_000_000),
    )
    assert hops(known, "ada") == ()


def test_what_is_told_twice_is_ignored(known: KnownNetwork) -> None:
    for message in (update("ada", "ben"), introduced("ada")):
        assert known.learn(message, NOW) is Learned.NEW
        assert known.learn(message, NOW) is Learned.IGNORED
    assert known.learn(announced("ada", "ben"), NOW) is Learned.IGNORED


def test_only_a_newer_update_replaces_one(known: KnownNetwork) -> None:
    known.learn(update("ada", "ben"), NOW)
    for timestamp, base in ((NOW, 1), (NOW - 1, 2)):
        later = update("ada", "ben", timestamp=timestamp, fee_base_msat=Msat(base))
        assert known.learn(later, NOW) is Learned.IGNORED
    newer = update("ada", "ben", timestamp=NOW + 1, fee_base_msat=Msat(3))
    assert known.learn(newer, NOW) is Learned.NEW
    assert [hop.fee_base_msat for hop in hops(known, "ben")] == [3]


def test_a_disabled_direction_stays_in_the_graph_as_such(known: KnownNetwork) -> None:
    direction = int(node_id("ada") > node_id("ben"))
    known.learn(update("ada", "ben", channel_flags=direction | 2), NOW)
    assert [hop.is_disabled for hop in hops(known, "ben")] == [True]


def test_a_maximum_below_the_minimum_is_no_way(known: KnownNetwork) -> None:
    known.learn(update("ada", "ben", htlc_maximum_msat=Msat(999)), NOW)
    assert [hop.is_disabled for hop in hops(known, "ben")] == [True]


@pytest.mark.parametrize(
    "changes",
    [
        {"chain_hash": Network.MAINNET.chain_hash},
        {"short_channel_id": ShortChannelId(100, 2, 0)},  # never announced
        {"message_flags": 3},  # dont_forward: for the peer alone
        {"timestamp": 0},
        {"timestamp": NOW + 2 * 86_400},
    ],
)
def test_updates_that_are_ignored(known: KnownNetwork, changes: dict[str, Any]) -> None:
    assert known.learn(update("ada", "ben", **changes), NOW) is Learned.IGNORED
    assert hops(known, "ben") == ()


def test_an_announcement_on_another_chain_is_ignored() -> None:
    known = KnownNetwork(CHAIN)
    other = announced("ada", "ben", chain_hash=Network.MAINNET.chain_hash)
    assert known.learn(other, NOW) is Learned.IGNORED
    assert len(known) == 0


def test_nodes_in_the_wrong_order_are_ignored() -> None:
    right = announced("ada", "ben")
    turned = replace(right, node_id_1=right.node_id_2, node_id_2=right.node_id_1)
    assert KnownNetwork(CHAIN).learn(turned, NOW) is Learned.IGNORED


@pytest.mark.parametrize(
    "field",
    ["node_signature_1", "node_signature_2", "bitcoin_signature_1", "bitcoin_signature_2"],
)
def test_each_of_four_signatures_is_looked_at(field: str) -> None:
    forged = replace(announced("ada", "ben"), **{field: announced("eve", "ben").node_signature_1})  # type: ignore[arg-type]  # each is a signature
    known = KnownNetwork(CHAIN)
    with pytest.raises(BadGossipSignature):
        known.learn(forged, NOW)
    assert len(known) == 0


def test_names_are_signed_too(known: KnownNetwork) -> None:
    with pytest.raises(BadGossipSignature):
        known.learn(replace(introduced("ada"), alias=bytes(32)), NOW)
    assert known.announcement(node_id("ada")) is None


def test_an_update_that_is_not_signed_by_the_known_end_is_nobody_s_lie(known: KnownNetwork) -> None:
    """A stranger may have announced a channel of its own at that place before, to whom passes it
    on."""
    for forged in (
        update("eve", "mallory"),
        replace(update("ada", "ben"), fee_base_msat=Msat(0)),
        replace(update("ada", "ben"), extension=b"\x01\x00"),
    ):
        assert known.learn(forged, NOW) is Learned.IGNORED
    assert hops(known, "ben") == ()


def test_fields_that_nobody_knows_yet_are_signed_and_kept(known: KnownNetwork) -> None:
    assert known.learn(update("ada", "ben", extension=b"\x01\x00"), NOW) is Learned.NEW


def test_nodes_without_a_channel_are_ignored(known: KnownNetwork) -> None:
    assert known.learn(introduced("eve"), NOW) is Learned.IGNORED


def test_no_way_leads_over_a_channel_or_node_that_needs_what_nobody_knows() -> None:
    known = KnownNetwork(CHAIN)
    known.learn(announced("ada", "ben", features=b"\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00"), NOW)
    known.learn(update("ada", "ben"), NOW)
    assert hops(known, "ben") == ()
    known.learn(announced("cyd", "dan", 2), NOW)
    known.learn(update("cyd", "dan", 2), NOW)
    assert len(hops(known, "dan")) == 1
    known.learn(introduced("cyd", features=b"\x40" + bytes(40)), NOW)
    assert hops(known, "dan") == ()
    assert known.needs(node_id("cyd")) == Features({326})
    assert not known.needs(node_id("dan")), "which has not introduced itself"
    known.learn(introduced("cyd", NOW + 1, features=b"\x80" + bytes(40)), NOW)
    assert len(hops(known, "dan")) == 1
    assert not known.needs(node_id("cyd"))


def test_a_second_announcement_of_a_channel_silences_nobody(known: KnownNetwork) -> None:
    known.learn(update("ada", "ben"), NOW)
    assert known.learn(announced("eve", "fay"), NOW) is Learned.IGNORED  # the same id
    assert len(hops(known, "ben")) == 1


def test_who_lost_the_last_channel_is_forgotten(known: KnownNetwork) -> None:
    known.learn(announced("ben", "cyd", 2), NOW)
    for name in ("ada", "ben", "cyd"):
        known.learn(introduced(name), NOW)
    known.forget(SCID)
    known.forget(SCID)
    assert known.announcement(node_id("ada")) is None
    assert known.announcement(node_id("ben")) is not None
    assert len(known) == 1


def test_what_one_end_does_not_speak_of_for_two_weeks_is_forgotten(known: KnownNetwork) -> None:
    known.learn(update("ada", "ben"), NOW)
    known.learn(announced("ben", "cyd", 2), NOW + 5)
    for source, target in (("ben", "cyd"), ("cyd", "ben")):
        known.learn(update(source, target, 2, timestamp=NOW + 9), NOW + 9)
    known.prune(NOW + network.STALE_S)
    assert len(known) == 2
    assert len(hops(known, "ben")) == 2
    known.learn(update("ada", "ben", timestamp=NOW + 10), NOW + 10)
    known.prune(NOW + network.STALE_S + 1)  # Ben never spoke of the first one, Ada did
    assert len(known) == 1
    assert [hop.source for hop in hops(known, "ben")] == [node_id("cyd")]
    known.prune(NOW + network.STALE_S + 9)
    assert len(known) == 1
    known.prune(NOW + network.STALE_S + 10)
    assert len(known) == 0
    assert hops(known, "ben") == ()


def test_a_graph_is_that_of_the_time_at_which_its_drawing_was_handed_out(
    known: KnownNetwork,
) -> None:
    known.learn(update("ada", "ben"), NOW)
    first = known.drawing()
    known.learn(update("ada", "ben", timestamp=NOW + 1, fee_base_msat=Msat(3)), NOW)
    known.learn(update("ben", "ada"), NOW)
    second = known.drawing()
    known.learn(introduced("ada", features=b"\x40" + bytes(40)), NOW)  # needs what nobody knows
    known.forget(SCID)
    third = known.drawing()
    ada, ben = node_id("ada"), node_id("ben")
    assert [third.graph().into(one) for one in (ada, ben)] == [(), ()]
    assert [hop.fee_base_msat for hop in second.graph().into(ben)] == [3]
    assert [hop.source for hop in second.graph().out_of(ben)] == [ben]
    assert [hop.fee_base_msat for hop in first.graph().into(ben)] == [500]
    assert first.graph().into(ada) == first.graph().out_of(ben) == ()


def test_the_graph_changes_with_what_is_learnt_and_one_that_was_given_away_does_not(
    known: KnownNetwork,
) -> None:
    known.learn(update("ada", "ben"), NOW)
    before = known.graph()
    assert known.graph() is before
    known.learn(announced("ben", "cyd", 2), NOW)
    known.learn(update("cyd", "ben", 2), NOW)
    after = known.graph()
    assert len(before.into(node_id("ben"))) == 1
    assert {hop.source for hop in after.into(node_id("ben"))} == {node_id("ada"), node_id("cyd")}
    known.learn(introduced("cyd", features=b"\x40" + bytes(40)), NOW)  # needs what nobody knows
    assert [hop.source for hop in hops(known, "ben")] == [node_id("ada")]
    known.forget(ShortChannelId(100, 2, 0))
    known.forget(SCID)
    assert hops(known, "ben") == ()
    known.learn(announced("ben", "cyd", 2), NOW)
    known.learn(update("cyd", "ben", 2), NOW)
    assert len(hops(known, "ben")) == 1  # what it said of itself went with its last channel


def test_what_is_said_of_a_channel_that_comes_with_it_is_wanted() -> None:
    known = KnownNetwork(CHAIN)
    channel, first = announced("ada", "ben"), update("ada", "ben")
    coming = {SCID: channel}
    assert not known.is_wanted(first, NOW)
    assert known.is_wanted(first, NOW, coming)
    assert known.is_wanted(introduced("ada"), NOW, coming)
    assert not known.is_wanted(introduced("eve"), NOW, coming)
    assert not known.is_wanted(channel, NOW, coming)
    assert network.are_valid(known.checks(first, coming))
    assert not network.are_valid(known.checks(first, {SCID: announced("eve", "fay")}))


def test_others_learn_the_same_from_what_is_passed_on(known: KnownNetwork) -> None:
    for message in (update("ada", "ben"), update("ben", "ada"), introduced("ben")):
        known.learn(message, NOW)
    other = KnownNetwork(CHAIN)
    for passed_on in known.messages():
        assert other.learn(passed_on, NOW) is Learned.NEW
    assert hops(other, "ada") == hops(known, "ada")
    assert other.announcement(node_id("ben")) == introduced("ben")


def test_a_flood_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "MAX_CHANNELS", 3)
    known = KnownNetwork(CHAIN)
    for number in range(1, 6):
        known.learn(announced("eve", "fay", number), NOW)
    assert len(known) == 3

"""What a peer that asked for gossip is told, in portions, while the network goes on changing."""

from __future__ import annotations

from lnwallet_tui.routing.network import GossipMessage, KnownNetwork, Learned
from lnwallet_tui.routing.telling import Telling
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement, GossipTimestampFilter
from lnwallet_tui.wire.scid import ShortChannelId
from tests.routing.gossip import CHAIN, NOW, announced, introduced, node_id, update

ALL = GossipTimestampFilter(CHAIN, 0, 0xFFFFFFFF)


def network(channels: int) -> KnownNetwork:
    """So many channels of Ada and Ben, with both updates, and their names."""
    known = KnownNetwork(CHAIN)
    for number in range(1, channels + 1):
        known.learn(announced("ada", "ben", number), NOW)
        known.learn(update("ada", "ben", number), NOW)
        known.learn(update("ben", "ada", number), NOW)
    for name in ("ada", "ben"):
        known.learn(introduced(name), NOW)
    return known


def everything(telling: Telling, portion: int = 100) -> list[GossipMessage]:
    told: list[GossipMessage] = []
    while not telling.is_over:
        told += telling.portion(portion)
    return told


def test_portions_are_small_and_together_everything() -> None:
    known = network(5)
    telling, sizes, told = Telling(known, ALL), list[int](), list[GossipMessage]()
    while not telling.is_over:
        portion = telling.portion(4)
        sizes.append(len(portion))
        told += portion
    assert max(sizes) <= 4 + 2  # a channel is not torn apart
    assert told == list(known.messages())
    other = KnownNetwork(CHAIN)
    assert all(other.learn(message, NOW) is Learned.NEW for message in told)


def test_a_channel_without_an_update_is_not_told() -> None:
    """BOLT 7: "MUST NOT send the `channel_announcement`"."""
    known = network(1)
    known.learn(announced("cyd", "dan", 9), NOW)
    assert not any(
        isinstance(message, ChannelAnnouncement) and message.node_id_1 == node_id("cyd")
        for message in everything(Telling(known, ALL))
    )
    assert len(everything(Telling(known, ALL))) == 5


def test_only_what_is_of_the_times_asked_for() -> None:
    known = network(1)
    known.learn(announced("cyd", "dan", 9), NOW)
    known.learn(update("cyd", "dan", 9, timestamp=NOW + 50), NOW)
    later = GossipTimestampFilter(CHAIN, NOW + 50, 1)
    told = everything(Telling(known, later))
    assert [type(message).__name__ for message in told] == ["ChannelAnnouncement", "ChannelUpdate"]
    assert not everything(Telling(known, GossipTimestampFilter(CHAIN, NOW + 51, 1_000)))
    assert not everything(Telling(known, GossipTimestampFilter(CHAIN, 0, NOW)))
    assert not everything(Telling(known, GossipTimestampFilter(CHAIN, 0xFFFFFFFF, 0)))


def test_what_changes_meanwhile_is_told_as_it_is_then() -> None:
    known = network(3)
    telling = Telling(known, ALL)
    told = telling.portion(1)
    known.forget(ShortChannelId(100, 2, 0))
    newer = update("ada", "ben", 3, timestamp=NOW + 1)
    known.learn(newer, NOW)
    told += everything(telling)
    places = [one.short_channel_id for one in told if isinstance(one, ChannelAnnouncement)]
    assert [int(place.tx_index) for place in places] == [1, 3]
    assert newer in told

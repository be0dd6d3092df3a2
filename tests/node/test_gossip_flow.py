"""Gossip in quantities: told in portions, heard at a pace, said again in time and forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.node.peers import hearing
from lnwallet_tui.node.peers.hearing import FULL, PORTION
from lnwallet_tui.node.peers.network import REFRESH_S, TOLD_AT_ONCE
from lnwallet_tui.routing.network import STALE_S, GossipMessage, KnownNetwork
from lnwallet_tui.wire.bolt1 import Warning_
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement, ChannelUpdate, GossipTimestampFilter
from lnwallet_tui.wire.scid import ShortChannelId
from tests.node.stranger import Stranger
from tests.node.town import MINUTE_MS, Town
from tests.routing.gossip import CHAIN, announced, node_id, update

DAY_MS = 86_400_000
ALL = GossipTimestampFilter(CHAIN, 0, 0xFFFFFFFF)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Ben relays; Ada is a wallet."""
    town = Town(tmp_path, relays=("ben",))
    await town.begin("ada", "ben")
    yield town
    await town.end()


def said(town: Town, channels: int, first: int = 1) -> list[GossipMessage]:
    """So many channels with both updates, as of now."""
    now, messages = town.clock.now(), list[GossipMessage]()
    for number in range(first, first + channels):
        messages += [
            announced("eve", "fay", number),
            update("eve", "fay", number, timestamp=now),
            update("fay", "eve", number, timestamp=now),
        ]
    return messages


def known(town: Town, name: str) -> KnownNetwork:
    return town.nodes[name]._board.network._known


def gossip(stranger: Stranger) -> list[ChannelAnnouncement | ChannelUpdate]:
    return [one for one in stranger.heard if isinstance(one, ChannelAnnouncement | ChannelUpdate)]


# -- telling
async def test_vuln_067_who_asks_for_everything_gets_some_at_a_time(town: Town) -> None:
    """LND <= 0.18.2 loaded and sent its whole graph for each request."""
    for message in said(town, 150):
        known(town, "ben").learn(message, town.clock.now())
    stranger = Stranger(town, "ben")
    await stranger.meet()
    for _ in range(10):
        await stranger.say(ALL)
    assert TOLD_AT_ONCE <= len(gossip(stranger)) <= TOLD_AT_ONCE + 2
    await town.clock.wait_for(lambda: False, MINUTE_MS // 10)
    await stranger.say()
    told = gossip(stranger)
    assert told[-450:] == list(known(town, "ben").messages())
    assert len(told) <= 450 + TOLD_AT_ONCE + 2  # the last request began anew, none in between


async def test_who_listens_is_told_what_comes_later_if_it_is_of_its_time(town: Town) -> None:
    now = town.clock.now()
    everything, nothing, source = (Stranger(town, "ben", number) for number in (1, 2, 3))
    for stranger in (everything, nothing, source):
        await stranger.meet()
    await everything.say(ALL)
    await nothing.say(GossipTimestampFilter(CHAIN, 0xFFFFFFFF, 0))
    channel, there, back = said(town, 1)
    await source.say(channel)
    assert gossip(everything) == []  # BOLT 7: no announcement without an update
    await source.say(there)
    assert await everything.say() == [channel, there]
    await source.say(back)
    assert await everything.say() == [back]
    await nothing.say()
    await source.say()
    assert gossip(nothing) == gossip(source) == []
    assert town.clock.now() - now < 60


# -- hearing
@pytest.fixture
def portions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages were verified at a time."""
    sizes: list[int] = []
    verified = hearing._verified

    def counted(portion: list[hearing._Heard]) -> list[bool]:
        sizes.append(len(portion))
        return verified(portion)

    monkeypatch.setattr(hearing, "_verified", counted)
    return sizes


async def test_however_much_a_peer_sends_it_is_verified_at_a_pace(
    town: Town, portions: list[int]
) -> None:
    stranger = Stranger(town, "ada")
    await stranger.meet()
    await stranger.say(*said(town, 550))
    ada = town.nodes["ada"]
    waiting = ada._board.network._hearing._waiting[stranger.node_id]
    assert sum(portions) <= PORTION
    assert FULL <= len(waiting) <= FULL + 500  # and what one read brings
    assert len(stranger._link._other._arrived) > 0  # the rest stays in the wire
    await town.do(ada.connect(town.uri("ben")))  # others are heard meanwhile
    await town.clock.wait_for(lambda: False, MINUTE_MS // 6)
    assert max(portions) == PORTION
    assert len(portions) >= 1_650 // PORTION
    assert len(known(town, "ada")) == 550
    assert stranger.is_open
    assert len(known(town, "ada").graph().into(node_id("fay"))) == 550


async def test_each_peer_gets_its_turn(town: Town) -> None:
    loud, quiet = Stranger(town, "ada", 1), Stranger(town, "ada", 2)
    for stranger in (loud, quiet):
        await stranger.meet()
    await loud.say(*said(town, 300))
    await quiet.say(*said(town, 3, first=1_001))
    await town.clock.wait_for(
        lambda: ShortChannelId(100, 1_003, 0) in known(town, "ada").places(), MINUTE_MS
    )
    assert len(known(town, "ada")) < 200


async def test_who_signs_for_others_is_warned_and_sent_away(
    town: Town, portions: list[int]
) -> None:
    liar = Stranger(town, "ada")
    await liar.meet()
    channel, there, back = said(town, 1)
    assert isinstance(channel, ChannelAnnouncement)
    assert isinstance(there, ChannelUpdate)
    cheap = replace(there, fee_base_msat=Msat(0))
    await liar.say(channel, cheap, back)
    assert portions == [3]
    assert known(town, "ada").channel(channel.short_channel_id) == (channel, (back,))
    assert liar.heard[-1:] != [Warning_(bytes(32), b"bad signature")]  # see below why
    other = announced("eve", "fay", 2)
    await liar.say(replace(other, node_signature_1=channel.node_signature_2))
    assert any(isinstance(one, Warning_) for one in liar.heard)
    assert not liar.is_open
    assert known(town, "ada").places() == (channel.short_channel_id,)


async def test_a_channel_that_was_made_up_costs_no_honest_peer_its_connection(town: Town) -> None:
    forger, inventor, honest = (Stranger(town, "ada", number) for number in (1, 2, 3))
    for stranger in (forger, inventor, honest):
        await stranger.meet()
    first, second = said(town, 1), said(town, 1, first=2)
    forged = replace(announced("mallory", "eve"), node_signature_1=bytes(64))
    invented = announced("mallory", "trudy", 2)
    ada = town.nodes["ada"]._board
    for speaker, messages in ((forger, [forged]), (inventor, [invented]), (honest, first + second)):
        for message in messages:
            ada.peer_said(speaker.node_id, message)
    await town.clock.wait_for(lambda: False, MINUTE_MS // 6)
    await forger.say()
    assert [forger.is_open, inventor.is_open, honest.is_open] == [False, True, True]
    found = [known(town, "ada").channel(ShortChannelId(100, number, 0)) for number in (1, 2)]
    assert [one and one[0] for one in found] == [first[0], invented]
    assert [one and len(one[1]) for one in found] == [2, 0]


async def test_a_bug_in_one_portion_makes_nobody_deaf(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified, stranger = hearing._verified, Stranger(town, "ada")
    await stranger.meet()

    def broken(portion: list[hearing._Heard]) -> list[bool]:
        raise ZeroDivisionError

    monkeypatch.setattr(hearing, "_verified", broken)
    await stranger.say(*said(town, 1))
    assert town.crashes == [repr(ZeroDivisionError())]
    town.crashes.clear()
    monkeypatch.setattr(hearing, "_verified", verified)
    await stranger.say(*said(town, 1, first=2))
    await town.clock.wait_for(lambda: False, MINUTE_MS // 6)
    assert known(town, "ada").places() == (ShortChannelId(100, 2, 0),)


# -- time
async def test_what_nobody_says_again_is_forgotten_after_two_weeks(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada")
    for message in said(town, 2):
        known(town, "ada").learn(message, town.clock.now())
    await town.clock.wait_for(lambda: False, STALE_S * 1_000 - DAY_MS)
    assert len(known(town, "ada")) == 2
    for message in (update("eve", "fay", 2), update("fay", "eve", 2)):
        newer = said_again(message, town.clock.now())
        known(town, "ada").learn(newer, town.clock.now())
    await town.clock.wait_for(lambda: False, 2 * DAY_MS)
    assert known(town, "ada").places() == (ShortChannelId(100, 2, 0),)
    await town.end()


def said_again(message: ChannelUpdate, now: int) -> ChannelUpdate:
    source, target = ("eve", "fay") if is_by(message, "eve") else ("fay", "eve")
    return update(source, target, message.short_channel_id.tx_index, timestamp=now)


def is_by(message: ChannelUpdate, name: str) -> bool:
    other = {"eve": "fay", "fay": "eve"}[name]
    return (message.channel_flags & 1) == int(node_id(name) > node_id(other))


async def test_who_has_slept_listens_before_it_forgets(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada")
    for message in said(town, 1):
        known(town, "ada").learn(message, town.clock.now())
    await town.clock.pass_by(3 * STALE_S * 1_000)
    assert len(known(town, "ada")) == 1
    await town.clock.wait_for(lambda: False, 61 * MINUTE_MS)
    assert len(known(town, "ada")) == 0
    await town.end()


async def test_a_relay_says_again_what_others_would_forget(tmp_path: Path) -> None:
    town = Town(tmp_path, relays=("ben", "cyd"))
    await town.begin("ada", "ben", "cyd")
    await town.open("ben", "cyd", 500_000)
    await town.open("ada", "ben", 400_000)
    await town.mine(3)
    [place] = known(town, "ada").places()

    def oldest() -> int:
        channel = known(town, "ada").channel(place)
        assert channel is not None
        return min(one.timestamp for one in channel[1])

    first = oldest()
    for _ in range(3):
        await town.clock.pass_by((REFRESH_S + 3_600) * 1_000)
        assert town.clock.now() - oldest() < DAY_MS // 1_000
    assert oldest() > first + 2 * REFRESH_S
    assert known(town, "ada").places() == (place,)
    await town.end()

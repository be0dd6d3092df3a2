"""Peers through the counter: since when they are there, what was tried, whom one can let go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.peers import KnownPeerView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PeerView
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.peers.peer_views import MOST_UNKNOWN
from lnwallet_tui.store.peers import PeerRecord, load_peers
from lnwallet_tui.wire.features import OUR_INIT_FEATURES, Features
from tests.node.test_disk import Fault
from tests.node.town import MINUTE_MS, Town
from tests.store.whole import expect_whole


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path, relays=("ben",))
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def peer(town: Town, of: str, name: str) -> KnownPeerView:
    [found] = [one for one in await known(town.nodes[of]) if one.peer.node_id == hex_of(town, name)]
    return found


async def known(node: Node) -> tuple[KnownPeerView, ...]:
    return (await node.known_peers()).peers


def hex_of(town: Town, name: str) -> str:
    return town.nodes[name].node_id.hex()


async def test_one_who_is_connected(town: Town) -> None:
    ada = town.nodes["ada"]
    assert await known(ada) == ()
    await town.do(ada.connect(town.uri("ben")))
    ben = await peer(town, "ada", "ben")
    assert ben.peer.connected
    assert ben.peer.name == Untrusted("ben")
    assert ben.peer.address == "ben.play:9735"
    assert 0 < ben.connected_since <= ben.last_heard <= ada._shell.now()
    assert (ben.channels, ben.on_chain, ben.latency_ms) == (0, 0, -1)
    assert (ben.tried, ben.next_dial) == ("", 0)
    bits = {one.bit: one.name for one in ben.features}
    assert set(bits) == set(OUR_INIT_FEATURES)
    assert bits[23] == "option_anchors"
    await town.clock.wait_for(lambda: False, 2 * MINUTE_MS)
    assert (await peer(town, "ada", "ben")).latency_ms > 0


async def test_one_who_is_away_is_dialled_again_and_it_is_said_why_and_when(town: Town) -> None:
    await town.open("ada", "ben", 500_000)
    town.wires.vanish("ben", gone=True)
    await town.clock.wait_for(lambda: False, 3 * MINUTE_MS)
    ben, now = await peer(town, "ada", "ben"), town.nodes["ada"]._shell.now()
    assert not ben.peer.connected
    assert (ben.channels, ben.connected_since, ben.last_heard) == (1, 0, 0)
    assert ben.tried == "Nobody answers at ben.play:9735."
    assert now - 180 < ben.tried_at <= now <= ben.next_dial < now + 600
    assert {one.bit for one in ben.features} == set(OUR_INIT_FEATURES)  # as it said last
    town.wires.vanish("ben", gone=False)
    await town.clock.wait_for(lambda: False, 10 * MINUTE_MS)
    ben = await peer(town, "ada", "ben")
    assert (ben.peer.connected, ben.tried, ben.tried_at, ben.next_dial) == (True, "", 0, 0)


async def test_an_address_that_was_not_dialled_takes_the_place_of_none(town: Town) -> None:
    ada = town.nodes["ada"]
    await town.do(ada.connect(town.uri("ben")))
    await town.do(ada.connect(f"{hex_of(town, 'ben')}@nowhere.play:9735"))  # it is there already
    ben = await peer(town, "ada", "ben")
    assert (ben.peer.connected, ben.peer.address) == (True, "ben.play:9735")


async def test_of_an_opening_that_was_only_asked_about_nothing_is_kept(town: Town) -> None:
    """The address may be a mistake, and the answer a no."""
    ada, ben = town.nodes["ada"], hex_of(town, "ben")
    await town.do(ada.quote_open(town.uri("ben"), 300_000))
    stranger = await peer(town, "ada", "ben")
    assert (stranger.peer.connected, stranger.peer.address) == (True, "")
    assert load_peers(ada._store, expect_whole) == ()
    town.nodes["ben"]._board.peers.disconnect(ada.node_id, "for a test")
    await town.clock.rest()
    assert await known(ada) == ()
    await town.do(town.nodes["ben"].connect(town.uri("ada")))
    await town.do(ada.quote_open(f"{ben}@nowhere.play:9735", 300_000))  # ben is there already
    assert (await peer(town, "ada", "ben")).peer.address == ""


async def test_where_a_peer_listens_is_kept_until_another_opening_is_agreed_to(town: Town) -> None:
    ada, ben = town.nodes["ada"], hex_of(town, "ben")
    await town.do(ada.connect(town.uri("ben")))
    ada._board.peers.disconnect(bytes.fromhex(ben), "for a test")
    await town.clock.rest()
    town.wires.listen("ben", "moved.play:9735", town.nodes["ben"].accept)
    moved = f"{ben}@moved.play:9735"
    await town.do(ada.quote_open(moved, 300_000))
    assert (await peer(town, "ada", "ben")).peer.address == "ben.play:9735"
    await town.do(ada.open_channel(moved, 300_000))
    assert (await peer(town, "ada", "ben")).peer.address == "moved.play:9735"
    [kept] = load_peers(ada._store, expect_whole)
    assert (kept.address, kept.named) == ("moved.play:9735", True)


async def test_the_end_of_a_connection_is_said(town: Town) -> None:
    ada = town.nodes["ada"]
    await town.do(ada.connect(town.uri("ben")))
    town.nodes["ben"]._board.peers.disconnect(ada.node_id, "for a test")
    await town.clock.rest()
    ben = await peer(town, "ada", "ben")
    assert (ben.tried, ben.next_dial) == ("The peer closed the connection.", 0)
    refused = await town.run(ada.connect(f"{hex_of(town, 'ben')}@nowhere.play:9735"))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.PEER_UNREACHABLE
    assert (await peer(town, "ada", "ben")).tried == "Nobody answers at nowhere.play:9735."


async def test_one_without_a_channel_is_let_go_and_forgotten(town: Town) -> None:
    ada = town.nodes["ada"]
    await town.do(ada.connect(town.uri("ben")))
    left = await ada.disconnect(hex_of(town, "ben"))
    assert isinstance(left, PeerView)
    await town.clock.wait_for(lambda: False, 10 * MINUTE_MS)
    ben = await peer(town, "ada", "ben")
    assert (ben.peer.connected, ben.tried) == (False, "You ended the connection.")
    await town.do(ada.connect(hex_of(town, "ben")))  # it is still known where it listens
    gone = await ada.forget_peer(hex_of(town, "ben"))
    assert isinstance(gone, PeerView)
    await town.clock.wait_for(lambda: False, 10 * MINUTE_MS)
    assert await known(ada) == ()
    await town.restart("ada")
    assert await known(town.nodes["ada"]) == ()


async def test_one_with_a_channel_is_not_let_go(town: Town) -> None:
    ada = town.nodes["ada"]
    channel_id = await town.open("ada", "ben", 500_000)
    for refused in (
        await ada.disconnect(hex_of(town, "ben")),
        await ada.forget_peer(hex_of(town, "ben")),
    ):
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.CHANNEL_BUSY
        assert "is what keeps it working" in refused.message
    assert (await peer(town, "ada", "ben")).peer.connected
    await town.do(ada.close(channel_id))
    await town.mine()
    ben = await peer(town, "ada", "ben")
    assert (ben.channels, ben.on_chain) == (1, 1)
    refused = await ada.forget_peer(hex_of(town, "ben"))
    assert isinstance(refused, Refused)
    assert "is closed, but that is not final yet" in refused.message
    await town.mine(130)
    assert (await peer(town, "ada", "ben")).channels == 0
    assert isinstance(await ada.forget_peer(hex_of(town, "ben")), PeerView)


async def test_who_is_not_known_cannot_be_let_go(town: Town) -> None:
    ada = town.nodes["ada"]
    for name in ("", "x", "02" * 33, hex_of(town, "ben")):
        for refused in (await ada.disconnect(name), await ada.forget_peer(name)):
            assert isinstance(refused, Refused)
            assert refused.code is RefusalCode.UNKNOWN


async def test_a_full_disk_forgets_nobody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = town.nodes["ada"]
    await town.do(ada.connect(town.uri("ben")))
    with monkeypatch.context() as patch:
        Fault(ada, 2, patch)
        refused = await ada.forget_peer(hex_of(town, "ben"))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.DISK
    assert (await peer(town, "ada", "ben")).peer.connected
    assert [one.node_id for one in load_peers(ada._store, expect_whole)] == [
        town.nodes["ben"].node_id
    ]


async def test_of_half_a_million_features_few_are_handed_out(town: Town) -> None:
    ada = town.nodes["ada"]
    await town.do(ada.connect(town.uri("ben")))
    bits = [23, *range(101, 101 + 2 * 200_000, 2)]
    record = PeerRecord(node_id=b"\x02" * 33, named=True, features=Features(bits).to_bytes())
    ada._board.peers._known.note(record)
    found = next(one for one in await known(ada) if one.peer.node_id == record.node_id.hex())
    assert [one.bit for one in found.features] == bits[: 1 + MOST_UNKNOWN]
    assert [one.name for one in found.features][:2] == ["option_anchors", ""]
    assert found.features_left_off == 200_000 - MOST_UNKNOWN
    assert (await known(ada))[0].peer.connected  # those come first


async def test_what_gossip_told(tmp_path: Path) -> None:
    town = Town(tmp_path, relays=("ben", "cyd"))
    await town.begin("ada", "ben", "cyd")
    ada = town.nodes["ada"]
    nothing = (await ada.known_peers()).gossip
    assert (nothing.channels, nothing.nodes, nothing.newest) == (0, 0, 0)
    await town.open("ben", "cyd", 500_000)
    await town.mine(6)
    await town.do(ada.connect(town.uri("ben")))
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    told = (await ada.known_peers()).gossip
    assert (told.channels, told.nodes) == (1, 2)
    assert ada._shell.now() - 3_600 < told.newest <= ada._shell.now()
    await town.end()

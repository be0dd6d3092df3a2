"""Peers: who is there, connecting, letting go, opening to them, looking for one; by keys and by
mouse."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input

from lnwallet_tui.api.events import PeerChanged
from lnwallet_tui.api.peers import FeatureView, PeersView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.ui import peer_words
from lnwallet_tui.ui.widgets.forms import Listing
from lnwallet_tui.wire.features import NAMES
from tests.ui import peers, views
from tests.ui.payloads import PAYLOADS
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage
from tests.ui.test_hostile import MARK, is_safe, marked
from tests.ui.test_keyboard import Footers
from tests.ui.test_snapshots import Album

NOBODY = PeersView(peers=(), gossip=replace(peers.GOSSIP, channels=0, nodes=0, newest=0))
AWAY = Refused(
    RefusalCode.PEER_UNREACHABLE,
    "The node cannot be reached. Nobody answers at dora.play:9735.",
    "Check the address, or try again later.",
)
KEPT = Refused(
    RefusalCode.CHANNEL_BUSY,
    "You have a channel with this peer, and the connection is what keeps it working.",
    "Close the channel first, on Channels.",
)


def under_cursor(stage: Stage) -> str | None:
    return stage.app.screen.query_one("#peers", Listing).highlighted_id


def typed(stage: Stage, name: str = "#uri") -> str:
    return stage.app.screen.query_one(name, Input).value


def tell(node: ScriptedNode, view: PeersView) -> None:
    """From now on it is so, and something was heard of it."""
    node.peers_view = view
    node.speak(PeerChanged(peers.PEERS.peers[0].peer))


async def test_the_palette_says_connect_again_only_of_who_was_tried_before() -> None:
    node = ScriptedNode()
    never = replace(peers.PEERS.peers[3], tried="", tried_at=0)
    for one, title, other in (
        (peers.PEERS.peers[3], "Connect again", "Connect to it"),
        (never, "Connect to it", "Connect again"),
    ):
        node.peers_view = replace(peers.PEERS, peers=(one,))
        async with on_stage(node) as stage:
            await stage.press("8")
            await stage.shows("Not connected.")
            await stage.press("ctrl+p")
            await stage.type("connect")
            await stage.shows(f"{title} Dial the peer under the cursor")
            await stage.lacks(other)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_how_it_looks(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    node = ScriptedNode()
    async with on_stage(node, size=size) as stage:
        album, footers = Album(stage, snapshot), Footers(stage)
        for keys, name, words in (
            ("8", "peers", (
                "Gossip: 48,211 channels, 11,930 nodes known; the newest word is 4 min old.",
                "Peers: 5, 2 connected", "● 02ababab…abababab “Alice” 2 channels",
                "since 12:13, 42 ms", "○ 03cdcdcd…cdcdcdcd “Bea’s shop” 1 channel dialled in 3 min",
                views.PEER, "listens at alice.play:9735", "it calls itself: Alice",
                "Insists on: help after lost data (BOLT 2), one key for its closes (BOLT 3)",
                "Offers: anchors (BOLT 3)", "Unknown bits: 181",
            )),
            ("jj", "peers-away", (
                "nothing can be paid through your channel with it now. 14:12: Nobody answers",
                "It is dialled again at 14:16 (in 3 min); you need not act.",
                "it last complained: I am being restarted",
            )),
            ("n", "peers-connect", ("Connect to:",)),
        ):  # fmt: skip
            await stage.press(*keys)
            await album.add(name, *words)
            if name != "peers-connect":
                await footers.add(name, *words)
        await stage.press("escape")
        tell(node, NOBODY)
        await album.add("peers-empty", "You know no peer yet.", "NODE_ID@HOST:PORT")
    assert album.dim == {}
    assert album.different == []
    assert footers.wrong == {}


async def test_a_walk_with_the_keys() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("8")
        await stage.shows("● Alice “Alice”", "Your channels need this connection")
        assert under_cursor(stage) == views.PEER
        await stage.press("j")
        await stage.shows("You have no channel with it: o opens one, x ends the connection.")
        await stage.lacks("listens at", "it calls itself")
        await stage.press("down", "k", "G")
        await stage.shows("It is not known where it listens. Press x to forget it.")
        await stage.press("y")
        assert stage.app.clipboard == "02" + "55" * 32
        await stage.press("g", "y")
        assert stage.app.clipboard == f"{views.PEER}@alice.play:9735"
        await stage.press("o")
        assert stage.place == "OpenChannelScreen"
        assert typed(stage) == f"{views.PEER}@alice.play:9735"
        await stage.press("escape", "escape")
        await stage.shows("Latest payments")


async def test_a_walk_with_the_mouse() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("8")
        await stage.click_on("02777777")
        await stage.shows("You have no channel with it")
        await stage.click_on("x Let go")
        await stage.shows("Peers: 5, 1 connected")
        assert node.told("disconnect") == ["02" + "77" * 32]
        await stage.click_on("n Connect")
        await stage.shows("Connect to:")
        await stage.click_on("02999999")
        await stage.shows("The peer closed the connection.")


async def test_it_looks_the_same_whatever_was_visited_before() -> None:
    """The layouts of all screens that were seen are loaded together."""
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("8")
        await stage.shows("Unknown bits: 181")
        before = stage.text
        for keys in ("2", "w", "5", "6", "3", "escape", "4", "escape", "7"):
            await stage.press(keys)
        stage.app.screen.set_focus(None)
        await stage.press("1", "8")
        await stage.shows("Unknown bits: 181")
        assert stage.text.split("\n")[1:] == before.split("\n")[1:]


async def test_a_person_of_the_playground_is_found_where_they_listen() -> None:
    node = ScriptedNode()
    node.peers_view = replace(peers.PEERS, peers=(peers.peer(peers.CARL, name="", address=""),))
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("8")
        await stage.shows("● Carl")
        await stage.press("y")
        assert stage.app.clipboard == f"{peers.CARL}@carl.play:9735"


# -- connecting


async def test_somebody_is_connected_to_and_the_cursor_goes_there() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("8", "n")
        await stage.paste_into("#uri", "02dd@dora.play:9735\n")
        node.connected = peers.PEERS.peers[2].peer
        await stage.press("enter")
        await stage.lacks("Connect to:", "connecting…")
        assert node.told("connect") == ["02dd@dora.play:9735"]
        assert under_cursor(stage) == views.SHOP
        await stage.press("n")
        assert typed(stage) == ""


async def test_what_is_refused_stays_typed() -> None:
    node = ScriptedNode()
    node.refusing["connect"] = AWAY
    async with on_stage(node) as stage:
        await stage.press("8", "n", "enter")
        assert node.told("connect") == []
        await stage.type("02dd@dora.play:9735")
        gate = node.hold("connect")
        await stage.press("enter")
        await stage.shows("connecting…")
        gate.set()
        await stage.shows("Nobody answers at dora.play:9735.", "or try again later.")
        assert typed(stage) == "02dd@dora.play:9735"
        await stage.press("escape")
        await stage.lacks("Connect to:", "or try again later.")
        await stage.press("escape", "8", "n")
        assert typed(stage) == "02dd@dora.play:9735"


async def test_enter_dials_one_who_is_away() -> None:
    node = ScriptedNode()
    node.connected = peers.PEERS.peers[2].peer
    async with on_stage(node) as stage:
        await stage.press("8", "enter")
        assert node.told("connect") == []  # they are there
        await stage.press("j", "j", "enter")
        assert node.told("connect") == [f"{views.SHOP}@shop.play:9735"]
        node.refusing["connect"] = AWAY
        await stage.press("enter")
        await stage.shows("The node cannot be reached.")
        await stage.press("j")
        await stage.lacks("The node cannot be reached.")


# -- letting go


async def test_one_is_let_go_and_then_forgotten() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("8", "j", "x")
        await stage.shows("Peers: 5, 1 connected", "No channel needs it")
        await stage.press("x")
        await stage.shows("Peers: 4, 1 connected")
        name = "02" + "77" * 32
        assert (node.told("disconnect"), node.told("forget_peer")) == ([name], [name])


async def test_one_with_a_channel_is_kept_and_it_is_said_why() -> None:
    node = ScriptedNode()
    node.refusing["disconnect"] = KEPT
    async with on_stage(node) as stage:
        await stage.press("8", "x")
        await stage.shows("the connection is what keeps it working.", "Close the channel first")
        await stage.press("j")
        await stage.lacks("Close the channel first")


# -- finding


async def test_peers_are_found_by_name_id_and_address() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("8", "slash")
        for words, found in (("ALI", "Alice"), ("0277", "02777777…77777777"), ("carl", "Carl")):
            await stage.type(words)
            await stage.shows("Peers: 1 of 5 found", found)
            await stage.press(*["backspace"] * len(words))
            await stage.shows("Peers: 5, 2 connected")
        await stage.type("nobody")
        await stage.shows("No peer has that in its name, id or address.")
        await stage.press("escape")
        await stage.shows("Peers: 5, 2 connected")
        await stage.press("slash", *"shop", "enter", "y")
        assert stage.app.clipboard == f"{views.SHOP}@shop.play:9735"


async def test_without_peers_there_is_a_next_step() -> None:
    node = ScriptedNode()
    node.peers_view = NOBODY
    async with on_stage(node) as stage:
        await stage.press("8")
        await stage.shows("You know no peer yet.", "nothing is known of the network yet")
        await stage.lacks("x Let go", "o Open", "/ Filter", "How it stands")
        await stage.press("x", "o", "y", "enter", "slash", "j", "G")
        await stage.shows("You know no peer yet.")
        tell(node, peers.PEERS)
        await stage.shows("Peers: 5, 2 connected", "x Let go")


async def test_the_cursor_stays_on_its_peer_when_others_come() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("8", "j", "j")
        tell(node, replace(peers.PEERS, peers=peers.PEERS.peers[::-1]))
        await stage.shows("○ 02555555")
        assert under_cursor(stage) == views.SHOP


async def test_a_storm_asks_few_times() -> None:
    class Counting(ScriptedNode):
        asked = 0

        async def known_peers(self) -> PeersView:
            self.asked += 1
            return await super().known_peers()

    node = Counting()
    async with on_stage(node) as stage:
        assert node.asked == 0
        await stage.press("8", "j", "k")
        assert node.asked == 1
        for _ in range(1_000):
            node.speak(PeerChanged(peers.PEERS.peers[0].peer))
        tell(node, NOBODY)
        await stage.shows("You know no peer yet.")
        assert node.asked < 60


async def test_what_peers_say_does_nothing_there() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("8")
        for name, payload in PAYLOADS.items():
            words = marked(payload)
            hostile = peers.peer(name=words, last_error=words)
            tell(node, replace(peers.PEERS, peers=(hostile, *peers.PEERS.peers[1:])))
            await stage.shows(f"“<{MARK}>", f"it calls itself: <{MARK}>", f"complained: <{MARK}>")
            is_safe(stage, name)
            await stage.press("slash", *"<the")
            await stage.shows("Peers: 1 of 5 found")
            is_safe(stage, name)
            await stage.press("escape")
            tell(node, peers.PEERS)
            await stage.shows("Peers: 5, 2 connected")
            await stage.lacks(f"<{MARK}>")


def test_every_named_feature_has_plain_words() -> None:
    every = tuple(FeatureView(bit=pair + 1, name=name) for pair, name in NAMES.items())
    told = peer_words.features(peers.peer(features=every)).plain
    assert "option_" not in told
    assert told.count("(BOLT ") == len(NAMES)
    strange = (FeatureView(bit=90, name="option_new"), FeatureView(bit=181, name=""))
    told = peer_words.features(peers.peer(features=strange, features_left_off=1_234)).plain
    assert told == "Insists on: option_new\nUnknown bits: 181, 1,234 more"


def test_a_channel_on_the_chain_needs_no_connection() -> None:
    closed = peers.peer(channels=1, on_chain=1)
    said = peer_words.sentence(closed, views.NOW)
    assert "Your channel with it is closed: the chain alone settles that" in said
    assert "It stays until that is final; {peers.open_to} opens a new channel." in said
    assert "1 on chain " in peer_words.row(closed, "lupin", views.NOW, 74).plain
    two = peers.peer(channels=3, on_chain=2)
    said = peer_words.sentence(two, views.NOW)
    assert "Your channel needs this connection" in said
    assert said.endswith(" 2 others are closed: the chain alone settles that.")
    assert "3 channels " in peer_words.row(two, "lupin", views.NOW, 74).plain
    away = peers.peer(connected=False, channels=1, on_chain=1, next_dial=views.NOW + 60)
    said = peer_words.sentence(away, views.NOW)
    assert "nothing can be paid" not in said
    assert said.endswith(
        "It is dialled again at 14:14 (in 1 min), until that is final. You need not act."
    )


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_a_row_stays_one_line(size: tuple[int, int]) -> None:
    long_ago = replace(
        peers.peer(name="a name of nearly any length", channels=12, latency_ms=1_234),
        connected_since=views.NOW - 40 * 86_400,
    )
    wallet = ScriptedNode()
    wallet.peers_view = replace(peers.PEERS, peers=(long_ago,))
    async with on_stage(wallet, size=size) as stage:
        await stage.press("8")
        await stage.shows("12 channels since 12 Aug 14:13")
        listing = stage.app.screen.query_one("#peers", Listing)
        assert listing.virtual_size.height == 1
    fast = replace(long_ago, connected_since=views.NOW - 86_400 * 3, latency_ms=84)
    assert peer_words.row(fast, "priya", views.NOW, 74).plain.endswith("since Fri 14:13, 84 ms")


async def test_while_the_chain_is_read_nobody_is_dialled_and_that_is_said() -> None:
    wallet = ScriptedNode()
    one = peers.peer(connected=False, channels=1)
    wallet.peers_view = replace(wallet.peers_view, peers=(one,), chain_first=True)
    wallet.status_view = replace(views.STATUS, waiting_for="Block 3 of 9 is read.")
    async with on_stage(wallet) as stage:
        await stage.press("8")
        await stage.shows("It is dialled once the chain is read. Block 3 of 9 is read.")
        await stage.lacks("at this moment")


def test_one_that_is_needed_and_has_no_address_must_come_by_itself() -> None:
    one = peers.peer(connected=False, channels=1, address="")
    assert "it has to come by itself" in peer_words.sentence(one, views.NOW)
    late = peers.peer(connected=False, channels=1, next_dial=views.NOW)
    assert "It is dialled again at once; you need not act." in peer_words.sentence(late, views.NOW)
    now = peers.peer(connected=False, channels=1)
    assert "It is being dialled at this moment." in peer_words.sentence(now, views.NOW)
    reading = peer_words.sentence(now, views.NOW, "Block 3 of 9 is read.")
    assert reading.endswith(" It is dialled once the chain is read. Block 3 of 9 is read.")
    assert "at this moment" not in reading


async def test_who_is_not_connected_is_not_offered_to_be_let_go() -> None:
    """x forgets them, as the page says."""
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("8", "j", "x")
        await stage.shows("Press x to forget it.")
        await stage.shows("x Forget")
        await stage.lacks("x Let go")


async def test_who_is_away_and_has_a_channel_is_not_offered_to_be_forgotten() -> None:
    """The node would refuse it."""
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("8", "j", "j")
        await stage.shows("Not connected: nothing can be paid through your channel with it now")
        await stage.lacks("x Forget")
        await stage.press("x")
        assert node.told("forget_peer") == []
